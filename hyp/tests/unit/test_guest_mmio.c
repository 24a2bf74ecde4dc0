// SPDX-License-Identifier: GPL-2.0-only
/* S2: MMIO guard: what a guest's accesses outside RAM tell the host is what the guest has named. */
#include "guest_calls.h"
#include <abi/rsi.h>

#define DABT	    ((uint64_t)EC_DABT_LOWER << ESR_EC_SHIFT | ESR_IL | FSC_TRANSLATION << 2)
#define STORE	    (DABT | ISS_ISV | 3UL << 22 | 5UL << 16 | ISS_WNR)
#define UNPROTECTED BIT(35)	/* make_vm()'s VMs have 36 bits */
#define DEVICE	    0x09000000UL
#define SECRET	    0x5ec5ec5ecUL
#define UNTOUCHED   0x7777777777777777UL

static int touches(uint64_t esr, uint64_t addr)
{
	struct donjon_run *run = run_of(0);
	int exit;

	run->ipa = run->size = run->write = run->mmio_data = UNTOUCHED;
	vcpu->x[5] = SECRET;
	fake.injected = fake.skips = 0;
	fake.fault.va = addr & ~PAGE_MASK;
	fake.fault.page = addr & PAGE_MASK;
	exit = guest_abort(vcpu, esr);
	assert_int_equal(this_cpu()->locks_held, 0);
	return exit;
}

/* The host learns of the access. */
static void goes_out(uint64_t addr)
{
	if (touches(STORE, addr) != DONJON_EXIT_MMIO)
		fail_msg("IPA 0x%lx does not go to the host", addr);
	assert_int_equal(run_of(0)->ipa, addr & ~UNPROTECTED);
	assert_int_equal(run_of(0)->mmio_data, SECRET);
	vcpu->pending = PENDING_NOTHING;
}

/* The guest takes an abort, and the host learns nothing. */
static void stays_in(uint64_t esr, uint64_t addr)
{
	struct donjon_run *run = run_of(0);

	if (touches(esr, addr) != RESUME || fake.injected != 1 || fake.skips)
		fail_msg("IPA 0x%lx, ESR 0x%lx does not stay in the guest", addr, esr);
	assert_int_equal(fake.injected_fsc, FSC_EXTERNAL);
	assert_true(run->ipa == UNTOUCHED && run->mmio_data == UNTOUCHED);
	assert_int_equal(vcpu->pending, PENDING_NOTHING);
}

static void map(uint64_t page, int64_t want)
{
	/* What old guests pass beside it does not matter. */
	answers(KVM_VENDOR_MMIO_GUARD_MAP, page, 0x68000000000713, ~0UL, want);
}

static void unmap(uint64_t page, int64_t want)
{
	answers(KVM_VENDOR_MMIO_GUARD_UNMAP, page, 0, 0, want);
}

static void a_guest_that_does_not_ask_is_as_ever(void **state)
{
	start(DONJON_VM_PROTECTED, 1);
	answers(KVM_VENDOR_MMIO_GUARD_INFO, 0, 0, 0, PAGE_SIZE);
	assert_true(!vcpu->x[1] && !vcpu->x[2] && !vcpu->x[3]);
	answers(KVM_VENDOR_MMIO_GUARD_INFO, 0, 1, 0, SMCCC_INVALID_PARAMETER);
	unmap(DEVICE, SMCCC_INVALID_PARAMETER);
	goes_out(DEVICE);
	goes_out(DEVICE | UNPROTECTED);
	end_vm(handle);
}

static void only_what_is_named_goes_out(void **state)
{
	const uint64_t kinds[] = { STORE, STORE & ~ISS_WNR, DABT, DABT | ISS_CM,
				   DABT | ISS_S1PTW };
	unsigned int i;

	start(DONJON_VM_PROTECTED, 1);
	answers(KVM_VENDOR_MMIO_GUARD_ENROLL, 1, 2, 3, SMCCC_SUCCESS);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		stays_in(kinds[i], DEVICE);
		stays_in(kinds[i], DEVICE | UNPROTECTED);
	}
	map(DEVICE, SMCCC_SUCCESS);
	map(DEVICE, SMCCC_SUCCESS);
	goes_out(DEVICE);
	goes_out(DEVICE + PAGE_SIZE - 8);
	stays_in(STORE, DEVICE - 8);
	stays_in(STORE, DEVICE + PAGE_SIZE);
	stays_in(STORE, DEVICE | UNPROTECTED);
	map(DEVICE | UNPROTECTED, SMCCC_SUCCESS);
	goes_out(DEVICE | UNPROTECTED);
	unmap(DEVICE, SMCCC_SUCCESS);
	unmap(DEVICE, SMCCC_INVALID_PARAMETER);
	stays_in(STORE, DEVICE);
	goes_out(DEVICE | UNPROTECTED);
	/* RAM is no device. */
	assert_int_equal(touches(STORE, RAM_IPA + BLOCK), DONJON_EXIT_MEMORY);
	end_vm(handle);
}

/* Mainline's guests do not enrol. */
static void the_first_page_enrols(void **state)
{
	start(DONJON_VM_PROTECTED, 2);
	goes_out(DEVICE + BLOCK);
	map(DEVICE, SMCCC_SUCCESS);
	goes_out(DEVICE);
	stays_in(STORE, DEVICE + BLOCK);
	/* Another vCPU's as well. */
	vcpu = vcpu_of(1);
	vcpu->run = run_of(0);
	goes_out(DEVICE);
	stays_in(STORE, DEVICE + BLOCK);
	end_vm(handle);
}

static void what_is_no_device_is_refused(void **state)
{
	const uint64_t bad[] = { DEVICE + 1, DEVICE + 8, DEVICE | 0x800, RAM_IPA,
				 RAM_IPA + RAM_SIZE - PAGE_SIZE, RAM_IPA | UNPROTECTED, BIT(36),
				 BIT(36) | DEVICE, BIT(52) | DEVICE, BIT(63) | DEVICE, PAGE_MASK };
	unsigned int i;

	start(DONJON_VM_PROTECTED, 1);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		map(bad[i], SMCCC_INVALID_PARAMETER);
		unmap(bad[i], SMCCC_INVALID_PARAMETER);
	}
	stays_in(STORE, DEVICE);
	map(0, SMCCC_SUCCESS);
	map(RAM_IPA - PAGE_SIZE, SMCCC_SUCCESS);
	map(RAM_IPA + RAM_SIZE, SMCCC_SUCCESS);
	map(BIT(36) - PAGE_SIZE, SMCCC_SUCCESS);
	goes_out(8);
	goes_out(RAM_IPA + RAM_SIZE);
	goes_out(BIT(36) - 8);
	stays_in(STORE, PAGE_SIZE);
	end_vm(handle);
}

/* In all orders of six pages: what is named is what counts, whatever the ranges become. */
static void pages_come_and_go(void **state)
{
	uint64_t seed = 1, named = 0, i, n;

	start(DONJON_VM_PROTECTED, 1);
	answers(KVM_VENDOR_MMIO_GUARD_ENROLL, 0, 0, 0, SMCCC_SUCCESS);
	for (n = 0; n < 3000; n++) {
		seed = seed * 6364136223846793005UL + 1442695040888963407UL;
		i = (seed >> 40) % 6;
		if (seed >> 60 & 1)
			map(DEVICE + i * PAGE_SIZE, SMCCC_SUCCESS);
		else
			unmap(DEVICE + i * PAGE_SIZE,
			      named & BIT(i) ? SMCCC_SUCCESS : SMCCC_INVALID_PARAMETER);
		named = seed >> 60 & 1 ? named | BIT(i) : named & ~BIT(i);
		for (i = 0; i < 6; i++)
			if (named & BIT(i))
				goes_out(DEVICE + i * PAGE_SIZE);
			else
				stays_in(STORE, DEVICE + i * PAGE_SIZE);
		stays_in(STORE, DEVICE - PAGE_SIZE);
		stays_in(STORE, DEVICE + 6 * PAGE_SIZE);
	}
	end_vm(handle);
}

static void the_number_of_ranges_is_bounded(void **state)
{
	uint64_t i;

	start(DONJON_VM_PROTECTED, 1);
	for (i = 0; i < 4 * VM_MAX_MMIO; i++)
		map(DEVICE + i * PAGE_SIZE, SMCCC_SUCCESS);
	goes_out(DEVICE + (i - 1) * PAGE_SIZE);
	/* Every second one is given up: a range each. */
	for (i = 1; i < 2 * VM_MAX_MMIO - 1; i += 2)
		unmap(DEVICE + i * PAGE_SIZE, SMCCC_SUCCESS);
	unmap(DEVICE + i * PAGE_SIZE, SMCCC_INVALID_PARAMETER);
	goes_out(DEVICE + i * PAGE_SIZE);
	map(DEVICE - 2 * PAGE_SIZE, SMCCC_INVALID_PARAMETER);
	stays_in(STORE, DEVICE - 2 * PAGE_SIZE);
	map(DEVICE, SMCCC_SUCCESS);
	map(DEVICE + 4 * VM_MAX_MMIO * PAGE_SIZE, SMCCC_SUCCESS);
	goes_out(DEVICE + 4 * VM_MAX_MMIO * PAGE_SIZE);
	unmap(DEVICE, SMCCC_SUCCESS);
	map(DEVICE - 2 * PAGE_SIZE, SMCCC_SUCCESS);
	goes_out(DEVICE - 2 * PAGE_SIZE);
	stays_in(STORE, DEVICE);
	end_vm(handle);
}

static void a_guest_uses_rsi_or_the_guard(void **state)
{
	const uint64_t functions[] = { KVM_VENDOR_MMIO_GUARD_INFO, KVM_VENDOR_MMIO_GUARD_ENROLL,
				       KVM_VENDOR_MMIO_GUARD_MAP, KVM_VENDOR_MMIO_GUARD_UNMAP };
	unsigned int i, kind;

	for (i = 1; i < 3; i++) {
		start(DONJON_VM_PROTECTED, 1);
		answers(functions[i], DEVICE, 0, 0, SMCCC_SUCCESS);
		answers(RSI_ABI_VERSION, RSI_VERSION_1_0, 0, 0, SMCCC_NOT_SUPPORTED);
		end_vm(handle);
	}
	for (kind = 0; kind < 2; kind++) {
		start(kind ? DONJON_VM_PROTECTED : 0, 1);
		if (kind)
			answers(RSI_ABI_VERSION, RSI_VERSION_1_0, 0, 0, RSI_SUCCESS);
		for (i = 0; i < ARRAY_SIZE(functions); i++)
			answers(functions[i], i ? DEVICE : 0, 0, 0, SMCCC_NOT_SUPPORTED);
		goes_out(kind ? DEVICE | UNPROTECTED : DEVICE);
		end_vm(handle);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE("MMIO guard: a guest that does not ask is as ever",
			a_guest_that_does_not_ask_is_as_ever),
		PROMISE("MMIO guard: only what is named goes out", only_what_is_named_goes_out),
		PROMISE("MMIO guard: the first page enrols", the_first_page_enrols),
		PROMISE("MMIO guard: what is no device is refused", what_is_no_device_is_refused),
		PROMISE("MMIO guard: pages come and go", pages_come_and_go),
		PROMISE("MMIO guard: the number of ranges is bounded",
			the_number_of_ranges_is_bounded),
		PROMISE("MMIO guard: a guest uses RSI or the guard", a_guest_uses_rsi_or_the_guard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

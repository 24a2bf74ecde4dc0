// SPDX-License-Identifier: GPL-2.0-only
/* A guest's stage-2 aborts: pages that are missing, devices, and the host's answers to accesses. */
#include "calls.h"
#include <abi/rsi.h>
#include <arch/machine.h>
#include <el2/guest_exit.h>

#define DABT	       ((uint64_t)EC_DABT_LOWER << ESR_EC_SHIFT | ESR_IL | FSC_TRANSLATION << 2)
#define IABT	       ((uint64_t)EC_IABT_LOWER << ESR_EC_SHIFT | ESR_IL | FSC_TRANSLATION << 2)
#define SIZE(log2)     ((uint64_t)(log2) << 22)
#define REG(n)	       ((uint64_t)(n) << 16)
#define LOAD(log2, n)  (DABT | ISS_ISV | SIZE(log2) | REG(n))
#define STORE(log2, n) (LOAD(log2, n) | ISS_WNR)

#define UNPROTECTED BIT(35) /* make_vm()'s VMs have 36 bits */
#define DEVICE_IPA  0x09000000UL
#define VA	    0xffff800000000000UL
#define UNTOUCHED   0x7777777777777777UL

static uint64_t handle;
static struct vcpu *vcpu;

static void start(uint64_t flags)
{
	handle = make_vm(flags, 1);
	vcpu = vcpu_of(0);
	assert_int_equal(HC(VCPU_POWER, handle, 0, 1), 0);
}

/* The run page as the host has left it: what an exit does not name stays. */
static void fill_run_page(void)
{
	struct donjon_run *run = run_of(0);

	run->ipa = run->size = run->write = run->mmio_data = run->exit = UNTOUCHED;
	run->arg[0] = run->arg[1] = run->arg[2] = run->arg[3] = UNTOUCHED;
}

static void run_page_is_untouched(void)
{
	const struct donjon_run *run = run_of(0);

	assert_int_equal(run->ipa, UNTOUCHED);
	assert_int_equal(run->size, UNTOUCHED);
	assert_int_equal(run->write, UNTOUCHED);
	assert_int_equal(run->mmio_data, UNTOUCHED);
	assert_int_equal(run->arg[0], UNTOUCHED);
}

static int aborts(uint64_t esr, uint64_t addr)
{
	int exit;

	fill_run_page();
	fake.injected = fake.skips = 0;
	fake.fault.va = VA | (addr & ~PAGE_MASK);
	fake.fault.page = addr & PAGE_MASK;
	exit = guest_abort(vcpu, esr);
	assert_int_equal(this_cpu()->locks_held, 0);
	assert_int_equal(run_of(0)->arg[0], UNTOUCHED);
	return exit;
}

/* The guest takes an external abort; the host learns nothing. */
static void is_refused(uint64_t esr, uint64_t addr)
{
	if (aborts(esr, addr) != RESUME || fake.injected != 1)
		fail_msg("abort 0x%lx at IPA 0x%lx is not refused", esr, addr);
	assert_int_equal(fake.injected_fsc, FSC_EXTERNAL);
	assert_int_equal(fake.injected_esr, esr);
	assert_int_equal(fake.injected_far, fake.fault.va);
	assert_int_equal(fake.skips, 0);
	assert_int_equal(vcpu->pending, PENDING_NOTHING);
	run_page_is_untouched();
}

/* The host is asked for the page, and learns its number and whether it is written. */
static void is_asked_for(uint64_t esr, uint64_t addr, uint64_t page, bool write)
{
	assert_int_equal(aborts(esr, addr), DONJON_EXIT_MEMORY);
	assert_int_equal(fake.injected, 0);
	assert_int_equal(run_of(0)->ipa, page);
	assert_int_equal(run_of(0)->size, PAGE_SIZE);
	assert_int_equal(run_of(0)->write, write);
	assert_int_equal(run_of(0)->mmio_data, UNTOUCHED);
	assert_int_equal(vcpu->pending, PENDING_NOTHING);
}

static void is_there(uint64_t esr, uint64_t addr)
{
	assert_int_equal(aborts(esr, addr), RESUME);
	assert_int_equal(fake.injected, 0);
	run_page_is_untouched();
}

static void missing_pages_are_asked_for(void **state)
{
	const uint64_t kinds[] = { 0, DONJON_VM_PROTECTED };
	const uint64_t last = RAM_IPA + RAM_SIZE - PAGE_SIZE;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		start(kinds[i]);
		vcpu->x[3] = 0x5ec;
		is_asked_for(LOAD(3, 3), RAM_IPA + 0x123, RAM_IPA, false);
		is_asked_for(STORE(3, 3), RAM_IPA + 0x120, RAM_IPA, true);
		is_asked_for(DABT | ISS_WNR, last + 0xff8, last, true);
		is_asked_for(DABT | 3, last, last, false);
		is_asked_for(IABT, RAM_IPA, RAM_IPA, false);
		/* These bits do not say that something was written. */
		is_asked_for(IABT | ISS_WNR, RAM_IPA, RAM_IPA, false);
		is_asked_for(DABT | ISS_WNR | ISS_S1PTW, RAM_IPA, RAM_IPA, false);
		is_asked_for(DABT | ISS_CM, RAM_IPA, RAM_IPA, false);
		/* Another vCPU was quicker. */
		assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA, PAGE_SIZE), 0);
		is_there(STORE(0, 0), RAM_IPA + 5);
		is_asked_for(STORE(0, 0), RAM_IPA + PAGE_SIZE, RAM_IPA + PAGE_SIZE, true);
		end_vm(handle);
	}
}

static void a_page_that_was_taken_is_told(void **state)
{
	start(DONJON_VM_PROTECTED);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA, 2 * PAGE_SIZE), 0);
	assert_int_equal(ledger_force_reclaim(pa(RAM_PA)), 0);
	assert_int_equal(aborts(STORE(3, 1), RAM_IPA + 8), DONJON_EXIT_POISONED);
	assert_int_equal(run_of(0)->ipa, RAM_IPA);
	assert_int_equal(run_of(0)->mmio_data, UNTOUCHED);
	assert_int_equal(fake.injected, 0);
	is_there(LOAD(0, 0), RAM_IPA + PAGE_SIZE);
	end_vm(handle);
}

/* Permission and access flags, address size, alignment, what is beyond the guest's addresses. */
static void other_faults_stay_in_the_guest(void **state)
{
	uint64_t fsc;

	start(DONJON_VM_PROTECTED);
	for (fsc = 0; fsc < 64; fsc++)
		if (FSC_TYPE(fsc) != FSC_TRANSLATION) {
			is_refused((STORE(3, 0) & ~0x3fUL) | fsc, RAM_IPA);
			is_refused((STORE(3, 0) & ~0x3fUL) | fsc, DEVICE_IPA);
		}
	is_refused(LOAD(3, 0), BIT(36));
	is_refused(LOAD(3, 0), BIT(36) | RAM_IPA);
	is_refused(LOAD(3, 0), BIT(51) | DEVICE_IPA);
	end_vm(handle);
	start(0);
	is_refused(LOAD(3, 0), BIT(36));
	assert_int_equal(aborts(LOAD(3, 0), BIT(36) - 8), DONJON_EXIT_MMIO);
	end_vm(handle);
}

#define ROM_IPA	 (RAM_IPA + RAM_SIZE)
#define READONLY (FSC_PERMISSION << 2 | 3)

/* A fault for a right that the page lacks; what the CPU says of the page then means nothing. */
static int lacks_right(uint64_t esr, uint64_t addr)
{
	fake.stage1 = addr ? addr & PAGE_MASK : NO_PAGE;
	return aborts((esr & ~0x3fUL) | READONLY, addr & ~PAGE_MASK);
}

/*
 * An unprotected guest reads and executes a read-only range; what it writes there the host learns,
 * as of a device.
 */
static void read_only_ram_is_written_by_the_host(void **state)
{
	const struct donjon_run *run = run_of(0);
	unsigned int level;
	pte_t pte;

	start(0);
	vcpu->x[3] = 0x1122334455667788UL;
	assert_int_equal(HC(VM_ADD_RAM, handle, ROM_IPA, BLOCK, DONJON_RAM_READONLY), 0);
	is_asked_for(LOAD(3, 3), ROM_IPA + 8, ROM_IPA, false);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, ROM_IPA, BLOCK), 0);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA + BLOCK, RAM_IPA, BLOCK), 0);
	pte = pgtable_get(&vcpu->vm->mem.pgt, ROM_IPA, &level);
	assert_int_equal(pte & (3UL << 6), 1UL << 6);
	pte = pgtable_get(&vcpu->vm->mem.pgt, RAM_IPA, &level);
	assert_int_equal(pte & (3UL << 6), 3UL << 6);
	assert_int_equal(lacks_right(STORE(2, 3), ROM_IPA + 0x1004), DONJON_EXIT_MMIO);
	assert_int_equal(run->ipa, ROM_IPA + 0x1004);
	assert_int_equal(run->write, true);
	assert_int_equal(run->size, 4);
	assert_int_equal(run->mmio_data, 0x55667788);
	assert_int_equal(vcpu->pending, PENDING_MMIO);
	vcpu->pending = PENDING_NOTHING;
	/* No syndrome, the guest's own tables, cache maintenance: as for devices. */
	assert_int_equal(lacks_right(DABT | ISS_WNR, ROM_IPA), DONJON_EXIT_NO_SYNDROME);
	assert_int_equal(lacks_right(DABT | ISS_WNR | ISS_S1PTW, ROM_IPA), RESUME);
	assert_int_equal(fake.injected, 1);
	assert_int_equal(lacks_right(DABT | ISS_CM | ISS_WNR, ROM_IPA), RESUME);
	assert_int_equal(fake.skips, 1);
	/* Another vCPU has changed the guest's stage 1 since: it tries again. */
	assert_int_equal(lacks_right(STORE(3, 3), 0), RESUME);
	assert_int_equal(fake.injected + fake.skips, 0);
	assert_int_equal(HC(VM_UNMAP, handle, ROM_IPA, BLOCK), 0);
	assert_int_equal(HC(VM_DEL_RAM, handle, ROM_IPA, BLOCK), 0);
	end_vm(handle);
	/* The memory of a protected guest is its own. */
	start(DONJON_VM_PROTECTED);
	assert_int_equal(HC(VM_ADD_RAM, handle, ROM_IPA, BLOCK, DONJON_RAM_READONLY),
			 DONJON_E_DENIED);
	fake.stage1 = DEVICE_IPA;
	is_refused((STORE(3, 0) & ~0x3fUL) | READONLY, DEVICE_IPA);
	end_vm(handle);
}

/* What is EMPTY is at its unprotected IPA only, and nothing else is. */
static void empty_pages_have_one_address(void **state)
{
	uint64_t done;

	start(DONJON_VM_PROTECTED);
	is_refused(LOAD(3, 0), UNPROTECTED | RAM_IPA);
	assert_int_equal(ledger_guest_set_ripas(&vcpu->vm->mem, ipa(RAM_IPA), PAGE_SIZE,
						RIPAS_EMPTY, 0, &done),
			 0);
	is_refused(LOAD(3, 0), RAM_IPA);
	is_refused(IABT, RAM_IPA);
	is_asked_for(STORE(3, 0), UNPROTECTED | RAM_IPA, RAM_IPA, true);
	is_refused(STORE(3, 0), UNPROTECTED | (RAM_IPA + PAGE_SIZE));
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA, PAGE_SIZE), 0);
	is_there(STORE(3, 0), UNPROTECTED | RAM_IPA);
	is_refused(STORE(3, 0), RAM_IPA);
	/* An unprotected guest has one half of addresses, and no RAM there. */
	end_vm(handle);
	start(0);
	assert_int_equal(aborts(LOAD(3, 0), UNPROTECTED | RAM_IPA), DONJON_EXIT_MMIO);
	assert_int_equal(run_of(0)->ipa, UNPROTECTED | RAM_IPA);
	end_vm(handle);
}

static void an_access_is_described(uint64_t esr, uint64_t addr, uint64_t size, bool write,
				   uint64_t data)
{
	const struct donjon_run *run = run_of(0);

	assert_int_equal(aborts(esr, addr), DONJON_EXIT_MMIO);
	assert_int_equal(fake.injected + fake.skips, 0);
	assert_int_equal(run->ipa, addr & ~UNPROTECTED);
	assert_int_equal(run->size, size);
	assert_int_equal(run->write, write);
	assert_int_equal(run->mmio_data, data);
	assert_int_equal(vcpu->pending, PENDING_MMIO);
	vcpu->pending = PENDING_NOTHING;
}

/* S2: of the guest's registers the host sees what is stored, cut to the size of the access. */
static void the_host_learns_what_is_stored(void **state)
{
	unsigned int i, log2;

	start(DONJON_VM_PROTECTED);
	for (i = 0; i < 31; i++)
		vcpu->x[i] = 0xf0e1d2c3b4a59600UL | i;
	for (i = 0; i < 32; i++)
		for (log2 = 0; log2 < 4; log2++) {
			uint64_t value = i == 31 ? 0 : vcpu->x[i];

			if (log2 < 3)
				value &= BIT(8UL << log2) - 1;
			an_access_is_described(STORE(log2, i), DEVICE_IPA + 0x18, 1UL << log2, true,
					       value);
			an_access_is_described(LOAD(log2, i), DEVICE_IPA + 0x18, 1UL << log2, false,
					       0);
		}
	an_access_is_described(STORE(0, 1), DEVICE_IPA + 0xfff, 1, true, 0x01);
	end_vm(handle);
}

static void what_cannot_be_emulated_is_refused(void **state)
{
	start(DONJON_VM_PROTECTED);
	is_refused(DABT, DEVICE_IPA);
	is_refused(DABT | ISS_WNR, DEVICE_IPA);
	is_refused(IABT, DEVICE_IPA);
	is_refused(IABT | ISS_ISV, DEVICE_IPA);
	is_refused(LOAD(3, 0) | ISS_S1PTW, DEVICE_IPA);
	is_refused(LOAD(1, 0), DEVICE_IPA + 1);
	is_refused(LOAD(2, 0), DEVICE_IPA + 2);
	is_refused(STORE(3, 0), DEVICE_IPA + 4);
	/* Cache maintenance of a device does nothing. */
	assert_int_equal(aborts(DABT | ISS_CM | ISS_WNR, DEVICE_IPA), RESUME);
	assert_int_equal(fake.skips, 1);
	assert_int_equal(fake.injected, 0);
	run_page_is_untouched();
	end_vm(handle);
	/* The VMM of an unprotected guest learns that it met what nobody can emulate, and where. */
	start(0);
	assert_int_equal(aborts(DABT | ISS_WNR, DEVICE_IPA + 8), DONJON_EXIT_NO_SYNDROME);
	assert_int_equal(fake.injected, 0);
	assert_int_equal(fake.skips, 0);
	assert_int_equal(run_of(0)->ipa, DEVICE_IPA + 8);
	assert_int_equal(vcpu->pending, PENDING_NOTHING);
	is_refused(IABT, DEVICE_IPA);
	is_refused(DABT | ISS_S1PTW, DEVICE_IPA);
	is_refused(LOAD(1, 0), DEVICE_IPA + 1);
	end_vm(handle);
}

static void a_realm_names_devices_by_unprotected_addresses(void **state)
{
	start(DONJON_VM_PROTECTED);
	an_access_is_described(LOAD(2, 0), UNPROTECTED | DEVICE_IPA, 4, false, 0);
	an_access_is_described(LOAD(2, 0), DEVICE_IPA, 4, false, 0);
	vcpu->x[0] = RSI_ABI_VERSION;
	vcpu->x[1] = RSI_VERSION_1_0;
	assert_int_equal(guest_call(vcpu), RESUME);
	an_access_is_described(LOAD(2, 0), UNPROTECTED | DEVICE_IPA, 4, false, 0);
	is_refused(LOAD(2, 0), DEVICE_IPA);
	is_refused(STORE(2, 0), DEVICE_IPA);
	is_refused(DABT | ISS_CM, DEVICE_IPA);
	end_vm(handle);
}

/* -- Answers -- */

static uint64_t esr_of_access;

static int accesses_the_device(struct vcpu *who)
{
	return esr_of_access ? aborts(esr_of_access, DEVICE_IPA) : DONJON_EXIT_INTERRUPT;
}

static void run_with(uint64_t flags, uint64_t data)
{
	run_of(0)->entry_flags = flags;
	run_of(0)->nr_lrs = 0;
	run_of(0)->mmio_data = data;
	fake.injected = 0;
	assert_int_equal(HC(VCPU_RUN, handle, 0), 0);
}

/* The guest accesses the device, and the next run brings the answer. */
static void answered(uint64_t esr, uint64_t flags, uint64_t data)
{
	esr_of_access = esr;
	run_with(0, 0);
	assert_int_equal(run_of(0)->exit, DONJON_EXIT_MMIO);
	esr_of_access = 0;
	run_with(flags, data);
}

static void loads(unsigned int log2, uint64_t bits, uint64_t data, uint64_t want)
{
	vcpu->pc = RAM_IPA;
	vcpu->x[4] = UNTOUCHED;
	answered(LOAD(log2, 4) | bits, DONJON_ENTRY_MMIO, data);
	assert_int_equal(vcpu->x[4], want);
	assert_int_equal(vcpu->pc, RAM_IPA + 4);
	assert_int_equal(fake.injected, 0);
}

static void an_answer_has_the_size_of_the_load(void **state)
{
	const uint64_t data = 0x8091a2b3c4d5e6f7UL;

	start(DONJON_VM_PROTECTED);
	fake.guest = accesses_the_device;
	loads(0, 0, data, 0xf7);
	loads(1, 0, data, 0xe6f7);
	loads(2, 0, data, 0xc4d5e6f7);
	loads(2, ISS_SF, data, 0xc4d5e6f7);
	loads(3, ISS_SF, data, data);
	loads(0, ISS_SSE, data, 0xfffffff7);
	loads(1, ISS_SSE, data, 0xffffe6f7);
	loads(0, ISS_SSE | ISS_SF, data, ~0UL << 8 | 0xf7);
	loads(1, ISS_SSE | ISS_SF, data, ~0UL << 16 | 0xe6f7);
	loads(2, ISS_SSE | ISS_SF, data, ~0UL << 32 | 0xc4d5e6f7);
	loads(0, ISS_SSE | ISS_SF, 0x7f, 0x7f);
	loads(2, ISS_SSE | ISS_SF, 0x7fffffff, 0x7fffffff);
	end_vm(handle);
}

static void an_answer_touches_no_other_register(void **state)
{
	unsigned int i;

	start(DONJON_VM_PROTECTED);
	fake.guest = accesses_the_device;
	for (i = 0; i < 31; i++)
		vcpu->x[i] = i;
	answered(STORE(3, 4), DONJON_ENTRY_MMIO, UNTOUCHED);
	answered(LOAD(3, 31), DONJON_ENTRY_MMIO, UNTOUCHED);
	for (i = 0; i < 31; i++)
		assert_int_equal(vcpu->x[i], i);
	assert_int_equal(vcpu->pc, 8);
	/* Nothing answers: the guest takes an abort for the access, where it is. */
	answered(LOAD(3, 5), DONJON_ENTRY_ABORT | DONJON_ENTRY_MMIO, UNTOUCHED);
	assert_int_equal(vcpu->x[5], 5);
	assert_int_equal(vcpu->pc, 8);
	assert_int_equal(fake.injected, 1);
	assert_int_equal(fake.injected_esr, LOAD(3, 5));
	assert_int_equal(fake.injected_far, VA);
	end_vm(handle);
}

static void an_answer_is_due_once_and_at_once(void **state)
{
	start(DONJON_VM_PROTECTED);
	fake.guest = accesses_the_device;
	vcpu->x[4] = UNTOUCHED;
	/* None: the guest repeats the access. Later ones come too late. */
	answered(LOAD(3, 4), 0, 1);
	run_with(DONJON_ENTRY_MMIO, 2);
	run_with(DONJON_ENTRY_ABORT, 2);
	/* Nor is the answer to an EXIT_RECALL one. */
	answered(LOAD(3, 4), DONJON_ENTRY_RELEASED, 1);
	assert_int_equal(vcpu->x[4], UNTOUCHED);
	assert_int_equal(vcpu->pc, 0);
	assert_int_equal(fake.injected, 0);
	/* The second is one too many. */
	answered(LOAD(3, 4), DONJON_ENTRY_MMIO, 3);
	run_with(DONJON_ENTRY_MMIO, 4);
	assert_int_equal(vcpu->x[4], 3);
	assert_int_equal(vcpu->pc, 4);
	end_vm(handle);
}

static void a_bad_run_page_is_refused(void **state)
{
	start(DONJON_VM_PROTECTED);
	fake.guest = accesses_the_device;
	esr_of_access = LOAD(3, 4);
	run_with(0, 0);
	run_of(0)->entry_flags = DONJON_ENTRY_MMIO | (DONJON_ENTRY_FLAGS + 1);
	assert_int_equal(HC(VCPU_RUN, handle, 0), DONJON_E_INVALID);
	run_of(0)->entry_flags = DONJON_ENTRY_MMIO;
	run_of(0)->nr_lrs = cpu_features.nr_lrs + 1;
	assert_int_equal(HC(VCPU_RUN, handle, 0), DONJON_E_INVALID);
	run_of(0)->nr_lrs = ~0UL;
	assert_int_equal(HC(VCPU_RUN, handle, 0), DONJON_E_INVALID);
	/* A run that did not take place is none: the answer is still due. */
	assert_int_equal(vcpu->pending, PENDING_MMIO);
	run_of(0)->nr_lrs = cpu_features.nr_lrs;
	esr_of_access = 0;
	run_of(0)->mmio_data = 9;
	assert_int_equal(HC(VCPU_RUN, handle, 0), 0);
	assert_int_equal(vcpu->x[4], 9);
	end_vm(handle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE("S2: a missing page is asked for by its number",
			missing_pages_are_asked_for),
		PROMISE("guest's aborts: a page that was taken is told",
			a_page_that_was_taken_is_told),
		PROMISE("guest's aborts: other faults stay in the guest",
			other_faults_stay_in_the_guest),
		PROMISE("guest's aborts: read-only RAM is written by the host",
			read_only_ram_is_written_by_the_host),
		PROMISE("guest's aborts: EMPTY pages have one address",
			empty_pages_have_one_address),
		PROMISE("S2: the host learns what is stored, and no more",
			the_host_learns_what_is_stored),
		PROMISE("guest's aborts: what cannot be emulated is refused",
			what_cannot_be_emulated_is_refused),
		PROMISE("guest's aborts: a Realm names devices by unprotected addresses",
			a_realm_names_devices_by_unprotected_addresses),
		PROMISE("MMIO: an answer has the size of the load",
			an_answer_has_the_size_of_the_load),
		PROMISE("MMIO: an answer touches no other register",
			an_answer_touches_no_other_register),
		PROMISE("MMIO: an answer is due once and at once",
			an_answer_is_due_once_and_at_once),
		PROMISE("S5: a bad run page is refused", a_bad_run_page_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

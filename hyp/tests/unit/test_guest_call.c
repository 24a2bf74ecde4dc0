// SPDX-License-Identifier: GPL-2.0-only
/* What guests call: SMCCC, PSCI, entropy, sharing. Both conduits end in guest_call(). */
#include "guest_calls.h"
#include <abi/smccc.h>

#define JUNK	0xdeadbeef00000000UL

static void versions_and_features_are_told(void **state)
{
	const uint64_t there[] = {PSCI_VERSION,
				  PSCI_FEATURES,
				  PSCI_CPU_OFF,
				  PSCI_CPU_ON,
				  PSCI_CPU_ON | SMCCC_64,
				  PSCI_CPU_SUSPEND,
				  PSCI_CPU_SUSPEND | SMCCC_64,
				  PSCI_AFFINITY_INFO,
				  PSCI_AFFINITY_INFO | SMCCC_64,
				  PSCI_SYSTEM_OFF,
				  PSCI_SYSTEM_RESET,
				  PSCI_SYSTEM_RESET2,
				  PSCI_SYSTEM_RESET2 | SMCCC_64,
				  PSCI_MIGRATE_INFO_TYPE,
				  SMCCC_VERSION};
	const uint64_t missing[] = {PSCI_MIGRATE,
				    PSCI_SYSTEM_SUSPEND,
				    PSCI_SET_SUSPEND_MODE,
				    PSCI_SYSTEM_OFF2,
				    PSCI_MIGRATE_INFO_UP_CPU,
				    0,
				    PSCI_CPU_OFF | SMCCC_64};
	unsigned int i;

	start(DONJON_VM_PROTECTED, 1);
	answers(SMCCC_VERSION, 0, 0, 0, 0x10001);
	answers(JUNK | SMCCC_VERSION, 0, 0, 0, 0x10001);
	answers(PSCI_VERSION, 0, 0, 0, PSCI_VERSION_1_1);
	answers(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0, PSCI_TOS_NOT_PRESENT);
	for (i = 0; i < ARRAY_SIZE(there); i++)
		answers(PSCI_FEATURES, there[i] | JUNK, 0, 0, PSCI_RET_SUCCESS);
	for (i = 0; i < ARRAY_SIZE(missing); i++) {
		answers(PSCI_FEATURES, missing[i], 0, 0, PSCI_RET_NOT_SUPPORTED);
		if (missing[i])
			answers(missing[i], 0, 0, 0, PSCI_RET_NOT_SUPPORTED);
	}
	answers(KVM_VENDOR_UID, 0, 0, 0, KVM_VENDOR_UID_0);
	assert_int_equal(vcpu->x[3], KVM_VENDOR_UID_3);
	answers(KVM_VENDOR_FEATURES, 0, 0, 0, 1 | 0x1fc);
	answers(KVM_VENDOR_MEMINFO, 0, 0, 0, PAGE_SIZE);
	answers(KVM_VENDOR_MEMINFO, 1, 0, 0, SMCCC_INVALID_PARAMETER);
	end_vm(handle);
}

/* Only Cortex-A72's firmware of old: it has workarounds 1 and 2. */
static void old_firmware(uint64_t x[8])
{
	x[0] = x[1] == SMCCC_ARCH_WORKAROUND_3 ? (uint32_t)SMCCC_NOT_SUPPORTED : SMCCC_SUCCESS;
}

static void workarounds_are_told_and_done(void **state)
{
	start(DONJON_VM_PROTECTED, 1);
	answers(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_1, 0, 0, SMCCC_NOT_SUPPORTED);
	fake.firmware = old_firmware;
	answers(SMCCC_ARCH_FEATURES, JUNK | SMCCC_ARCH_WORKAROUND_1, 0, 0, SMCCC_SUCCESS);
	answers(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_2, 0, 0, SMCCC_NOT_REQUIRED);
	answers(SMCCC_ARCH_FEATURES, SMCCC_ARCH_SOC_ID, 0, 0, SMCCC_NOT_SUPPORTED);
	/* The calls reach no firmware: the entry to EL2 has done it. */
	fake.smcs = 0;
	answers(SMCCC_ARCH_WORKAROUND_1, 0, 0, 0, SMCCC_SUCCESS);
	answers(SMCCC_ARCH_WORKAROUND_2, 0, 0, 0, SMCCC_SUCCESS);
	answers(SMCCC_ARCH_WORKAROUND_3, 0, 0, 0, SMCCC_SUCCESS);
	assert_int_equal(fake.smcs, 0);
	end_vm(handle);
}

static void unknown_calls_are_not_supported(void **state)
{
	const uint64_t functions[] = { 0,	   1,	       ~0UL,	   0x8400001f, 0x84000020,
				       0xc400018f, 0xc400019a, 0xc600d000, 0xc600d01a, 0x86000005,
				       0xbf00ff01, 0x04000000, 0x86000001 };
	unsigned int i;

	start(DONJON_VM_PROTECTED, 1);
	for (i = 0; i < ARRAY_SIZE(functions); i++)
		answers(functions[i], 1, 2, 3, SMCCC_NOT_SUPPORTED);
	vcpu->x[0] = PSCI_VERSION;
	assert_int_equal(guest_call_unknown(vcpu), RESUME);
	assert_int_equal(vcpu->x[0], SMCCC_NOT_SUPPORTED);
	assert_int_equal(run_of(0)->ipa, 0x77);
	end_vm(handle);
}

static void a_guest_switches_its_cpus_on_and_off(void **state)
{
	struct vcpu *second;

	start(DONJON_VM_PROTECTED, 2);
	second = vcpu_of(1);
	answers(PSCI_AFFINITY_INFO | SMCCC_64, 0, 0, 0, PSCI_AFFINITY_ON);
	answers(PSCI_AFFINITY_INFO | SMCCC_64, 1, 0, 0, PSCI_AFFINITY_OFF);
	answers(PSCI_AFFINITY_INFO | SMCCC_64, 2, 0, 0, PSCI_RET_INVALID_PARAMS);
	answers(PSCI_AFFINITY_INFO | SMCCC_64, 0x100, 0, 0, PSCI_RET_INVALID_PARAMS);
	answers(PSCI_AFFINITY_INFO | SMCCC_64, 0, 4, 0, PSCI_RET_INVALID_PARAMS);
	answers(PSCI_CPU_ON | SMCCC_64, 0, RAM_IPA, 0, PSCI_RET_ALREADY_ON);
	answers(PSCI_CPU_ON | SMCCC_64, 2, RAM_IPA, 0, PSCI_RET_INVALID_PARAMS);
	answers(PSCI_CPU_ON | SMCCC_64, 1UL << 32 | 1, RAM_IPA, 0, PSCI_RET_INVALID_PARAMS);
	answers(PSCI_CPU_ON | SMCCC_64, 1UL << 24 | 1, RAM_IPA, 0, PSCI_RET_INVALID_PARAMS);
	assert_int_equal(HC(VCPU_RUN, handle, 1), DONJON_E_OFF);
	second->x[5] = 99;
	assert_int_equal(guest_calls(vcpu, PSCI_CPU_ON | SMCCC_64, 1, RAM_IPA + 8,
				     0x1234567812345678),
			 DONJON_EXIT_CPU_ON);
	assert_int_equal(vcpu->x[0], PSCI_RET_SUCCESS);
	assert_int_equal(run_of(0)->arg[0], 1);
	answers(PSCI_CPU_ON | SMCCC_64, 1, RAM_IPA + 16, 0, PSCI_RET_ON_PENDING);
	/* It starts where its guest said, with nothing else in its registers. */
	assert_int_equal(HC(VCPU_RUN, handle, 1), 0);
	assert_int_equal(second->pc, RAM_IPA + 8);
	assert_int_equal(second->x[0], 0x1234567812345678);
	assert_int_equal(second->x[5], 0);
	assert_int_equal(second->pstate, PSR_DAIF | PSR_MODE_EL1H);
	answers(PSCI_CPU_ON | SMCCC_64, 1, RAM_IPA, 0, PSCI_RET_ALREADY_ON);
	answers(PSCI_AFFINITY_INFO, 1 | JUNK, 0, 0, PSCI_AFFINITY_ON);
	/* 32-bit calls have 32-bit arguments. */
	second->power = VCPU_OFF;
	assert_int_equal(guest_calls(vcpu, PSCI_CPU_ON, 1 | JUNK, JUNK | 0x4000, JUNK | 5),
			 DONJON_EXIT_CPU_ON);
	assert_int_equal(second->on_entry, 0x4000);
	assert_int_equal(second->on_context, 5);
	end_vm(handle);
}

static int switches_itself_off(struct vcpu *who)
{
	return guest_calls(who, PSCI_CPU_OFF, 0, 0, 0);
}

/* Off, and on again before it has left the CPU. */
static int is_switched_on_while_it_leaves(struct vcpu *who)
{
	int exit = guest_calls(who, PSCI_CPU_OFF, 0, 0, 0);

	answers(PSCI_AFFINITY_INFO, 1, 0, 0, PSCI_AFFINITY_OFF);
	assert_int_equal(guest_calls(vcpu, PSCI_CPU_ON | SMCCC_64, 1, RAM_IPA + 64, 0),
			 DONJON_EXIT_CPU_ON);
	assert_int_equal(vcpu->x[0], PSCI_RET_SUCCESS);
	/* From now on it is not off any more: a guest that waits for that would wait forever. */
	answers(PSCI_AFFINITY_INFO, 1, 0, 0, PSCI_AFFINITY_ON);
	answers(PSCI_CPU_ON | SMCCC_64, 1, RAM_IPA, 0, PSCI_RET_ON_PENDING);
	return exit;
}

static void a_cpu_that_leaves_may_be_switched_on_again(void **state)
{
	struct vcpu *second;

	start(0, 2);
	second = vcpu_of(1);
	assert_int_equal(HC(VCPU_POWER, handle, 1, 1), 0);
	fake.guest = switches_itself_off;
	assert_int_equal(HC(VCPU_RUN, handle, 1), 0);
	assert_int_equal(run_of(1)->exit, DONJON_EXIT_CPU_OFF);
	assert_int_equal(second->power, VCPU_OFF);
	assert_int_equal(HC(VCPU_RUN, handle, 1), DONJON_E_OFF);
	assert_int_equal(HC(VCPU_POWER, handle, 1, 1), 0);
	fake.guest = is_switched_on_while_it_leaves;
	assert_int_equal(HC(VCPU_RUN, handle, 1), 0);
	assert_int_equal(second->power, VCPU_ON_PENDING);
	fake.guest = NULL;
	assert_int_equal(HC(VCPU_RUN, handle, 1), 0);
	assert_int_equal(second->pc, RAM_IPA + 64);
	end_vm(handle);
}

static void off_and_reset_stop_the_vm(void **state)
{
	const struct {
		uint64_t function;
		int exit;
		uint64_t warm;
	} ends[] = {
		{ PSCI_SYSTEM_OFF, DONJON_EXIT_SYSTEM_OFF, 7 },
		{ PSCI_SYSTEM_RESET, DONJON_EXIT_SYSTEM_RESET, 0 },
		{ PSCI_SYSTEM_RESET2, DONJON_EXIT_SYSTEM_RESET, 1 },
		{ PSCI_SYSTEM_RESET2 | SMCCC_64, DONJON_EXIT_SYSTEM_RESET, 1 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		start(DONJON_VM_PROTECTED, 2);
		run_of(0)->arg[0] = 7;
		assert_int_equal(HC(VCPU_POWER, handle, 1, 1), 0);
		/* Resets of other kinds are none of PSCI's: nothing stops. */
		answers(PSCI_SYSTEM_RESET2, 1, 0, 0, PSCI_RET_INVALID_PARAMS);
		answers(PSCI_SYSTEM_RESET2 | SMCCC_64, 1UL << 31, 0, 0, PSCI_RET_INVALID_PARAMS);
		assert_int_equal(guest_calls(vcpu, PSCI_CPU_SUSPEND, 0, 0, 0), DONJON_EXIT_WFI);
		assert_int_equal(vcpu->x[0], PSCI_RET_SUCCESS);
		assert_int_equal(guest_calls(vcpu, ends[i].function, 0, 0, 0), ends[i].exit);
		assert_int_equal(run_of(0)->arg[0], ends[i].warm);
		assert_int_equal(HC(VCPU_RUN, handle, 0), DONJON_E_OFF);
		assert_int_equal(HC(VCPU_RUN, handle, 1), DONJON_E_OFF);
		end_vm(handle);
	}
}

static void shares(uint64_t page)
{
	assert_int_equal(guest_calls(vcpu, KVM_VENDOR_MEM_SHARE, RAM_IPA + page * PAGE_SIZE, 0, 0),
			 DONJON_EXIT_SHARE);
}

static int unshares(struct vcpu *caller, uint64_t page)
{
	return guest_calls(caller, KVM_VENDOR_MEM_UNSHARE, RAM_IPA + page * PAGE_SIZE, 0, 0);
}

static void asks_back(struct vcpu *caller, uint64_t page)
{
	recalls(caller, unshares(caller, page), RAM_IPA + page * PAGE_SIZE, PAGE_SIZE);
	assert_int_equal(caller->x[0], KVM_VENDOR_MEM_UNSHARE);
	assert_int_equal(caller->x[1], RAM_IPA + page * PAGE_SIZE);
	assert_int_equal(world_state(RAM_PA + page * PAGE_SIZE), DONJON_PAGE_GUEST_SHARED);
}

static void takes_back(struct vcpu *caller, uint64_t page)
{
	assert_int_equal(unshares(caller, page), RESUME);
	assert_int_equal(caller->x[0], SMCCC_SUCCESS);
	assert_int_equal(world_state(RAM_PA + page * PAGE_SIZE), DONJON_PAGE_GUEST);
}

static void a_protected_guest_shares_pages_and_takes_them_back(void **state)
{
	start(DONJON_VM_PROTECTED, 1);
	assert_int_equal(guest_calls(vcpu, KVM_VENDOR_MEM_SHARE, RAM_IPA + PAGE_SIZE, 0, 0),
			 DONJON_EXIT_SHARE);
	assert_int_equal(vcpu->x[0], SMCCC_SUCCESS);
	assert_int_equal(run_of(0)->ipa, RAM_IPA + PAGE_SIZE);
	assert_int_equal(world_state(RAM_PA + PAGE_SIZE), DONJON_PAGE_GUEST_SHARED);
	assert_int_equal(world_state(RAM_PA), DONJON_PAGE_GUEST);
	assert_int_equal(world_state(RAM_PA + 2 * PAGE_SIZE), DONJON_PAGE_GUEST);
	answers(KVM_VENDOR_MEM_SHARE, RAM_IPA + PAGE_SIZE, 0, 0, SMCCC_INVALID_PARAMETER);
	answers(KVM_VENDOR_MEM_UNSHARE, RAM_IPA, 0, 0, SMCCC_INVALID_PARAMETER);
	asks_back(vcpu, 1);
	enters(vcpu, DONJON_ENTRY_RELEASED);
	takes_back(vcpu, 1);
	assert_int_equal(run_of(0)->ipa, 0x77);
	end_vm(handle);
}

/* The consent is for these pages, this vCPU and this run. */
static void nothing_is_taken_back_before_the_host_lets_go(void **state)
{
	uint64_t sum;

	start(DONJON_VM_PROTECTED, 2);
	shares(1);
	shares(2);
	sum = world_sum(&vcpu->vm->mem);
	enters(vcpu, DONJON_ENTRY_RELEASED);
	asks_back(vcpu, 1);
	enters(vcpu, 0);
	asks_back(vcpu, 1);
	enters(vcpu, DONJON_ENTRY_MMIO);
	asks_back(vcpu, 1);
	enters(vcpu, DONJON_ENTRY_RELEASED);
	enters(vcpu, DONJON_ENTRY_RELEASED);
	asks_back(vcpu, 1);
	enters(vcpu, DONJON_ENTRY_RELEASED);
	asks_back(vcpu, 2);
	enters(vcpu, DONJON_ENTRY_RELEASED);
	asks_back(vcpu_of(1), 2);
	assert_int_equal(world_sum(&vcpu->vm->mem), sum);
	end_vm(handle);
}

static void two_vcpus_want_one_page(void **state)
{
	start(DONJON_VM_PROTECTED, 2);
	shares(1);
	asks_back(vcpu, 1);
	asks_back(vcpu_of(1), 1);
	enters(vcpu_of(1), DONJON_ENTRY_RELEASED);
	takes_back(vcpu_of(1), 1);
	enters(vcpu, DONJON_ENTRY_RELEASED);
	answers(KVM_VENDOR_MEM_UNSHARE, RAM_IPA + PAGE_SIZE, 0, 0, SMCCC_INVALID_PARAMETER);
	assert_int_equal(world_state(RAM_PA + PAGE_SIZE), DONJON_PAGE_GUEST);
	end_vm(handle);
}

/* The host ends the VM in the place of an answer. */
static void a_guest_that_asks_may_end(void **state)
{
	start(DONJON_VM_PROTECTED, 1);
	shares(1);
	asks_back(vcpu, 1);
	assert_int_equal(HC(VM_KILL, handle), 0);
	run_of(0)->entry_flags = DONJON_ENTRY_RELEASED;
	assert_int_equal(HC(VCPU_RUN, handle, 0), DONJON_E_DYING);
	assert_int_equal(world_state(RAM_PA + PAGE_SIZE), DONJON_PAGE_GUEST_SHARED);
	end_vm(handle);
}

static void bad_sharing_is_refused_and_tells_the_host_nothing(void **state)
{
	const uint64_t bad[][3] = {
		{RAM_IPA + 1, 0, 0},	  {RAM_IPA - PAGE_SIZE, 0, 0}, {RAM_IPA + RAM_SIZE, 0, 0},
		{~0UL & PAGE_MASK, 0, 0}, {1UL << 36, 0, 0},	       {RAM_IPA, 1, 0},
		{RAM_IPA, 0, 1},
	};
	uint64_t sum;
	unsigned int i;

	start(DONJON_VM_PROTECTED, 1);
	sum = world_sum(&vcpu->vm->mem);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		answers(KVM_VENDOR_MEM_SHARE, bad[i][0], bad[i][1], bad[i][2],
			SMCCC_INVALID_PARAMETER);
		answers(KVM_VENDOR_MEM_UNSHARE, bad[i][0], bad[i][1], bad[i][2],
			SMCCC_INVALID_PARAMETER);
	}
	/* A page that is not there: nothing to take back. */
	answers(KVM_VENDOR_MEM_UNSHARE, RAM_IPA + BLOCK, 0, 0, SMCCC_INVALID_PARAMETER);
	answers(KVM_VENDOR_MEM_UNSHARE, RAM_IPA, 0, 0, SMCCC_INVALID_PARAMETER);
	assert_int_equal(world_sum(&vcpu->vm->mem), sum);
	assert_int_equal(run_of(0)->ipa, 0x77);
	assert_int_equal(ledger_force_reclaim(pa(RAM_PA)), 0);
	answers(KVM_VENDOR_MEM_SHARE, RAM_IPA, 0, 0, SMCCC_INVALID_PARAMETER);
	assert_int_equal(run_of(0)->ipa, 0x77);
	assert_int_equal(fake.repeats, 0);
	end_vm(handle);
}

/* What the host must do first, it is asked for; the guest makes its call again. */
static void sharing_asks_for_what_is_missing(void **state)
{
	start(DONJON_VM_PROTECTED, 1);
	assert_int_equal(guest_calls(vcpu, KVM_VENDOR_MEM_SHARE, RAM_IPA + BLOCK, 0, 0),
			 DONJON_EXIT_MEMORY);
	assert_int_equal(run_of(0)->ipa, RAM_IPA + BLOCK);
	assert_int_equal(fake.repeats, 1);
	assert_int_equal(vcpu->x[0], KVM_VENDOR_MEM_SHARE);
	assert_int_equal(vcpu->x[1], RAM_IPA + BLOCK);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA + BLOCK, RAM_IPA + BLOCK, PAGE_SIZE), 0);
	assert_int_equal(guest_call(vcpu), DONJON_EXIT_SHARE);
	world_set_cache(&pool, 0);
	assert_int_equal(guest_calls(vcpu, KVM_VENDOR_MEM_SHARE, RAM_IPA, 0, 0), DONJON_EXIT_TOPUP);
	assert_int_equal(run_of(0)->arg[0], 0);
	assert_int_equal(run_of(0)->arg[1], 1);
	assert_int_equal(vcpu->x[0], KVM_VENDOR_MEM_SHARE);
	assert_int_equal(fake.repeats, 2);
	world_set_cache(&pool, 8);
	assert_int_equal(guest_call(vcpu), DONJON_EXIT_SHARE);
	end_vm(handle);
}

static void an_unprotected_guest_has_nothing_to_share(void **state)
{
	start(0, 1);
	answers(KVM_VENDOR_FEATURES, 0, 0, 0, 1);
	answers(KVM_VENDOR_MEMINFO, 0, 0, 0, SMCCC_NOT_SUPPORTED);
	answers(KVM_VENDOR_MEM_SHARE, RAM_IPA, 0, 0, SMCCC_NOT_SUPPORTED);
	answers(KVM_VENDOR_MEM_UNSHARE, RAM_IPA, 0, 0, SMCCC_NOT_SUPPORTED);
	end_vm(handle);
}

static void entropy_has_the_bits_asked_for(void **state)
{
	unsigned int bits;

	start(DONJON_VM_PROTECTED, 1);
	answers(TRNG_VERSION, 0, 0, 0, TRNG_VERSION_1_0);
	answers(TRNG_FEATURES, TRNG_RND64, 0, 0, 0);
	answers(TRNG_FEATURES, PSCI_VERSION, 0, 0, SMCCC_NOT_SUPPORTED);
	answers(TRNG_RND64, 0, 0, 0, TRNG_INVALID_PARAMETER);
	answers(TRNG_RND64, 193, 0, 0, TRNG_INVALID_PARAMETER);
	answers(TRNG_RND64, ~0UL, 0, 0, TRNG_INVALID_PARAMETER);
	answers(TRNG_RND32, 97, 0, 0, TRNG_INVALID_PARAMETER);
	/* An argument of a 32-bit function is in W1. */
	answers(TRNG_RND32, 1UL << 32, 0, 0, TRNG_INVALID_PARAMETER);
	answers(TRNG_RND32, 1UL << 32 | 32, 0, 0, SMCCC_SUCCESS);
	for (bits = 1; bits <= 192; bits++) {
		uint64_t low, middle, high;

		fake.random_left = 1;
		answers(TRNG_RND64, bits, 0, 0, SMCCC_SUCCESS);
		low = vcpu->x[3];
		middle = vcpu->x[2];
		high = vcpu->x[1];
		assert_int_equal(bits < 64 ? low >> bits : 0, 0);
		assert_int_equal(bits <= 64 ? middle : bits < 128 ? middle >> (bits - 64) : 0, 0);
		assert_int_equal(bits <= 128 ? high : bits < 192 ? high >> (bits - 128) : 0, 0);
		/* On EL2's stack it would stay, for who reads that later. */
		assert_ptr_equal(fake.random_at, &vcpu->x[1]);
		if (bits > 96)
			continue;
		answers(TRNG_RND32, bits, 0, 0, SMCCC_SUCCESS);
		assert_int_equal((vcpu->x[1] | vcpu->x[2] | vcpu->x[3]) >> 32, 0);
		assert_int_equal(bits <= 64  ? vcpu->x[1]
				 : bits < 96 ? vcpu->x[1] >> (bits - 64)
					     : 0,
				 0);
		assert_int_equal(bits <= 32  ? vcpu->x[2]
				 : bits < 64 ? vcpu->x[2] >> (bits - 32)
					     : 0,
				 0);
		assert_int_equal(bits < 32 ? vcpu->x[3] >> bits : 0, 0);
	}
	/* With FEAT_RNG or without. */
	cpu_features.rng = false;
	answers(TRNG_VERSION, 0, 0, 0, TRNG_VERSION_1_0);
	answers(TRNG_RND64, 192, 0, 0, SMCCC_SUCCESS);
	assert_true(vcpu->x[1] && vcpu->x[2] && vcpu->x[3] && vcpu->x[1] != vcpu->x[2] &&
		    vcpu->x[2] != vcpu->x[3]);
	end_vm(handle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE("guest calls: versions and features are told",
			versions_and_features_are_told),
		PROMISE("S2: guest calls: workarounds are told, and done",
			workarounds_are_told_and_done),
		PROMISE("S5: guest calls: unknown ones are not supported",
			unknown_calls_are_not_supported),
		PROMISE("PSCI: a guest switches its CPUs on and off",
			a_guest_switches_its_cpus_on_and_off),
		PROMISE("PSCI: a CPU that leaves may be switched on again",
			a_cpu_that_leaves_may_be_switched_on_again),
		PROMISE("PSCI: off and reset stop the VM", off_and_reset_stop_the_vm),
		PROMISE("S1: sharing: a protected guest shares pages and takes them back",
			a_protected_guest_shares_pages_and_takes_them_back),
		PROMISE("sharing: nothing is taken back before the host lets go",
			nothing_is_taken_back_before_the_host_lets_go),
		PROMISE("sharing: two vCPUs want one page back", two_vcpus_want_one_page),
		PROMISE("sharing: a guest that asks for a page may end", a_guest_that_asks_may_end),
		PROMISE("S5: sharing: what is bad is refused and tells the host nothing",
			bad_sharing_is_refused_and_tells_the_host_nothing),
		PROMISE("sharing: asks for what is missing", sharing_asks_for_what_is_missing),
		PROMISE("sharing: an unprotected guest has nothing to share",
			an_unprotected_guest_has_nothing_to_share),
		PROMISE("entropy: has the bits asked for", entropy_has_the_bits_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

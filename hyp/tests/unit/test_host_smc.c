// SPDX-License-Identifier: GPL-2.0-only
/* S6, S3: the filter of the host's SMCs, over a firmware that the tests script. */
#include "calls.h"
#include <abi/smccc.h>
#include <el2/host.h>

#define JUNK 0xdeadbeef00000000UL

static uint64_t x[8];
static uint64_t handle;
static bool has_reset2;
static bool has_mem_protect, refuses;
static unsigned int ends; /* of the machine that the firmware was asked for */
static bool was_clean;	  /* nothing of the guest's was left when it was asked first */

static const uint64_t allowed[] = { FORWARDED_SMCS };
static const uint64_t denied[] = { PSCI_CPU_ON, PSCI_CPU_OFF, PSCI_SYSTEM_SUSPEND };
static const uint64_t ending[] = { PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET, PSCI_SYSTEM_RESET2,
				  PSCI_SYSTEM_RESET2 | SMCCC_64 };

static bool is_one_of(const uint64_t *set, size_t n, uint64_t id)
{
	while (n--)
		if (set[n] == id)
			return true;
	return false;
}

/* Ends nothing: it returns from each call. */
static void firmware(uint64_t args[8])
{
	uint64_t i;

	if (args[0] == PSCI_FEATURES && (args[1] & ~SMCCC_64) == PSCI_SYSTEM_RESET2) {
		args[0] = has_reset2 ? PSCI_RET_SUCCESS : (uint32_t)PSCI_RET_NOT_SUPPORTED;
		args[1] = 0x77;
		return;
	}
	if (args[0] == PSCI_FEATURES && args[1] == PSCI_MEM_PROTECT) {
		args[0] = has_mem_protect ? PSCI_RET_SUCCESS : (uint32_t)PSCI_RET_NOT_SUPPORTED;
		return;
	}
	if (args[0] == PSCI_MEM_PROTECT) {
		assert_false(spin_held(LOCK_VMS));
		args[0] = refuses ? (uint32_t)PSCI_RET_NOT_SUPPORTED : PSCI_RET_SUCCESS;
		return;
	}
	if (is_one_of(ending, ARRAY_SIZE(ending), args[0]) && !ends++)
		was_clean = !handle || (world_is_zero(RAM_PA, BLOCK) && !vcpu_of(0)->x[5] &&
					world_is_zero(world_random, PAGE_SIZE) &&
					!vcpu_of(0)->pc && !fake_pending());
	for (i = 0; i < 4; i++)
		args[i] += 0x1000 + i;
}

static int setup(void **state)
{
	memset(&host_firmware_calls, 0, sizeof(host_firmware_calls));
	handle = ends = 0;
	has_reset2 = true;
	has_mem_protect = refuses = false;
	world_setup(state);
	fake.firmware = firmware;
	return 0;
}

/* The host executes SMC #immediate; returns its x0. */
static int64_t smc(uint64_t function, uint64_t x1, uint32_t immediate)
{
	unsigned int i;

	fake.smcs = 0;
	x[0] = function;
	x[1] = x1;
	for (i = 2; i < 8; i++)
		x[i] = i * 0x0101010101010101UL;
	host_smc(x, immediate);
	for (i = 4; i < 8; i++)
		assert_int_equal(x[i], i * 0x0101010101010101UL);
	assert_int_equal(this_cpu()->locks_held, 0);
	return x[0];
}

/* Nothing but x0 changes, and the firmware does not hear of it. */
static void refused(uint64_t function, uint64_t x1, uint32_t immediate, int64_t want)
{
	unsigned int i;

	if (smc(function, x1, immediate) != want)
		fail_msg("SMC #%u 0x%lx: 0x%lx instead of %ld", immediate, function, x[0], want);
	assert_int_equal(fake.smcs, 0);
	assert_int_equal(x[1], x1);
	for (i = 2; i < 4; i++)
		assert_int_equal(x[i], i * 0x0101010101010101UL);
}

/* Reaches the firmware as called, and so do the results. PSCI_FEATURES asks for what is there. */
static void forwarded(uint64_t function, uint64_t as)
{
	bool features = (as & ~SMCCC_64) == PSCI_FEATURES;
	uint64_t x1 = features ? PSCI_VERSION | 0x12345678UL << 32 : 0x1234567812345678UL;
	unsigned int i;

	if (smc(function, x1, 0) != (int64_t)as + 0x1000)
		fail_msg("SMC 0x%lx: 0x%lx", function, x[0]);
	assert_int_equal(fake.smcs, 1);
	assert_int_equal(fake.smc[0][0], as);
	assert_int_equal(fake.smc[0][1], x1);
	for (i = 2; i < 8; i++)
		assert_int_equal(fake.smc[0][i], i * 0x0101010101010101UL);
	assert_int_equal(x[1], x1 + 0x1001);
	assert_int_equal(x[3], 3 * 0x0101010101010101UL + 0x1003);
}

static void a_guest_with_a_secret(void)
{
	handle = make_vm(DONJON_VM_PROTECTED, 1);
	world_fill(RAM_PA, BLOCK, 7);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA, BLOCK), 0);
	assert_int_equal(HC(VCPU_POWER, handle, 0, 1), 0);
	assert_int_equal(HC(VCPU_RUN, handle, 0), 0);
	vcpu_of(0)->x[5] = 42;
	vcpu_of(0)->pc = RAM_IPA;
}

static void the_guest_lives(void)
{
	assert_int_equal(ends, 0);
	assert_true(world_is(RAM_PA, BLOCK, 7));
	assert_int_equal(vcpu_of(0)->x[5], 42);
	assert_int_equal(HC(VCPU_RUN, handle, 0), 0);
}

static void the_list_reaches_the_firmware(void **state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(allowed); i++) {
		forwarded(allowed[i], allowed[i]);
		forwarded(allowed[i] | SMCCC_64, allowed[i] | SMCCC_64);
	}
}

static void cpus_stay_as_they_are(void **state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(denied); i++) {
		refused(denied[i], 1, 0, PSCI_RET_DENIED);
		refused(denied[i] | SMCCC_64, 1, 0, PSCI_RET_DENIED);
		refused(denied[i] | SMCCC_64 | SMCCC_SVE_HINT, 1, 0, PSCI_RET_DENIED);
	}
}

/* State types are in bit 16 or 30, by the format that the firmware has. */
static void only_standby_states_are_entered(void **state)
{
	const uint64_t calls[] = { PSCI_CPU_SUSPEND, PSCI_CPU_SUSPEND | SMCCC_64 };
	const uint64_t lost[] = { 1UL << 16, 1UL << 30, 1UL << 16 | 1UL << 30, 0x2010001,
				  0x40000001, ~0UL };
	const uint64_t standby[] = { 0, 1, 0x2000003, 0xffff, JUNK };
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		for (n = 0; n < ARRAY_SIZE(lost); n++)
			refused(calls[i], lost[n], 0, PSCI_RET_DENIED);
		for (n = 0; n < ARRAY_SIZE(standby); n++) {
			smc(calls[i] | SMCCC_SVE_HINT, standby[n], 0);
			assert_int_equal(fake.smcs, 1);
			assert_int_equal(fake.smc[0][0], calls[i]);
			assert_int_equal(fake.smc[0][1], standby[n]);
			/* The address where the CPU would go on if it had lost its state. */
			assert_int_equal(fake.smc[0][2], 0);
			assert_int_equal(x[0], calls[i] + 0x1000);
		}
		refused(calls[i], 0, 1, SMCCC_NOT_SUPPORTED);
		refused(calls[i] | 1UL << 40, 0, 0, SMCCC_NOT_SUPPORTED);
	}
}

/* The firmware, which has it all, is not asked about what it will never hear of. */
static void features_are_those_that_there_are(void **state)
{
	const uint64_t junk[] = { 0, JUNK };
	unsigned int i, n;

	for (n = 0; n < ARRAY_SIZE(junk); n++) {
		for (i = 0; i < ARRAY_SIZE(denied); i++) {
			refused(PSCI_FEATURES, denied[i] | junk[n], 0, SMCCC_NOT_SUPPORTED);
			refused(PSCI_FEATURES, denied[i] | SMCCC_64 | junk[n], 0,
				SMCCC_NOT_SUPPORTED);
		}
		refused(PSCI_FEATURES, PSCI_MIGRATE | junk[n], 0, SMCCC_NOT_SUPPORTED);
		refused(PSCI_FEATURES, PSCI_MEM_PROTECT | junk[n], 0, SMCCC_NOT_SUPPORTED);
		refused(PSCI_FEATURES, PSCI_SYSTEM_OFF2 | junk[n], 0, SMCCC_NOT_SUPPORTED);
	}
	for (i = 0; i < ARRAY_SIZE(allowed); i++) {
		smc(PSCI_FEATURES, allowed[i], 0);
		assert_int_equal(fake.smcs, 1);
	}
	for (i = 0; i < ARRAY_SIZE(ending); i++) {
		smc(PSCI_FEATURES, ending[i], 0);
		assert_int_equal(fake.smcs, 1);
	}
	smc(PSCI_FEATURES, PSCI_CPU_SUSPEND | SMCCC_64, 0);
	assert_int_equal(fake.smcs, 1);
}

/* Each function number of each owner, fast and yielding, 32 and 64 bits. */
static void each_function(void (*check)(uint64_t id))
{
	const uint64_t numbers[] = {
		0x3fff, 0x7fff, 0x8000, 0xf000, 0xff00, 0xff01, 0xff03, 0xffff
	};
	uint64_t owner, kind, n;

	for (kind = 0; kind < 4; kind++)
		for (owner = 0; owner < 64; owner++)
			for (n = 0; n < 0x100 + ARRAY_SIZE(numbers); n++)
				check(kind << 30 | owner << SMCCC_OWNER_SHIFT |
				      (n < 0x100 ? n : numbers[n - 0x100]));
}

static bool is_answered(uint64_t id)
{
	return is_one_of(allowed, ARRAY_SIZE(allowed), id & ~SMCCC_64) ||
	       is_one_of(denied, ARRAY_SIZE(denied), id & ~SMCCC_64) ||
	       (id & ~SMCCC_64) == PSCI_CPU_SUSPEND || is_one_of(ending, ARRAY_SIZE(ending), id);
}

static void is_refused(uint64_t id)
{
	if (!is_answered(id))
		refused(id, 0, 0, SMCCC_NOT_SUPPORTED);
}

/* The firmware, which has all there is, says so of what the host may call, and of nothing else. */
static void is_told_of(uint64_t id)
{
	const uint64_t asks[] = { PSCI_FEATURES, PSCI_FEATURES | SMCCC_64 };
	bool there = is_answered(id) && !is_one_of(denied, ARRAY_SIZE(denied), id & ~SMCCC_64);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(asks); i++)
		if (!there) {
			refused(asks[i], id, 0, SMCCC_NOT_SUPPORTED);
		} else {
			smc(asks[i], id, 0);
			if (!fake.smcs || fake.smc[fake.smcs - 1][0] != asks[i])
				fail_msg("PSCI_FEATURES of 0x%lx is refused", id);
		}
}

static void features_of_each_function(void **state)
{
	each_function(is_told_of);
}

static uint64_t features;

static void says_features(uint64_t args[8])
{
	args[0] = features;
}

/* SET_SUSPEND_MODE is refused, so there is nothing to choose from. */
static void one_mode_of_suspend(void **state)
{
	const uint64_t said[] = { 0, 1, 2, 3, PSCI_RET_NOT_SUPPORTED,
				  (uint32_t)PSCI_RET_NOT_SUPPORTED, PSCI_RET_DENIED };
	unsigned int i;

	fake.firmware = says_features;
	for (i = 0; i < ARRAY_SIZE(said); i++) {
		uint64_t want = i < 4 ? said[i] & 2 : said[i];

		features = said[i];
		assert_int_equal(smc(PSCI_FEATURES, PSCI_CPU_SUSPEND, 0), want);
		assert_int_equal(smc(PSCI_FEATURES, PSCI_CPU_SUSPEND | SMCCC_64 | JUNK, 0), want);
		assert_int_equal(smc(PSCI_FEATURES, PSCI_SYSTEM_OFF, 0), said[i]);
	}
}

static void nothing_else_is_there(void **state)
{
	each_function(is_refused);
	refused(~0UL, 0, 0, SMCCC_NOT_SUPPORTED);
	refused(DONJON_HC_INFO, 0, 0, SMCCC_NOT_SUPPORTED);
	refused(PSCI_SYSTEM_OFF2, 0, 0, SMCCC_NOT_SUPPORTED);
}

static const uint32_t wanted[] = { 0x82000010, 0xc2000001, 0x02000601, 0x83001234, 0xb2000000,
				   0x32000004, 0xbf00ff01, 0xf000ffff };

static void list(const uint32_t *functions, unsigned int n)
{
	memcpy(host_firmware_calls.function, functions, n * sizeof(*functions));
}

/* These and no others, in the form that was listed: neither the other width nor the other kind. */
static void listed_functions_reach_the_firmware(void **state)
{
	unsigned int i, bit;

	list(wanted, ARRAY_SIZE(wanted));
	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		forwarded(wanted[i], wanted[i]);
		forwarded(wanted[i] | SMCCC_SVE_HINT, wanted[i]);
		refused(wanted[i], 0, 1, SMCCC_NOT_SUPPORTED);
		for (bit = 0; bit < 64; bit++)
			if (bit != 16 && wanted[i] ^ BIT(bit) ^ 0x82000010UL)
				is_refused(wanted[i] ^ BIT(bit));
	}
	is_refused(0);
	/* Anywhere in the list, and the last is the last. */
	memset(&host_firmware_calls, 0, sizeof(host_firmware_calls));
	for (i = 0; i < DONJON_MAX_FIRMWARE_CALLS; i++)
		host_firmware_calls.function[i] = 0x82000100 + i;
	for (i = 0; i < DONJON_MAX_FIRMWARE_CALLS; i++)
		forwarded(0x82000100 + i, 0x82000100 + i);
	is_refused(0x82000100 + i);
	is_refused(wanted[0]);
}

static void is_refused_though_listed(uint64_t id)
{
	uint64_t owner = id >> SMCCC_OWNER_SHIFT & 0x3f;

	if (is_answered(id) || owner == 2 || owner == 3 || owner >= 48)
		return;
	host_firmware_calls.function[7] = id;
	refused(id, 0, 0, SMCCC_NOT_SUPPORTED);
	refused(PSCI_FEATURES, id, 0, SMCCC_NOT_SUPPORTED);
}

/* PSCI, SDEI, TRNG, FF-A, hypervisors, Arm's own: whatever the list says. */
static void some_functions_cannot_be_listed(void **state)
{
	const uint32_t others[] = { 0x82010010, 0x82800010, 0xb2ff0000 };
	unsigned int i;

	each_function(is_refused_though_listed);
	for (i = 0; i < ARRAY_SIZE(denied); i++) {
		host_firmware_calls.function[0] = denied[i];
		host_firmware_calls.function[1] = denied[i] | SMCCC_64;
		refused(denied[i], 1, 0, PSCI_RET_DENIED);
		refused(denied[i] | SMCCC_64, 1, 0, PSCI_RET_DENIED);
	}
	host_firmware_calls.function[0] = PSCI_CPU_SUSPEND;
	refused(PSCI_CPU_SUSPEND, PSCI_POWER_DOWN, 0, PSCI_RET_DENIED);
	list(others, ARRAY_SIZE(others));
	for (i = 0; i < ARRAY_SIZE(others); i++)
		refused(others[i], 0, 0, SMCCC_NOT_SUPPORTED);
}

static const char *said_of(uint64_t function, uint64_t x1, uint32_t immediate)
{
	fake.printed[0] = 0;
	smc(function, x1, immediate);
	return fake.printed;
}

/* The first test: EL2 remembers functions as long as it lives. */
static void a_refusal_is_told_once(void **state)
{
	char line[64];
	unsigned int i;

	assert_string_equal(said_of(0, 0, 0), "SMC 0x0 is refused\n");
	assert_string_equal(said_of(0, 0, 0), "");
	assert_string_equal(said_of(0x82000010, 0, 1), "");
	assert_string_equal(said_of(0x82000010, 0, 0), "SMC 0x82000010 is refused\n");
	assert_string_equal(said_of(PSCI_CPU_ON | SMCCC_64, 0, 0), "SMC 0xc4000003 is refused\n");
	assert_string_equal(said_of(PSCI_FEATURES, PSCI_CPU_ON, 0), "");
	assert_string_equal(said_of(PSCI_VERSION, 0, 0), "");
	assert_string_equal(said_of(0x82000010, 0, 0), "");
	assert_string_equal(said_of(0x82000010 | SMCCC_SVE_HINT, 0, 0), "");
	assert_string_equal(said_of(PSCI_CPU_ON | SMCCC_64, 0, 0), "");
	assert_string_equal(said_of(~0UL, 0, 0), "SMC 0xfffffffffffeffff is refused\n");
	/* 32 of them, which are remembered, and then no more: the log is for other things, too. */
	for (i = 4; i < 100; i++) {
		snprintf(line, sizeof(line), "SMC 0x820001%02x is refused\n", i);
		assert_string_equal(said_of(0x82000100 + i, 0, 0), i < 32 ? line : "");
	}
	assert_string_equal(said_of(0, 0, 0), "");
	assert_string_equal(said_of(0x82000100 + 31, 0, 0), "");
}

static void the_sve_hint_is_taken_away(void **state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(allowed); i++)
		forwarded(allowed[i] | SMCCC_SVE_HINT, allowed[i]);
	refused(SMCCC_SVE_HINT, 0, 0, SMCCC_NOT_SUPPORTED);
	refused(PSCI_MIGRATE | SMCCC_SVE_HINT, 0, 0, SMCCC_NOT_SUPPORTED);
	refused(PSCI_VERSION | 2 * SMCCC_SVE_HINT, 0, 0, SMCCC_NOT_SUPPORTED);
	smc(PSCI_SYSTEM_OFF | SMCCC_SVE_HINT, 0, 0);
	assert_int_equal(fake.smc[0][0], PSCI_SYSTEM_OFF);
}

static void refuse_all(uint64_t junk, uint32_t immediate)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(allowed); i++)
		refused(allowed[i] | junk, 0, immediate, SMCCC_NOT_SUPPORTED);
	for (i = 0; i < ARRAY_SIZE(denied); i++)
		refused(denied[i] | junk, 0, immediate, SMCCC_NOT_SUPPORTED);
	for (i = 0; i < ARRAY_SIZE(ending); i++)
		refused(ending[i] | junk, 0, immediate, SMCCC_NOT_SUPPORTED);
}

static void junk_and_immediates_name_no_call(void **state)
{
	uint32_t bit;

	a_guest_with_a_secret();
	for (bit = 0; bit < 16; bit++)
		refuse_all(0, 1U << bit);
	for (bit = 32; bit < 64; bit++)
		refuse_all(BIT(bit), 0);
	refuse_all(JUNK, 0xffff);
	the_guest_lives();
	end_vm(handle);
}

/* The firmware is asked for this; it returns, and is asked for a reset. */
static void ends_the_machine(uint64_t function, uint64_t type, unsigned int questions)
{
	int ret;

	a_guest_with_a_secret();
	smc(function, type, 0);
	assert_int_equal(fake.smcs, questions + 2);
	assert_int_equal(fake.smc[questions][0], function);
	assert_int_equal(fake.smc[questions][1], type);
	assert_int_equal(fake.smc[questions][7], 7 * 0x0101010101010101UL);
	assert_int_equal(fake.smc[questions + 1][0], PSCI_SYSTEM_RESET);
	assert_int_equal(ends, 2);
	assert_true(was_clean);
	/* No guest begins a new life before the reset. */
	ret = HC(VCPU_RUN, handle, 0);
	assert_int_equal(ret, DONJON_E_DYING);
	assert_int_equal(HC(VM_CREATE, 0, 36, RAM_PA + 2 * BLOCK), DONJON_E_PHASE);
}

static void off_ends_the_machine(void **state)
{
	ends_the_machine(PSCI_SYSTEM_OFF, 0, 0);
}

static void reset_ends_the_machine(void **state)
{
	ends_the_machine(PSCI_SYSTEM_RESET, 1, 0);
}

static void a_warm_reset_ends_the_machine(void **state)
{
	ends_the_machine(PSCI_SYSTEM_RESET2, PSCI_RESET2_WARM, 1);
	assert_int_equal(fake.smc[0][0], PSCI_FEATURES);
	assert_int_equal(fake.smc[0][1], PSCI_SYSTEM_RESET2);
}

static void a_warm_reset_of_64_bits_ends_the_machine(void **state)
{
	/* The type has 32 bits in both forms of the call. */
	ends_the_machine(PSCI_SYSTEM_RESET2 | SMCCC_64, JUNK | PSCI_RESET2_WARM, 1);
	assert_int_equal(fake.smc[0][1], PSCI_SYSTEM_RESET2 | SMCCC_64);
}

static void nothing_is_lost_for_a_reset_that_fails(void **state)
{
	const uint64_t types[] = { 1, 2, 0x80000000, 0x80000001, 0xffffffff };
	unsigned int i;

	a_guest_with_a_secret();
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		assert_int_equal(smc(PSCI_SYSTEM_RESET2, types[i], 0), SMCCC_NOT_SUPPORTED);
		assert_int_equal(smc(PSCI_SYSTEM_RESET2 | SMCCC_64, types[i], 0),
				 SMCCC_NOT_SUPPORTED);
	}
	has_reset2 = false;
	assert_int_equal(smc(PSCI_SYSTEM_RESET2, 0, 0), SMCCC_NOT_SUPPORTED);
	assert_int_equal(smc(PSCI_SYSTEM_RESET2 | SMCCC_64, 0, 0), SMCCC_NOT_SUPPORTED);
	assert_int_equal(x[1], 0);
	the_guest_lives();
	end_vm(handle);
}

#define SMC(text, function)                                                                        \
	{                                                                                          \
		text, function, setup, world_teardown, NULL                                        \
	}

/* What the firmware was told about memory since the last time: -1 nothing, 0 or 1. */
static int told(void)
{
	int told = -1;
	unsigned int i;

	for (i = 0; i < fake.smcs; i++)
		if (fake.smc[i][0] == PSCI_MEM_PROTECT)
			told = fake.smc[i][1];
	fake.smcs = 0;
	return told;
}

static uint64_t a_vm(uint64_t flags, uint64_t pages)
{
	assert_int_equal(HC(VM_CREATE, flags, 36, pages), 0);
	return host_regs.x[1];
}

static void end(uint64_t vm)
{
	assert_int_equal(HC(VM_KILL, vm), 0);
	assert_int_equal(HC(VM_DESTROY, vm), 0);
	assert_int_equal(host_regs.x[2], DONJON_VM_PAGE_LAST);
}

static void the_firmware_zeroes_memory_from_the_first_secret_on(void **state)
{
	const uint64_t second = VM_BASE + DONJON_VM_PAGES * PAGE_SIZE,
		       third = second + (second - VM_BASE);
	uint64_t a, b, c;

	has_mem_protect = true;
	c = a_vm(0, third);
	assert_int_equal(told(), -1);
	a = a_vm(DONJON_VM_PROTECTED, VM_BASE);
	assert_int_equal(told(), 1);
	b = a_vm(DONJON_VM_PROTECTED, second);
	end(a);
	end(b);
	/* Whoever creates VMs again and again writes no flash with it. */
	end(a_vm(DONJON_VM_PROTECTED, VM_BASE));
	assert_int_equal(HC(STOP), DONJON_E_BUSY);
	assert_int_equal(told(), -1);
	end(c);
	assert_int_equal(told(), -1);
	assert_int_equal(HC(STOP), DONJON_OK);
	assert_int_equal(told(), 0);
	/* Who is late to create one does not switch it on again. */
	firmware_protect_memory(true);
	assert_int_equal(told(), -1);
}

static void a_reset_without_guests_needs_no_zeroes(void **state)
{
	has_mem_protect = true;
	end(a_vm(DONJON_VM_PROTECTED, VM_BASE));
	assert_int_equal(told(), 1);
	smc(PSCI_SYSTEM_RESET, 0, 0);
	assert_int_equal(told(), 0);
}

static void a_reset_with_a_guest_is_followed_by_zeroes(void **state)
{
	has_mem_protect = true;
	a_vm(DONJON_VM_PROTECTED, VM_BASE);
	assert_int_equal(told(), 1);
	smc(PSCI_SYSTEM_RESET, 0, 0);
	assert_int_equal(told(), -1);
}

static void a_firmware_that_cannot_zero_memory_is_not_asked(void **state)
{
	fake.printed[0] = 0;
	end(a_vm(DONJON_VM_PROTECTED, VM_BASE));
	assert_int_equal(told(), -1);
	assert_string_equal(fake.printed, "");
}

static void a_firmware_that_refuses_to_zero_memory_is_told_of(void **state)
{
	has_mem_protect = refuses = true;
	fake.printed[0] = 0;
	end(a_vm(DONJON_VM_PROTECTED, VM_BASE));
	assert_non_null(strstr(fake.printed, "refuses MEM_PROTECT(1)"));
	fake.printed[0] = 0;
	end(a_vm(DONJON_VM_PROTECTED, VM_BASE));
	assert_string_equal(fake.printed, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: the others leave VMs behind, and EL2 is not given back then. */
		SMC("S3: the firmware zeroes memory at resets from the first protected VM on",
		    the_firmware_zeroes_memory_from_the_first_secret_on),
		SMC("a firmware need not zero memory at a reset without guests",
		    a_reset_without_guests_needs_no_zeroes),
		SMC("S6: a call that is refused is told once", a_refusal_is_told_once),
		SMC("S6: SMCs on the list reach the firmware", the_list_reaches_the_firmware),
		SMC("S6: CPUs are not started or stopped, nor the machine suspended",
		    cpus_stay_as_they_are),
		SMC("S6: a CPU enters standby states and no others",
		    only_standby_states_are_entered),
		SMC("S6: PSCI_FEATURES tells of no call that is refused",
		    features_are_those_that_there_are),
		SMC("S6: no other SMC reaches the firmware", nothing_else_is_there),
		SMC("S6: of each function PSCI_FEATURES says what is there",
		    features_of_each_function),
		SMC("S6: there is one mode of CPU_SUSPEND", one_mode_of_suspend),
		SMC("S1: what root lists when it loads the module reaches the firmware",
		    listed_functions_reach_the_firmware),
		SMC("S6: what EL2 decides cannot be listed", some_functions_cannot_be_listed),
		SMC("S6: the SVE hint is taken away", the_sve_hint_is_taken_away),
		SMC("S6: junk above and immediates name no call", junk_and_immediates_name_no_call),
		SMC("S3: SYSTEM_OFF finds no secret", off_ends_the_machine),
		SMC("S3: SYSTEM_RESET finds no secret", reset_ends_the_machine),
		SMC("S3: SYSTEM_RESET2 finds no secret", a_warm_reset_ends_the_machine),
		SMC("S3: SYSTEM_RESET2 of 64 bits finds no secret",
		    a_warm_reset_of_64_bits_ends_the_machine),
		SMC("S6: no guest is lost for a reset that the firmware refuses",
		    nothing_is_lost_for_a_reset_that_fails),
		SMC("S3: it does at a reset with one", a_reset_with_a_guest_is_followed_by_zeroes),
		SMC("a firmware without MEM_PROTECT is not asked for it",
		    a_firmware_that_cannot_zero_memory_is_not_asked),
		SMC("S3: a firmware that refuses MEM_PROTECT is named in the log, once",
		    a_firmware_that_refuses_to_zero_memory_is_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

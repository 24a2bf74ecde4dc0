// SPDX-License-Identifier: GPL-2.0-only
/* The host's calls: every wrong argument has its documented code and changes nothing. */
#include "calls.h"
#include <abi/smccc.h>

#define B	(1U << DONJON_PHASE_BOOT)
#define R	(1U << DONJON_PHASE_RUNNING)
#define L	(1U << DONJON_PHASE_RELEASING)
#define D	(1U << DONJON_PHASE_DEAD)

/*
 * Every call of hypercall.h: when it is answered, what it names first, and where its ranges are
 * (0: none).
 */
static const struct {
	const char *name;
	uint64_t id;
	unsigned int phases;
	bool vm, vcpu;
	unsigned int base, ipa, size;
} calls[] = {
	{ "INFO", DONJON_HC_INFO, B | R | L | D, false, false, 0, 0, 0 },
	{ "INIT", DONJON_HC_INIT, B, false, false, 0, 0, 0 },
	{ "CPU_COMMIT", DONJON_HC_CPU_COMMIT, B, false, false, 0, 0, 0 },
	{ "START", DONJON_HC_START, B, false, false, 0, 0, 0 },
	{ "STOP", DONJON_HC_STOP, R, false, false, 0, 0, 0 },
	{ "CPU_RELEASE", DONJON_HC_CPU_RELEASE, B | L, false, false, 0, 0, 0 },
	{ "POOL_DONATE", DONJON_HC_POOL_DONATE, B | R, false, false, 1, 0, 2 },
	{ "COUNTER", DONJON_HC_COUNTER, B | R, false, false, 0, 0, 0 },
	{ "LEDGER", DONJON_HC_LEDGER, B | R | D, false, false, 0, 0, 0 },
	{ "VM_CREATE", DONJON_HC_VM_CREATE, R, false, false, 0, 0, 0 },
	{ "VCPU_CREATE", DONJON_HC_VCPU_CREATE, R, true, false, 0, 0, 0 },
	{ "VM_TOPUP", DONJON_HC_VM_TOPUP, R, true, false, 2, 0, 3 },
	{ "VM_ADD_RAM", DONJON_HC_VM_ADD_RAM, R, true, false, 0, 0, 0 },
	{ "VM_DEL_RAM", DONJON_HC_VM_DEL_RAM, R, true, false, 0, 0, 0 },
	{ "VM_MAP", DONJON_HC_VM_MAP, R, true, false, 2, 3, 4 },
	{ "VM_UNMAP", DONJON_HC_VM_UNMAP, R, true, false, 0, 2, 3 },
	{ "VCPU_SET_REG", DONJON_HC_VCPU_SET_REG, R, true, true, 0, 0, 0 },
	{ "VCPU_GET_REG", DONJON_HC_VCPU_GET_REG, R, true, true, 0, 0, 0 },
	{ "VCPU_POWER", DONJON_HC_VCPU_POWER, R, true, true, 0, 0, 0 },
	{ "VCPU_RUN", DONJON_HC_VCPU_RUN, R, true, true, 0, 0, 0 },
	{ "VM_KILL", DONJON_HC_VM_KILL, R, true, false, 0, 0, 0 },
	{ "VM_RECLAIM", DONJON_HC_VM_RECLAIM, R, true, false, 0, 2, 3 },
	{ "VCPU_RESET", DONJON_HC_VCPU_RESET, R, true, true, 0, 0, 0 },
	{ "VM_DESTROY", DONJON_HC_VM_DESTROY, R, true, false, 0, 0, 0 },
};

static uint64_t vm_sum(uint64_t handle)
{
	struct vm *vm = vm_get(handle);
	uint64_t sum = world_sum(&vm->mem);

	sum ^= vm->mem.nr_ram * 0x9e3779b97f4a7c15UL + vm->mem.activated + 2 * vm->mem.dying;
	vm_put(vm);
	return sum;
}

static void every_call_in_every_wrong_phase_says_so(void **state)
{
	uint64_t handle = make_vm(DONJON_VM_PROTECTED, 1), sum = vm_sum(handle);
	enum donjon_phase phase;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		for (phase = DONJON_PHASE_BOOT; phase <= DONJON_PHASE_DEAD; phase++) {
			if (calls[i].phases & (1U << phase))
				continue;
			phase_set(phase);
			if (call(calls[i].id, handle, 0, 0, 0) != DONJON_E_PHASE)
				fail_msg("%s in phase %u: %ld", calls[i].name, phase,
					 (int64_t)host_regs.x[0]);
			assert_int_equal(phase_get(), phase);
		}
	phase_set(DONJON_PHASE_BOOT);
	fake.initialised = false;
	assert_int_equal(HC(LEDGER, 0), DONJON_E_PHASE);
	assert_int_equal(HC(COUNTER, 0), DONJON_E_PHASE);
	assert_int_equal(HC(POOL_DONATE, RAM_PA, PAGE_SIZE), DONJON_E_PHASE);
	fake.initialised = true;
	phase_set(DONJON_PHASE_RUNNING);
	assert_int_equal(vm_sum(handle), sum);
	end_vm(handle);
}

static void unknown_calls_are_not_supported(void **state)
{
	const uint64_t ids[] = {
		0,
		5,
		DONJON_HC(0x09),
		DONJON_HC(0x0f),
		DONJON_HC(0x1f),
		DONJON_HC(0xef),
		DONJON_HC(0xf1),
		DONJON_HC(0xff),
		DONJON_HC(0x100),
		DONJON_HC_BASE - 1,
		DONJON_HC_INFO | 1UL << 32,
		DONJON_HC_INFO | 1UL << 63,
		DONJON_HC_INFO & ~SMCCC_64,
		DONJON_HC_INFO & ~SMCCC_FAST,
		~0UL,
		PSCI_VERSION,
		KVM_VENDOR_MEM_SHARE,
	};
	uint64_t sum = world_sum(NULL);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		if (call(ids[i], 11, 12, 13, 14) != DONJON_E_NOT_SUPPORTED)
			fail_msg("call 0x%lx: %ld", ids[i], (int64_t)host_regs.x[0]);
		assert_int_equal(host_regs.x[1], 11);
	}
	assert_int_equal(HC(DEBUG_PANIC), DONJON_E_NOT_SUPPORTED);
	assert_int_equal(world_sum(NULL), sum);
}

static void wrong_handles_are_not_found(void **state)
{
	uint64_t handle = make_vm(DONJON_VM_PROTECTED, 1), sum = vm_sum(handle);
	const uint64_t handles[] = {
		0,   1, handle + 256, handle - 256, handle + 1, handle | 0x80, handle | 1UL << 63,
		~0UL
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		for (j = 0; calls[i].vm && j < ARRAY_SIZE(handles); j++)
			if (call(calls[i].id, handles[j], 1, RAM_PA, RAM_PA + PAGE_SIZE) !=
			    DONJON_E_NOT_FOUND)
				fail_msg("%s of VM 0x%lx: %ld", calls[i].name, handles[j],
					 (int64_t)host_regs.x[0]);
		for (j = 1; calls[i].vcpu && j < 65; j++)
			if (call(calls[i].id, handle, j < 64 ? j : ~0UL, 0, 0) !=
			    DONJON_E_NOT_FOUND)
				fail_msg("%s of vCPU %u: %ld", calls[i].name, j,
					 (int64_t)host_regs.x[0]);
	}
	assert_int_equal(vm_sum(handle), sum);
	end_vm(handle);
}

static const struct {
	uint64_t base, size;
} bad_ranges[] = {
	{0, 0},
	{1, PAGE_SIZE},
	{0, 1},
	{0, PAGE_SIZE + 8},
	{0x800, 0x800},
	{0, DONJON_MAX_RANGE + PAGE_SIZE},
	{0, 1UL << 40},
	{0, ~0UL & PAGE_MASK},
	{0, 1UL << 63},
	{~0UL & PAGE_MASK, PAGE_SIZE},
	{~0UL & PAGE_MASK, 2 * PAGE_SIZE},
	{1UL << 48, PAGE_SIZE},
	{(1UL << 48) - PAGE_SIZE, 2 * PAGE_SIZE},
	{1UL << 63, PAGE_SIZE},
};

static void bad_ranges_are_invalid(void **state)
{
	uint64_t handle = make_vm(DONJON_VM_PROTECTED, 1), sum = vm_sum(handle);
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		for (j = 0; j < ARRAY_SIZE(bad_ranges); j++) {
			uint64_t a[5] = { 0, handle, 0, 0, 0 };
			/*
			 * Offsets from a good place, but where the place itself is what is wrong.
			 */
			uint64_t far = bad_ranges[j].base >= 1UL << 47 ? 0 : 1;

			if (!calls[i].size)
				continue;
			a[calls[i].size] = bad_ranges[j].size;
			if (calls[i].base)
				a[calls[i].base] = far * RAM_PA + bad_ranges[j].base;
			if (calls[i].ipa)
				a[calls[i].ipa] = RAM_IPA;
			if (calls[i].base &&
			    call(calls[i].id, a[1], a[2], a[3], a[4]) != DONJON_E_INVALID)
				fail_msg("%s of 0x%lx, 0x%lx: %ld", calls[i].name,
					 bad_ranges[j].base, bad_ranges[j].size,
					 (int64_t)host_regs.x[0]);
			if (!calls[i].ipa)
				continue;
			if (calls[i].base)
				a[calls[i].base] = RAM_PA;
			a[calls[i].ipa] = far * RAM_IPA + bad_ranges[j].base;
			if (call(calls[i].id, a[1], a[2], a[3], a[4]) != DONJON_E_INVALID)
				fail_msg("%s to 0x%lx, 0x%lx: %ld", calls[i].name,
					 bad_ranges[j].base, bad_ranges[j].size,
					 (int64_t)host_regs.x[0]);
		}
	/* Guest addresses end where the VM's do; RAM is what was added. */
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, 1UL << 36, PAGE_SIZE), DONJON_E_INVALID);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA - PAGE_SIZE, PAGE_SIZE),
			 DONJON_E_INVALID);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA + RAM_SIZE, PAGE_SIZE),
			 DONJON_E_INVALID);
	assert_int_equal(HC(VM_RECLAIM, handle, (1UL << 36) - PAGE_SIZE, 2 * PAGE_SIZE),
			 DONJON_E_INVALID);
	assert_int_equal(HC(VM_ADD_RAM, handle, RAM_IPA + 1, PAGE_SIZE), DONJON_E_INVALID);
	assert_int_equal(HC(VM_ADD_RAM, handle, 0, 0), DONJON_E_INVALID);
	assert_int_equal(HC(VM_ADD_RAM, handle, 0, (1UL << 36) + PAGE_SIZE), DONJON_E_INVALID);
	assert_int_equal(HC(VM_ADD_RAM, handle, PAGE_SIZE, ~0UL & PAGE_MASK), DONJON_E_INVALID);
	assert_int_equal(HC(VM_ADD_RAM, handle, 0, PAGE_SIZE, 2), DONJON_E_INVALID);
	assert_int_equal(HC(VM_ADD_RAM, handle, 0, PAGE_SIZE, 1UL << 32), DONJON_E_INVALID);
	assert_int_equal(HC(LEDGER, 8), DONJON_E_INVALID);
	assert_int_equal(HC(LEDGER, 1UL << HOST_IA_BITS), DONJON_E_INVALID);
	assert_int_equal(HC(COUNTER, DONJON_NR_COUNTERS), DONJON_E_INVALID);
	assert_int_equal(HC(COUNTER, ~0UL), DONJON_E_INVALID);
	assert_int_equal(vm_sum(handle), sum);
	end_vm(handle);
}

/* Each call that takes physical memory, given memory that is not the host's to give. */
static void memory_of_others_is_denied(void **state)
{
	uint64_t handle = make_vm(DONJON_VM_PROTECTED, 1), sum;
	struct {
		uint64_t pa;
		int64_t code;
	} wrong[] = {
		{FIRMWARE_BASE, DONJON_E_INVALID},
		{HOLE_BASE, DONJON_E_INVALID},
		{0, DONJON_E_INVALID},
		{HIGH_END, DONJON_E_INVALID},
		{FAKE_RAM_BASE, DONJON_E_DENIED},
		{FREE_BASE - PAGE_SIZE, DONJON_E_DENIED},
		{VM_BASE, DONJON_E_DENIED},
		{VCPU_PA(0), DONJON_E_DENIED},
		{RUN_PA(0), DONJON_E_DENIED},
		{CACHE_PA, DONJON_E_DENIED},
		{RAM_PA, DONJON_E_DENIED},
		{RAM_PA + PAGE_SIZE, DONJON_E_DENIED},
	};
	unsigned int i;

	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA, BLOCK), 0);
	assert_int_equal(ledger_guest_share_host(&vm_get(handle)->mem, ipa(RAM_IPA + PAGE_SIZE)),
			 0);
	vm_put(vcpu_of(0)->vm);
	sum = vm_sum(handle);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		uint64_t at = wrong[i].pa, good = RAM_PA + BLOCK;

		if (HC(POOL_DONATE, at, PAGE_SIZE) != wrong[i].code ||
		    HC(VM_TOPUP, handle, at, PAGE_SIZE) != wrong[i].code ||
		    HC(VM_MAP, handle, at, RAM_IPA + BLOCK, PAGE_SIZE) != wrong[i].code ||
		    HC(VCPU_CREATE, handle, 1, at, good) != wrong[i].code ||
		    HC(VCPU_CREATE, handle, 1, good, at) != wrong[i].code)
			fail_msg("page 0x%lx: %ld instead of %ld", at, (int64_t)host_regs.x[0],
				 wrong[i].code);
	}
	assert_int_equal(HC(VCPU_CREATE, handle, 1, RAM_PA + BLOCK, RAM_PA + BLOCK),
			 DONJON_E_INVALID);
	assert_int_equal(HC(VCPU_CREATE, handle, 0, RAM_PA + BLOCK, RAM_PA + BLOCK + PAGE_SIZE),
			 DONJON_E_EXISTS);
	assert_int_equal(HC(VCPU_CREATE, handle, DONJON_MAX_VCPUS, RAM_PA + BLOCK,
			    RAM_PA + BLOCK + PAGE_SIZE),
			 DONJON_E_INVALID);
	assert_int_equal(HC(VM_CREATE, 0, 36, VM_BASE), DONJON_E_DENIED);
	assert_int_equal(HC(VM_CREATE, 0, 36, FIRMWARE_BASE), DONJON_E_INVALID);
	assert_int_equal(HC(VM_CREATE, 0, 36, VM_BASE + PAGE_SIZE), DONJON_E_INVALID);
	assert_int_equal(HC(VM_CREATE, 2, 36, RAM_PA + BLOCK), DONJON_E_INVALID);
	assert_int_equal(HC(VM_CREATE, 0, 31, RAM_PA + BLOCK), DONJON_E_INVALID);
	assert_int_equal(HC(VM_CREATE, 0, HOST_IA_BITS + 1, RAM_PA + BLOCK), DONJON_E_INVALID);
	assert_int_equal(HC(VM_CREATE, 0, ~0UL, RAM_PA + BLOCK), DONJON_E_INVALID);
	assert_int_equal(HC(VM_CREATE, 0, 36, ~(DONJON_VM_PAGES * PAGE_SIZE - 1)),
			 DONJON_E_INVALID);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA + BLOCK, RAM_IPA, PAGE_SIZE), DONJON_E_EXISTS);
	assert_int_equal(HC(VM_UNMAP, handle, RAM_IPA, PAGE_SIZE), DONJON_E_DENIED);
	assert_int_equal(HC(VM_DEL_RAM, handle, RAM_IPA, RAM_SIZE), DONJON_E_DENIED);
	assert_int_equal(HC(VM_RECLAIM, handle, RAM_IPA, PAGE_SIZE), DONJON_E_DENIED);
	assert_int_equal(HC(VM_DESTROY, handle), DONJON_E_BUSY);
	assert_int_equal(vm_sum(handle), sum);
	end_vm(handle);
}

static void every_error_has_a_code(void **state)
{
	const struct {
		int error;
		int64_t code;
	} want[] = {
		{0, DONJON_OK},
		{ENOSYS, DONJON_E_NOT_SUPPORTED},
		{EINVAL, DONJON_E_INVALID},
		{EPROTO, DONJON_E_PHASE},
		{EPERM, DONJON_E_DENIED},
		{ENOMEM, DONJON_E_NO_POOL},
		{ENOBUFS, DONJON_E_NO_CACHE},
		{EBUSY, DONJON_E_BUSY},
		{ENOENT, DONJON_E_NOT_FOUND},
		{EEXIST, DONJON_E_EXISTS},
		{EHWPOISON, DONJON_E_POISONED},
		{ESHUTDOWN, DONJON_E_DYING},
		{EHOSTDOWN, DONJON_E_OFF},
		{ENODEV, DONJON_E_CPU},
		{ECANCELED, DONJON_E_INTERNAL},
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(want); i++)
		assert_int_equal(abi_error(-want[i].error), want[i].code);
}

/*
 * Which memory is short, and how many pages of it: the VM's cache first. With as many the call
 * succeeds.
 */
static void memory_that_is_short_is_named(void **state)
{
	uint64_t handle = make_vm(DONJON_VM_PROTECTED, 1);
	struct vm *vm = vm_get(handle);

	vm_put(vm);
	world_set_cache(&vm->mem.cache, 0);
	world_set_cache(&pool, 0);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA, PAGE_SIZE), DONJON_E_NO_CACHE);
	assert_int_equal(host_regs.x[1], 2);
	world_set_cache(&vm->mem.cache, 1);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA, PAGE_SIZE), DONJON_E_NO_CACHE);
	assert_int_equal(host_regs.x[1], 1);
	world_set_cache(&vm->mem.cache, 2);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA, PAGE_SIZE), DONJON_E_NO_POOL);
	assert_in_range(host_regs.x[1], 1, 3);
	world_set_cache(&pool, host_regs.x[1] - 1);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA, PAGE_SIZE), DONJON_E_NO_POOL);
	assert_int_equal(host_regs.x[1], 1);
	world_set_cache(&pool, pool.count + 1);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA, PAGE_SIZE), 0);
	world_set_cache(&pool, 16);
	end_vm(handle);
}

static void questions_are_answered(void **state)
{
	uint64_t handle = make_vm(DONJON_VM_PROTECTED, 1);
	unsigned int i;

	assert_int_equal(HC(INFO), 0);
	assert_int_equal(host_regs.x[1], DONJON_ABI_VERSION);
	assert_int_equal(host_regs.x[2], DONJON_PHASE_RUNNING);
	assert_int_equal(host_regs.x[3], 4);
	assert_int_equal(host_regs.x[4], 3);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA, BLOCK), 0);
	assert_int_equal(HC(LEDGER, RAM_PA + PAGE_SIZE), 0);
	assert_int_equal(host_regs.x[1], RAM_PA + BLOCK);
	assert_int_equal(host_regs.x[2], DONJON_PAGE_GUEST);
	assert_int_equal(host_regs.x[3], handle);
	assert_int_equal(host_regs.x[4], RAM_IPA + PAGE_SIZE);
	for (i = 0; i < DONJON_NR_COUNTERS; i++)
		assert_int_equal(HC(COUNTER, i), 0);
	assert_int_equal(HC(COUNTER, DONJON_CNT_VMS), 0);
	assert_int_equal(host_regs.x[1], 1);
	assert_int_equal(HC(COUNTER, DONJON_CNT_POOL_FREE), 0);
	assert_int_equal(host_regs.x[1], pool.count);
	end_vm(handle);
}

/* They become tables: contents that the host left in them would be entries. */
static void pages_for_the_pool_are_cleared(void **state)
{
	uint64_t page;
	unsigned int i;

	world_fill(RAM_PA, 3 * PAGE_SIZE, 5);
	assert_int_equal(HC(POOL_DONATE, RAM_PA, 3 * PAGE_SIZE), 0);
	for (i = 0; i < 3; i++) {
		page = cache_pop(&pool);
		assert_in_range(page, RAM_PA, RAM_PA + 2 * PAGE_SIZE);
		assert_true(world_is_zero(page, PAGE_SIZE));
	}
}

/* A part ends at a multiple of 2 MiB of either address, so that it splits one block of each. */
static void a_part_stays_within_two_mib(void **state)
{
	const uint64_t size = 4 * PAGE_SIZE;
	uint64_t handle = make_vm(DONJON_VM_PROTECTED, 1);
	struct host_regs regs;

	regs = (struct host_regs){ .x = { DONJON_HC_VM_MAP, handle, RAM_PA + BLOCK - 3 * PAGE_SIZE,
					  RAM_IPA, size } };
	host_call(&regs);
	assert_int_equal(regs.x[0], DONJON_HC_VM_MAP);
	assert_int_equal(regs.x[2], RAM_PA + BLOCK);
	assert_int_equal(regs.x[4], PAGE_SIZE);
	fake_host_call(&regs);
	assert_int_equal(regs.x[0], 0);
	regs = (struct host_regs){ .x = { DONJON_HC_VM_MAP, handle, RAM_PA + BLOCK + 8 * PAGE_SIZE,
					  RAM_IPA + BLOCK - PAGE_SIZE, size } };
	host_call(&regs);
	assert_int_equal(regs.x[0], DONJON_HC_VM_MAP);
	assert_int_equal(regs.x[3], RAM_IPA + BLOCK);
	fake_host_call(&regs);
	assert_int_equal(regs.x[0], 0);
	regs = (struct host_regs){ .x = { DONJON_HC_VM_TOPUP, handle,
					  RAM_PA + 3 * BLOCK - PAGE_SIZE, 2 * PAGE_SIZE } };
	host_call(&regs);
	assert_int_equal(regs.x[0], DONJON_HC_VM_TOPUP);
	assert_int_equal(regs.x[2], RAM_PA + 3 * BLOCK);
	fake_host_call(&regs);
	assert_int_equal(regs.x[0], 0);
	fake.repeats = 0;
	end_vm(handle);
}

/* What the first lock section has taken goes back when the second fails. */
static void a_vm_and_a_vcpu_are_made_whole_or_not_at_all(void **state)
{
	const uint64_t place = RAM_PA + BLOCK, last = place + (DONJON_VM_PAGES - 1) * PAGE_SIZE;
	uint64_t handle = make_vm(DONJON_VM_PROTECTED, 1);

	assert_int_equal(HC(VM_TOPUP, handle, last, PAGE_SIZE), 0);
	assert_int_equal(HC(VM_CREATE, 0, 36, place), DONJON_E_DENIED);
	assert_int_equal(world_state(place), DONJON_PAGE_HOST);
	assert_int_equal(world_state(last - PAGE_SIZE), DONJON_PAGE_HOST);
	assert_int_equal(HC(VCPU_CREATE, handle, 1, last, place), DONJON_E_DENIED);
	assert_int_equal(world_state(place), DONJON_PAGE_HOST);
	assert_int_equal(HC(VCPU_CREATE, handle, 1, place, place + PAGE_SIZE), 0);
	assert_int_equal(world_state(place), DONJON_PAGE_HYP);
	assert_int_equal(world_state(place + PAGE_SIZE), DONJON_PAGE_HOST_SHARED);
	end_vm(handle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE("S5: calls: each call in each wrong phase says so",
			every_call_in_every_wrong_phase_says_so),
		PROMISE("S5: calls: unknown ones are not supported",
			unknown_calls_are_not_supported),
		PROMISE("S5: calls: wrong handles and vCPUs are not found",
			wrong_handles_are_not_found),
		PROMISE("S5: calls: bad ranges are invalid and change nothing",
			bad_ranges_are_invalid),
		PROMISE("S1, S5: calls: memory of others is denied and nothing changes",
			memory_of_others_is_denied),
		PROMISE("S5: calls: every error has its code", every_error_has_a_code),
		PROMISE("calls: memory that is short is named, and how much of it",
			memory_that_is_short_is_named),
		PROMISE("calls: questions are answered", questions_are_answered),
		PROMISE("calls: pages for the pool are cleared", pages_for_the_pool_are_cleared),
		PROMISE("S5: calls: a part stays within 2 MiB", a_part_stays_within_two_mib),
		PROMISE("calls: a VM and a vCPU are made whole or not at all",
			a_vm_and_a_vcpu_are_made_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

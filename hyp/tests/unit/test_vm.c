// SPDX-License-Identifier: GPL-2.0-only
/* VMs and vCPUs through the host's calls: life and end, activation, registers, runs. */
#include "calls.h"
#include <abi/smccc.h>
#include <arch/guest.h>
#include <arch/percpu.h>
#include <el2/guest_exit.h>
#include <tests/spec/hooks.h>

static uint64_t handle;

static void a_vm_gives_every_page_back(void **state)
{
	uint64_t before = world_sum(NULL), first, page;

	handle = first = make_vm(DONJON_VM_PROTECTED, 3);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA, BLOCK), 0);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA + BLOCK + PAGE_SIZE, RAM_IPA + 2 * BLOCK,
			    3 * PAGE_SIZE),
			 0);
	assert_int_equal(HC(VM_KILL, handle), 0);
	assert_int_equal(HC(VM_DESTROY, handle), DONJON_E_BUSY);
	assert_int_equal(HC(VM_RECLAIM, handle, RAM_IPA + PAGE_SIZE, PAGE_SIZE), 0);
	assert_int_equal(host_regs.x[1], PAGE_SIZE);
	for (page = RAM_IPA; page < RAM_IPA + 3 * BLOCK; page += BLOCK)
		assert_int_equal(HC(VM_RECLAIM, handle, page, BLOCK), 0);
	/* Another CPU still works on it. */
	vm_get(handle);
	assert_int_equal(HC(VM_DESTROY, handle), DONJON_E_BUSY);
	vm_put(vcpu_of(0)->vm);
	assert_int_equal(end_vm(handle), 3 + CACHE_PAGES);
	for (page = VM_BASE; page < RAM_PA + 3 * BLOCK; page += PAGE_SIZE)
		assert_int_equal(world_state(page), DONJON_PAGE_HOST);
	assert_int_equal(world_sum(NULL), before);
	assert_true(world_is_zero(VM_BASE, DONJON_VM_PAGES * PAGE_SIZE));
	/* Its handle does not come back. */
	handle = make_vm(0, 1);
	assert_int_not_equal(handle, first);
	assert_int_equal(HC(VM_KILL, first), DONJON_E_NOT_FOUND);
	end_vm(handle);
	assert_int_equal(world_sum(NULL), before);
}

/*
 * Whatever is short on the way, the host feeds the pool and goes on; nothing is lost or done twice.
 */
static void the_end_survives_a_pool_that_is_short(void **state)
{
	uint64_t pages = 0, writes;
	int64_t ret;

	/* Blocks of EL2's, which must be split to give pages back. */
	assert_int_equal(HC(VM_CREATE, 0, 36, VM_BASE), 0);
	handle = host_regs.x[1];
	assert_int_equal(HC(VM_TOPUP, handle, RAM_PA, BLOCK), 0);
	assert_int_equal(HC(VM_ADD_RAM, handle, RAM_IPA, BLOCK), 0);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA + BLOCK, RAM_IPA, PAGE_SIZE), 0);
	assert_int_equal(HC(VM_KILL, handle), 0);
	assert_int_equal(HC(VM_RECLAIM, handle, RAM_IPA, PAGE_SIZE), 0);
	writes = ledger_counter(DONJON_CNT_GUEST_WRITES);
	do {
		uint64_t fed = 0;

		world_set_cache(&pool, 0);
		while ((ret = HC(VM_DESTROY, handle)) == DONJON_E_NO_POOL && fed < 8)
			world_set_cache(&pool, ++fed);
		assert_int_equal(ret, 0);
		pages++;
	} while (host_regs.x[2] != DONJON_VM_PAGE_LAST);
	assert_int_equal(pages, PT_ENTRIES + 1);
	assert_int_equal(host_regs.x[1], VM_BASE);
	assert_int_equal(ledger_counter(DONJON_CNT_GUEST_WRITES), writes);
	assert_int_equal(world_state(VM_BASE), DONJON_PAGE_HOST);
	assert_int_equal(world_state(RAM_PA), DONJON_PAGE_HOST);
	world_check(NULL);
}

static uint64_t other_handle;
static int64_t other_answer;

/*
 * CPU 1 removes the guest's RAM as soon as this one has let go of the VM's lock for the first time.
 */
static void another_cpu_removes_the_ram(const struct spinlock *lock)
{
	struct host_regs regs = { .x = { DONJON_HC_VM_DEL_RAM, other_handle, RAM_IPA, RAM_SIZE } };

	if (lock->rank != LOCK_VM)
		return;
	hooks_unlocked = NULL;
	fake_cpu = 1;
	host_call(&regs);
	fake_cpu = 0;
	other_answer = regs.x[0];
}

/*
 * VM_MAP looks at the RAM ranges and maps in one step: no page is mapped where the guest has no RAM
 * by then.
 */
static void no_page_is_mapped_where_ram_has_just_been_removed(void **state)
{
	int64_t answer;

	/* The hooks play the other CPU; make mutants also links the tests without them. */
	if (!hooks_running())
		return;
	other_handle = make_vm(0, 1);
	other_answer = 1;
	hooks_unlocked = another_cpu_removes_the_ram;
	answer = HC(VM_MAP, other_handle, RAM_PA, RAM_IPA, PAGE_SIZE);
	hooks_unlocked = NULL;
	if (answer) {
		assert_int_equal(answer, DONJON_E_INVALID);
		assert_int_equal(other_answer, 0);
	} else {
		/* It comes while the page is being cleaned, and is made again. */
		if (other_answer == DONJON_HC_VM_DEL_RAM)
			other_answer = HC(VM_DEL_RAM, other_handle, RAM_IPA, RAM_SIZE);
		assert_int_equal(other_answer, DONJON_E_BUSY);
	}
	end_vm(other_handle);
}

/* EL2 returns to the call itself after a bounded part; the host comes back for the rest. */
static void a_long_call_is_made_in_parts(void **state)
{
	const uint64_t size = 40 * PAGE_SIZE, part = CALL_LEAVES * PAGE_SIZE;
	struct host_regs regs;

	handle = make_vm(DONJON_VM_PROTECTED, 1);
	regs = (struct host_regs){ .x = { DONJON_HC_VM_MAP, handle, RAM_PA, RAM_IPA, size } };
	host_call(&regs);
	assert_int_equal(regs.x[0], DONJON_HC_VM_MAP);
	assert_int_equal(regs.x[2], RAM_PA + DONJON_MAP_PAGES * PAGE_SIZE);
	assert_int_equal(regs.x[3], RAM_IPA + DONJON_MAP_PAGES * PAGE_SIZE);
	assert_int_equal(regs.x[4], size - DONJON_MAP_PAGES * PAGE_SIZE);
	fake_host_call(&regs);
	assert_int_equal(regs.x[0], 0);
	assert_int_equal(HC(VM_KILL, handle), 0);
	regs = (struct host_regs){ .x = { DONJON_HC_VM_RECLAIM, handle, RAM_IPA, size } };
	host_call(&regs);
	assert_int_equal(regs.x[0], DONJON_HC_VM_RECLAIM);
	assert_int_equal(regs.x[2], RAM_IPA + part);
	assert_int_equal(regs.x[3], size - part);
	assert_int_equal(regs.x[4], part);
	host_call(&regs);
	assert_int_equal(regs.x[0], 0);
	assert_int_equal(regs.x[1], size);
	fake.repeats = 0;
	end_vm(handle);
}

static void there_are_so_many_vms_and_no_more(void **state)
{
	static uint64_t handles[DONJON_MAX_VMS];
	const uint64_t size = DONJON_VM_PAGES * PAGE_SIZE;
	unsigned int i, j;

	for (i = 0; i < DONJON_MAX_VMS; i++) {
		assert_int_equal(HC(VM_CREATE, 0, 32, FREE_BASE + i * size), 0);
		handles[i] = host_regs.x[1];
		for (j = 0; j < i; j++)
			assert_int_not_equal(handles[i], handles[j]);
	}
	assert_int_equal(HC(VM_CREATE, 0, 32, FREE_BASE + i * size), DONJON_E_BUSY);
	assert_int_equal(world_state(FREE_BASE + i * size), DONJON_PAGE_HOST);
	assert_int_equal(HC(STOP), DONJON_E_BUSY);
	for (i = 0; i < DONJON_MAX_VMS; i++) {
		assert_int_equal(HC(VM_KILL, handles[i]), 0);
		assert_int_equal(HC(VM_DESTROY, handles[i]), 0);
		assert_int_equal(host_regs.x[2], DONJON_VM_PAGE_LAST);
	}
	assert_int_equal(HC(STOP), 0);
	assert_int_equal(phase_get(), DONJON_PHASE_RELEASING);
	assert_int_equal(HC(VM_CREATE, 0, 32, FREE_BASE), DONJON_E_PHASE);
}

static void the_largest_ram_range_can_be_removed(void **state)
{
	unsigned int bits;

	cpu_features.pa_bits = 44;
	for (bits = 41; bits <= 44; bits++) {
		assert_int_equal(HC(VM_CREATE, 0, bits, VM_BASE), 0);
		handle = host_regs.x[1];
		assert_int_equal(HC(VM_ADD_RAM, handle, 0, 1UL << bits), 0);
		assert_int_equal(HC(VM_DEL_RAM, handle, 0, 1UL << bits), 0);
		end_vm(handle);
	}
}

static void ram_ranges_are_kept_apart(void **state)
{
	unsigned int i;

	handle = make_vm(0, 1);
	assert_int_equal(HC(VM_ADD_RAM, handle, RAM_IPA, PAGE_SIZE), DONJON_E_EXISTS);
	assert_int_equal(HC(VM_ADD_RAM, handle, RAM_IPA + RAM_SIZE - PAGE_SIZE, BLOCK),
			 DONJON_E_EXISTS);
	assert_int_equal(HC(VM_ADD_RAM, handle, RAM_IPA - PAGE_SIZE, 2 * PAGE_SIZE),
			 DONJON_E_EXISTS);
	assert_int_equal(HC(VM_ADD_RAM, handle, 0, 1UL << 36), DONJON_E_EXISTS);
	assert_int_equal(HC(VM_DEL_RAM, handle, RAM_IPA, PAGE_SIZE), DONJON_E_NOT_FOUND);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA + BLOCK, PAGE_SIZE), 0);
	assert_int_equal(HC(VM_DEL_RAM, handle, RAM_IPA, RAM_SIZE), DONJON_E_BUSY);
	assert_int_equal(HC(VM_UNMAP, handle, RAM_IPA + BLOCK, BLOCK), 0);
	assert_int_equal(host_regs.x[1], PAGE_SIZE);
	assert_int_equal(HC(VM_DEL_RAM, handle, RAM_IPA, RAM_SIZE), 0);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA + BLOCK, PAGE_SIZE), DONJON_E_INVALID);
	for (i = 0; i < DONJON_MAX_RAM_RANGES; i++)
		assert_int_equal(HC(VM_ADD_RAM, handle, RAM_IPA + 2 * i * PAGE_SIZE, PAGE_SIZE), 0);
	assert_int_equal(HC(VM_ADD_RAM, handle, 0, PAGE_SIZE), DONJON_E_BUSY);
	/* Neighbours are two ranges: no mapping crosses from one to the other. */
	assert_int_equal(HC(VM_DEL_RAM, handle, RAM_IPA, PAGE_SIZE), 0);
	assert_int_equal(HC(VM_ADD_RAM, handle, RAM_IPA + PAGE_SIZE, PAGE_SIZE), 0);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA + PAGE_SIZE, 2 * PAGE_SIZE),
			 DONJON_E_INVALID);
	end_vm(handle);
}

static void the_first_run_activates_a_protected_vm(void **state)
{
	handle = make_vm(DONJON_VM_PROTECTED, 2);
	world_fill(RAM_PA, BLOCK, 1);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA, PAGE_SIZE), 0);
	assert_int_equal(HC(VCPU_SET_REG, handle, 0, DONJON_REG_X(0), 42), 0);
	assert_int_equal(HC(VCPU_SET_REG, handle, 0, DONJON_REG_PC, RAM_IPA), 0);
	assert_int_equal(HC(VCPU_POWER, handle, 0, 1), 0);
	assert_int_equal(HC(VCPU_RUN, handle, 1), DONJON_E_OFF);
	assert_false(vcpu_of(0)->vm->mem.activated);
	assert_int_equal(HC(VCPU_RUN, handle, 0), 0);
	assert_true(vcpu_of(0)->vm->mem.activated);
	assert_true(world_is(RAM_PA, PAGE_SIZE, 1));
	assert_int_equal(HC(VM_MAP, handle, RAM_PA + PAGE_SIZE, RAM_IPA + PAGE_SIZE, PAGE_SIZE), 0);
	assert_true(world_is_zero(RAM_PA + PAGE_SIZE, PAGE_SIZE));
	assert_int_equal(HC(VCPU_SET_REG, handle, 0, DONJON_REG_X(0), 1), DONJON_E_DENIED);
	assert_int_equal(HC(VCPU_GET_REG, handle, 0, DONJON_REG_X(0)), DONJON_E_DENIED);
	assert_int_equal(host_regs.x[1], 0);
	assert_int_equal(HC(VCPU_SET_REG, handle, 1, DONJON_REG_PC, 1), DONJON_E_DENIED);
	assert_int_equal(HC(VCPU_POWER, handle, 1, 1), DONJON_E_DENIED);
	assert_int_equal(HC(VCPU_GET_REG, handle, 1, DONJON_REG_MPIDR), 0);
	assert_int_equal(host_regs.x[1], 0x80000001);
	assert_int_equal(HC(VM_ADD_RAM, handle, 0, PAGE_SIZE), DONJON_E_DENIED);
	assert_int_equal(HC(VCPU_CREATE, handle, 2, VCPU_PA(2), RUN_PA(2)), DONJON_E_DENIED);
	end_vm(handle);
}

/* Each has a place of its own; feature registers are as the guest reads them, and stay. */
static void is_of_unprotected_vcpus(uint64_t reg, bool protected)
{
	bool feature = reg >= DONJON_REG_ID(1, 0);
	int64_t set = HC(VCPU_SET_REG, handle, 0, reg, 0x5e7000 + reg);

	if (set != (feature ? DONJON_E_INVALID : protected ? DONJON_E_DENIED : 0))
		fail_msg("register %lu, protected %u, is set: %ld", reg, protected, set);
	if (reg > DONJON_REG_SCTLR_EL1 && !feature && !protected) {
		assert_int_equal(HC(VCPU_GET_REG, handle, 0, reg - 1), 0);
		assert_int_equal(host_regs.x[1], 0x5e7000 + reg - 1);
	}
	if (HC(VCPU_GET_REG, handle, 0, reg) != (protected ? DONJON_E_DENIED : 0))
		fail_msg("register %lu, protected %u, is read: %ld", reg, protected,
			 (int64_t)host_regs.x[0]);
	if (protected)
		assert_int_equal(host_regs.x[1], 0);
	else
		assert_int_equal(host_regs.x[1], feature ? guest_feature(reg - DONJON_REG_ID(1, 0))
							 : 0x5e7000 + reg);
}

static void registers_are_set_as_documented(void **state)
{
	const uint64_t allowed[] = { DONJON_REG_X(0), DONJON_REG_X(30), DONJON_REG_PC,
				     DONJON_REG_SP_EL1 };
	const uint64_t unprotected_only[] = { DONJON_REG_SP_EL0, DONJON_REG_ELR_EL1,
					      DONJON_REG_SPSR_EL1 };
	/*
	 * What is asked for, what it becomes: EL1h unless it is EL0t or EL1t; flags and masks stay.
	 */
	const struct {
		uint64_t asked, got;
	} pstate[] = {{0x3c5, 0x3c5},
		      {0x3c9, 0x3c5},
		      {0x3c4, 0x3c4},
		      {0, 0},
		      {0x1d3, 0x1c5},
		      {0x10, 0x5},
		      {0xf0000005, 0xf0000005},
		      {~0UL, 0xf00003c5},
		      {1UL << 21 | 1UL << 20 | 5, 5}};
	unsigned int i, protected;

	for (protected = 0; protected < 2; protected++) {
		handle = make_vm(protected ? DONJON_VM_PROTECTED : 0, 1);
		for (i = 0; i < ARRAY_SIZE(allowed); i++) {
			assert_int_equal(HC(VCPU_SET_REG, handle, 0, allowed[i], 7 + i), 0);
			assert_int_equal(HC(VCPU_GET_REG, handle, 0, allowed[i]), 0);
			assert_int_equal(host_regs.x[1], 7 + i);
		}
		for (i = 0; i < ARRAY_SIZE(unprotected_only); i++)
			if (HC(VCPU_SET_REG, handle, 0, unprotected_only[i], 7) !=
				    (protected ? DONJON_E_DENIED : 0) ||
			    HC(VCPU_GET_REG, handle, 0, unprotected_only[i]) !=
				    (protected ? DONJON_E_DENIED : 0))
				fail_msg("register %lu, protected %u: %ld", unprotected_only[i],
					 protected, (int64_t)host_regs.x[0]);
		for (i = DONJON_REG_SCTLR_EL1; i < DONJON_NR_REGS; i++)
			is_of_unprotected_vcpus(i, protected);
		for (i = 0; i < ARRAY_SIZE(pstate); i++) {
			assert_int_equal(
				HC(VCPU_SET_REG, handle, 0, DONJON_REG_PSTATE, pstate[i].asked), 0);
			assert_int_equal(vcpu_of(0)->pstate, pstate[i].got);
		}
		assert_int_equal(HC(VCPU_SET_REG, handle, 0, DONJON_REG_MPIDR, 0),
				 DONJON_E_INVALID);
		for (i = DONJON_NR_REGS; i < DONJON_NR_REGS + 3; i++) {
			assert_int_equal(HC(VCPU_GET_REG, handle, 0, i), DONJON_E_INVALID);
			assert_int_equal(HC(VCPU_SET_REG, handle, 0, i, 1), DONJON_E_INVALID);
		}
		assert_int_equal(HC(VCPU_GET_REG, handle, 0, ~0UL), DONJON_E_INVALID);
		assert_int_equal(HC(VCPU_POWER, handle, 0, 2), DONJON_E_INVALID);
		end_vm(handle);
	}
}

/* The offset of the first byte that is not 0, or size. */
static size_t first_set(const void *at, size_t size)
{
	size_t i;

	for (i = 0; i < size && !((const uint8_t *)at)[i]; i++)
		;
	return i;
}

static int asks_for_a_reset(struct vcpu *vcpu)
{
	struct host_regs saved = host_regs;

	/* Everything that is the guest's, but for an answer of the host's that is pending. */
	memset(vcpu, 0x5e, offsetof(struct vcpu, pending));
	vcpu->serror = true;
	vcpu->abort_esr = vcpu->abort_far = vcpu->serror_esr = 0x5ec;
	assert_int_equal(guest_psci(vcpu, PSCI_SYSTEM_RESET), DONJON_EXIT_SYSTEM_RESET);
	/* Meanwhile the host, on another CPU: none of the VM's vCPUs is reset before it leaves. */
	fake_cpu = 1;
	assert_int_equal(HC(VCPU_RESET, handle, 0), DONJON_E_BUSY);
	assert_int_equal(HC(VCPU_RESET, handle, 1), DONJON_E_BUSY);
	fake_cpu = 0;
	host_regs = saved;
	return DONJON_EXIT_SYSTEM_RESET;
}

static void a_stopped_vm_begins_again(void **state)
{
	handle = make_vm(0, 2);
	assert_int_equal(HC(VCPU_POWER, handle, 0, 1), 0);
	assert_int_equal(HC(VCPU_POWER, handle, 1, 1), 0);
	fake.guest = asks_for_a_reset;
	assert_int_equal(HC(VCPU_RUN, handle, 0), 0);
	fake.guest = NULL;
	assert_int_equal(HC(VCPU_POWER, handle, 1, 1), 0);
	assert_int_equal(HC(VCPU_RUN, handle, 0), DONJON_E_OFF);
	assert_int_equal(HC(VCPU_RUN, handle, 1), DONJON_E_OFF);
	assert_int_equal(HC(VCPU_RESET, handle, 0), 0);
	/* One reset has begun it again, and is told. */
	assert_int_equal(host_regs.x[1], 1);
	assert_int_equal(vcpu_of(0)->pstate, PSR_DAIF | PSR_MODE_EL1H);
	assert_int_equal(*guest_el1_reg(vcpu_of(0), DONJON_REG_SCTLR_EL1), 0x30d00800);
	vcpu_of(0)->pstate = *guest_el1_reg(vcpu_of(0), DONJON_REG_SCTLR_EL1) = 0;
	assert_int_equal(first_set(vcpu_of(0), offsetof(struct vcpu, on_entry)),
			 offsetof(struct vcpu, on_entry));
	/* All are powered off, the one too that has not been reset. */
	assert_int_equal(HC(VCPU_RUN, handle, 0), DONJON_E_OFF);
	assert_int_equal(HC(VCPU_RUN, handle, 1), DONJON_E_OFF);
	assert_int_equal(HC(VCPU_RESET, handle, 1), 0);
	assert_int_equal(host_regs.x[1], 0);
	assert_int_equal(HC(VCPU_POWER, handle, 0, 1), 0);
	assert_int_equal(HC(VCPU_RUN, handle, 0), 0);
	end_vm(handle);
}

/* A reset of one vCPU leaves the others alone. */
static void one_vcpu_is_reset(void **state)
{
	handle = make_vm(0, 2);
	assert_int_equal(HC(VCPU_POWER, handle, 0, 1), 0);
	assert_int_equal(HC(VCPU_POWER, handle, 1, 1), 0);
	assert_int_equal(HC(VCPU_SET_REG, handle, 0, DONJON_REG_X(3), 3), 0);
	assert_int_equal(HC(VCPU_SET_REG, handle, 1, DONJON_REG_X(3), 3), 0);
	assert_int_equal(HC(VCPU_RUN, handle, 0), 0);
	assert_int_equal(HC(VCPU_RESET, handle, 0), 0);
	assert_int_equal(vcpu_of(0)->x[3], 0);
	assert_int_equal(vcpu_of(1)->x[3], 3);
	assert_int_equal(HC(VCPU_RUN, handle, 0), DONJON_E_OFF);
	assert_int_equal(HC(VCPU_RUN, handle, 1), 0);
	end_vm(handle);
}

static void a_protected_vm_does_not_begin_again(void **state)
{
	handle = make_vm(DONJON_VM_PROTECTED, 2);
	assert_int_equal(HC(VCPU_SET_REG, handle, 0, DONJON_REG_X(3), 3), 0);
	assert_int_equal(HC(VCPU_RESET, handle, 0), 0);
	assert_int_equal(vcpu_of(0)->x[3], 0);
	assert_int_equal(HC(VCPU_POWER, handle, 0, 1), 0);
	assert_int_equal(HC(VCPU_RUN, handle, 0), 0);
	vcpu_of(0)->x[3] = 0x5ec;
	assert_int_equal(HC(VCPU_RESET, handle, 0), DONJON_E_DENIED);
	assert_int_equal(HC(VCPU_RESET, handle, 1), DONJON_E_DENIED);
	assert_int_equal(vcpu_of(0)->x[3], 0x5ec);
	assert_int_equal(guest_psci(vcpu_of(0), PSCI_SYSTEM_RESET), DONJON_EXIT_SYSTEM_RESET);
	assert_int_equal(HC(VCPU_RESET, handle, 0), DONJON_E_DENIED);
	assert_int_equal(HC(VCPU_RUN, handle, 0), DONJON_E_OFF);
	end_vm(handle);
}

static int64_t while_running[6];

/* A guest on CPU 0, while the host uses CPU 1. */
static int host_meddles(struct vcpu *vcpu)
{
	struct host_regs saved = host_regs;

	fake_cpu = 1;
	while_running[0] = HC(VCPU_RUN, handle, 0);
	while_running[1] = HC(VCPU_SET_REG, handle, 0, DONJON_REG_PC, 4);
	while_running[2] = HC(VCPU_GET_REG, handle, 0, DONJON_REG_PC);
	while_running[3] = HC(VCPU_POWER, handle, 0, 0);
	while_running[4] = HC(VM_KILL, handle);
	while_running[5] = HC(VM_DESTROY, handle);
	fake_cpu = 0;
	host_regs = saved;
	return DONJON_EXIT_INTERRUPT;
}

static void a_running_vcpu_is_left_alone(void **state)
{
	unsigned int i;

	handle = make_vm(0, 1);
	assert_int_equal(HC(VCPU_POWER, handle, 0, 1), 0);
	fake.guest = host_meddles;
	assert_int_equal(HC(VCPU_RUN, handle, 0), 0);
	for (i = 0; i < ARRAY_SIZE(while_running); i++)
		assert_int_equal(while_running[i], DONJON_E_BUSY);
	/* KILL took effect all the same: it need only be repeated. */
	assert_int_equal(HC(VCPU_RUN, handle, 0), DONJON_E_DYING);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA, PAGE_SIZE), DONJON_E_DYING);
	assert_int_equal(HC(VM_ADD_RAM, handle, 0, PAGE_SIZE), DONJON_E_DYING);
	assert_int_equal(HC(VCPU_CREATE, handle, 1, RAM_PA, RAM_PA + PAGE_SIZE), DONJON_E_DYING);
	end_vm(handle);
}

static void a_bad_run_page_changes_nothing(void **state)
{
	handle = make_vm(DONJON_VM_PROTECTED, 1);
	assert_int_equal(HC(VCPU_POWER, handle, 0, 1), 0);
	run_of(0)->nr_lrs = 5;
	assert_int_equal(HC(VCPU_RUN, handle, 0), DONJON_E_INVALID);
	run_of(0)->nr_lrs = ~0UL;
	assert_int_equal(HC(VCPU_RUN, handle, 0), DONJON_E_INVALID);
	run_of(0)->nr_lrs = 4;
	run_of(0)->entry_flags = DONJON_ENTRY_FLAGS + 1;
	assert_int_equal(HC(VCPU_RUN, handle, 0), DONJON_E_INVALID);
	assert_false(vcpu_of(0)->vm->mem.activated);
	assert_int_equal(vcpu_of(0)->vm->running, 0);
	run_of(0)->entry_flags = 0;
	assert_int_equal(HC(VCPU_RUN, handle, 0), 0);
	assert_int_equal(run_of(0)->exit, DONJON_EXIT_INTERRUPT);
	end_vm(handle);
}

/* What a vCPU keeps behind what is the guest's. */
struct kept {
	struct vm *vm;
	struct donjon_run *run;
	uint32_t index;
	bool loaded;
	enum vcpu_power power;
	bool exit_off;
};

static void a_reset_destroys_what_a_guest_knew(void **state)
{
	struct vcpu *vcpu;
	struct vm *vm;

	handle = make_vm(DONJON_VM_PROTECTED, 1);
	world_fill(RAM_PA, BLOCK, 1);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA, BLOCK), 0);
	vcpu = vcpu_of(0);
	vm = vcpu->vm;
	memset(vcpu, 0x5e, offsetof(struct vcpu, vm));
	/* By name: wherever they are. */
	vcpu->abort_esr = vcpu->abort_far = vcpu->recalled.base = 0x5ec;
	vms_destroy_secrets(true);
	assert_int_equal(vcpu->abort_esr | vcpu->abort_far | vcpu->recalled.base, 0);
	assert_true(world_is_zero(RAM_PA, BLOCK));
	assert_int_equal(first_set(vcpu, offsetof(struct vcpu, vm)), offsetof(struct vcpu, vm));
	assert_int_equal(offsetof(struct vcpu, exit_off) - offsetof(struct vcpu, vm),
			 offsetof(struct kept, exit_off));
	assert_ptr_equal(vcpu->vm, vm);
	assert_true(vcpu_of(0)->vm->mem.dying);
	assert_true(world_is_zero(VM_BASE, PAGE_SIZE));
	assert_int_equal(this_cpu()->locks_held, 0);
	/* No other comes before the machine ends: nobody would destroy what that one knew. */
	assert_int_equal(HC(VM_CREATE, DONJON_VM_PROTECTED, 40, VM_BASE + BLOCK), DONJON_E_PHASE);
	/* The firmware may refuse the reset. Then the host lives on, and touches what it likes. */
	assert_int_equal(HC(VCPU_RUN, handle, 0), DONJON_E_DYING);
	assert_int_equal(ledger_force_reclaim(pa(RAM_PA + PAGE_SIZE)), 0);
	assert_int_equal(world_state(RAM_PA + PAGE_SIZE), DONJON_PAGE_HOST);
	assert_int_equal(world_state(RAM_PA), DONJON_PAGE_GUEST);
	assert_int_equal(HC(VM_RECLAIM, handle, RAM_IPA, BLOCK), 0);
	/* The VM cannot be taken down in order any more. The next test has one of its own. */
}

/* The machine ends while a vCPU runs on, which saves its registers only then. */
static int guest_leaves_late(struct vcpu *vcpu)
{
	vms_destroy_secrets(true);
	vcpu->x[3] = vcpu->pc = 0x5ec2e7;
	fake_log_clear();
	return DONJON_EXIT_INTERRUPT;
}

static void registers_saved_after_a_reset_are_forgotten(void **state)
{
	unsigned int clean;

	handle = make_vm(DONJON_VM_PROTECTED, 1);
	assert_int_equal(HC(VCPU_POWER, handle, 0, 1), 0);
	fake.guest = guest_leaves_late;
	assert_int_equal(HC(VCPU_RUN, handle, 0), 0);
	assert_int_equal(vcpu_of(0)->x[3], 0);
	assert_int_equal(vcpu_of(0)->pc, 0);
	clean = fake_find(FAKE_CLEAN, 0);
	assert_true(clean < fake.events);
	assert_int_equal(fake.log[clean].addr, vcpu_of(0)->vm->vcpu_pa[0]);
}

/* The next VM in its place gets its VMID. */
static void the_vmid_of_a_destroyed_vm_is_in_no_tlb(void **state)
{
	unsigned int at, given;
	struct vm *vm;
	uint8_t vmid;

	handle = make_vm(DONJON_VM_PROTECTED, 1);
	vm = vm_get(handle);
	vmid = vm->mem.pgt.vmid;
	vm_put(vm);
	assert_int_equal(HC(VM_KILL, handle), 0);
	do {
		fake_log_clear();
		assert_int_equal(HC(VM_DESTROY, handle), 0);
	} while (host_regs.x[2] != DONJON_VM_PAGE_LAST);
	at = fake_find(FAKE_TLBI_ALL, 0);
	given = fake_find(FAKE_CLEAR, 0);
	assert_true(at < given && given < fake.events);
	assert_int_equal(fake.log[at].vmid, vmid);
	assert_int_equal(fake.log[at].kind, PGT_GUEST);
}

/* They become tables: contents that the host left in them would be entries. */
static void pages_for_a_guests_tables_are_cleared(void **state)
{
	struct vm *vm;
	uint64_t page;
	unsigned int i;

	handle = make_vm(DONJON_VM_PROTECTED, 0);
	vm = vm_get(handle);
	world_fill(RAM_PA, 3 * PAGE_SIZE, 7);
	assert_int_equal(HC(VM_TOPUP, handle, RAM_PA, 3 * PAGE_SIZE), 0);
	for (i = 0; i < 3; i++) {
		page = cache_pop(&vm->mem.cache);
		assert_in_range(page, RAM_PA, RAM_PA + 2 * PAGE_SIZE);
		assert_true(world_is_zero(page, PAGE_SIZE));
	}
	vm_put(vm);
}

/* With 40 bits the guest's root is two tables in a row; the second is for unprotected IPAs. */
static void a_reset_takes_all_root_tables(void **state)
{
	const uint64_t root_size = pgtable_root_pages(40) * PAGE_SIZE;
	uint64_t done;

	assert_int_equal(root_size, 2 * PAGE_SIZE);
	assert_int_equal(HC(VM_CREATE, DONJON_VM_PROTECTED, 40, VM_BASE), 0);
	handle = host_regs.x[1];
	assert_int_equal(HC(VM_TOPUP, handle, CACHE_PA, CACHE_PAGES * PAGE_SIZE), 0);
	assert_int_equal(HC(VM_ADD_RAM, handle, 1UL << 39, RAM_SIZE), DONJON_E_INVALID);
	assert_int_equal(HC(VM_ADD_RAM, handle, (1UL << 39) - RAM_SIZE, RAM_SIZE), 0);
	assert_int_equal(HC(VM_ADD_RAM, handle, RAM_IPA, RAM_SIZE), 0);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA, 2 * PAGE_SIZE), 0);
	assert_true(world_is_zero(VM_BASE + PAGE_SIZE, PAGE_SIZE));
	assert_int_equal(ledger_guest_set_ripas(fake_page(VM_BASE + VM_OWN_PAGE * PAGE_SIZE),
						ipa(RAM_IPA), PAGE_SIZE, RIPAS_EMPTY, 0, &done),
			 0);
	assert_false(world_is_zero(VM_BASE + PAGE_SIZE, PAGE_SIZE));
	world_fill(RAM_PA, 2 * PAGE_SIZE, 3);
	vms_destroy_secrets(true);
	assert_true(world_is_zero(VM_BASE, root_size));
	assert_true(world_is(RAM_PA, PAGE_SIZE, 3));
	assert_true(world_is_zero(RAM_PA + PAGE_SIZE, PAGE_SIZE));
	hooks_stop();
}

static unsigned int invalidations;

/* On another CPU a vCPU could run from the moment on that the VM is activated and its lock free. */
static void is_early_enough(void)
{
	invalidations++;
	assert_false(vcpu_of(0)->vm->mem.activated);
	assert_true(spin_held(LOCK_VM));
	/* And one could be created, by a host that has seen that the VM is not activated. */
	assert_true(spin_held(LOCK_VMS));
}

static void no_vcpu_runs_stale_instructions(void **state)
{
	invalidations = 0;
	handle = make_vm(DONJON_VM_PROTECTED, 1);
	assert_int_equal(HC(VCPU_POWER, handle, 0, 1), 0);
	fake.icache = is_early_enough;
	assert_int_equal(HC(VCPU_RUN, handle, 0), 0);
	assert_int_equal(HC(VCPU_RUN, handle, 0), 0);
	assert_int_equal(invalidations, 1);
	fake.icache = NULL;
	end_vm(handle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE("S3: VM: gives every page back, zeroed, and its handle never returns",
			a_vm_gives_every_page_back),
		PROMISE("VM: its end survives a pool that is short",
			the_end_survives_a_pool_that_is_short),
		PROMISE("S6: VM: there are 128 and no more, and EL2 stays while one exists",
			there_are_so_many_vms_and_no_more),
		PROMISE("S5: VM: a long call is made in parts", a_long_call_is_made_in_parts),
		PROMISE("L5: no page is mapped where RAM has just been removed",
			no_page_is_mapped_where_ram_has_just_been_removed),
		PROMISE("VM: RAM ranges are kept apart", ram_ranges_are_kept_apart),
		PROMISE("VM: the largest RAM range can be removed",
			the_largest_ram_range_can_be_removed),
		PROMISE("S4: VM: the first run activates a protected one",
			the_first_run_activates_a_protected_vm),
		PROMISE("S2: vCPU: registers are set as documented",
			registers_are_set_as_documented),
		PROMISE("S2: vCPU: one that runs is left alone", a_running_vcpu_is_left_alone),
		PROMISE("vCPU: a reset begins a stopped VM again", a_stopped_vm_begins_again),
		PROMISE("vCPU: one alone is reset", one_vcpu_is_reset),
		PROMISE("S2: vCPU: a protected VM that has run is not reset",
			a_protected_vm_does_not_begin_again),
		PROMISE("S5: vCPU: a bad run page changes nothing", a_bad_run_page_changes_nothing),
		PROMISE("S1: VM: the VMID of a destroyed VM is in no TLB",
			the_vmid_of_a_destroyed_vm_is_in_no_tlb),
		PROMISE("VM: pages for a guest's tables are cleared",
			pages_for_a_guests_tables_are_cleared),
		PROMISE("S3: VM: a reset destroys what a guest knew",
			a_reset_destroys_what_a_guest_knew),
		PROMISE("S3: VM: registers that are saved after a reset are forgotten",
			registers_saved_after_a_reset_are_forgotten),
		PROMISE("S3: VM: a reset takes all root tables", a_reset_takes_all_root_tables),
		PROMISE("S4: VM: no vCPU runs instructions from before its activation",
			no_vcpu_runs_stale_instructions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

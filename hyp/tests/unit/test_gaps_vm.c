// SPDX-License-Identifier: GPL-2.0-only
/* What the other tests of VMs did not see when they were broken on purpose (hyp/tests/mutants). */
#include "calls.h"
#include <tests/spec/hooks.h>

/* Of an unprotected vCPU the host may have every register, so nothing else stands before the look-up. */
static void registers_that_do_not_exist_are_refused(void **state)
{
	uint64_t handle = make_vm(0, 1), reg;

	for (reg = DONJON_NR_REGS; reg < DONJON_NR_REGS + 3; reg++) {
		assert_int_equal(HC(VCPU_GET_REG, handle, 0, reg), DONJON_E_INVALID);
		assert_int_equal(HC(VCPU_SET_REG, handle, 0, reg, 1), DONJON_E_INVALID);
	}
	assert_int_equal(HC(VCPU_GET_REG, handle, 0, ~0UL), DONJON_E_INVALID);
	end_vm(handle);
}

/* With 40 bits the guest's root is two tables, one behind the other; the second one is for its aliases. */
static void a_reset_takes_all_root_tables(void **state)
{
	const uint64_t root_size = pgtable_root_pages(40) * PAGE_SIZE;
	uint64_t handle, done;

	assert_int_equal(root_size, 2 * PAGE_SIZE);
	assert_int_equal(HC(VM_CREATE, DONJON_VM_PROTECTED, 40, VM_BASE), 0);
	handle = host_regs.x[1];
	assert_int_equal(HC(VM_TOPUP, handle, CACHE_PA, CACHE_PAGES * PAGE_SIZE), 0);
	assert_int_equal(HC(VM_ADD_RAM, handle, 1UL << 39, RAM_SIZE), DONJON_E_INVALID);
	assert_int_equal(HC(VM_ADD_RAM, handle, (1UL << 39) - RAM_SIZE, RAM_SIZE), 0);
	assert_int_equal(HC(VM_ADD_RAM, handle, RAM_IPA, RAM_SIZE), 0);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA, RAM_IPA, 2 * PAGE_SIZE), 0);
	assert_true(world_is_zero(VM_BASE + PAGE_SIZE, PAGE_SIZE));
	assert_int_equal(ledger_guest_set_ripas(fake_page(VM_BASE + VM_OWN_PAGE * PAGE_SIZE), ipa(RAM_IPA), PAGE_SIZE,
						RIPAS_EMPTY, false, &done), 0);
	assert_false(world_is_zero(VM_BASE + PAGE_SIZE, PAGE_SIZE));
	world_fill(RAM_PA, 2 * PAGE_SIZE, 3);
	vms_destroy_secrets(true);
	assert_true(world_is_zero(VM_BASE, root_size));
	assert_true(world_is(RAM_PA, PAGE_SIZE, 3));
	assert_true(world_is_zero(RAM_PA + PAGE_SIZE, PAGE_SIZE));
	hooks_stop();
}

/* The next VM in its place gets its VMID. */
static void the_vmid_of_a_destroyed_vm_is_in_no_tlb(void **state)
{
	uint64_t handle = make_vm(DONJON_VM_PROTECTED, 1);
	struct vm *vm = vm_get(handle);
	uint8_t vmid = vm->mem.pgt.vmid;
	unsigned int at, given;

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

/* They become the guest's tables: what the host left in one would be entries. */
static void pages_for_a_guests_tables_are_cleared(void **state)
{
	uint64_t handle = make_vm(DONJON_VM_PROTECTED, 0), page;
	struct vm *vm = vm_get(handle);
	unsigned int i;

	world_fill(RAM_PA, 3 * PAGE_SIZE, 7);
	assert_int_equal(HC(VM_TOPUP, handle, RAM_PA, 3 * PAGE_SIZE), 0);
	for (i = 0; i < 3; i++) {
		page = cache_pop(&vm->mem.cache);
		assert_in_range(page, RAM_PA, RAM_PA + 2 * PAGE_SIZE);
		assert_true(world_is_zero(page, PAGE_SIZE));
	}
	vm_put(vm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE("VM: registers that do not exist are refused", registers_that_do_not_exist_are_refused),
		PROMISE("VM: a reset takes all root tables", a_reset_takes_all_root_tables),
		PROMISE("VM: the VMID of a destroyed VM is in no TLB", the_vmid_of_a_destroyed_vm_is_in_no_tlb),
		PROMISE("VM: pages for a guest's tables are cleared", pages_for_a_guests_tables_are_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

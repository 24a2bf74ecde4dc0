// SPDX-License-Identifier: GPL-2.0-only
/* MMIO guard: a guest says which of its addresses outside RAM are devices of the host's. */
#include <el2/guest_exit.h>

bool guest_may_access(struct vm *vm, uint64_t page)
{
	return !vm->guarded || range_at(vm->mmio, vm->nr_mmio, page) < vm->nr_mmio;
}

/* False: there are too many ranges. Pages that are named one after the other are one. */
static bool declare(struct vm *vm, uint64_t page)
{
	uint32_t n = vm->nr_mmio, before = range_at(vm->mmio, n, page - PAGE_SIZE);

	if (range_at(vm->mmio, n, page) < n)
		return true;
	if (before < n)
		vm->mmio[before].size += PAGE_SIZE;
	else if (n < VM_MAX_MMIO)
		vm->mmio[vm->nr_mmio++] = (struct ipa_range){ page, PAGE_SIZE, false, 0 };
	return before < n || n < VM_MAX_MMIO;
}

/* False: it is not declared, or its range would become one too many. */
static bool withdraw(struct vm *vm, uint64_t page)
{
	uint32_t n = vm->nr_mmio, i = range_at(vm->mmio, n, page);
	struct ipa_range *r = &vm->mmio[i < n ? i : 0];
	uint64_t size = page - r->base;
	struct ipa_range rest = { page + PAGE_SIZE, r->size - size - PAGE_SIZE, false, 0 };

	if (i == n || (size && rest.size && n == VM_MAX_MMIO))
		return false;
	r->size = size;
	if (!r->size)
		*r = rest.size ? rest : vm->mmio[--vm->nr_mmio];
	else if (rest.size)
		vm->mmio[vm->nr_mmio++] = rest;
	return true;
}

int guest_mmio_guard(struct vcpu *vcpu, uint32_t function)
{
	uint64_t page = vcpu->x[1];
	struct vm *vm = vcpu->vm;
	bool ok;

	if (!vm->mem.protected || !guest_uses(vm, USES_KVM))
		return guest_call_unknown(vcpu);
	spin_lock(&vm->mem.lock);
	vm->guarded |= function != KVM_VENDOR_MMIO_GUARD_UNMAP;
	ok = function == KVM_VENDOR_MMIO_GUARD_ENROLL;
	if (!ok && is_aligned(page, PAGE_SIZE) && !(page >> vm->mem.pgt.ia_bits) &&
	    !vm_is_ram(vm, page & ~BIT(vm->mem.pgt.ia_bits - 1), PAGE_SIZE))
		ok = function == KVM_VENDOR_MMIO_GUARD_MAP ? declare(vm, page) : withdraw(vm, page);
	spin_unlock(&vm->mem.lock);
	return answer(vcpu, ok ? SMCCC_SUCCESS : SMCCC_INVALID_PARAMETER);
}

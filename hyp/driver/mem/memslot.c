// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory slots: which ranges of the VMM's memory are the guest's RAM. The checks are those of
 * KVM_SET_USER_MEMORY_REGION in Linux.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "el2/call.h"
#include "el2/errors.h"
#include "gmem_file.h"
#include "guestmem.h"
#include "memslot.h"

#define SLOTS_TO_RAM	4	/* slots of a protected VM, as a multiple of the host's RAM */

static bool overlaps(struct vm *vm, const struct memslot *but, u64 ipa, u64 size)
{
	unsigned int i;

	for (i = 0; i < DONJON_MAX_RAM_RANGES; i++) {
		const struct memslot *slot = &vm->slots[i];

		if (slot != but && slot->size && ipa < slot->ipa + slot->size &&
		    slot->ipa < ipa + size)
			return true;
	}
	return false;
}

static int check_region(const struct vm *vm, const struct kvm_userspace_memory_region2 *r)
{
	u32 flags = KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY;

	if (r->flags & KVM_MEM_GUEST_MEMFD)
		flags = vm->protected ? KVM_MEM_GUEST_MEMFD : 0;
	if (r->flags & ~flags)
		return -EINVAL;
	/* A protected VM has neither, as with pKVM. Dirty logs are not served. */
	if ((r->flags & ~KVM_MEM_GUEST_MEMFD) && vm->protected)
		return -EPERM;
	if (r->flags & KVM_MEM_LOG_DIRTY_PAGES)
		return -EINVAL;
	if ((r->memory_size | r->guest_phys_addr | r->userspace_addr) & ~PAGE_MASK)
		return -EINVAL;
	if ((r->flags & KVM_MEM_GUEST_MEMFD) && (r->guest_memfd_offset & ~PAGE_MASK))
		return -EINVAL;
	if (r->slot >= DONJON_MAX_RAM_RANGES)
		return -EINVAL;
	if (r->guest_phys_addr + r->memory_size < r->guest_phys_addr)
		return -EINVAL;
	if (r->userspace_addr != untagged_addr(r->userspace_addr) ||
	    !access_ok((void __user *)(unsigned long)r->userspace_addr, r->memory_size))
		return -EINVAL;
	if (r->memory_size && r->guest_phys_addr + r->memory_size > vm_ipa_limit(vm))
		return -EFAULT;
	return 0;
}

/*
 * At the end of a protected VM each 2 MiB of its RAM are searched for annotations, which must not
 * take too long. No guest can fill several times the host's RAM.
 */
static bool too_much(const struct vm *vm, u64 size)
{
	u64 pages = PHYS_PFN(size);
	unsigned int i;

	for (i = 0; i < DONJON_MAX_RAM_RANGES; i++)
		pages += PHYS_PFN(vm->slots[i].size);
	return vm->protected && pages > SLOTS_TO_RAM * totalram_pages();
}

static int add(struct vm *vm, struct memslot *slot, const struct kvm_userspace_memory_region2 *r)
{
	bool readonly = r->flags & KVM_MEM_READONLY;
	struct gmem *g = NULL;
	long code;

	if (too_much(vm, r->memory_size))
		return -ENOMEM;
	if (overlaps(vm, slot, r->guest_phys_addr, r->memory_size))
		return -EEXIST;
	if (r->flags & KVM_MEM_GUEST_MEMFD)
		g = gmem_bind(vm, r->guest_memfd, r->guest_memfd_offset, r->memory_size,
			      r->userspace_addr);
	if (IS_ERR(g))
		return PTR_ERR(g);
	code = hyp_call(DONJON_HC_VM_ADD_RAM, vm->handle, r->guest_phys_addr, r->memory_size,
			readonly ? DONJON_RAM_READONLY : 0).code;
	if (code)
		return hyp_errno(code);
	*slot = (struct memslot){
		.ipa = r->guest_phys_addr, .size = r->memory_size, .hva = r->userspace_addr,
		.gmem = g, .offset = g ? r->guest_memfd_offset : 0, .readonly = readonly,
	};
	return 0;
}

/*
 * A protected VM that has run keeps its slots. Before that a slot cannot be deleted either, since
 * EL2 has no call for it: the VMM may only add slots.
 */
static int delete(struct vm *vm, struct memslot *slot)
{
	long code;
	int ret;

	if (vm->protected)
		return -EPERM;
	ret = guestmem_unmap(vm, slot->ipa, slot->size);
	if (ret)
		return ret;
	code = hyp_call(DONJON_HC_VM_DEL_RAM, vm->handle, slot->ipa, slot->size).code;
	if (code)
		return hyp_errno(code);
	slot->size = 0;
	return 0;
}

static int change(struct vm *vm, struct memslot *slot, const struct kvm_userspace_memory_region2 *r)
{
	int ret;

	if (!slot->size)
		return r->memory_size ? add(vm, slot, r) : -EINVAL;
	if (!r->memory_size)
		return delete(vm, slot);
	/* As in KVM, a slot with a guest_memfd cannot be changed, not even into what it is. */
	if (slot->gmem || (r->flags & KVM_MEM_GUEST_MEMFD))
		return -EINVAL;
	if (r->userspace_addr != slot->hva || r->memory_size != slot->size ||
	    !(r->flags & KVM_MEM_READONLY) != !slot->readonly)
		return -EINVAL;
	if (r->guest_phys_addr == slot->ipa)
		return 0;
	if (overlaps(vm, slot, r->guest_phys_addr, r->memory_size))
		return -EEXIST;
	ret = delete(vm, slot);
	return ret ?: add(vm, slot, r);
}

int memslot_set(struct vm *vm, const struct kvm_userspace_memory_region2 *r)
{
	int ret = check_region(vm, r);

	if (ret)
		return ret;
	if (mutex_lock_killable(&vm->mem_lock))
		return -EINTR;
	ret = change(vm, &vm->slots[array_index_nospec(r->slot, DONJON_MAX_RAM_RANGES)], r);
	mutex_unlock(&vm->mem_lock);
	return ret;
}

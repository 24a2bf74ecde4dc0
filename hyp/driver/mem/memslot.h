/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory slots: which ranges of the VMM's memory are the guest's RAM.
 */
#pragma once

#include "vm_types.h"

struct kvm_userspace_memory_region2;

/* KVM_SET_USER_MEMORY_REGION2, with KVM's errors. Takes vm->mem_lock. */
int memslot_set(struct vm *vm, const struct kvm_userspace_memory_region2 *region);

/* The slot that holds an IPA, or NULL. Under vm->mem_lock. */
static inline const struct memslot *memslot_find(const struct vm *vm, u64 ipa)
{
	unsigned int i;

	for (i = 0; i < DONJON_MAX_RAM_RANGES; i++) {
		const struct memslot *slot = &vm->slots[i];

		if (ipa >= slot->ipa && ipa - slot->ipa < slot->size)
			return slot;
	}
	return NULL;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of a guest_memfd on their way to the guest and back. All of this under vm->mem_lock.
 */
#pragma once

#include "vm_types.h"

/*
 * Maps the page at ipa, in a slot that has a guest_memfd, and more where that is cheap: the block
 * around it, or up to count pages in all. A page that the guest has got before is offered to EL2
 * again. Returns how many are mapped from ipa on. -ENOMEM; -EFAULT: the file is closed; -EAGAIN:
 * the host still uses the page, for instance for DMA; -EHWPOISON; -EEXIST and -EPERM: EL2 refuses.
 */
int gmem_map(struct vm *vm, const struct memslot *slot, u64 ipa, int count);

/* Before the first run: maps all pages of the slot that exist, with their contents. Same errors. */
int gmem_populate(struct vm *vm, const struct memslot *slot);

/* EL2 has given a range of the slot back. */
void gmem_returned(const struct memslot *slot, u64 ipa, u64 size);

/*
 * The guest takes back size bytes from ipa on, some of which it may share: they leave the page
 * tables of the host's users, and stay out of them until gmem_recall_end(). 0; -EAGAIN: the host
 * still uses one; -EHWPOISON.
 */
int gmem_recall(struct vcpu *vcpu, const struct memslot *slot, u64 ipa, u64 size);

/*
 * The run that the guest was given the pages for has ended, or will not take place. Without a lock.
 */
static inline void gmem_recall_end(struct vcpu *vcpu)
{
	if (unlikely(vcpu->recalled)) {
		vcpu->hyp_run->entry_flags = 0;
		/* Who sees this asks EL2 afterwards. */
		smp_store_release(&vcpu->recalled, NULL);
	}
}

/*
 * The VM is over at EL2: takes its files' pages from whoever has mapped them and frees them.
 * Returns how many pages EL2 keeps, which are lost.
 */
unsigned long gmem_end(struct vm *vm);

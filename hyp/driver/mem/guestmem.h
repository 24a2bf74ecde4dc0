/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest RAM: pages of a guest_memfd, or pages of the VMM that are pinned.
 */
#pragma once

#include <linux/mm.h>

#include "vm_types.h"

/* Prepares a new VM. -ENOMEM. */
int guestmem_init(struct vm *vm);

/* Frees what guestmem_init() has allocated; after guestmem_reclaim(). */
void guestmem_free(struct vm *vm);

/*
 * A fault on RAM without a page: gets the page at ipa and maps it for the guest. -ENOMEM: the host
 * has had none for 5 s, or, at once, the VMM may not pin more; -EFAULT, -EIO, -EPERM, -EINTR,
 * -EHWPOISON; -EAGAIN: the host has used the page all the time, the VMM may try again. Takes
 * vm->mem_lock.
 */
int guestmem_fault(struct vcpu *vcpu, u64 ipa);

/*
 * The guest takes back a range, of which it may share pages: the host's users lose those that are a
 * guest_memfd's until the vCPU's next run has ended (gmem_recall_end()). Others stay pinned. Errors
 * as of guestmem_fault(). Takes vm->mem_lock.
 */
int guestmem_recall(struct vcpu *vcpu, u64 ipa, u64 size);

/* The pinned page that is mapped for the guest at ipa, or NULL. Under vm->mem_lock. */
struct page *guestmem_page(struct vm *vm, u64 ipa);

/*
 * Pins and maps the page at ipa, which must not be mapped yet, and more where that is cheap: the
 * block around it, or up to count pages in all. Returns how many are mapped from ipa on, or the
 * errors of guestmem_fault(). Under vm->mem_lock.
 */
int guestmem_map(struct vm *vm, const struct memslot *slot, u64 ipa, int count);

/* Ends the sharing of a range's pages. Unprotected VMs; under vm->mem_lock. */
int guestmem_unmap(struct vm *vm, u64 ipa, u64 size);

/* The same for all pages; their contents stay in the VMM's memory. Takes vm->mem_lock. */
int guestmem_unmap_all(struct vm *vm);

/* Reclaims every page of a dying VM. Takes vm->mem_lock. */
void guestmem_reclaim(struct vm *vm);

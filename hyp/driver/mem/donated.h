/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single pages that EL2 holds for a VM: its page cache (VM_TOPUP) and its vCPUs' pages.
 */
#ifndef DONJON_DRIVER_MEM_DONATED_H
#define DONJON_DRIVER_MEM_DONATED_H

struct page;
struct vm;

/* Marks a page that is about to be donated as the VM's. */
void donated_mark(struct vm *vm, struct page *page);

/* Frees such a page, which EL2 has given back or has not taken. */
void donated_free(struct vm *vm, struct page *page);

/*
 * Donates pages for the VM's tables, at least count. -ENOMEM, or a refusal of EL2's as errno.
 * Process context.
 */
int donated_topup(struct vm *vm, unsigned int count);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contents of a protected VM's memory before its first run.
 */
#pragma once

struct vm;

/*
 * Before the first run of a protected VM: maps all pages that the VMM has written to, with their
 * contents. Errors of guestmem_fault(). Under vm->lock; takes vm->mem_lock.
 */
int guestmem_populate(struct vm *vm);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single pages that EL2 holds for a VM: its page cache (VM_TOPUP) and its vCPUs' pages. And the
 * calls that need such pages, or pages of the pool.
 */
#pragma once

#include <linux/types.h>

#include "el2/call.h"

struct page;
struct vm;

/* Marks a page that is about to be donated as the VM's. */
void donated_mark(struct vm *vm, struct page *page);

/* Frees such a page, which EL2 has given back or has not taken. */
void donated_free(struct vm *vm, struct page *page);

/*
 * Donates pages for the VM's tables, at least as many as EL2 says are missing, but not without
 * limit: it asks again. Returns a DONJON_E* code; NO_CACHE: the host has no memory, or the caller
 * is being killed. Process context.
 */
long donated_topup(struct vm *vm, u64 missing);

/*
 * hyp_call_fed(vm, function, ...): hyp_call() for a call that may need tables. When it returns
 * NO_POOL or NO_CACHE, EL2 gets the pages that it lacks and the call is repeated, a bounded number
 * of times. Either code is left only if the host has no memory. Process context.
 */
#define hyp_call_fed(vm, ...)	HYP_CALL_FED_FILLED(vm, __VA_ARGS__, 0, 0, 0, 0, 0)
#define HYP_CALL_FED_FILLED(vm, fn, a1, a2, a3, a4, ...) \
	hyp_call_fed_regs(vm, fn, a1, a2, a3, a4)

struct hyp_result hyp_call_fed_regs(struct vm *vm, u64 fn, u64 a1, u64 a2, u64 a3, u64 a4);

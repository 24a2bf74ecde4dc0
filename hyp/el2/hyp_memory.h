/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EL2's own view of memory: its stage 1. RAM that EL2 owns or borrows is at its linear address;
 * nothing else does. Used by the ledger; the lock has rank LOCK_HYP and the pool is taken from with
 * the host's lock held.
 */
#pragma once

#include <el2/pgtable.h>

enum hyp_expected {
	HYP_NOTHING,
	HYP_OWNED,
	HYP_BORROWED,
};

/* Takes over the table that the boot code built. */
void hyp_memory_init(pte_t *root, uint64_t root_pa, uint64_t tables);

extern struct spinlock hyp_lock;

/* 0 if all of the range is as expected in EL2's table, else -EPERM. */
int hyp_expect(pa_t pa, uint64_t size, enum hyp_expected state);

/* Tables that hyp_map() or hyp_unmap() of the range would take from the pool, at most. */
unsigned int hyp_tables_needed(pa_t pa, uint64_t size);

void hyp_map(pa_t pa, uint64_t size, enum page_state state);
void hyp_unmap(pa_t pa, uint64_t size);

/*
 * Boot and EL2's private addresses: maps any range at any address with the attributes of
 * attributes.h, page by page. 0 or -ENOMEM; only before the host is deprivileged, so a half-made
 * mapping does not matter.
 */
int hyp_map_private(uint64_t va, pa_t pa, uint64_t size, uint64_t attr);

/*
 * Boot: reserves n entries of the given level (PT_L2 or PT_LAST_LEVEL, in one table) from va on,
 * for fixmap.c, which writes them itself: they are annotated as EL2's, so that they always count.
 * Returns the first entry, or NULL when the pool is short.
 */
pte_t *hyp_reserve(uint64_t va, unsigned int level, unsigned int n);

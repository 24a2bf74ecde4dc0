/* SPDX-License-Identifier: GPL-2.0-only */
/* TLB invalidation, always inner shareable. */
#pragma once

#include <el2/types.h>

struct pgtable;

/*
 * After entries of pgt that decide about [addr, addr + size) were made invalid: returns when no CPU
 * holds a translation, or an intermediate step of one, made from them, and all accesses through
 * them are complete. level: of the entries.
 */
void arch_tlb_invalidate(const struct pgtable *pgt, uint64_t addr, uint64_t size,
			 unsigned int level);

/* All entries of the table's VMID, both stages, on all CPUs. */
void arch_tlb_invalidate_all(const struct pgtable *pgt);

/*
 * From now on each TLBI and the DSB after it are executed twice: some CPU needs it (el2/errata.h),
 * or the host wants it.
 */
void arch_tlb_set_repeat(void);

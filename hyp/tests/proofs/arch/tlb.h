/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

#include <el2/types.h>

struct pgtable;

/* See the machine's header for the contract; the entries in the range count as invalidated. */
void arch_tlb_invalidate(const struct pgtable *pgt, uint64_t addr, uint64_t size,
			 unsigned int level);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contents of physical memory that EL2 need not have mapped: this CPU's fixmap maps it meanwhile
 * (S7).
 */
#pragma once

#include <el2/types.h>

/* Reserves the entries of all CPUs; false if the pool is short. Boot. */
bool fixmap_init(unsigned int nr_cpus);

/* Zeroes RAM; page-aligned, at most PT_MAX_RANGE. Not cleaned. */
void arch_zero_range(uint64_t pa, uint64_t size);

/*
 * Cleans and invalidates RAM to the point of coherency, and where the CPUs need it all instruction
 * caches, and waits: whoever gets the memory next neither reads nor fetches what somebody else had
 * there. Page-aligned, at most PT_MAX_RANGE.
 */
void arch_clean_range(uint64_t pa, uint64_t size);

/* Zeroes a page of RAM and writes n words at its start. Not cleaned. */
void arch_fill_page(uint64_t pa, const uint64_t *words, unsigned int n);

/* All instruction caches, inner shareable, unless they follow what is stored (CTR_EL0.DIC). */
void arch_invalidate_icache(void);

/* Pages zeroed so far. */
uint64_t arch_zeroed_pages(void);

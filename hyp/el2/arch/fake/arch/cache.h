/* SPDX-License-Identifier: GPL-2.0-only */
/* Contents of physical memory: the same contracts as on the machine, recorded. */
#pragma once

#include <el2/types.h>

void arch_zero_range(uint64_t pa, uint64_t size);
void arch_clean_range(uint64_t pa, uint64_t size);
void arch_fill_page(uint64_t pa, const uint64_t *words, unsigned int n);
void arch_invalidate_icache(void);
uint64_t arch_zeroed_pages(void);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contents of memory are not modelled, but whether a page was zeroed and cleaned, and when
 * (machine.h).
 */
#pragma once

#include <el2/types.h>

void arch_zero_range(uint64_t pa, uint64_t size);
void arch_clean_range(uint64_t pa, uint64_t size);
void arch_fill_page(uint64_t pa, const uint64_t *words, unsigned int n);

/* SPDX-License-Identifier: GPL-2.0-only */
/* Table pages are rows of one array (machine.h); nothing else can be reached by address. */
#pragma once

#include <el2/types.h>
#include <arch/layout.h>

static inline uint64_t arch_linear_va(uint64_t pa)
{
	return LINEAR_VA + pa;
}

void *arch_linear(uint64_t pa);
void arch_clear_page(void *page);
void arch_entry_write(uint64_t *entry, uint64_t value);
void arch_count_write(uint64_t *entry, uint64_t value);
void arch_table_publish(void);

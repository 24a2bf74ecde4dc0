/* SPDX-License-Identifier: GPL-2.0-only */
/* How the core reaches tables and pages; stores to live translation tables. */
#pragma once

#include <el2/types.h>
#include <arch/layout.h>

static inline uint64_t arch_linear_va(uint64_t pa)
{
	return LINEAR_VA + pa;
}

/* A page that EL2 owns or borrows. */
static inline void *arch_linear(uint64_t pa)
{
	return (void *)arch_linear_va(pa);
}

/* Clears memory that EL2 has mapped, page-aligned. */
void memory_zero(void *va, uint64_t size);
void arch_clear_page(void *page);

/* A store to an entry that a table walker may read at any time: single-copy atomic. */
static inline void arch_entry_write(uint64_t *entry, uint64_t value)
{
	WRITE_ONCE(*entry, value);
}

/* The same, where only the count of a table entry changes. */
static inline void arch_count_write(uint64_t *entry, uint64_t value)
{
	WRITE_ONCE(*entry, value);
}

/* Earlier stores to tables are seen by all walkers before anything after it (D8.2.6). */
static inline void arch_table_publish(void)
{
	asm volatile("dsb ishst\n\tisb" ::: "memory");
}

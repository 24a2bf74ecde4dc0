/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables and pages lie in an array; stores to live tables are recorded and checked (fake.h). */
#pragma once

#include <el2/types.h>
#include <arch/layout.h>

static inline uint64_t arch_linear_va(uint64_t pa)
{
	return LINEAR_VA + pa;
}

/* Panics where EL2 on the machine would fault: no such memory, or not mapped in EL2's stage 1. */
void *arch_linear(uint64_t pa);

void arch_clear_page(void *page);
void arch_entry_write(uint64_t *entry, uint64_t value);
void arch_count_write(uint64_t *entry, uint64_t value);
void arch_table_publish(void);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The invariants P1 to P3 of pgtable.h, checked over a whole table; for tests, not part of the
 * image.
 */
#include <el2/pgtable.h>
#include <arch/memory.h>
#include "fake.h"

/* Returns the number of tables below this one, or -1. */
static int check_table(const struct pgtable *pgt, pte_t *table, unsigned int level,
		       uint64_t entries, uint64_t *present)
{
	const pte_t annotation = PTE_OWNER | PTE_ADDR;
	int tables = 0;
	uint64_t i;

	*present = 0;
	for (i = 0; i < entries; i++) {
		pte_t pte = table[i];

		if (pte)
			(*present)++;
		if (pte_is_table(pte, level)) {
			uint64_t below;
			int n = check_table(pgt, arch_linear(pte & PTE_ADDR), level + 1, PT_ENTRIES,
					    &below);

			if (n < 0 || below != pte_count(pte) || !below)
				return -1;
			tables += n + 1;
		} else if (pte && level < PT_BLOCK_LEVEL) {
			return -1;
		} else if (pte && !pte_valid(pte) &&
			   ((pte & ~annotation) || !pte_owner(pte) ||
			    ((pte & PTE_ADDR) && pte_owner(pte) < OWNER_GUEST))) {
			return -1;
		}
	}
	return tables;
}

int pgtable_check(const struct pgtable *pgt)
{
	uint64_t present;
	int tables = check_table(pgt, pgt->root, pgt->start_level,
				 1UL << (pgt->ia_bits - level_shift(pgt->start_level)), &present);

	return tables == (int)pgt->tables ? tables : -1;
}

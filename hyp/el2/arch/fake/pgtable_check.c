// SPDX-License-Identifier: GPL-2.0-only
/*
 * The invariants P1 to P3 of pgtable.h, checked over a whole table; for tests, not part of the
 * image.
 */
#include <el2/pgtable.h>
#include <arch/memory.h>
#include "fake.h"

/* One of the host's that a fault would bring back. */
static bool is_default(const struct pgtable *pgt, pte_t pte, unsigned int level)
{
	return pgt->kind == PGT_HOST && pte_valid(pte) && !pte_is_table(pte, level) &&
	       pte_state(pte) == PAGE_OWNED;
}

/*
 * Returns the number of tables below this one, or -1. counted: entries that carry information.
 */
static int check_table(const struct pgtable *pgt, pte_t *table, unsigned int level,
		       uint64_t entries, uint64_t *counted)
{
	const pte_t annotation = PTE_OWNER | PTE_ADDR;
	bool empty = true;
	int tables = 0;
	uint64_t i;

	*counted = 0;
	for (i = 0; i < entries; i++) {
		pte_t pte = table[i];

		empty &= !pte;
		*counted += pte && !is_default(pgt, pte, level);
		if (pte_is_table(pte, level)) {
			uint64_t below;
			int n = check_table(pgt, arch_linear(pte & PTE_ADDR), level + 1, PT_ENTRIES,
					    &below);

			if (n < 0 || below != pte_count(pte))
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
	return empty && level > pgt->start_level ? -1 : tables;
}

int pgtable_check(const struct pgtable *pgt)
{
	uint64_t counted;
	int tables = check_table(pgt, pgt->root, pgt->start_level,
				 1UL << (pgt->ia_bits - level_shift(pgt->start_level)), &counted);

	return tables == (int)pgt->tables ? tables : -1;
}

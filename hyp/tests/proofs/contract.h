/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What pgtable.h promises, stated on a flat array: what each page's last-level entry would say, and
 * at which level the entry is that says it. The proofs of pgtable.c show that the real
 * functions do exactly this; the proofs of ledger.c put these functions in their place.
 */
#pragma once

#include <el2/pgtable.h>

#define PROOF_PAGES	(1UL << (PROOF_IA_BITS - PAGE_SHIFT))

struct flat_table {
	pte_t flat[PROOF_PAGES];
	uint8_t level[PROOF_PAGES];
};

/* Pages that an entry of this level decides about. */
static inline uint64_t level_pages(unsigned int level)
{
	return 1UL << ((PT_LAST_LEVEL - level) * PT_INDEX_BITS);
}

/*
 * The number of the entry of this level that decides about a page. Shifts: a division would make
 * the formula large.
 */
static inline uint64_t level_group(uint64_t page, unsigned int level)
{
	return page >> ((PT_LAST_LEVEL - level) * PT_INDEX_BITS);
}

/* The page is the first that such an entry decides about. */
static inline bool level_first(uint64_t page, unsigned int level)
{
	return !(page & (level_pages(level) - 1));
}

/* A fault of the host would bring it back. */
static inline bool flat_default(pte_t flat)
{
	return !flat || (pte_valid(flat) && !(flat & PTE_STATE));
}

/* What the last-level entry of page i of a range says whose first page's says first. */
pte_t flat_next(pte_t first, uint64_t i);

/* The same, of a range that is set to leaf. */
pte_t flat_of_leaf(const struct pt_leaf *leaf, uint64_t i);

/* Table pages in use, and leaves at level PT_L2, annotations included. */
uint64_t flat_tables(const struct flat_table *t, unsigned int start_level);
uint64_t flat_blocks(const struct flat_table *t);

/* The entry that decides about a page, as it is there. */
pte_t flat_get(const struct flat_table *t, uint64_t page);

/*
 * pgtable_tables_needed() and pgtable_set(). The latter gives the tables that it took and freed;
 * count in pages. The range begins at page from; for the host's table default entries are
 * forgotten where a whole table has nothing else.
 */
unsigned int flat_needed(const struct flat_table *t, const struct pgtable *pgt, uint64_t from,
			 uint64_t count, const struct pt_leaf *leaf);
void flat_set(struct flat_table *t, const struct pgtable *pgt, uint64_t from, uint64_t count,
	      const struct pt_leaf *leaf, uint64_t *taken, uint64_t *freed);

/* pgtable_map_lazily() where it succeeds; needs this many tables. */
unsigned int flat_map_needed(const struct flat_table *t, uint64_t page, unsigned int level);
void flat_map(struct flat_table *t, uint64_t page, unsigned int level, uint64_t attr);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any well-formed table, and the check that one is well-formed.
 *
 * A table means the flat array of what each page's last-level entry would say. The builder takes
 * such an array (contract.h), with free values, and writes a table that says it in a freely chosen
 * shape: each entry above the last level is a table or, where its pages can be said by one entry, a
 * leaf. So every well-formed table is built, up to the names of its table pages: which page holds
 * which table is fixed, since the code never compares their addresses.
 */
#pragma once

#include "contract.h"
#include "machine.h"

struct table_view {
	struct pgtable *pgt;
	/* what is described begins at this address, in whole root entries */
	uint64_t base;
	uint64_t first;			/* number of the first table page below the root */
	struct flat_table say;		/* flat: given; level: chosen by tables_build() */
};

/* Writes a table that says view->say.flat; sets pgt->tables and pgt->blocks. pgt is initialised. */
void tables_build(struct table_view *view);

/*
 * What pgt says of the page at addr, as its last-level entry would, and the level of the entry that
 * says it.
 */
pte_t tables_flat(const struct pgtable *pgt, uint64_t addr, unsigned int *level);

/* A cache holds n pages, numbered from first on. */
void tables_fill_cache(struct page_cache *cache, uint64_t first, uint64_t n, uint64_t max);

/*
 * Proves P1 to P3 and that pgt's figures are right; adds the uses of table page number page to
 * *uses.
 */
void tables_check(const struct pgtable *pgt, uint64_t base, uint64_t page, unsigned int *uses);

/*
 * Proves that a cache is a list of as many zeroed pages as it says; adds as above. max: of pages in
 * it.
 */
void tables_check_cache(const struct page_cache *cache, uint64_t max, uint64_t page,
			unsigned int *uses);

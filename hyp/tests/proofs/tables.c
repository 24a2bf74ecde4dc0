// SPDX-License-Identifier: GPL-2.0-only
#include "tables.h"
#include "proof.h"

/* Table pages below an entry of this level, itself included, when all are there. */
static uint64_t tables_below(unsigned int level)
{
	uint64_t n = 0;

	for (; level < PT_LAST_LEVEL; level++)
		n = n * PT_ENTRIES + 1;
	return n;
}

/* -- Building -- */

/* One entry of this level can say it. */
static bool can_be_leaf(const struct table_view *view, uint64_t page, unsigned int level)
{
	pte_t first = view->say.flat[page];
	uint64_t i;
	bool can = true;

	if (level == PT_LAST_LEVEL)
		return true;
	if (first && (level < PT_BLOCK_LEVEL || (view->pgt->kind == PGT_HYP && pte_valid(first))))
		can = false;
	/*
	 * Larger ones than an L2 entry are made by faults of the host only; pgt->blocks would not
	 * count their parts.
	 */
	if (first && level < PT_L2 && view->pgt->kind == PGT_GUEST)
		can = false;
	if (pte_valid(first) && !is_aligned(first & PTE_ADDR, level_size(level)))
		can = false;
	for (i = 0; i < level_pages(level); i++)
		if (view->say.flat[page + i] != flat_next(first, i))
			can = false;
	return can;
}

/* Whether a count includes it (P1): not 0, nor what a fault of the host would bring back. */
static bool is_counted(const struct pgtable *pgt, pte_t pte, unsigned int level)
{
	return pte && !(pgt->kind == PGT_HOST && pte_valid(pte) && !pte_is_table(pte, level) &&
			pte_state(pte) == PAGE_OWNED);
}

/*
 * Writes the entry for the pages from page on; table: the page that it uses if it is a table.
 * reached: there is a way to it.
 */
static void build(struct table_view *view, pte_t *entry, uint64_t page, unsigned int level,
		  uint64_t table, bool reached)
{
	bool is_table = level < PT_LAST_LEVEL && nondet_bool();
	uint64_t i, count = 0;
	pte_t leaf = view->say.flat[page];
	bool something = false;

	assume(is_table || can_be_leaf(view, page, level));
	if (level < PT_LAST_LEVEL) {
		for (i = 0; i < PT_ENTRIES; i++) {
			pte_t *below = &machine_table(table)[i];

			build(view, below, page + i * level_pages(level + 1), level + 1,
			      table + 1 + i * tables_below(level + 1), reached && is_table);
			count += is_counted(view->pgt, *below, level + 1);
			something = something || *below;
		}
		assume(!is_table || something);
		leaf &= pte_valid(leaf) ? ~PTE_TYPE : ~0UL;
	}
	*entry = is_table ? machine_pa(table) | count << PTE_COUNT_SHIFT | PTE_VALID | PTE_TYPE
			  : leaf;
	if (!reached)
		return;
	if (is_table)
		view->pgt->tables++;
	else if (level == PT_L2)
		view->pgt->blocks += !!leaf;
	for (i = 0; !is_table && i < level_pages(level); i++)
		view->say.level[page + i] = level;
}

void tables_build(struct table_view *view)
{
	struct pgtable *pgt = view->pgt;
	uint64_t page, n = level_pages(pgt->start_level), table = view->first;

	pgt->tables = 0;
	pgt->blocks = 0;
	for (page = 0; page < PROOF_PAGES; page += n) {
		uint64_t index = (view->base >> level_shift(pgt->start_level)) + page / n;

		build(view, &pgt->root[index], page, pgt->start_level, table, true);
		table += tables_below(pgt->start_level);
	}
}

void tables_fill_cache(struct page_cache *cache, uint64_t first, uint64_t n, uint64_t max)
{
	uint64_t i, j;

	assume(n <= max);
	cache_init(cache);
	cache->lock.next = cache->lock.serving = (uint16_t)nondet_u64();
	cache->count = n;
	cache->head = n ? machine_pa(first) : 0;
	for (i = 0; i < max; i++) {
		machine_table(first + i)[0] = i + 1 < n ? machine_pa(first + i + 1) : 0;
		for (j = 1; j < PT_ENTRIES; j++)
			machine_table(first + i)[j] = 0;
	}
}

/* -- Checking -- */

pte_t tables_flat(const struct pgtable *pgt, uint64_t addr, unsigned int *level)
{
	uint64_t index = addr >> level_shift(pgt->start_level);
	const pte_t *table = pgt->root;
	unsigned int l;
	pte_t pte = 0;

	*level = PT_LAST_LEVEL;
	for (l = pgt->start_level; l <= PT_LAST_LEVEL; l++) {
		pte = table[index];
		if (!pte_is_table(pte, l)) {
			*level = l;
			break;
		}
		table = machine_table(machine_page(pte & PTE_ADDR));
		index = (addr >> level_shift(l + 1)) & (PT_ENTRIES - 1);
	}
	if (pte_valid(pte))
		pte |= PTE_TYPE;
	return flat_next(pte, (addr & (level_size(*level) - 1)) >> PAGE_SHIFT);
}

struct tally {
	uint64_t page;
	unsigned int *uses;
	uint64_t tables, blocks;
};

/* Returns the number of entries that carry information. */
static uint64_t check_table(const struct pgtable *pgt, const pte_t *table, uint64_t entries,
			    unsigned int level, struct tally *tally)
{
	const pte_t annotation = PTE_OWNER | PTE_ADDR;
	bool something = level == pgt->start_level;
	uint64_t i, count = 0;

	for (i = 0; i < entries; i++) {
		pte_t pte = table[i];

		something = something || pte;
		count += is_counted(pgt, pte, level);
		if (pte_is_table(pte, level)) {
			uint64_t page = machine_page(pte & PTE_ADDR);

			tally->tables++;
			*tally->uses += page == tally->page;
			uint64_t below =
				check_table(pgt, machine_table(page), PT_ENTRIES, level + 1, tally);

			prove(below == pte_count(pte), "P1: the count is exact");
			prove(!(pte & ~(PTE_ADDR | PTE_COUNT | PTE_VALID | PTE_TYPE)),
			      "P1: a table entry has no other bits");
		} else if (pte) {
			prove(level >= PT_BLOCK_LEVEL, "P3: leaves at block levels only");
			tally->blocks += level == PT_L2;
			if (pte_valid(pte)) {
				prove(is_aligned(pte & PTE_ADDR, level_size(level)),
				      "a block's address is aligned");
				prove(!(pte & PTE_TYPE) == (level < PT_LAST_LEVEL),
				      "the type bit is right");
				prove(pgt->kind != PGT_HYP || level == PT_LAST_LEVEL,
				      "EL2 maps pages only");
			} else {
				prove(!(pte & ~annotation) && pte_owner(pte) &&
					      (pte_owner(pte) >= OWNER_GUEST || !(pte & PTE_ADDR)),
				      "P2: annotations");
			}
		}
	}
	prove(something, "P1: no table has nothing but zeros");
	return count;
}

void tables_check(const struct pgtable *pgt, uint64_t base, uint64_t page, unsigned int *uses)
{
	struct tally tally = { .page = page, .uses = uses };

	check_table(pgt, &pgt->root[base >> level_shift(pgt->start_level)],
		    PROOF_PAGES / level_pages(pgt->start_level), pgt->start_level, &tally);
	prove(tally.tables == pgt->tables, "the number of tables is exact");
	prove(pgt->kind != PGT_GUEST || tally.blocks == pgt->blocks,
	      "the number of blocks is exact");
}

void tables_check_cache(const struct page_cache *cache, uint64_t max, uint64_t page,
			unsigned int *uses)
{
	uint64_t at = cache->head, i, j, n = 0;

	for (i = 0; i < max && at; i++) {
		uint64_t number = machine_page(at);

		*uses += number == page;
		n++;
		for (j = 1; j < PT_ENTRIES; j++)
			prove(!machine_table(number)[j], "pages in a cache are zero");
		at = machine_table(number)[0];
	}
	prove(!at && n == cache->count, "a cache holds as many pages as it says");
}

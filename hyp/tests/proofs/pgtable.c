// SPDX-License-Identifier: GPL-2.0-only
/*
 * The translation tables by themselves: for any well-formed table and any arguments that pgtable.h
 * allows, each function is exact against the flat array. PROOF_KIND and PROOF_START_LEVEL choose
 * the table.
 */
#include "tables.h"
#include "proof.h"
#include <arch/attributes.h>

#ifndef PROOF_KIND
#define PROOF_KIND	PGT_HOST
#endif
#ifndef PROOF_START_LEVEL
#define PROOF_START_LEVEL 1
#endif

#define FAR	(1UL << 35)	/* a page number at the end of 48 bits */
#define CACHE_FIRST	(MACHINE_PAGES - CACHE_MAX)
#define CACHE_MAX	4		/* what one call can take, at most */

static struct pgtable pgt;
static struct page_cache cache;
static struct table_view view;
static uint64_t cache_before, tables_before;

void machine_meanwhile(uint64_t pa, uint64_t size)
{
}

void machine_contents(bool zero)
{
	prove(false, "the tables' code leaves contents alone");
}

/* Page numbers: the code only adds to them, so a few bits, near and far, do for all. */
static uint64_t any_number(void)
{
	return any_below(16) | (nondet_bool() ? FAR : 0);
}

/* Any attributes, with the access flag, in any state. */
static uint64_t any_attr(void)
{
	return S2_AF | (nondet_u64() & (MASK(9, 2) | MASK(54, 53))) |
	       any_below(3) << PTE_STATE_SHIFT;
}

static pte_t any_flat(uint64_t page)
{
	uint64_t kind = any_below(3), owner = nondet_u8(), number = any_number();

	switch (kind) {
	case 0:
		return 0;
	case 1:
		return (PROOF_KIND == PGT_HOST ? page : number) << PAGE_SHIFT | any_attr() |
		       PTE_VALID | PTE_TYPE;
	}
	assume(owner != OWNER_HOST);
	return owner << PTE_OWNER_SHIFT | (owner >= OWNER_GUEST ? number << PAGE_SHIFT : 0);
}

/* Any table of the kind, and a cache with n pages. */
static void any_table(uint64_t n)
{
	uint64_t i;

	machine_init();
	for (i = 0; i < PROOF_PAGES; i++)
		view.say.flat[i] = any_flat(i);
	pgtable_init(&pgt, PROOF_KIND, PROOF_IA_BITS, 7, machine_table(0), machine_pa(0), &cache);
	pgt.start_level = PROOF_START_LEVEL;
	view.pgt = &pgt;
	view.first = 1;
	tables_build(&view);
	tables_fill_cache(&cache, CACHE_FIRST, n, CACHE_MAX);
	cache_before = cache.count;
	tables_before = pgt.tables;
}

/* A leaf for [addr, addr + size). */
static struct pt_leaf any_leaf(uint64_t addr)
{
	uint64_t number = any_number();

	if (nondet_bool())
		return (struct pt_leaf){ .valid = true,
					 .attr = any_attr(),
					 .pa = PROOF_KIND == PGT_HOST ? addr
								      : number << PAGE_SHIFT };
	return (struct pt_leaf){ .owner = nondet_u8(), .ipa = number << PAGE_SHIFT };
}

/* The table and its cache are well-formed, and no page of either is lost or used twice. */
static void check_all(void)
{
	uint64_t page = any_below(MACHINE_PAGES);
	unsigned int uses = 0;

	prove(!machine.broken, "F2: each broken entry has had its TLB invalidation");
	tables_check(&pgt, 0, page, &uses);
	tables_check_cache(&cache, MACHINE_PAGES - 1, page, &uses);
	prove(uses <= 1, "no page is used twice");
	prove(pgt.tables + cache.count == tables_before + cache_before, "no page is lost");
}

void proof_set(void)
{
	uint64_t from = PROOF_ADDR >> PAGE_SHIFT, count = PROOF_SIZE >> PAGE_SHIFT, taken = 0,
		 freed = 0, blocks;
	unsigned int needed, level;
	struct pt_leaf leaf;

	any_table(nondet_u64());
	leaf = any_leaf(PROOF_ADDR);
	blocks = pgt.blocks;
	needed = pgtable_tables_needed(&pgt, PROOF_ADDR, PROOF_SIZE, &leaf);
	prove(needed == flat_needed(&view.say, &pgt, from, count, &leaf), "tables_needed");
	prove(flat_blocks(&view.say) == blocks &&
		      flat_tables(&view.say, PROOF_START_LEVEL) == pgt.tables,
	      "built as said");
	assume(needed <= cache.count);
	pgtable_set(&pgt, PROOF_ADDR, PROOF_SIZE, &leaf);

	flat_set(&view.say, &pgt, from, count, &leaf, &taken, &freed);
	prove(tables_flat(&pgt, machine.page << PAGE_SHIFT, &level) ==
			      view.say.flat[machine.page] &&
		      level == view.say.level[machine.page],
	      "each page is said as the contract says");
	prove(cache.count == cache_before - taken + freed && taken <= needed + freed,
	      "tables taken and freed");
	prove(freed || taken == needed, "tables_needed is exact where no table is freed");
	check_all();
	/* A guest has nothing larger than a level-2 entry. */
	reachable((pgt.splits && !pgt.folds) || (PROOF_KIND == PGT_GUEST &&
						 is_aligned(PROOF_ADDR | PROOF_SIZE, PT_MAX_RANGE)),
		  "a block is split, or there is none");
	reachable(pgt.folds, "a table is freed");
	/* An identity mapping of a whole L2 entry is one entry: only the table above is needed. */
	reachable(needed >= (PROOF_KIND == PGT_HOST &&
					     is_aligned(PROOF_ADDR | PROOF_SIZE, PT_MAX_RANGE)
				     ? 1
				     : 2),
		  "several tables are needed");
	reachable(!needed && pgt.writes, "no table is needed");
}

void proof_get(void)
{
	uint64_t page = PROOF_ADDR >> PAGE_SHIFT;
	unsigned int level;
	pte_t pte;

	any_table(nondet_u64());
	pte = pgtable_get(&pgt, PROOF_ADDR, &level);
	prove(level == view.say.level[page] && pte == flat_get(&view.say, page),
	      "the entry and its level");
	prove(*pgtable_entry(&pgt, PROOF_ADDR, &level) == pte, "where it is");
	if (pte_valid(pte) || pte_owner(pte) >= OWNER_GUEST)
		prove(pte_output(pte, level, PROOF_ADDR) == (view.say.flat[page] & PTE_ADDR),
		      "the output address");
	check_all();
	reachable(level == PT_LAST_LEVEL && pte, "a page");
	reachable(level == PT_L2 && pte_valid(pte), "a block");
	reachable(level == PT_L2 && pte && !pte_valid(pte), "an annotation of a block");
	reachable(!pte, "nothing");
}

/* The level must be one where the host's table has nothing at all, as pgtable_get() says. */
void proof_map_lazily(void)
{
	uint64_t page = PROOF_ADDR >> PAGE_SHIFT, attr, needed;
	unsigned int level;
	int ret;

	any_table(nondet_u64());
	attr = any_attr() & ~PTE_STATE;
	for (level = PT_BLOCK_LEVEL; level <= PT_LAST_LEVEL; level++)
		if (nondet_bool())
			break;
	assume(level <= PT_LAST_LEVEL && level >= view.say.level[page] && !view.say.flat[page]);
	needed = flat_map_needed(&view.say, page, level);
	ret = pgtable_map_lazily(&pgt, PROOF_ADDR, level, attr);
	prove(ret == (needed > cache_before ? -ENOMEM : 0), "the answer");
	if (!ret)
		flat_map(&view.say, page, level, attr);
	prove(cache.count == cache_before - (ret ? 0 : needed), "tables taken");
	prove(tables_flat(&pgt, machine.page << PAGE_SHIFT, &level) ==
			      view.say.flat[machine.page] &&
		      level == view.say.level[machine.page],
	      "each page is said as the contract says");
	check_all();
	reachable(!ret && needed == 2, "a page, two tables");
	reachable(!ret && !needed, "a block, no table");
	reachable(ret == -ENOMEM, "-ENOMEM");
}

// SPDX-License-Identifier: GPL-2.0-only
#include "contract.h"

/* Loops go over all pages and ask which are meant: a constant index keeps the formula small. */
#define EACH(page) for (page = 0; page < PROOF_PAGES; page++)

static bool same_group(uint64_t a, uint64_t b, unsigned int level)
{
	return level_group(a, level) == level_group(b, level);
}

pte_t flat_next(pte_t first, uint64_t i)
{
	if (pte_valid(first) || pte_owner(first) >= OWNER_GUEST)
		return first + (i << PAGE_SHIFT);
	return first;
}

pte_t flat_of_leaf(const struct pt_leaf *leaf, uint64_t i)
{
	if (leaf->valid)
		return leaf->pa + (i << PAGE_SHIFT) + leaf->attr + PTE_VALID + PTE_TYPE;
	if (leaf->owner == OWNER_HOST)
		return 0;
	return (pte_t)leaf->owner << PTE_OWNER_SHIFT |
	       (leaf->owner >= OWNER_GUEST ? leaf->ipa + (i << PAGE_SHIFT) : 0);
}

/* The sums are of 8 bits: longer ones would only make the formula longer. */
uint64_t flat_tables(const struct flat_table *t, unsigned int start_level)
{
	uint64_t page;
	uint8_t n = 0;
	unsigned int level;

	EACH(page)
		for (level = start_level; level < PT_LAST_LEVEL; level++)
			n += level_first(page, level) && t->level[page] > level;
	return n;
}

uint64_t flat_blocks(const struct flat_table *t)
{
	uint64_t page;
	uint8_t n = 0;

	EACH(page)
		n += level_first(page, PT_L2) && t->level[page] == PT_L2 && t->flat[page];
	return n;
}

pte_t flat_get(const struct flat_table *t, uint64_t page)
{
	unsigned int level = t->level[page];
	pte_t first = t->flat[page & ~(level_pages(level) - 1)];

	return level < PT_LAST_LEVEL && pte_valid(first) ? first & ~PTE_TYPE : first;
}

static bool leaf_present(const struct pt_leaf *leaf)
{
	return leaf->valid || leaf->owner != OWNER_HOST;
}

/* count pages from page i of the range on, at a level-2 entry's beginning or end, are one entry. */
static bool one_entry(const struct pgtable *pgt, const struct pt_leaf *leaf, uint64_t i,
		      uint64_t count)
{
	if (count != level_pages(PT_L2))
		return false;
	return !leaf->valid ||
	       (pgt->kind != PGT_HYP && level_first((leaf->pa >> PAGE_SHIFT) + i, PT_L2));
}

/*
 * The part of [from, from + count) that lies in the level-2 entry which begins at page base: its
 * first page and its length.
 */
static uint64_t part_of(uint64_t base, uint64_t from, uint64_t count, uint64_t *first)
{
	uint64_t end = min_u64(base + level_pages(PT_L2), from + count);

	*first = from > base ? from : base;
	return end > *first ? end - *first : 0;
}

unsigned int flat_needed(const struct flat_table *t, const struct pgtable *pgt, uint64_t from,
			 uint64_t count, const struct pt_leaf *leaf)
{
	uint64_t base, before = 0, first, n;
	unsigned int needed = 0, level;
	bool another = false;

	for (base = 0; base < PROOF_PAGES; base += level_pages(PT_L2)) {
		n = part_of(base, from, count, &first);
		if (!n)
			continue;
		if (leaf_present(leaf) || t->flat[base] || t->level[base] > PT_L2) {
			/*
			 * Tables above it that the entry before it brings, too, are there by then.
			 */
			for (level = pgt->start_level; level < PT_L2; level++)
				needed += t->level[base] <= level &&
					  !(another && same_group(before, base, level));
			needed += t->level[base] <= PT_L2 && !one_entry(pgt, leaf, first - from, n);
		}
		another = true;
		before = base;
	}
	return needed;
}

/* The entry of this level that decides about page becomes a table that says the same. */
static void split(struct flat_table *t, uint64_t page, unsigned int level, uint64_t *taken)
{
	uint64_t i;

	EACH(i)
		if (same_group(i, page, level))
			t->level[i] = level + 1;
	++*taken;
}

/*
 * Frees the tables, from the one of this level upwards, that say nothing about page's surroundings.
 */
static void fold(struct flat_table *t, const struct pgtable *pgt, uint64_t page, unsigned int level,
		 uint64_t *freed)
{
	uint64_t i;

	for (; level > pgt->start_level; level--) {
		bool nothing = true;

		EACH(i)
			if (same_group(i, page, level - 1) &&
			    (t->level[i] > level ||
			    (pgt->kind == PGT_HOST ? !flat_default(t->flat[i]) : t->flat[i] != 0)))
				nothing = false;
		if (!nothing)
			return;
		EACH(i)
			if (same_group(i, page, level - 1)) {
				t->flat[i] = 0;
				t->level[i] = level - 1;
			}
		++*freed;
	}
}

void flat_set(struct flat_table *t, const struct pgtable *pgt, uint64_t from, uint64_t count,
	      const struct pt_leaf *leaf, uint64_t *taken, uint64_t *freed)
{
	bool present = leaf_present(leaf),
	     is_default = !present || (leaf->valid && !(leaf->attr & PTE_STATE));
	uint64_t base, first, n, i;
	unsigned int level;

	for (base = 0; base < PROOF_PAGES; base += level_pages(PT_L2)) {
		n = part_of(base, from, count, &first);
		/* Nothing is to become nothing. */
		if (!n || (!present && !t->flat[base] && (t->level[base] < PT_L2 ||
		    (t->level[base] == PT_L2 && n < level_pages(PT_L2)))))
			continue;
		for (level = pgt->start_level; level < PT_L2; level++)
			if (t->level[base] == level)
				split(t, base, level, taken);
		level = one_entry(pgt, leaf, first - from, n) ? PT_L2 : PT_LAST_LEVEL;
		if (level == PT_L2 && t->level[base] == PT_LAST_LEVEL)
			++*freed;
		if (level == PT_LAST_LEVEL && t->level[base] == PT_L2)
			++*taken;
		EACH(i) {
			if (same_group(i, base, PT_L2))
				t->level[i] = level;
			if (i - first < n)
				t->flat[i] = flat_of_leaf(leaf, i - from);
		}
		if (is_default)
			fold(t, pgt, base, level, freed);
	}
}

unsigned int flat_map_needed(const struct flat_table *t, uint64_t page, unsigned int level)
{
	return level - t->level[page];
}

void flat_map(struct flat_table *t, uint64_t page, unsigned int level, uint64_t attr)
{
	uint64_t taken = 0, i;
	unsigned int l;

	for (l = t->level[page]; l < level; l++)
		split(t, page, l, &taken);
	EACH(i)
		if (same_group(i, page, level))
			t->flat[i] = i << PAGE_SHIFT | attr | PTE_VALID | PTE_TYPE;
}

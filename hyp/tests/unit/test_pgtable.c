// SPDX-License-Identifier: GPL-2.0-only
/* The walker: what pgtable_set() and pgtable_map_lazily() promise, on tables of their own. */
#include "world.h"
#include <arch/attributes.h>
#include <arch/memory.h>

#define OWNER		(OWNER_GUEST + 5)
#define SHARED		(BIT(PTE_STATE_SHIFT) * PAGE_SHARED_OWNED)
#define AREA		(4 * BLOCK)	/* the part of the address space that the tests look at */

static struct pgtable pgt;
static struct page_cache cache;

/*
 * What each page of the area at [base, base + AREA) should say: a last-level entry, 0 for nothing.
 */
static uint64_t base;
static pte_t expected[AREA / PAGE_SIZE];

static void start(enum pgtable_kind kind, unsigned int ia_bits, uint64_t at, uint64_t pages)
{
	uint64_t root = world_pages(pgtable_root_pages(ia_bits));

	cache_init(&cache);
	world_set_cache(&cache, pages);
	pgtable_init(&pgt, kind, ia_bits, 3, arch_linear(root), root, &cache);
	base = at;
	memset(expected, 0, sizeof(expected));
	fake_log_clear();
}

static struct pt_leaf mapping(uint64_t to, uint64_t attr)
{
	return (struct pt_leaf){ .valid = true, .pa = to, .attr = attr };
}

static struct pt_leaf annotation(uint8_t owner, uint64_t at)
{
	return (struct pt_leaf){ .owner = owner, .ipa = at };
}

/* The entry that a page would have for the part of leaf at offset off. */
static pte_t page_entry(const struct pt_leaf *leaf, uint64_t off)
{
	if (leaf->valid)
		return (leaf->pa + off) | leaf->attr | PTE_VALID | PTE_TYPE;
	if (!leaf->owner)
		return 0;
	return (pte_t)leaf->owner << PTE_OWNER_SHIFT |
	       (leaf->owner >= OWNER_GUEST ? leaf->ipa + off : 0);
}

static pte_t found(uint64_t addr)
{
	unsigned int level;
	pte_t pte = pgtable_get(&pgt, addr, &level);
	uint64_t off = addr & (level_size(level) - 1);

	if (pte_valid(pte))
		return (pte + off) | PTE_TYPE;
	return pte_owner(pte) >= OWNER_GUEST ? pte + off : pte;
}

static void compare(void)
{
	uint64_t i;

	assert_true(pgtable_check(&pgt) >= 0);
	assert_int_equal(fake_pending(), 0);
	for (i = 0; i < ARRAY_SIZE(expected); i++)
		if (found(base + i * PAGE_SIZE) != expected[i])
			fail_msg("page 0x%lx: 0x%lx instead of 0x%lx", base + i * PAGE_SIZE,
				 found(base + i * PAGE_SIZE), expected[i]);
}

/*
 * Sets and checks everything: the contents of all pages, counts, and that no more tables are taken
 * than announced.
 */
static void set(uint64_t off, uint64_t size, struct pt_leaf leaf)
{
	unsigned int needed = pgtable_tables_needed(&pgt, base + off, size, &leaf);
	uint64_t before = cache.count, folds = pgt.folds, i;

	pgtable_set(&pgt, base + off, size, &leaf);
	for (i = 0; i < size; i += PAGE_SIZE)
		expected[(off + i) / PAGE_SIZE] = page_entry(&leaf, i);
	compare();
	if (pgt.folds == folds)
		assert_int_equal(before - cache.count, needed);
	else
		assert_true((int64_t)(before - cache.count) <= (int64_t)needed);
}

static unsigned int level_at(uint64_t off)
{
	unsigned int level;

	pgtable_get(&pgt, base + off, &level);
	return level;
}

static void a_page_is_mapped_and_removed(void **state)
{
	start(PGT_GUEST, GUEST_IA_BITS, 0, 8);
	set(3 * PAGE_SIZE, PAGE_SIZE, mapping(FREE_BASE, S2_GUEST_RAM));
	assert_int_equal(level_at(3 * PAGE_SIZE), PT_LAST_LEVEL);
	assert_int_equal(pgt.tables, cache.count == 8 ? 0 : 8 - cache.count);
	set(3 * PAGE_SIZE, PAGE_SIZE, annotation(OWNER_HOST, 0));
	assert_int_equal(pgt.tables, 0);
	assert_int_equal(cache.count, 8);
	assert_true(world_is_zero(pgt.root_pa, PAGE_SIZE));
}

static void an_aligned_block_is_one_entry_of_either_kind(void **state)
{
	start(PGT_GUEST, GUEST_IA_BITS, 0, 8);
	set(0, BLOCK, mapping(FREE_BASE, S2_GUEST_RAM));
	assert_int_equal(level_at(0), PT_L2);
	assert_int_equal(pgt.writes, 1);
	set(BLOCK, BLOCK, annotation(OWNER, 5 * BLOCK + PAGE_SIZE));
	assert_int_equal(level_at(BLOCK), PT_L2);
	assert_int_equal(pgt.writes, 2);
	/* The physical address is not aligned: pages. */
	set(2 * BLOCK, BLOCK, mapping(FREE_BASE + PAGE_SIZE, S2_GUEST_RAM));
	assert_int_equal(level_at(2 * BLOCK), PT_LAST_LEVEL);
}

static void a_split_keeps_what_each_page_says(void **state)
{
	start(PGT_HOST, HOST_IA_BITS, FREE_BASE, 16);
	set(0, BLOCK, annotation(OWNER, 7 * PAGE_SIZE));
	set(BLOCK, BLOCK, annotation(OWNER_HYP, 0));
	set(2 * BLOCK, BLOCK, mapping(FREE_BASE + 2 * BLOCK, S2_HOST_RAM | SHARED));
	assert_int_equal(pgt.splits, 0);
	set(PAGE_SIZE, PAGE_SIZE, annotation(OWNER_HOST, 0));
	set(2 * BLOCK - PAGE_SIZE, PAGE_SIZE, annotation(OWNER + 1, PAGE_SIZE));
	set(2 * BLOCK, 2 * PAGE_SIZE, annotation(OWNER, 0));
	assert_int_equal(pgt.splits, 3);
}

static void a_lazy_giant_block_is_split_without_loss(void **state)
{
	uint64_t giant = align_down(FREE_BASE, level_size(1)), i;

	start(PGT_HOST, HOST_IA_BITS, FREE_BASE, 16);
	assert_int_equal(pgtable_map_lazily(&pgt, FREE_BASE, 1, S2_HOST_RAM), 0);
	assert_int_equal(pgt.maps, 1);
	for (i = 0; i < ARRAY_SIZE(expected); i++)
		expected[i] = (FREE_BASE + i * PAGE_SIZE) | S2_HOST_RAM | PTE_VALID | PTE_TYPE;
	assert_true(FREE_BASE + AREA <= giant + level_size(1) || TINY);
	if (TINY && FREE_BASE + AREA > giant + level_size(1))
		fail_msg("the area must lie in one block");
	compare();
	set(BLOCK, PAGE_SIZE, annotation(OWNER, 0));
	assert_int_equal(level_at(0), PT_L2);
	assert_int_equal(level_at(BLOCK), PT_LAST_LEVEL);
	assert_int_equal(pgt.splits, 2);
}

static void a_block_replaces_a_table_and_gives_its_page_back(void **state)
{
	start(PGT_GUEST, GUEST_IA_BITS, 0, 8);
	set(0, BLOCK, mapping(FREE_BASE + PAGE_SIZE, S2_GUEST_RAM));
	set(0, BLOCK, mapping(FREE_BASE + 4 * BLOCK, S2_GUEST_RAM));
	assert_int_equal(level_at(0), PT_L2);
	set(0, BLOCK, mapping(FREE_BASE + PAGE_SIZE, S2_GUEST_RAM));
	assert_int_equal(level_at(0), PT_LAST_LEVEL);
	set(0, BLOCK, annotation(OWNER_HOST, 0));
	assert_int_equal(pgt.tables, 0);
	assert_int_equal(cache.count, 8);
}

static void a_host_table_that_says_nothing_is_folded(void **state)
{
	uint64_t off;

	start(PGT_HOST, HOST_IA_BITS, FREE_BASE, 16);
	set(0, BLOCK, annotation(OWNER, 0));
	for (off = 0; off < BLOCK; off += PAGE_SIZE) {
		assert_int_equal(level_at(0), off ? PT_LAST_LEVEL : PT_L2);
		if (off + PAGE_SIZE == BLOCK)
			/* all of the host's mappings go with the table */
			memset(expected, 0, sizeof(expected));
		set(off, PAGE_SIZE, annotation(OWNER_HOST, 0));
		if (off + PAGE_SIZE == BLOCK)
			break;
		/* The host uses each page again, at once. */
		assert_int_equal(pgtable_map_lazily(&pgt, base + off, PT_LAST_LEVEL, S2_HOST_RAM),
				 0);
		expected[off / PAGE_SIZE] = (base + off) | S2_HOST_RAM | PTE_VALID | PTE_TYPE;
		compare();
	}
	assert_int_equal(pgt.tables, 0);
	assert_int_equal(cache.count, 16);
	assert_int_equal(pgtable_map_lazily(&pgt, base, PT_L2, S2_HOST_RAM), 0);
	assert_int_equal(level_at(0), PT_L2);
	assert_true(pgtable_check(&pgt) >= 0);
}

static void a_guests_table_is_kept_while_it_maps_anything(void **state)
{
	start(PGT_GUEST, GUEST_IA_BITS, 0, 8);
	set(0, 2 * PAGE_SIZE, mapping(FREE_BASE, S2_GUEST_RAM));
	set(0, PAGE_SIZE, annotation(OWNER_HOST, 0));
	assert_int_equal(level_at(PAGE_SIZE), PT_LAST_LEVEL);
	assert_int_equal(pgt.folds, 0);
}

/* The index of the first entry event with a valid, or an invalid, new value. */
static unsigned int find_write(bool valid, unsigned int from)
{
	do {
		from = fake_find(FAKE_ENTRY, from);
		if (from >= fake.events || pte_valid(fake.log[from].value) == valid)
			return from;
		from++;
	} while (true);
}

static void a_live_entry_is_broken_invalidated_and_then_made(void **state)
{
	unsigned int broken, tlbi, made;

	start(PGT_GUEST, GUEST_IA_BITS, 0, 8);
	set(BLOCK, PAGE_SIZE, mapping(FREE_BASE, S2_GUEST_RAM));
	fake_log_clear();
	set(BLOCK, PAGE_SIZE, mapping(FREE_BASE + BLOCK, S2_GUEST_RAM));
	broken = find_write(false, 0);
	tlbi = fake_find(FAKE_TLBI, 0);
	made = find_write(true, 0);
	assert_true(broken < tlbi && tlbi < made && made < fake.events);
	assert_int_equal(fake_count(FAKE_TLBI), 1);
	assert_int_equal(fake.log[tlbi].addr, BLOCK);
	assert_int_equal(fake.log[tlbi].size, PAGE_SIZE);
	assert_int_equal(fake.log[tlbi].level, PT_LAST_LEVEL);
	assert_int_equal(fake.log[tlbi].vmid, 3);
	assert_int_equal(fake.log[tlbi].kind, PGT_GUEST);
	/* Seen by all walkers before it returns. */
	assert_true(fake_find(FAKE_PUBLISH, made) < fake.events);
}

static void removal_invalidates_exactly_its_range(void **state)
{
	unsigned int tlbi;

	start(PGT_GUEST, GUEST_IA_BITS, 0, 8);
	set(0, BLOCK, mapping(FREE_BASE, S2_GUEST_RAM));
	set(BLOCK, BLOCK, mapping(FREE_BASE + 3 * BLOCK + PAGE_SIZE, S2_GUEST_RAM));
	fake_log_clear();
	set(BLOCK + PAGE_SIZE, 2 * PAGE_SIZE, annotation(OWNER_HOST, 0));
	tlbi = fake_find(FAKE_TLBI, 0);
	assert_int_equal(fake_count(FAKE_TLBI), 1);
	assert_int_equal(fake.log[tlbi].addr, BLOCK + PAGE_SIZE);
	assert_int_equal(fake.log[tlbi].size, 2 * PAGE_SIZE);
	fake_log_clear();
	set(0, BLOCK, annotation(OWNER_HOST, 0));
	tlbi = fake_find(FAKE_TLBI, 0);
	assert_int_equal(fake.log[tlbi].addr, 0);
	assert_int_equal(fake.log[tlbi].size, BLOCK);
	assert_int_equal(fake.log[tlbi].level, PT_L2);
	assert_int_equal(fake_count(FAKE_TLBI), 1);
}

static void what_was_invalid_needs_no_invalidation(void **state)
{
	start(PGT_HOST, HOST_IA_BITS, FREE_BASE, 16);
	set(0, BLOCK, annotation(OWNER, 0));
	set(PAGE_SIZE, PAGE_SIZE, annotation(OWNER, 9 * PAGE_SIZE));
	set(2 * PAGE_SIZE, PAGE_SIZE, annotation(OWNER_HOST, 0));
	set(2 * PAGE_SIZE, PAGE_SIZE, mapping(FREE_BASE + 2 * PAGE_SIZE, S2_HOST_RAM | SHARED));
	set(BLOCK, PAGE_SIZE, annotation(OWNER_HYP, 0));
	assert_int_equal(fake_count(FAKE_TLBI), 0);
	assert_int_equal(fake_count(FAKE_TLBI_ALL), 0);
}

static void a_change_of_state_alone_breaks_nothing(void **state)
{
	start(PGT_GUEST, GUEST_IA_BITS, 0, 8);
	set(0, BLOCK, mapping(FREE_BASE, S2_GUEST_RAM));
	set(BLOCK, 2 * PAGE_SIZE, mapping(FREE_BASE + 5 * BLOCK, S2_GUEST_RAM));
	fake_log_clear();
	set(0, BLOCK, mapping(FREE_BASE, S2_GUEST_RAM | SHARED));
	set(BLOCK, PAGE_SIZE, mapping(FREE_BASE + 5 * BLOCK, S2_GUEST_RAM | SHARED));
	assert_int_equal(fake_count(FAKE_TLBI), 0);
	assert_true(find_write(false, 0) >= fake.events);
}

static void a_change_of_attributes_breaks(void **state)
{
	start(PGT_GUEST, GUEST_IA_BITS, 0, 8);
	set(0, BLOCK, mapping(FREE_BASE, S2_GUEST_RAM));
	fake_log_clear();
	set(0, BLOCK, mapping(FREE_BASE, S2_HOST_DEVICE));
	assert_int_equal(fake_count(FAKE_TLBI), 1);
	assert_true(find_write(false, 0) < find_write(true, 0));
}

static void tables_are_complete_and_published_before_they_are_linked(void **state)
{
	start(PGT_HOST, HOST_IA_BITS, FREE_BASE, 16);
	/* The fake panics (F3) where it is not so. */
	fake.check_published = true;
	set(PAGE_SIZE, PAGE_SIZE, annotation(OWNER, 0));
	set(BLOCK, BLOCK, annotation(OWNER, BLOCK));
	set(BLOCK + PAGE_SIZE, PAGE_SIZE, annotation(OWNER_HOST, 0));
	set(2 * BLOCK, BLOCK, mapping(FREE_BASE + 2 * BLOCK, S2_HOST_RAM | SHARED));
	set(2 * BLOCK, PAGE_SIZE, annotation(OWNER, 0));
	assert_int_equal(pgt.splits, 2);
}

static void a_split_of_a_live_block_invalidates_the_block_first(void **state)
{
	unsigned int tlbi, made;

	start(PGT_GUEST, GUEST_IA_BITS, 0, 8);
	set(0, BLOCK, mapping(FREE_BASE, S2_GUEST_RAM));
	fake_log_clear();
	set(PAGE_SIZE, PAGE_SIZE, mapping(FREE_BASE + PAGE_SIZE, S2_GUEST_RAM | SHARED));
	tlbi = fake_find(FAKE_TLBI, 0);
	made = find_write(true, 0);
	assert_true(find_write(false, 0) < tlbi && tlbi < made);
	assert_int_equal(fake.log[tlbi].addr, 0);
	assert_int_equal(fake.log[tlbi].size, BLOCK);
	assert_int_equal(fake.log[tlbi].level, PT_L2);
	/* After the split only the state of one page changed: nothing more to invalidate. */
	assert_int_equal(fake_count(FAKE_TLBI), 1);
}

static void ranges_may_cross_into_the_next_table(void **state)
{
	uint64_t size;

	for (size = 2 * PAGE_SIZE; size <= BLOCK; size += BLOCK / 4) {
		start(PGT_HOST, HOST_IA_BITS, FREE_BASE, 16);
		set(BLOCK - PAGE_SIZE, size, annotation(OWNER, 3 * PAGE_SIZE));
		set(BLOCK, PAGE_SIZE, annotation(OWNER_HOST, 0));
		set(BLOCK - PAGE_SIZE, size, annotation(OWNER_HOST, 0));
		assert_int_equal(pgt.tables, 0);
	}
}

/* The last entry under one table, and the first under the next, at every level. */
static void ranges_may_cross_where_upper_tables_meet(void **state)
{
	unsigned int level;

	for (level = 1; level < PT_L2; level++) {
		start(PGT_GUEST, GUEST_IA_BITS, level_size(level) - 2 * BLOCK, 16);
		set(2 * BLOCK - PAGE_SIZE, 2 * PAGE_SIZE, mapping(FREE_BASE, S2_GUEST_RAM));
		set(2 * BLOCK - PAGE_SIZE, 2 * PAGE_SIZE, annotation(OWNER_HOST, 0));
		assert_int_equal(pgt.tables, 0);
		assert_int_equal(cache.count, 16);
	}
}

static void the_first_and_the_last_page_exist(void **state)
{
	uint64_t limit = 1UL << GUEST_IA_BITS;
	struct pt_leaf leaf = mapping(FREE_BASE, S2_GUEST_RAM);

	start(PGT_GUEST, GUEST_IA_BITS, 0, 8);
	set(0, PAGE_SIZE, leaf);
	start(PGT_GUEST, GUEST_IA_BITS, limit - AREA, 8);
	set(AREA - PAGE_SIZE, PAGE_SIZE, leaf);
	set(AREA - BLOCK, BLOCK, leaf);
	assert_true(fake_panics(pgtable_set(&pgt, limit, PAGE_SIZE, &leaf)));
	assert_true(fake_panics(pgtable_set(&pgt, limit - PAGE_SIZE, 2 * PAGE_SIZE, &leaf)));
	assert_true(fake_panics(pgtable_set(&pgt, 0, PT_MAX_RANGE + PAGE_SIZE, &leaf)));
	assert_true(fake_panics(pgtable_set(&pgt, 0, 0, &leaf)));
	assert_true(fake_panics(pgtable_set(&pgt, 8, PAGE_SIZE, &leaf)));
	compare();
}

static void lazy_mapping_needs_what_it_takes_and_changes_nothing_without(void **state)
{
	uint64_t n;

	for (n = 0; n < PT_LAST_LEVEL; n++) {
		start(PGT_HOST, HOST_IA_BITS, FREE_BASE, n);
		if (n + pgt.start_level < PT_LAST_LEVEL) {
			assert_int_equal(pgtable_map_lazily(&pgt, base, PT_LAST_LEVEL, S2_HOST_RAM),
					 -ENOMEM);
			assert_int_equal(pgt.tables, 0);
			assert_int_equal(cache.count, n);
			compare();
		}
	}
	start(PGT_HOST, HOST_IA_BITS, FREE_BASE, PT_LAST_LEVEL - pgt.start_level);
	assert_int_equal(pgtable_map_lazily(&pgt, base, PT_LAST_LEVEL, S2_HOST_RAM), 0);
	assert_int_equal(cache.count, 0);
}

/* Many operations of all kinds on a small area, each checked in full by set(). */
static void long_sequences_keep_contents_counts_and_announcements(void **state)
{
	uint64_t random = 0x9e3779b97f4a7c15UL, i;
	const enum pgtable_kind kinds[] = { PGT_HOST, PGT_GUEST };

	print_message("# seed 0x%lx\n", random);
	for (i = 0; i < (TINY ? 4000 : 600); i++) {
		uint64_t off, size, what;

		if (i % (TINY ? 2000 : 300) == 0)
			start(kinds[i / (TINY ? 2000 : 300) % 2], HOST_IA_BITS, FREE_BASE, 12);
		if (pgt.kind == PGT_GUEST && cache.count < 4)
			world_set_cache(&cache, 6);
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		off = random % (3 * PT_ENTRIES) * PAGE_SIZE;
		size = 1 + (random >> 16) % PT_ENTRIES;
		if ((random >> 40) % 3 == 0) {
			off = align_down(off, BLOCK);
			size = PT_ENTRIES;
		}
		size *= PAGE_SIZE;
		what = (random >> 48) % 6;
		if (what == 0)
			set(off, size, annotation(OWNER_HOST, 0));
		else if (what == 1)
			set(off, size, annotation(OWNER_HYP, 0));
		else if (what == 2)
			set(off, size, annotation(OWNER, (random >> 20) % 4096 * PAGE_SIZE));
		else if (pgt.kind == PGT_HOST)
			set(off, size,
			    mapping(base + off, S2_HOST_RAM | (what == 3 ? SHARED : 2 * SHARED)));
		else
			set(off, size,
			    mapping(FREE_BASE + (random >> 20) % 8 * BLOCK +
					    (what == 3 ? 0 : off % BLOCK),
				    S2_GUEST_RAM | (what == 4 ? SHARED : 0)));
	}
	set(0, BLOCK, annotation(OWNER_HOST, 0));
	set(BLOCK, BLOCK, annotation(OWNER_HOST, 0));
	set(2 * BLOCK, BLOCK, annotation(OWNER_HOST, 0));
	set(3 * BLOCK, BLOCK, annotation(OWNER_HOST, 0));
	assert_int_equal(pgt.tables, 0);
}

static const pte_t *other_than_hosts(uint64_t off, uint64_t size)
{
	return pgtable_find(&pgt, base + off, size, PTE_VALID | PTE_STATE, PTE_VALID);
}

static void a_search_ends_at_the_first_entry_that_differs(void **state)
{
	const uint64_t at[] = { 0, PAGE_SIZE, BLOCK - PAGE_SIZE, BLOCK, 2 * BLOCK - PAGE_SIZE };
	const uint64_t size = 2 * BLOCK;
	unsigned int level, i;
	uint64_t behind;

	start(PGT_HOST, HOST_IA_BITS, FREE_BASE, 16);
	assert_null(other_than_hosts(0, size));
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		set(at[i], PAGE_SIZE, annotation(OWNER, 0));
		behind = at[i] + PAGE_SIZE;
		assert_ptr_equal(other_than_hosts(0, size),
				 pgtable_entry(&pgt, base + at[i], &level));
		assert_ptr_equal(other_than_hosts(at[i], PAGE_SIZE),
				 pgtable_entry(&pgt, base + at[i], &level));
		assert_true(!at[i] || !other_than_hosts(0, at[i]));
		assert_true(behind == size || !other_than_hosts(behind, size - behind));
		set(at[i], PAGE_SIZE, annotation(OWNER_HOST, 0));
	}
}

/* The checker sees each kind of broken rule: the other tests rely on it. */
static void the_checker_sees_broken_rules(void **state)
{
	unsigned int level;
	pte_t *entry, saved;

	start(PGT_HOST, HOST_IA_BITS, FREE_BASE, 16);
	set(0, PAGE_SIZE, annotation(OWNER, 0));
	entry = pgtable_entry(&pgt, base, &level);
	saved = *entry;
	*entry = 0;
	assert_int_equal(pgtable_check(&pgt), -1);
	*entry = saved | BIT(60);
	assert_int_equal(pgtable_check(&pgt), -1);
	*entry = BIT(20);
	assert_int_equal(pgtable_check(&pgt), -1);
	*entry = saved;
	entry[1] = saved;
	assert_int_equal(pgtable_check(&pgt), -1);
	entry[1] = 0;
	pgt.tables++;
	assert_int_equal(pgtable_check(&pgt), -1);
	pgt.tables--;
	assert_true(pgtable_check(&pgt) >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE("walker: a page is mapped and removed, and leaves no table behind",
			a_page_is_mapped_and_removed),
		PROMISE("walker: an aligned block is one entry, mapping or annotation",
			an_aligned_block_is_one_entry_of_either_kind),
		PROMISE("walker: a search ends at the first entry that differs",
			a_search_ends_at_the_first_entry_that_differs),
		PROMISE("walker: a split keeps what each page says",
			a_split_keeps_what_each_page_says),
		PROMISE("walker: a lazily mapped giant block is split without loss",
			a_lazy_giant_block_is_split_without_loss),
		PROMISE("walker: a block replaces a table and gives its page back",
			a_block_replaces_a_table_and_gives_its_page_back),
		PROMISE("walker: a host table that says nothing is folded",
			a_host_table_that_says_nothing_is_folded),
		PROMISE("walker: a guest's table is kept while it maps anything",
			a_guests_table_is_kept_while_it_maps_anything),
		PROMISE("walker: a live entry is broken, invalidated, then made",
			a_live_entry_is_broken_invalidated_and_then_made),
		PROMISE("walker: a removal invalidates exactly its range",
			removal_invalidates_exactly_its_range),
		PROMISE("walker: what was invalid needs no TLB invalidation",
			what_was_invalid_needs_no_invalidation),
		PROMISE("walker: a change of state alone breaks nothing",
			a_change_of_state_alone_breaks_nothing),
		PROMISE("walker: a change of attributes breaks", a_change_of_attributes_breaks),
		PROMISE("walker: tables are complete and published before they are linked",
			tables_are_complete_and_published_before_they_are_linked),
		PROMISE("walker: a split of a live block invalidates the block first",
			a_split_of_a_live_block_invalidates_the_block_first),
		PROMISE("walker: a range may cross into the next table",
			ranges_may_cross_into_the_next_table),
		PROMISE("walker: a range may cross where upper tables meet",
			ranges_may_cross_where_upper_tables_meet),
		PROMISE("walker: the first and the last page exist, and nothing behind",
			the_first_and_the_last_page_exist),
		PROMISE("walker: a lazy mapping without tables changes nothing",
			lazy_mapping_needs_what_it_takes_and_changes_nothing_without),
		PROMISE("walker: long sequences keep contents, counts and announcements",
			long_sequences_keep_contents_counts_and_announcements),
		PROMISE("walker: the checker sees broken rules", the_checker_sees_broken_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

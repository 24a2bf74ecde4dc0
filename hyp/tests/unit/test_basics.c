// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locks, caches, the memory map, EL2's own table, roots of all sizes, and what the ledger says when
 * asked.
 */
#include "world.h"
#include <tests/spec/hooks.h>
#include <arch/attributes.h>
#include <arch/memory.h>
#include <arch/percpu.h>

/* -- Locks -- */

static bool lock_panics(struct spinlock *lock)
{
	return fake_panics(spin_lock(lock));
}

static bool get_panics(const struct pgtable *pgt, uint64_t addr)
{
	unsigned int level;

	return fake_panics(pgtable_get(pgt, addr, &level));
}

static void locks_are_taken_in_order_only(void **state)
{
	unsigned int a, b;

	for (a = LOCK_VMS; a <= LOCK_CONSOLE; a++)
		for (b = LOCK_VMS; b <= LOCK_CONSOLE; b++) {
			struct spinlock first, second;

			spin_init(&first, a);
			spin_init(&second, b);
			spin_lock(&first);
			assert_true(spin_held(a));
			if (lock_panics(&second) != (b <= a))
				fail_msg("rank %u, then rank %u", a, b);
			if (b > a)
				spin_unlock(&second);
			spin_unlock(&first);
			assert_int_equal(this_cpu()->locks_held, 0);
		}
}

/* What a panic has left taken, on this CPU or another, must not stop the host's last words. */
static void after_a_panic_nobody_waits(void **state)
{
	struct spinlock lock;

	spin_init(&lock, LOCK_VMS);
	spin_lock(&lock);
	spin_break_all();
	assert_int_equal(this_cpu()->locks_held, 0);
	assert_false(lock_panics(&lock));
	spin_unlock(&lock);
	fake_cpu = 1;
	assert_false(lock_panics(&lock));
	spin_unlock(&lock);
	fake_cpu = 0;
}

static void locks_are_per_cpu_and_exclude(void **state)
{
	struct spinlock lock, other;

	spin_init(&lock, LOCK_HOST);
	spin_init(&other, LOCK_VMS);
	spin_lock(&lock);
	fake_cpu = 1;
	assert_false(spin_held(LOCK_HOST));
	spin_lock(&other);
	spin_unlock(&other);
	/* The fake's arch_relax() panics where a machine would wait forever. */
	assert_true(lock_panics(&lock));
	fake_cpu = 0;
	spin_unlock(&lock);
	assert_true(fake_panics(spin_unlock(&lock)));
}

/* -- Caches -- */

static void a_cache_gives_zeroed_pages_back_in_any_number(void **state)
{
	uint64_t pages[5], i, j;
	struct page_cache cache;

	cache_init(&cache);
	assert_int_equal(cache_pop(&cache), 0);
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = world_pages(1);
		cache_push(&cache, pa(pages[i]));
	}
	assert_int_equal(cache.count, ARRAY_SIZE(pages));
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		uint64_t page = cache_pop(&cache);

		for (j = 0; j < ARRAY_SIZE(pages) && pages[j] != page; j++)
			;
		assert_true(j < ARRAY_SIZE(pages));
		pages[j] = 0;
		assert_true(world_is_zero(page, PAGE_SIZE));
	}
	assert_int_equal(cache.count, 0);
	assert_int_equal(cache_pop(&cache), 0);
}

/* -- The memory map -- */

static void bad_memory_maps_are_refused(void **state)
{
	const uint64_t limit = 1UL << 40, page = PAGE_SIZE;
	const struct {
		struct donjon_region map[2];
		unsigned int n;
	} bad[] = {
		{ { { page, 0, DONJON_REGION_RAM } }, 1 },
		{ { { 8, page, DONJON_REGION_RAM } }, 1 },
		{ { { page, page + 8, DONJON_REGION_RAM } }, 1 },
		{ { { page, page, 0 } }, 1 },
		{ { { page, page, 4 } }, 1 },
		{ { { limit, page, DONJON_REGION_RAM } }, 1 },
		{ { { limit - page, 2 * page, DONJON_REGION_RAM } }, 1 },
		{ { { page, ~0UL & PAGE_MASK, DONJON_REGION_RAM } }, 1 },
		{ { { 4 * page, page, DONJON_REGION_RAM }, { page, page, DONJON_REGION_RAM } }, 2 },
		{ { { page, 2 * page, DONJON_REGION_RAM },
		    { 2 * page, page, DONJON_REGION_FIRMWARE } },
		  2 },
		{ { { page, page, DONJON_REGION_RAM } }, DONJON_MAX_REGIONS + 1 },
	};
	uint64_t start, end;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (regions_init(bad[i].map, bad[i].n, limit) != -EINVAL)
			fail_msg("map %u was accepted", i);
		assert_int_equal(region_find(page, &start, &end), REGION_NONE);
		assert_false(region_is_ram(page, page));
	}
}

static void each_address_has_one_region(void **state)
{
	const struct donjon_region map[] = {
		{ 0, 0x1000, DONJON_REGION_RAM },
		{ 0x1000, 0x2000, DONJON_REGION_FIRMWARE },
		{ 0x10000, 0x4000, DONJON_REGION_RAM },
		{ 0x20000, 0x1000, DONJON_REGION_DENIED },
	};
	const struct {
		uint64_t addr, start, end;
		unsigned int type;
	} want[] = {
		{ 0, 0, 0x1000, DONJON_REGION_RAM },
		{ 0xfff, 0, 0x1000, DONJON_REGION_RAM },
		{ 0x1000, 0x1000, 0x3000, DONJON_REGION_FIRMWARE },
		{ 0x2fff, 0x1000, 0x3000, DONJON_REGION_FIRMWARE },
		{ 0x3000, 0x3000, 0x10000, REGION_NONE },
		{ 0xffff, 0x3000, 0x10000, REGION_NONE },
		{ 0x13fff, 0x10000, 0x14000, DONJON_REGION_RAM },
		{ 0x14000, 0x14000, 0x20000, REGION_NONE },
		{ 0x20000, 0x20000, 0x21000, DONJON_REGION_DENIED },
		{ 0x20fff, 0x20000, 0x21000, DONJON_REGION_DENIED },
		{ 0x21000, 0x21000, 1UL << 40, REGION_NONE },
		{ (1UL << 40) - 1, 0x21000, 1UL << 40, REGION_NONE },
	};
	uint64_t start, end;
	unsigned int i;

	assert_int_equal(regions_init(map, ARRAY_SIZE(map), 1UL << 40), 0);
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		assert_int_equal(region_find(want[i].addr, &start, &end), want[i].type);
		assert_int_equal(start, want[i].start);
		assert_int_equal(end, want[i].end);
	}
	assert_true(region_is_ram(0x10000, 0x4000));
	assert_false(region_is_ram(0x10000, 0x5000));
	assert_false(region_is_ram(0x0, 0x2000));
	assert_false(region_is_ram(0x10000, 0));
	/* Page 0 is "no page" in lists: it may be RAM of the host, but nobody else's. */
	const struct donjon_region low[] = { { 0, 0x4000, DONJON_REGION_RAM } };

	assert_int_equal(regions_init(low, 1, 1UL << 40), 0);
	assert_int_equal(region_find(0, &start, &end), DONJON_REGION_RAM);
	assert_false(region_is_ram(0, 0x1000));
	assert_false(region_is_ram(0, 0x2000));
	assert_true(region_is_ram(0x1000, 0x3000));
	assert_int_equal(regions_init(map, ARRAY_SIZE(map), 1UL << 40), 0);
	/* Above the limit: an end that lies behind the address. */
	assert_int_equal(region_find(1UL << 41, &start, &end), REGION_NONE);
	assert_true(end > 1UL << 41 && start <= 1UL << 41);
}

/* -- EL2's own table -- */

static void el2_knows_what_it_owns_and_borrows(void **state)
{
	const uint64_t page = FREE_BASE + 3 * PAGE_SIZE;

	assert_int_equal(ledger_host_donate_hyp(pa(page), PAGE_SIZE, NULL), 0);
	assert_int_equal(ledger_host_share_hyp(pa(page + PAGE_SIZE)), 0);
	assert_int_equal(hyp_expect(pa(page), PAGE_SIZE, HYP_OWNED), 0);
	assert_int_equal(hyp_expect(pa(page), 2 * PAGE_SIZE, HYP_OWNED), -EPERM);
	assert_int_equal(hyp_expect(pa(page), PAGE_SIZE, HYP_NOTHING), -EPERM);
	assert_int_equal(hyp_expect(pa(page + PAGE_SIZE), PAGE_SIZE, HYP_BORROWED), 0);
	assert_int_equal(hyp_expect(pa(page + 2 * PAGE_SIZE), PAGE_SIZE, HYP_NOTHING), 0);
	assert_non_null(arch_linear(page));
	assert_int_equal(ledger_hyp_donate_host(pa(page), PAGE_SIZE), 0);
	assert_true(fake_panics(arch_linear(page)));
	/* Entries of the fixmap: annotated, in one table. */
	assert_non_null(hyp_reserve(PT_MAX_RANGE * 8, PT_LAST_LEVEL, 3));
	assert_non_null(hyp_reserve(PT_MAX_RANGE * 12, PT_L2, 2));
	world_set_cache(&pool, 0);
	assert_null(hyp_reserve(level_size(1) * 3, PT_LAST_LEVEL, 1));
	assert_int_equal(hyp_map_private(level_size(1) * 3, pa(FREE_BASE), PAGE_SIZE, S1_HYP_DATA),
			 -ENOMEM);
}

/* -- The reserve for faults of the host -- */

/* Frames of this size with a part of a region: the world's map has no others. */
static uint64_t frames(uint64_t size)
{
	const uint64_t bounds[][2] = { { FAKE_RAM_BASE, HOLE_BASE }, { HIGH_BASE, HIGH_END },
				       { DENIED_BASE, DENIED_BASE + PAGE_SIZE } };
	uint64_t n = 0, last = ~0UL, frame;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bounds); i++)
		for (frame = bounds[i][0] / size; frame <= (bounds[i][1] - 1) / size; frame++) {
			n += frame != last;
			last = frame;
		}
	return n;
}

/* With as many pages as the reserve names, and no more, all that can need a table gets one. */
static void the_reserve_is_enough_for_all_tables(void **state)
{
	const unsigned int bits[] = { HOST_IA_BITS, 44 };
	struct guest_memory guest;
	uint64_t root, n, exact, addr;
	unsigned int i, owner;

	hooks_stop();
	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		root = world_pages(pgtable_root_pages(bits[i]));
		ledger_init(bits[i], fake_page(root), root);
		hooks_stop();
		world_guest(&guest, false, 80);
		exact = POOL_FEED + frames(BLOCK) + frames(level_size(1)) +
			(pgtable_start_level(bits[i]) ? 0 : BIT(bits[i] - level_shift(0)));
		world_set_cache(&pool, 0);
		assert_int_equal(ledger_hold_reserve(), -ENOMEM);
		n = *arch_pages_short();
		assert_in_range(n, exact, exact + 16);
		world_set_cache(&pool, n - 1);
		assert_int_equal(ledger_hold_reserve(), -ENOMEM);
		world_set_cache(&pool, exact - POOL_FEED);
		/* A page of each block of RAM, and then what lies around. */
		for (addr = FREE_BASE; addr < HIGH_END; addr += BLOCK)
			if (region_is_ram(addr, PAGE_SIZE))
				assert_int_equal(ledger_host_map_guest(&guest, pa(addr), ipa(addr),
								       PAGE_SIZE), 0);
		for (addr = 0; addr < 1UL << bits[i]; addr += 1UL << 36)
			assert_int_equal(ledger_host_fault(pa(addr), &owner, NULL), 0);
		for (addr = FAKE_RAM_BASE; addr < HIGH_END + 4 * BLOCK; addr += 16 * PAGE_SIZE)
			assert_int_equal(ledger_host_fault(pa(addr), &owner, NULL), 0);
		guest.pages = 0;
		world_teardown(state);
	}
}

/* -- Roots -- */

static void roots_have_the_size_that_the_architecture_wants(void **state)
{
	/* DDI 0487, table D8-12 and D8-13: 4 KiB granule, concatenation of at most 16 tables. */
	const struct {
		unsigned int bits, level, pages;
	} want[] = { { 32, 1, 1 }, { 36, 1, 1 },  { 39, 1, 1 }, { 40, 1, 2 },
		     { 42, 1, 8 }, { 43, 1, 16 }, { 44, 0, 1 }, { 48, 0, 1 } };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(want); i++) {
		assert_int_equal(pgtable_start_level(want[i].bits), want[i].level);
		assert_int_equal(pgtable_root_pages(want[i].bits), want[i].pages);
	}
}

static void every_page_of_every_root_can_be_mapped(void **state)
{
	const unsigned int bits[] = { 32, 36, 40, 42, 43, 44, 48 };
	unsigned int i, j, level;

	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		uint64_t limit = 1UL << bits[i], addrs[] = { 0, limit / 2 - PAGE_SIZE, limit / 2,
							     limit - BLOCK, limit - PAGE_SIZE };
		uint64_t root = world_pages(pgtable_root_pages(bits[i]));
		struct page_cache cache;
		struct pgtable pgt;

		cache_init(&cache);
		world_set_cache(&cache, 16);
		pgtable_init(&pgt, PGT_GUEST, bits[i], 9, fake_page(root), root, &cache);
		for (j = 0; j < ARRAY_SIZE(addrs); j++) {
			struct pt_leaf leaf = { .valid = true,
						.pa = FREE_BASE + j * PAGE_SIZE,
						.attr = S2_GUEST_RAM };
			pte_t pte;

			assert_int_equal(pgtable_get(&pgt, addrs[j], &level), 0);
			pgtable_set(&pgt, addrs[j], PAGE_SIZE, &leaf);
			pte = pgtable_get(&pgt, addrs[j], &level);
			assert_int_equal(pte_output(pte, level, addrs[j]), leaf.pa);
			assert_true(pgtable_check(&pgt) >= 0);
		}
		assert_true(get_panics(&pgt, limit));
		for (j = 0; j < ARRAY_SIZE(addrs); j++) {
			struct pt_leaf none = { .owner = OWNER_HOST };

			pgtable_set(&pgt, addrs[j], PAGE_SIZE, &none);
		}
		assert_int_equal(pgt.tables, 0);
		world_set_cache(&cache, 0);
	}
}

/* -- Questions -- */

static void the_ledger_answers_for_every_address(void **state)
{
	enum donjon_page_state page;
	uint64_t addr, end, from;
	unsigned int owner, shift;

	for (shift = PAGE_SHIFT; shift < HOST_IA_BITS; shift++) {
		assert_int_equal(ledger_query(pa(1UL << shift), &end, &page, &owner, &from), 0);
		assert_true(end > 1UL << shift && end <= 1UL << HOST_IA_BITS);
	}
	addr = (1UL << HOST_IA_BITS) - PAGE_SIZE;
	assert_int_equal(ledger_query(pa(addr), &end, &page, &owner, &from), 0);
	assert_int_equal(end, addr + PAGE_SIZE);
	assert_int_equal(page, DONJON_PAGE_NOT_RAM);
	assert_int_equal(ledger_query(pa(addr + PAGE_SIZE), &end, &page, &owner, &from), -EINVAL);
	assert_int_equal(ledger_query(pa(~0UL & PAGE_MASK), &end, &page, &owner, &from), -EINVAL);
}

static void the_ledger_reports_runs(void **state)
{
	static struct guest_memory guest, other;
	const uint64_t at = FREE_BASE + 2 * BLOCK;
	const struct {
		uint64_t from, to;
		enum donjon_page_state state;
		struct guest_memory *guest;
		uint64_t ipa;
	} want[] = {
		{ FREE_BASE, at, DONJON_PAGE_HOST, NULL, 0 },
		/*
		 * A block and the pages behind it are one run; another guest or a jump of IPA
		 * begins a new one.
		 */
		{ at, at + BLOCK + 2 * PAGE_SIZE, DONJON_PAGE_GUEST, &guest, 4 * BLOCK },
		{ at + PAGE_SIZE, at + BLOCK + 2 * PAGE_SIZE, DONJON_PAGE_GUEST, &guest,
		  4 * BLOCK + PAGE_SIZE },
		{ at + BLOCK + 2 * PAGE_SIZE, at + BLOCK + 3 * PAGE_SIZE, DONJON_PAGE_GUEST, &other,
		  5 * BLOCK + 2 * PAGE_SIZE },
		{ at + BLOCK + 3 * PAGE_SIZE, at + BLOCK + 4 * PAGE_SIZE, DONJON_PAGE_GUEST, &guest,
		  0 },
		{ at + 2 * BLOCK, at + 2 * BLOCK + PAGE_SIZE, DONJON_PAGE_HYP, NULL, 0 },
		{ at + 2 * BLOCK + PAGE_SIZE, at + 2 * BLOCK + 2 * PAGE_SIZE,
		  DONJON_PAGE_HOST_SHARED, NULL, 0 },
		{ FIRMWARE_BASE, HIGH_BASE, DONJON_PAGE_NOT_RAM, NULL, 0 },
	};
	unsigned int i;

	world_guest(&guest, true, 12);
	world_guest(&other, true, 12);
	assert_int_equal(ledger_host_map_guest(&guest, pa(at), ipa(4 * BLOCK), BLOCK), 0);
	assert_int_equal(
		ledger_host_map_guest(&guest, pa(at + BLOCK), ipa(5 * BLOCK), 2 * PAGE_SIZE), 0);
	assert_int_equal(ledger_host_map_guest(&other, pa(at + BLOCK + 2 * PAGE_SIZE),
						  ipa(5 * BLOCK + 2 * PAGE_SIZE), PAGE_SIZE),
			 0);
	assert_int_equal(ledger_host_map_guest(&guest, pa(at + BLOCK + 3 * PAGE_SIZE), ipa(0),
					       PAGE_SIZE),
			 0);
	assert_int_equal(ledger_host_donate_hyp(pa(at + 2 * BLOCK), PAGE_SIZE, NULL), 0);
	assert_int_equal(ledger_host_share_hyp(pa(at + 2 * BLOCK + PAGE_SIZE)), 0);
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		enum donjon_page_state page;
		unsigned int owner;
		uint64_t from, end = want[i].from, part;

		/* A run may come in parts: follow it to its end. */
		do {
			assert_int_equal(ledger_query(pa(end), &part, &page, &owner, &from), 0);
			if (page != want[i].state)
				break;
			if (want[i].guest) {
				assert_int_equal(owner, want[i].guest->owner);
				assert_int_equal(from, want[i].ipa + end - want[i].from);
			}
			assert_true(part > end);
			end = part;
		} while (end < want[i].to);
		if (end != want[i].to)
			fail_msg("run %u ends at 0x%lx instead of 0x%lx", i, end, want[i].to);
	}
}

static void query(uint64_t addr, enum donjon_page_state expected, uint64_t expected_end)
{
	enum donjon_page_state state;
	unsigned int owner;
	uint64_t end, from;

	assert_int_equal(ledger_query(pa(addr), &end, &state, &owner, &from), 0);
	assert_int_equal(state, expected);
	if (end != expected_end)
		fail_msg("the run of pages from 0x%lx on ends at 0x%lx, not at 0x%lx", addr, end,
			 expected_end);
}

/* The host's table is empty: one entry of it says HOST for more than the region. */
static void a_query_ends_with_the_region(void **state)
{
	query(FIRMWARE_BASE - PAGE_SIZE, DONJON_PAGE_HOST, FIRMWARE_BASE);
	query(FIRMWARE_BASE, DONJON_PAGE_NOT_RAM, HOLE_BASE);
	query(HOLE_BASE, DONJON_PAGE_NOT_RAM, HIGH_BASE);
	query(HIGH_BASE, DONJON_PAGE_HOST, HIGH_END);
	query(HIGH_END - PAGE_SIZE, DONJON_PAGE_HOST, HIGH_END);
	query(0, DONJON_PAGE_NOT_RAM, FAKE_RAM_BASE);
}

static void give(struct guest_memory *guest, uint64_t off, uint64_t ipa_off)
{
	assert_int_equal(ledger_host_map_guest(guest, pa(FREE_BASE + off), ipa(ipa_off), PAGE_SIZE),
			 0);
}

static void a_query_ends_where_the_guests_pages_do_not_follow_each_other(void **state)
{
	static struct guest_memory guest;

	world_guest(&guest, true, 16);
	give(&guest, 0, 0);
	give(&guest, PAGE_SIZE, PAGE_SIZE);
	give(&guest, 2 * PAGE_SIZE, 7 * PAGE_SIZE);
	give(&guest, 3 * PAGE_SIZE, 6 * PAGE_SIZE);
	query(FREE_BASE, DONJON_PAGE_GUEST, FREE_BASE + 2 * PAGE_SIZE);
	query(FREE_BASE + 2 * PAGE_SIZE, DONJON_PAGE_GUEST, FREE_BASE + 3 * PAGE_SIZE);
	query(FREE_BASE + 3 * PAGE_SIZE, DONJON_PAGE_GUEST, FREE_BASE + 4 * PAGE_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE("locks: taken in the order of their ranks only",
			locks_are_taken_in_order_only),
		PROMISE("locks: each CPU holds its own, and a lock excludes",
			locks_are_per_cpu_and_exclude),
		PROMISE("caches: pages come back zeroed",
			a_cache_gives_zeroed_pages_back_in_any_number),
		PROMISE("regions: bad memory maps are refused", bad_memory_maps_are_refused),
		PROMISE("regions: each address has one region", each_address_has_one_region),
		PROMISE("S7: EL2: knows what it owns and borrows, and reaches nothing else",
			el2_knows_what_it_owns_and_borrows),
		PROMISE("S5: the reserve is enough for all tables",
			the_reserve_is_enough_for_all_tables),
		PROMISE("walker: roots have the size that the architecture wants",
			roots_have_the_size_that_the_architecture_wants),
		PROMISE("walker: every page of every root can be mapped",
			every_page_of_every_root_can_be_mapped),
		PROMISE("ledger: answers for every address", the_ledger_answers_for_every_address),
		PROMISE("ledger: reports runs", the_ledger_reports_runs),
		PROMISE("ledger: a query ends with the region", a_query_ends_with_the_region),
		PROMISE("ledger: a query ends where a guest's pages do not follow each other",
			a_query_ends_where_the_guests_pages_do_not_follow_each_other),
		/* The last one: locks do not wait any more. */
		PROMISE("locks: after a panic nobody waits", after_a_panic_nobody_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

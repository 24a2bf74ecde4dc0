// SPDX-License-Identifier: GPL-2.0-only
/* What the other tests of the ledger did not see when it was broken on purpose (hyp/tests/mutants). */
#include "calls.h"
#include <tests/spec/hooks.h>

#define PLACE	(FREE_BASE + 4 * BLOCK)
#define AT	(2 * BLOCK)

static struct guest_memory guest;

static void query(uint64_t addr, enum donjon_page_state expected, uint64_t expected_end)
{
	enum donjon_page_state state;
	unsigned int owner;
	uint64_t end, from;

	assert_int_equal(ledger_query(pa(addr), &end, &state, &owner, &from), 0);
	assert_int_equal(state, expected);
	if (end != expected_end)
		fail_msg("the run of pages from 0x%lx on ends at 0x%lx, not at 0x%lx", addr, end, expected_end);
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

static void give(uint64_t off, uint64_t ipa_off, uint64_t size)
{
	assert_int_equal(ledger_host_donate_guest(&guest, pa(PLACE + off), ipa(AT + ipa_off), size), 0);
}

static void a_query_ends_where_the_guests_pages_do_not_follow_each_other(void **state)
{
	world_guest(&guest, true, 16);
	give(0, 0, PAGE_SIZE);
	give(PAGE_SIZE, PAGE_SIZE, PAGE_SIZE);
	give(2 * PAGE_SIZE, 7 * PAGE_SIZE, PAGE_SIZE);
	give(3 * PAGE_SIZE, 6 * PAGE_SIZE, PAGE_SIZE);
	query(PLACE, DONJON_PAGE_GUEST, PLACE + 2 * PAGE_SIZE);
	query(PLACE + 2 * PAGE_SIZE, DONJON_PAGE_GUEST, PLACE + 3 * PAGE_SIZE);
	query(PLACE + 3 * PAGE_SIZE, DONJON_PAGE_GUEST, PLACE + 4 * PAGE_SIZE);
}

static void a_poisoned_page_is_no_page_given_back(void **state)
{
	uint64_t done;

	world_guest(&guest, true, 16);
	give(0, 0, 4 * PAGE_SIZE);
	assert_int_equal(ledger_force_reclaim(pa(PLACE + PAGE_SIZE)), 0);
	guest.dying = true;
	assert_int_equal(ledger_reclaim(&guest, ipa(AT), 4 * PAGE_SIZE, &done), 0);
	assert_int_equal(done, 3 * PAGE_SIZE);
	assert_int_equal(guest.pages, 0);
}

/* -- Each operation on a guest waits for who has it locked -- */

static void donate(void)
{
	ledger_host_donate_guest(&guest, pa(PLACE + BLOCK), ipa(AT + BLOCK), PAGE_SIZE);
}

static void take_by_force(void)
{
	ledger_force_reclaim(pa(PLACE));
}

static void lend(void)
{
	ledger_guest_share_host(&guest, ipa(AT));
}

static void take_back(void)
{
	ledger_guest_unshare_host(&guest, ipa(AT));
}

static void look_up(void)
{
	ledger_guest_lookup(&guest, ipa(AT));
}

static void reclaim(void)
{
	uint64_t done;

	ledger_reclaim(&guest, ipa(AT), PAGE_SIZE, &done);
}

static void each_operation_waits_for_the_guests_lock(void **state)
{
	static void (*const operations[])(void) = { donate, take_by_force, lend, take_back, look_up, reclaim };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		world_setup(NULL);
		world_guest(&guest, true, 16);
		give(0, 0, PAGE_SIZE);
		fake_cpu = 1;
		spin_lock(&guest.lock);
		fake_cpu = 0;
		if (!fake_panics(operations[i]()) || strcmp(fake.panic, "fake: waits for ever"))
			fail_msg("operation %u does not wait for the guest's lock", i);
		hooks_stop();
		world_setup(NULL);
	}
}

/* -- Memory for tables -- */

/* Both pages need tables: those of the second are in the sum, or the commit has too few. */
static void a_page_to_lend_needs_tables_too(void **state)
{
	const pa_t donated = pa(PLACE), lent = pa(PLACE + 3 * BLOCK);
	unsigned int n;
	uint64_t sum;
	int ret;

	for (n = 0; n < 16; n++) {
		world_setup(NULL);
		world_set_cache(&pool, n);
		sum = world_sum(NULL);
		ret = ledger_host_donate_and_share_hyp(donated, lent);
		if (!ret)
			break;
		assert_int_equal(ret, -ENOMEM);
		assert_int_equal(world_sum(NULL), sum);
		world_teardown(NULL);
	}
	/* One for each page in the host's table and in EL2's, below those that both have in common. */
	assert_in_range(n, 4, 15);
	world_check(NULL);
}

/* Two blocks of the host's are split by one reclaim, where the guest's addresses are not congruent to them. */
static void a_reclaim_over_two_blocks_of_the_hosts_needs_two_tables(void **state)
{
	uint64_t done = 0, sum;

	world_guest(&guest, true, 16);
	give(0, PAGE_SIZE, BLOCK);
	give(BLOCK, BLOCK + PAGE_SIZE, BLOCK);
	guest.dying = true;
	world_set_cache(&pool, 1);
	sum = world_sum(&guest);
	assert_int_equal(ledger_reclaim(&guest, ipa(AT + BLOCK), BLOCK, &done), -ENOMEM);
	assert_int_equal(world_sum(&guest), sum);
	world_set_cache(&pool, 2);
	assert_int_equal(ledger_reclaim(&guest, ipa(AT + BLOCK), BLOCK, &done), 0);
	assert_int_equal(done, BLOCK);
	world_check(&guest);
}

/* -- Contents -- */

static void what_is_zeroed_before_a_reset_reaches_memory(void **state)
{
	unsigned int i, zero, clean;

	world_guest(&guest, true, 16);
	give(0, 0, 2 * PAGE_SIZE);
	give(BLOCK, BLOCK, BLOCK);
	hooks_stop();
	fake_log_clear();
	ledger_scrub_all(true);
	assert_int_equal(fake_count(FAKE_ZERO), 3);
	assert_int_equal(fake_count(FAKE_CLEAN), 3);
	for (i = 0, zero = 0, clean = 0; i < 3; i++, zero++, clean++) {
		zero = fake_find(FAKE_ZERO, zero);
		clean = fake_find(FAKE_CLEAN, clean);
		assert_true(zero < clean);
		assert_int_equal(fake.log[clean].addr, fake.log[zero].addr);
		assert_int_equal(fake.log[clean].size, fake.log[zero].size);
	}
}

/* They become tables: what the host left in one would be entries. */
static void pages_for_the_pool_are_cleared(void **state)
{
	uint64_t page;
	unsigned int i;

	world_fill(PLACE, 3 * PAGE_SIZE, 5);
	assert_int_equal(HC(POOL_DONATE, PLACE, 3 * PAGE_SIZE), 0);
	for (i = 0; i < 3; i++) {
		page = cache_pop(&pool);
		assert_in_range(page, PLACE, PLACE + 2 * PAGE_SIZE);
		assert_true(world_is_zero(page, PAGE_SIZE));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE("ledger: a query ends with the region", a_query_ends_with_the_region),
		PROMISE("ledger: a query ends where a guest's pages do not follow each other",
			a_query_ends_where_the_guests_pages_do_not_follow_each_other),
		PROMISE("ledger: a poisoned page is no page given back", a_poisoned_page_is_no_page_given_back),
		PROMISE("ledger: each operation waits for the guest's lock", each_operation_waits_for_the_guests_lock),
		PROMISE("memory: a page to lend needs tables too", a_page_to_lend_needs_tables_too),
		PROMISE("memory: a reclaim over two blocks of the host's needs two tables",
			a_reclaim_over_two_blocks_of_the_hosts_needs_two_tables),
		PROMISE("ledger: what is zeroed before a reset reaches memory",
			what_is_zeroed_before_a_reset_reaches_memory),
		PROMISE("calls: pages for the pool are cleared", pages_for_the_pool_are_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

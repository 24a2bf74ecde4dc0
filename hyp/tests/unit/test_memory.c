// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transitions that are short of tables: with 0, 1, 2, … pages in the pool or in the guest's cache each answers
 * -ENOMEM and changes nothing, until there are enough; then it succeeds.
 */
#include "world.h"
#include <tests/spec/hooks.h>

#define PLACE		(FREE_BASE + 4 * BLOCK)
#define AT		(2 * BLOCK)
#define ENOUGH		12
#define PLENTY		24	/* in the pool, where the guest's cache is under test */

static struct guest_memory guest, unprotected;
static uint64_t done;

/* What has happened before. */
static void nothing(void)
{
}

static void guest_has_a_block(void)
{
	assert_int_equal(ledger_host_donate_guest(&guest, pa(PLACE), ipa(AT), BLOCK), 0);
}

static void guest_has_pages_of_a_host_block(void)
{
	assert_int_equal(ledger_host_donate_guest(&guest, pa(PLACE), ipa(AT + PAGE_SIZE), BLOCK), 0);
}

static void dying_with_a_block(void)
{
	guest_has_a_block();
	guest.dying = true;
}

static void dying_with_pages_of_a_host_block(void)
{
	guest_has_pages_of_a_host_block();
	guest.dying = true;
}

static void unprotected_has_a_block(void)
{
	assert_int_equal(ledger_host_share_guest(&unprotected, pa(PLACE), ipa(AT), BLOCK), 0);
}

static void hyp_has_a_block(void)
{
	assert_int_equal(ledger_host_donate_hyp(pa(PLACE), BLOCK), 0);
}

static void host_has_mapped_it(void)
{
	world_touch(PLACE);
}

/* The operations. */
static int donate_page(void)
{
	return ledger_host_donate_guest(&guest, pa(PLACE + PAGE_SIZE), ipa(AT + PAGE_SIZE), PAGE_SIZE);
}

static int donate_block(void)
{
	return ledger_host_donate_guest(&guest, pa(PLACE), ipa(AT), BLOCK);
}

static int donate_across(void)
{
	return ledger_host_donate_guest(&guest, pa(PLACE + PAGE_SIZE), ipa(AT + PAGE_SIZE), BLOCK);
}

static int donate_unaligned(void)
{
	return ledger_host_donate_guest(&guest, pa(PLACE), ipa(AT + PAGE_SIZE), BLOCK);
}

/* At the border of the largest tables: no upper table is shared. */
static int donate_at_a_border(void)
{
	return ledger_host_donate_guest(&guest, pa(PLACE), ipa(level_size(1) - PAGE_SIZE), 2 * PAGE_SIZE);
}

static int share_across(void)
{
	return ledger_host_share_guest(&unprotected, pa(PLACE + PAGE_SIZE), ipa(AT + PAGE_SIZE), BLOCK);
}

static int donate_hyp_page(void)
{
	return ledger_host_donate_hyp(pa(PLACE + PAGE_SIZE), PAGE_SIZE);
}

static int donate_hyp_across(void)
{
	return ledger_host_donate_hyp(pa(PLACE + PAGE_SIZE), BLOCK);
}

static int share_hyp(void)
{
	return ledger_host_share_hyp(pa(PLACE));
}

static int hyp_gives_a_page(void)
{
	return ledger_hyp_donate_host(pa(PLACE + PAGE_SIZE), PAGE_SIZE);
}

static int unshare_a_page(void)
{
	return ledger_host_unshare_guest(&unprotected, ipa(AT + PAGE_SIZE), PAGE_SIZE, &done);
}

static int guest_shares_a_page(void)
{
	return ledger_guest_share_host(&guest, ipa(AT + PAGE_SIZE));
}

static int reclaim_a_page(void)
{
	return ledger_reclaim(&guest, ipa(AT + PAGE_SIZE), PAGE_SIZE, &done);
}

static int reclaim_the_unaligned_block(void)
{
	return ledger_reclaim(&guest, ipa(AT + PAGE_SIZE), BLOCK, &done);
}

static int force(void)
{
	return ledger_force_reclaim(pa(PLACE + PAGE_SIZE));
}

static int touch(void)
{
	unsigned int owner;

	return ledger_host_fault(pa(FIRMWARE_BASE), &owner);
}

/* pool, cache: pages that it may need at most, by the ABI (DONJON_MAP_TABLES for the guest). */
static const struct {
	const char *name;
	void (*before)(void);
	int (*operation)(void);
	unsigned int pool, cache;
} cases[] = {
	{"donate a page", nothing, donate_page, 3, 3},
	{"donate a page of a mapped block", host_has_mapped_it, donate_page, 3, 3},
	{"donate a block", nothing, donate_block, 2, 3},
	{"donate across two blocks", nothing, donate_across, 4, DONJON_MAP_TABLES},
	{"donate a block to an unaligned address", nothing, donate_unaligned, 2, DONJON_MAP_TABLES},
	{"donate at a border", nothing, donate_at_a_border, 3, DONJON_MAP_TABLES},
	{"share across two blocks", nothing, share_across, 4, DONJON_MAP_TABLES},
	{"donate a page to EL2", nothing, donate_hyp_page, 6, 0},
	{"donate to EL2 across two blocks", host_has_mapped_it, donate_hyp_across, 9, 0},
	{"share with EL2", nothing, share_hyp, 6, 0},
	{"EL2 gives a page of a block", hyp_has_a_block, hyp_gives_a_page, 2, 0},
	{"unshare a page of a block", unprotected_has_a_block, unshare_a_page, 1, 1},
	{"guest shares a page of a block", guest_has_a_block, guest_shares_a_page, 1, 1},
	{"reclaim a page of a block", dying_with_a_block, reclaim_a_page, 1, 1},
	{"reclaim pages that are a block of the host's", dying_with_pages_of_a_host_block,
	 reclaim_the_unaligned_block, 1, 0},
	{"forced reclaim of a page of a block", guest_has_a_block, force, 2, 1},
	{"host touches a page", nothing, touch, 3, 0},
};

static void prepare(unsigned int i, unsigned int pool_pages, unsigned int cache_pages)
{
	world_setup(NULL);
	world_guest(&guest, true, ENOUGH);
	world_guest(&unprotected, false, ENOUGH);
	cases[i].before();
	/* A deposit that is taken away breaks L5, on purpose: the specification would say so. */
	if (cache_pages < guest.pgt.blocks || cache_pages < unprotected.pgt.blocks)
		hooks_stop();
	world_set_cache(&pool, pool_pages);
	world_set_cache(&guest.cache, cache_pages);
	world_set_cache(&unprotected.cache, cache_pages);
	fake_log_clear();
}

static void succeeds(unsigned int i, const char *where, unsigned int n, unsigned int limit)
{
	if (n > limit)
		fail_msg("%s: took %u pages of the %s, at most %u are documented", cases[i].name, n, where, limit);
	world_check(&guest);
	world_check(&unprotected);
	world_teardown(NULL);
}

static void fails_unchanged(unsigned int i, int answer, bool changed, const char *where, unsigned int n)
{
	if (answer != -ENOMEM)
		fail_msg("%s: %d with %u pages in the %s", cases[i].name, answer, n, where);
	if (changed)
		fail_msg("%s: with %u pages in the %s something has changed", cases[i].name, n, where);
	if (fake_count(FAKE_ENTRY) || fake_count(FAKE_COUNT) || fake_count(FAKE_TLBI) || fake_count(FAKE_ZERO))
		fail_msg("%s: with %u pages in the %s something was written", cases[i].name, n, where);
	if (n > ENOUGH)
		fail_msg("%s: never succeeds", cases[i].name);
}

static void short_of_pool_pages(void **state)
{
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		for (n = 0;; n++) {
			uint64_t sum;
			int answer;

			prepare(i, n, ENOUGH);
			sum = world_sum(&guest) ^ world_sum(&unprotected);
			answer = cases[i].operation();
			if (!answer) {
				succeeds(i, "pool", n, cases[i].pool);
				break;
			}
			fails_unchanged(i, answer, sum != (world_sum(&guest) ^ world_sum(&unprotected)), "pool", n);
			world_teardown(NULL);
		}
}

static void short_of_cache_pages(void **state)
{
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		for (n = 0;; n++) {
			uint64_t sum;
			int answer;

			prepare(i, PLENTY, n);
			sum = world_sum(&guest) ^ world_sum(&unprotected);
			answer = cases[i].operation();
			if (!answer) {
				succeeds(i, "guest's cache", n, cases[i].cache);
				break;
			}
			fails_unchanged(i, answer, sum != (world_sum(&guest) ^ world_sum(&unprotected)), "cache", n);
			world_teardown(NULL);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"memory: short of pool pages nothing changes, and few are enough", short_of_pool_pages, NULL, NULL,
		 NULL},
		{"memory: short of cache pages nothing changes, and few are enough", short_of_cache_pages, NULL, NULL,
		 NULL},
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* The driver's side of EL2's pool, where the host has no memory or EL2 refuses it. */
#include "kernel.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "abi/hypercall.h"
#include "pool.inc"

/* The host: how many blocks it still has, none above an order; what the driver has of it. */
static unsigned int blocks_left, largest_order, blocks_out, structs_out;

/*
 * EL2: pages that are free in its pool; what it keeps of a block for its tables; the donation that
 * it refuses, from 1, 0: none.
 */
static u64 pool_pages;
static unsigned int keeps, refuses, donations;
static long refusal;

struct page *alloc_pages_of_test(unsigned int flags, unsigned int order)
{
	struct page *page;

	if (!blocks_left || order > largest_order)
		return NULL;
	blocks_left--;
	blocks_out++;
	page = malloc(sizeof(*page));
	page->pa = 0x40000000 + (u64)blocks_out * DONJON_MAX_RANGE;
	page->order = order;
	return page;
}

void free_pages_of_test(struct page *page, unsigned int order)
{
	assert_int_equal(order, page->order);
	blocks_out--;
	free(page);
}

void *kzalloc_of_test(size_t size)
{
	structs_out++;
	return calloc(1, size);
}

void kfree_of_test(void *at)
{
	structs_out--;
	free(at);
}

struct hyp_result hyp_call_of_test(u64 fn, u64 a1, u64 a2)
{
	struct hyp_result r = { .code = DONJON_OK };

	if (fn == DONJON_HC_COUNTER) {
		assert_int_equal(a1, DONJON_CNT_POOL_FREE);
		r.x1 = pool_pages;
		return r;
	}
	assert_int_equal(fn, DONJON_HC_POOL_DONATE);
	assert_in_range(a2, PAGE_SIZE, DONJON_MAX_RANGE);
	if (++donations == refuses)
		r.code = refusal;
	else
		pool_pages += a2 / PAGE_SIZE - keeps;
	return r;
}

static int begin(void **state)
{
	blocks_left = 1000;
	largest_order = DONJON_MAX_ORDER;
	pool_pages = keeps = refuses = donations = 0;
	return 0;
}

/* Nothing of the host's is lost, and no lock is left. */
static int end(void **state)
{
	pool_free(false);
	return blocks_out || structs_out || pool_lock ? -1 : 0;
}

static void one_block_is_enough(void **state)
{
	assert_int_equal(pool_feed(3, pool_stamp()), DONJON_OK);
	assert_int_equal(donations, 1);
	assert_int_equal(pool_size(), DONJON_MAX_RANGE);
}

static void as_many_pages_arrive_as_were_wanted(void **state)
{
	largest_order = 1;
	keeps = 1;
	pool_pages = 5;
	assert_int_equal(pool_feed(3, pool_stamp()), DONJON_OK);
	assert_int_equal(pool_pages, 8);
	assert_int_equal(pool_size(), 6 * PAGE_SIZE);
}

static void another_thread_has_fed_it(void **state)
{
	unsigned int stamp = pool_stamp();

	assert_int_equal(pool_feed(1, stamp), DONJON_OK);
	assert_int_equal(pool_feed(1, stamp), DONJON_OK);
	assert_int_equal(donations, 1);
	assert_int_equal(pool_feed(1, pool_stamp()), DONJON_OK);
	assert_int_equal(donations, 2);
}

static void the_host_has_no_memory(void **state)
{
	blocks_left = 0;
	assert_int_equal(pool_feed(1, pool_stamp()), DONJON_E_NO_POOL);
	assert_int_equal(donations, 0);
	assert_int_equal(pool_size(), 0);
	/* It has some again: who was short before tries once more, and succeeds. */
	blocks_left = 1;
	assert_int_equal(pool_feed(1, pool_stamp()), DONJON_OK);
}

static void the_host_has_some_memory(void **state)
{
	largest_order = 0;
	blocks_left = 2;
	assert_int_equal(pool_feed(3, pool_stamp()), DONJON_E_NO_POOL);
	/* What EL2 has is not the host's. */
	assert_int_equal(pool_pages, 2);
	assert_int_equal(pool_size(), 2 * PAGE_SIZE);
	assert_int_equal(blocks_out, 2);
}

static void el2_refuses_a_block(void **state)
{
	largest_order = 0;
	refuses = 2;
	refusal = DONJON_E_PHASE;
	assert_int_equal(pool_feed(3, pool_stamp()), DONJON_E_PHASE);
	/* The second is the host's again, and there is no third. */
	assert_int_equal(donations, 2);
	assert_int_equal(pool_size(), PAGE_SIZE);
	assert_int_equal(blocks_out, 1);
}

static void el2_keeps_what_arrives(void **state)
{
	largest_order = 0;
	keeps = 1;
	assert_int_equal(pool_feed(3, pool_stamp()), DONJON_OK);
	assert_int_equal(donations, 3 + MAX_GROWS);
	assert_int_equal(pool_pages, 0);
}

static void memory_for_the_start_is_short(void **state)
{
	blocks_left = 1;
	assert_int_equal(pool_alloc(4 * DONJON_MAX_RANGE), -12);
	/* Kept for pool_free(). */
	assert_int_equal(blocks_out, 1);
	assert_int_equal(donations, 0);
}

static void a_donation_at_the_start_is_refused(void **state)
{
	assert_int_equal(pool_alloc(4 * DONJON_MAX_RANGE), 0);
	refuses = 3;
	refusal = DONJON_E_DENIED;
	assert_int_equal(pool_donate(), DONJON_E_DENIED);
	assert_int_equal(donations, 3);
	/* EL2 gives all back when it is released. */
	assert_int_equal(pool_size(), 4 * DONJON_MAX_RANGE);
}

#define TEST(function, name) \
	{ "driver: pool: " name, function, begin, end, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_block_is_enough, "one block is enough"),
		TEST(as_many_pages_arrive_as_were_wanted, "as many pages arrive as were wanted"),
		TEST(another_thread_has_fed_it, "another thread has fed it"),
		TEST(the_host_has_no_memory, "the host has no memory"),
		TEST(the_host_has_some_memory, "the host has some memory, not enough"),
		TEST(el2_refuses_a_block, "EL2 refuses a block"),
		TEST(el2_keeps_what_arrives, "EL2 keeps what arrives: there is an end"),
		TEST(memory_for_the_start_is_short, "memory for the start is short"),
		TEST(a_donation_at_the_start_is_refused, "a donation at the start is refused"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

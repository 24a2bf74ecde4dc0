// SPDX-License-Identifier: GPL-2.0-only
/*
 * EL2's pool: allocated before EL2 is entered, donated once EL2 is initialised, and fed while the
 * hypervisor runs.
 */
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "call.h"
#include "compat.h"
#include "offline.h"
#include "pool.h"

/* pool_alloc() takes chunks of the largest order that there is, but none below this one. */
#define POOL_MIN_ORDER		4
/* Pages at once, whatever EL2 says, and chunks beyond one for each of them, at most */
#define FEED_MAX		1024
#define MAX_GROWS		64

struct pool_chunk {
	struct list_head list;
	struct page *page;
	unsigned int order;
};

/* Changed by module init and exit, and under the lock while the hypervisor runs. */
static DEFINE_MUTEX(pool_lock);
static LIST_HEAD(chunks);
static unsigned int times_fed;

/* One chunk of at most *order; *order becomes what the host had. */
static struct pool_chunk *alloc_chunk(unsigned int *order, unsigned int min_order)
{
	struct pool_chunk *chunk = kzalloc(sizeof(*chunk), GFP_KERNEL);

	if (!chunk)
		return NULL;
	for (;;) {
		/* Only where nothing smaller will do is it worth while to write pages out. */
		chunk->page = alloc_pages(GFP_KERNEL | __GFP_NOWARN |
					  (*order > min_order ? __GFP_NORETRY
							      : __GFP_RETRY_MAYFAIL),
					  *order);
		if (chunk->page || *order <= min_order)
			break;
		--*order;
	}
	if (!chunk->page) {
		kfree(chunk);
		return NULL;
	}
	chunk->order = *order;
	return chunk;
}

int pool_alloc(u64 need)
{
	unsigned int order = DONJON_MAX_ORDER;
	u64 have = 0;

	while (have < need) {
		struct pool_chunk *chunk;

		while (order > POOL_MIN_ORDER && (PAGE_SIZE << (order - 1)) >= need - have)
			order--;
		chunk = alloc_chunk(&order, POOL_MIN_ORDER);
		if (!chunk)
			return -ENOMEM;
		list_add_tail(&chunk->list, &chunks);
		have += PAGE_SIZE << chunk->order;
	}
	return 0;
}

/*
 * Donates a chunk, at most DONJON_MAX_RANGE at a time. One that was donated in part counts as
 * whole.
 */
static long donate_chunk(struct pool_chunk *chunk)
{
	u64 pa = page_to_phys(chunk->page), left = PAGE_SIZE << chunk->order;

	while (left) {
		u64 size = min_t(u64, left, DONJON_MAX_RANGE);
		long code = hyp_call(DONJON_HC_POOL_DONATE, pa, size).code;

		if (code)
			return code;
		offline_set(phys_to_page(pa), size >> PAGE_SHIFT);
		pa += size;
		left -= size;
	}
	return 0;
}

long pool_donate(void)
{
	struct pool_chunk *chunk;
	long code;

	list_for_each_entry(chunk, &chunks, list) {
		code = donate_chunk(chunk);
		if (code)
			return code;
	}
	return 0;
}

u64 pool_size(void)
{
	struct pool_chunk *chunk;
	u64 sum = 0;

	list_for_each_entry(chunk, &chunks, list)
		sum += PAGE_SIZE << chunk->order;
	return sum;
}

void pool_free(bool keep)
{
	struct pool_chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, &chunks, list) {
		list_del(&chunk->list);
		if (!keep) {
			offline_clear(chunk->page, 1UL << chunk->order);
			__free_pages(chunk->page, chunk->order);
		}
		kfree(chunk);
	}
}

/* Donates one more chunk, of DONJON_MAX_RANGE or what the host has. */
static long grow(void)
{
	unsigned int order = get_order(DONJON_MAX_RANGE);
	struct pool_chunk *chunk = alloc_chunk(&order, 0);
	long code;

	if (!chunk)
		return DONJON_E_NO_POOL;
	code = donate_chunk(chunk);
	if (code) {
		__free_pages(chunk->page, chunk->order);
		kfree(chunk);
		return code;
	}
	list_add_tail(&chunk->list, &chunks);
	return DONJON_OK;
}

static u64 free_pages_of_pool(void)
{
	return hyp_call(DONJON_HC_COUNTER, DONJON_CNT_POOL_FREE).x1;
}

unsigned int pool_stamp(void)
{
	return READ_ONCE(times_fed);
}

/*
 * A chunk may take pages of the pool itself, tables of EL2 that map it: where the host is so
 * fragmented that chunks are single pages, as many as it brings. So what counts is what arrives.
 */
long pool_feed(u64 pages, unsigned int stamp)
{
	unsigned int tries;
	long code = DONJON_OK;
	u64 wanted;

	mutex_lock(&pool_lock);
	if (stamp == times_fed) {
		pages = min_t(u64, pages, FEED_MAX);
		wanted = free_pages_of_pool() + pages;
		for (tries = 0; !code && tries < pages + MAX_GROWS; tries++) {
			code = grow();
			if (free_pages_of_pool() >= wanted)
				break;
		}
		WRITE_ONCE(times_fed, times_fed + 1);
	}
	mutex_unlock(&pool_lock);
	return code;
}

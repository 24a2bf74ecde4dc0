// SPDX-License-Identifier: GPL-2.0-only
/*
 * EL2's pool: allocated before EL2 is entered, donated once EL2 is initialised, and fed while the
 * hypervisor runs.
 */
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "compat.h"
#include "errors.h"
#include "pool.h"

/* pool_alloc() takes chunks of the largest order that there is, but none below this one. */
#define POOL_MIN_ORDER		4
/* More than one call can need: each time EL2 gets a page at least. */
#define FEED_TRIES		8
#define POOL_LOW		64U	/* pages: no call takes as many */

struct pool_chunk {
	struct list_head list;
	struct page *page;
	unsigned int order;
};

/* Changed by module init and exit, and under the lock while the hypervisor runs. */
static DEFINE_MUTEX(pool_lock);
static LIST_HEAD(chunks);

/* One chunk of at most *order; *order becomes what the host had. */
static struct pool_chunk *alloc_chunk(unsigned int *order, unsigned int min_order)
{
	struct pool_chunk *chunk = kzalloc(sizeof(*chunk), GFP_KERNEL);

	if (!chunk)
		return NULL;
	for (;;) {
		chunk->page = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY, *order);
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
		if (!keep)
			__free_pages(chunk->page, chunk->order);
		kfree(chunk);
	}
}

static int pool_grow(void)
{
	unsigned int order = get_order(DONJON_MAX_RANGE);
	struct pool_chunk *chunk;
	long code;

	chunk = alloc_chunk(&order, 0);
	if (!chunk)
		return -ENOMEM;
	mutex_lock(&pool_lock);
	code = donate_chunk(chunk);
	if (!code)
		list_add_tail(&chunk->list, &chunks);
	mutex_unlock(&pool_lock);
	if (code) {
		__free_pages(chunk->page, chunk->order);
		kfree(chunk);
	}
	return hyp_errno(code);
}

int pool_feed(void)
{
	struct hyp_result r = hyp_call(DONJON_HC_COUNTER, DONJON_CNT_POOL_FREE);

	if (r.code || r.x1 >= POOL_LOW)
		return 0;
	return pool_grow() ?: 1;
}

struct hyp_result hyp_call_fed(u64 fn, u64 a1, u64 a2, u64 a3, u64 a4)
{
	struct hyp_result r;
	unsigned int tries;
	int fed;

	for (tries = 0; tries < FEED_TRIES; tries++) {
		r = hyp_call(fn, a1, a2, a3, a4);
		if (r.code != DONJON_E_NO_POOL)
			break;
		fed = pool_feed();
		/* Not low: another thread has fed it just now, or it is not the pool. */
		if (fed < 0 || (!fed && tries))
			break;
	}
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that EL2 owns and has no use for at the moment. A cache is a list threaded through the
 * pages themselves; all bytes of a page in a cache but the link are zero, so that a page taken out
 * is a valid empty table.
 *
 * The pool is the cache that the host fills with HC_POOL_DONATE: it feeds the host's stage 2 and
 * EL2's stage 1. Each VM has a cache of its own, so that no VM can eat another's tables.
 *
 * Of the pool, the host's faults have what they may need to themselves (ledger.h, L6).
 *
 * A call that needs more pages than there are is refused before it has changed anything, and the
 * host is told how many pages are missing in which of the two.
 */
#pragma once

#include <el2/types.h>
#include <el2/spinlock.h>
#include <arch/percpu.h>	/* arch_pages_short() */

struct page_cache {
	struct spinlock lock;
	uint64_t head;		/* physical address of the first page, 0: none */
	uint64_t count;
};

extern struct page_cache pool;

void cache_init(struct page_cache *cache);

/* page: mapped in EL2's linear map, all zero. */
void cache_push(struct page_cache *cache, pa_t page);

/* The same for all pages of a range, whatever they contain. */
void cache_fill(struct page_cache *cache, pa_t base, uint64_t size);

/* Returns the physical address of a zeroed page, 0 if the cache is empty. */
uint64_t cache_pop(struct page_cache *cache);

/* The answer of cache_expect() where the cache has so many pages too few. */
int cache_short(const struct page_cache *cache, uint64_t missing);

/*
 * 0 if the cache has n pages. Else -ENOMEM for the pool or -ENOBUFS for a VM's cache, and
 * *arch_pages_short() says how many pages it lacks. The caller holds the lock that keeps others
 * from taking pages until it has taken its own; they may add some at any time.
 */
static inline int cache_expect(const struct page_cache *cache, uint64_t n)
{
	uint64_t have = READ_ONCE(cache->count);

	return n <= have ? 0 : cache_short(cache, n - have);
}

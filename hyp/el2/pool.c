// SPDX-License-Identifier: GPL-2.0-only
#include <el2/pool.h>
#include <el2/panic.h>
#include <arch/memory.h>

struct page_cache pool;

void cache_init(struct page_cache *cache)
{
	spin_init(&cache->lock, LOCK_CACHE);
	cache->head = 0;
	cache->count = 0;
}

void cache_push(struct page_cache *cache, pa_t page)
{
	uint64_t *link = arch_linear(page.v);

	spin_lock(&cache->lock);
	*link = cache->head;
	cache->head = page.v;
	cache->count++;
	spin_unlock(&cache->lock);
}

void cache_fill(struct page_cache *cache, pa_t base, uint64_t size)
{
	uint64_t page;

	for (page = base.v; page < base.v + size; page += PAGE_SIZE) {
		arch_clear_page(arch_linear(page));
		cache_push(cache, pa(page));
	}
}

uint64_t cache_pop(struct page_cache *cache)
{
	uint64_t page, *link;

	spin_lock(&cache->lock);
	page = cache->head;
	if (page) {
		EL2_ASSERT(cache->count);
		link = arch_linear(page);
		cache->head = *link;
		*link = 0;
		cache->count--;
	}
	spin_unlock(&cache->lock);
	return page;
}

int cache_short(const struct page_cache *cache, uint64_t missing)
{
	*arch_pages_short() = missing;
	return cache == &pool ? -ENOMEM : -ENOBUFS;
}

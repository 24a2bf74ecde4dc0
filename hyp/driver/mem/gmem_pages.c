// SPDX-License-Identifier: GPL-2.0-only
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "el2/offline.h"
#include "gmem_pages.h"

/*
 * Zeroed once, and here: what the VMM may see before the guest has it must not be of the host's
 * past, and whether EL2 will zero it is not known yet (it does not where the guest wants it
 * shared). A limit that is reached is an error of the one call, and no reason to kill.
 */
#define GFP_BOOKS	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)
#define GFP_PAGE	(GFP_BOOKS | __GFP_ZERO)
#define GFP_BLOCK	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_NORETRY | __GFP_ZERO)

static struct gmem_block *get_block(struct gmem *g, unsigned long index)
{
	struct gmem_block *b = gmem_block(g, index);

	if (b)
		return b;
	b = kzalloc(sizeof(*b), GFP_BOOKS);
	if (b && xa_err(xa_store(&g->blocks, index / RAM_BLOCK_PAGES, b, GFP_BOOKS))) {
		kfree(b);
		b = NULL;
	}
	return b;
}

static int alloc_in_block(struct gmem *g, struct gmem_block *b, unsigned long index)
{
	unsigned int at = index % RAM_BLOCK_PAGES;

	if (gmem_page(b, at))
		return 0;
	if (!g->single && !b->pages && index - at + RAM_BLOCK_PAGES <= g->size)
		b->whole = alloc_pages(GFP_BLOCK, RAM_BLOCK_ORDER);
	if (b->whole)
		return 0;
	if (!b->pages)
		b->pages = kcalloc(RAM_BLOCK_PAGES, sizeof(*b->pages), GFP_BOOKS);
	if (!b->pages)
		return -ENOMEM;
	b->pages[at] = alloc_page(GFP_PAGE);
	return b->pages[at] ? 0 : -ENOMEM;
}

int gmem_alloc(struct gmem *g, unsigned long index)
{
	struct mem_cgroup *before = set_active_memcg(g->memcg);
	struct gmem_block *b = get_block(g, index);
	int ret = b ? alloc_in_block(g, b, index) : -ENOMEM;

	set_active_memcg(before);
	return ret;
}

int gmem_split(struct gmem *g, struct gmem_block *b)
{
	struct mem_cgroup *before;
	struct page **pages;
	unsigned int at;

	if (!b->whole)
		return 0;
	before = set_active_memcg(g->memcg);
	pages = kmalloc_array(RAM_BLOCK_PAGES, sizeof(*pages), GFP_BOOKS);
	set_active_memcg(before);
	if (!pages)
		return -ENOMEM;
	split_page(b->whole, RAM_BLOCK_ORDER);
	for (at = 0; at < RAM_BLOCK_PAGES; at++)
		pages[at] = b->whole + at;
	b->pages = pages;
	b->whole = NULL;
	return 0;
}

static int free_in_block(struct gmem *g, struct gmem_block *b, unsigned int first,
			 unsigned int last)
{
	bool all = !first && last == RAM_BLOCK_PAGES - 1 && bitmap_empty(b->given, RAM_BLOCK_PAGES);
	unsigned int at;
	int ret;

	if (find_next_zero_bit(b->given, last + 1, first) > last)
		return 0;
	if (b->whole && all) {
		__free_pages(b->whole, RAM_BLOCK_ORDER);
		b->whole = NULL;
		return 0;
	}
	ret = gmem_split(g, b);
	for (at = first; !ret && b->pages && at <= last; at++) {
		if (!b->pages[at] || test_bit(at, b->given))
			continue;
		put_page(b->pages[at]);
		b->pages[at] = NULL;
	}
	if (!ret && all) {
		kfree(b->pages);
		b->pages = NULL;
	}
	return ret;
}

int gmem_free_pages(struct gmem *g, unsigned long first, unsigned long last)
{
	struct gmem_block *b;
	unsigned long n, base;
	int ret = 0;

	xa_for_each_range(&g->blocks, n, b, first / RAM_BLOCK_PAGES, last / RAM_BLOCK_PAGES) {
		base = n * RAM_BLOCK_PAGES;
		ret = free_in_block(g, b, max(first, base) - base,
				    min(last - base, RAM_BLOCK_PAGES - 1)) ?: ret;
		if (!b->whole && !b->pages) {
			xa_erase(&g->blocks, n);
			kfree(b);
		}
		cond_resched();
	}
	return ret;
}

unsigned long gmem_free_all(struct gmem *g)
{
	unsigned long n, lost = 0;
	struct gmem_block *b;

	gmem_free_pages(g, 0, ULONG_MAX);
	/* What is left has pages that EL2 keeps, and which nobody may use again. */
	xa_for_each(&g->blocks, n, b) {
		lost += bitmap_weight(b->given, RAM_BLOCK_PAGES);
		kfree(b->pages);
		kfree(b);
	}
	xa_destroy(&g->blocks);
	return lost;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page is the guest's, gmem_block.given, from before EL2 is asked to map it until EL2 has given
 * it back. Before that it is taken from the host's users: out of their page tables, and then
 * nobody, a device's driver for instance, may still hold it by a reference. The same is done before
 * the guest takes back a page that it has shared.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "donated.h"
#include "el2/errors.h"
#include "el2/offline.h"
#include "gmem.h"
#include "gmem_pages.h"

static unsigned long index_of(const struct memslot *slot, u64 ipa)
{
	return PHYS_PFN(slot->offset + (ipa - slot->ipa));
}

/* 0 if nobody else has a reference to a page that is in no page table of a user's. */
static int expect_unused(struct page *page)
{
	if (PageHWPoison(page))
		return -EHWPOISON;
	return page_count(page) == 1 ? 0 : -EAGAIN;
}

/*
 * Takes n pages from the host's users. A walk without locks (get_user_pages_fast()) that found a
 * page before has raised its count by now, or sees after that that the entry has changed.
 */
static int take_from_users(struct gmem *g, struct gmem_block *b, unsigned long index,
			   unsigned int n)
{
	unsigned int at = index % RAM_BLOCK_PAGES, end = at + n;
	int ret = 0;

	if (b->whole)
		return 0;	/* nobody ever had it */
	if (g->inode)
		unmap_mapping_range(g->inode->i_mapping, PFN_PHYS(index), PFN_PHYS(n), 1);
	smp_mb();
	for (; !ret && at < end; at++)
		ret = expect_unused(b->pages[at]);
	return ret;
}

static int map_at_el2(struct vm *vm, struct page *page, u64 ipa, u64 size)
{
	return hyp_errno(hyp_call_fed(vm, DONJON_HC_VM_MAP, vm->handle, page_to_phys(page), ipa,
				      size).code);
}

/* Gives n consecutive pages to the guest, all or none. */
static int give(struct gmem *g, struct gmem_block *b, unsigned long index, unsigned int n, u64 ipa)
{
	unsigned int at = index % RAM_BLOCK_PAGES;
	struct page *page = gmem_page(b, at);
	int ret = take_from_users(g, b, index, n);

	if (ret)
		return ret;
	offline_set(page, n);
	bitmap_set(b->given, at, n);
	ret = map_at_el2(g->vm, page, ipa, PFN_PHYS(n));
	if (ret) {
		bitmap_clear(b->given, at, n);
		offline_clear(page, n);
	}
	return ret;
}

/*
 * The guest faults on a page that it has got before. Either another vCPU was quicker; or the host's
 * kernel had taken the page by force, and the guest has made the address usable again.
 */
static int give_again(struct gmem *g, struct gmem_block *b, unsigned long index, u64 ipa)
{
	struct page *page = gmem_page(b, index % RAM_BLOCK_PAGES);
	struct hyp_result r;
	int ret;

	do {
		cond_resched();
		r = hyp_call(DONJON_HC_LEDGER, page_to_phys(page));
	} while (!r.code && r.x2 == DONJON_PAGE_CLEANING);
	if (r.code || r.x2 != DONJON_PAGE_HOST)
		return r.code ? hyp_errno(r.code) : -EEXIST;
	ret = take_from_users(g, b, index, 1);
	if (ret)
		return ret;
	offline_set(page, 1);
	return map_at_el2(g->vm, page, ipa, PAGE_SIZE);
}

/* How many pages from at on are consecutive, exist and are not given, at most room. */
static unsigned int run_length(const struct gmem_block *b, unsigned int at, unsigned int room)
{
	struct page *page = gmem_page(b, at);
	unsigned int n = 0;

	while (n < room && page && gmem_page(b, at + n) == page + n && !test_bit(at + n, b->given))
		n++;
	return n;
}

/*
 * Whether the 2 MiB of the file around index can be one block of the guest's, whose page at index
 * is at ipa.
 */
static bool is_block(const struct memslot *slot, const struct gmem_block *b, unsigned long index,
		     u64 ipa)
{
	u64 base = ALIGN_DOWN(ipa, RAM_BLOCK_SIZE);
	struct page *page = gmem_page(b, 0);

	return page && IS_ALIGNED(page_to_phys(page), RAM_BLOCK_SIZE) &&
	       IS_ALIGNED(ipa ^ PFN_PHYS(index), RAM_BLOCK_SIZE) && base >= slot->ipa &&
	       base + RAM_BLOCK_SIZE <= slot->ipa + slot->size &&
	       run_length(b, 0, RAM_BLOCK_PAGES) == RAM_BLOCK_PAGES;
}

/* Up to count pages from ipa on in one block, at least one. How many, or an error. */
static int give_pages(struct gmem *g, const struct memslot *slot, struct gmem_block *b, u64 ipa,
		      unsigned int count)
{
	unsigned long index = index_of(slot, ipa);
	unsigned int at = index % RAM_BLOCK_PAGES, done = 0, n;
	int ret = 0;

	count = min3((u64)count, RAM_BLOCK_PAGES - at, PHYS_PFN(slot->ipa + slot->size - ipa));
	while (!ret && done < count) {
		struct page *page = gmem_page(b, at + done);

		n = page ? run_length(b, at + done,
				      min_t(unsigned int, count - done,
					    map_limit(page, ipa + PFN_PHYS(done)))) : 0;
		if (!n)
			break;
		ret = give(g, b, index + done, n, ipa + PFN_PHYS(done));
		/* Some are not as the others at EL2, or in use: try only the first. */
		if (ret && ret != -ENOMEM && n > 1) {
			n = 1;
			ret = give(g, b, index + done, n, ipa + PFN_PHYS(done));
		}
		if (!ret)
			done += n;
	}
	return done ?: ret;
}

/* Single pages, where the host had no block: those that a sequential fault wants ahead as well. */
static void alloc_ahead(struct gmem *g, const struct gmem_block *b, unsigned long index, int count)
{
	unsigned long end = min3(index + count, ALIGN(index + 1, RAM_BLOCK_PAGES), g->size);

	while (!b->whole && ++index < end && !gmem_alloc(g, index))
		;
}

static int map_locked(struct gmem *g, const struct memslot *slot, u64 ipa, int count)
{
	unsigned long index = index_of(slot, ipa), at = index % RAM_BLOCK_PAGES;
	struct gmem_block *b = gmem_block(g, index);
	int ret;

	if (b && test_bit(at, b->given))
		return give_again(g, b, index, ipa);
	if (!g->inode || g->dead)
		return -EFAULT;
	ret = gmem_alloc(g, index);
	if (ret)
		return ret;
	b = gmem_block(g, index);
	if (is_block(slot, b, index, ipa) &&
	    !give(g, b, index - at, RAM_BLOCK_PAGES, ALIGN_DOWN(ipa, RAM_BLOCK_SIZE)))
		return RAM_BLOCK_PAGES - at;
	alloc_ahead(g, b, index, count);
	return give_pages(g, slot, b, ipa, count);
}

int gmem_map(struct vm *vm, const struct memslot *slot, u64 ipa, int count)
{
	struct gmem *g = slot->gmem;
	int ret;

	mutex_lock(&g->lock);
	ret = map_locked(g, slot, ipa, count);
	mutex_unlock(&g->lock);
	return ret;
}

/* What there is in 2 MiB of the file, from the page at ipa to the last one. */
static int populate_block(struct gmem *g, const struct memslot *slot, struct gmem_block *b, u64 ipa,
			  unsigned long last)
{
	unsigned long index = index_of(slot, ipa);
	int n;

	if (is_block(slot, b, index, ipa) && index + RAM_BLOCK_PAGES - 1 <= last) {
		n = give(g, b, index, RAM_BLOCK_PAGES, ipa);
		if (!n || n == -ENOMEM)
			return n;
	}
	while (index <= last) {
		n = 1;
		if (run_length(b, index % RAM_BLOCK_PAGES, 1))
			n = give_pages(g, slot, b, ipa, last - index + 1);
		if (n < 0)
			return n;
		index += n;
		ipa += PFN_PHYS(n);
	}
	return 0;
}

int gmem_populate(struct vm *vm, const struct memslot *slot)
{
	unsigned long n, from, to, first = PHYS_PFN(slot->offset);
	unsigned long last = first + PHYS_PFN(slot->size) - 1;
	struct gmem *g = slot->gmem;
	struct gmem_block *b;
	int ret = 0;

	mutex_lock(&g->lock);
	xa_for_each_range(&g->blocks, n, b, first / RAM_BLOCK_PAGES, last / RAM_BLOCK_PAGES) {
		from = max(n * RAM_BLOCK_PAGES, first);
		to = min(n * RAM_BLOCK_PAGES + RAM_BLOCK_PAGES - 1, last);
		ret = populate_block(g, slot, b, slot->ipa + PFN_PHYS(from - first), to);
		if (!ret && fatal_signal_pending(current))
			ret = -EINTR;
		if (ret)
			break;
		cond_resched();
	}
	mutex_unlock(&g->lock);
	return ret;
}

/*
 * The first page of the guest's, at index or behind it, that a user of the host may have: it is not
 * marked as offline. NULL: there is none up to last.
 */
static struct page *next_in_use(struct gmem *g, unsigned long *index, unsigned long last)
{
	struct gmem_block *b;
	unsigned int at;

	for (; *index <= last; ++*index) {
		b = gmem_block(g, *index);
		at = *index % RAM_BLOCK_PAGES;
		if (!b || b->whole)
			*index += RAM_BLOCK_PAGES - 1 - at;
		else if (test_bit(at, b->given) && !PageOffline(b->pages[at]))
			return b->pages[at];
	}
	return NULL;
}

static int take_back(struct gmem *g, unsigned long index, unsigned long last)
{
	struct page *page = next_in_use(g, &index, last);
	int ret;

	if (page && g->inode)
		unmap_mapping_range(g->inode->i_mapping, PFN_PHYS(index),
				    PFN_PHYS(last - index + 1), 1);
	smp_mb();
	while (page) {
		ret = expect_unused(page);
		if (ret)
			return ret;
		offline_set(page, 1);
		page = next_in_use(g, &index, last);
	}
	return 0;
}

int gmem_recall(struct vcpu *vcpu, const struct memslot *slot, u64 ipa, u64 size)
{
	struct gmem *g = slot->gmem;
	int ret;

	mutex_lock(&g->lock);
	vcpu->recalled_first = index_of(slot, ipa);
	vcpu->recalled_last = vcpu->recalled_first + PHYS_PFN(size) - 1;
	ret = take_back(g, vcpu->recalled_first, vcpu->recalled_last);
	if (!ret)
		WRITE_ONCE(vcpu->recalled, g);
	mutex_unlock(&g->lock);
	return ret;
}

void gmem_returned(const struct memslot *slot, u64 ipa, u64 size)
{
	unsigned long index = index_of(slot, ipa), end = index + PHYS_PFN(size);
	struct gmem *g = slot->gmem;
	struct gmem_block *b;

	mutex_lock(&g->lock);
	for (b = gmem_block(g, index); index < end; index++) {
		if (index % RAM_BLOCK_PAGES == 0)
			b = gmem_block(g, index);
		if (!b || !test_and_clear_bit(index % RAM_BLOCK_PAGES, b->given))
			continue;
		offline_clear(gmem_page(b, index % RAM_BLOCK_PAGES), 1);
	}
	mutex_unlock(&g->lock);
}

unsigned long gmem_end(struct vm *vm)
{
	unsigned long lost = 0;
	struct gmem *g;

	list_for_each_entry(g, &vm->gmems, list) {
		mutex_lock(&g->lock);
		g->dead = true;
		if (g->inode)
			unmap_mapping_range(g->inode->i_mapping, 0, 0, 1);
		lost += gmem_free_all(g);
		mutex_unlock(&g->lock);
	}
	return lost;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Transitions between the host and a guest. */
#include <el2/ledger_internal.h>
#include <arch/cache.h>

/* -- The host maps its pages for a guest -- */

/* All of the protected range is EMPTY, and there is nothing at its unprotected IPAs. */
static int guest_expect_empty(const struct guest_memory *guest, ipa_t ipa, uint64_t size)
{
	uint64_t addr, end = ipa.v + size;
	unsigned int level;

	for (addr = ipa.v; addr < end; addr = level_end(addr, level))
		if (!is_empty(pgtable_get(&guest->pgt, addr, &level)))
			return -EEXIST;
	return guest_expect_nothing(guest, unprotected_ipa(guest, ipa), size);
}

/* There are tables for what both parties' entries are to say. */
static int tables_to_map(const struct guest_memory *guest, pa_t pa, ipa_t ipa, uint64_t size,
			 struct pt_leaf for_host, struct pt_leaf for_guest)
{
	return guest_tables_and_reserve(guest, ipa, size, for_guest, 0) ?:
	       host_tables(pa, size, for_host, 0);
}

/* HOST -> GUEST. What the host has loaded before the first run stays; later pages are zeroed. */
static int donate(struct guest_memory *guest, pa_t pa, ipa_t ipa, uint64_t size)
{
	struct pt_leaf for_host = annotation(guest->owner, ipa);
	struct pt_leaf for_guest = mapping(pa, S2_GUEST_RAM, PAGE_OWNED);
	int ret = guest_expect_nothing(guest, ipa, size) ?:
		  tables_to_map(guest, pa, ipa, size, for_host, for_guest);

	if (ret)
		return ret;

	/* Nothing fails below. */
	host_set(pa, size, for_host);
	if (guest->activated)
		arch_zero_range(pa.v, size);
	if (!guest->activated || !arch_guest_is_coherent())
		arch_clean_range(pa.v, size);
	guest_set(guest, ipa, size, for_guest);
	guest->pages += size >> PAGE_SHIFT;
	return 0;
}

/* HOST -> HOST_SHARED, with an unprotected guest. */
static int share(struct guest_memory *guest, pa_t pa, ipa_t ipa, uint64_t size, uint64_t attr)
{
	struct pt_leaf for_host = mapping(pa, S2_HOST_RAM, PAGE_SHARED_OWNED);
	struct pt_leaf for_guest = mapping(pa, attr, PAGE_SHARED_BORROWED);
	int ret = guest_expect_nothing(guest, ipa, size) ?:
		  tables_to_map(guest, pa, ipa, size, for_host, for_guest);

	if (ret)
		return ret;

	/* Nothing fails below. */
	host_set(pa, size, for_host);
	if (!arch_guest_is_coherent())
		arch_clean_range(pa.v, size);
	guest_set(guest, ipa, size, for_guest);
	guest->pages += size >> PAGE_SHIFT;
	return 0;
}

/* HOST -> GUEST_SHARED, at the unprotected IPAs of what the guest has made EMPTY. */
static int donate_shared(struct guest_memory *guest, pa_t pa, ipa_t ipa, uint64_t size)
{
	struct pt_leaf for_host = mapping(pa, S2_HOST_RAM, PAGE_SHARED_BORROWED);
	struct pt_leaf for_guest = mapping(pa, S2_GUEST_RAM, PAGE_SHARED_OWNED);
	ipa_t at = unprotected_ipa(guest, ipa);
	int ret = guest_expect_empty(guest, ipa, size) ?:
		  tables_to_map(guest, pa, at, size, for_host, for_guest);

	if (ret)
		return ret;

	/* Nothing fails below. */
	host_set(pa, size, for_host);
	if (!arch_guest_is_coherent())
		arch_clean_range(pa.v, size);
	guest_set(guest, at, size, for_guest);
	return 0;
}

int ledger_host_map_guest(struct guest_memory *guest, pa_t pa, ipa_t ipa, uint64_t size)
{
	const struct ipa_range *range;
	unsigned int level;
	int ret;

	lock_pair(guest);
	range = guest_ram(guest, ipa, size);
	ret = range ? host_expect(pa, size, DONJON_PAGE_HOST) : -EINVAL;
	if (ret)
		goto unlock;
	if (!guest->protected)
		ret = share(guest, pa, ipa, size, range->readonly ? S2_GUEST_ROM : S2_GUEST_RAM);
	else if (is_empty(pgtable_get(&guest->pgt, ipa.v, &level)))
		ret = donate_shared(guest, pa, ipa, size);
	else
		ret = donate(guest, pa, ipa, size);
unlock:
	unlock_pair(guest);
	return ret;
}

/* -- Pages go back to the host -- */

/* Takes what the leaf says from the guest. Returns the bytes that the host gets. */
static uint64_t reclaim_leaf(struct guest_memory *guest, ipa_t ipa, const struct guest_leaf *p)
{
	enum leaf_kind kind = leaf_kind(guest, ipa, p);

	if (kind == LEAF_NOTHING)
		return 0;
	guest_set(guest, ipa, p->size, nothing());
	if (kind == LEAF_POISONED || kind == LEAF_EMPTY)
		return 0;
	if (kind == LEAF_PRIVATE) {
		arch_zero_range(p->pa.v, p->size);
		arch_clean_range(p->pa.v, p->size);
	}
	host_set(p->pa, p->size,
		 kind == LEAF_PRIVATE ? nothing() : mapping(p->pa, S2_HOST_RAM, PAGE_OWNED));
	return p->size;
}

/*
 * What the return of a range takes: pages of the guest's cache and of the pool, where blocks are
 * split.
 */
struct tables_to_reclaim {
	uint64_t guest, host;
	uint64_t last;		/* the block of the host's that was counted last */
};

/*
 * Adds what the range takes. A block of the host's needs its table once: many of its pages may be
 * in the range one by one, where physical and guest-physical addresses are not congruent.
 */
static void count_tables(const struct guest_memory *guest, ipa_t from, uint64_t size,
			 struct tables_to_reclaim *t)
{
	struct pt_leaf none = nothing();
	uint64_t addr, end = from.v + size;
	struct guest_leaf p;

	for (addr = from.v; addr < end; addr += p.size) {
		p = guest_leaf_at(guest, ipa(addr), end);
		if (!pte_valid(p.pte) || align_down(p.pa.v, PT_MAX_RANGE) == t->last)
			continue;
		t->last = align_down(p.pa.v, PT_MAX_RANGE);
		t->host += pgtable_tables_needed(&host_pgt, p.pa.v, p.size, &none);
	}
	t->guest += pgtable_tables_needed(&guest->pgt, from.v, size, &none);
}

/* Takes all that the guest has in the range; returns the bytes that the host gets. */
static uint64_t reclaim_leaves(struct guest_memory *guest, ipa_t from, uint64_t size)
{
	uint64_t addr, end = from.v + size, done = 0;
	struct guest_leaf p;

	for (addr = from.v; addr < end; addr += p.size) {
		p = guest_leaf_at(guest, ipa(addr), end);
		done += reclaim_leaf(guest, ipa(addr), &p);
		/* Only protected IPAs are counted. */
		if (p.pte && !(guest->protected && addr == unprotected_ipa(guest, ipa(addr)).v))
			guest->pages -= p.size >> PAGE_SHIFT;
	}
	return done;
}

int ledger_host_unshare_guest(struct guest_memory *guest, ipa_t ipa, uint64_t size, uint64_t *done)
{
	struct tables_to_reclaim tables = { .last = ~0UL };
	int ret = -EPERM;

	lock_pair(guest);
	if (guest->protected)
		goto unlock;
	count_tables(guest, ipa, size, &tables);
	ret = cache_expect(&guest->cache, tables.guest) ?: cache_expect(&pool, tables.host);
	if (ret)
		goto unlock;

	/* Nothing fails below. */
	*done = reclaim_leaves(guest, ipa, size);
unlock:
	unlock_pair(guest);
	return ret;
}

/* What is at the unprotected IPAs goes with the protected range. */
static int check_reclaim(const struct guest_memory *guest, ipa_t from, uint64_t size)
{
	struct tables_to_reclaim tables = { .last = ~0UL };

	if (!guest->dying)
		return -EPERM;
	if (guest->protected && !range_below(from.v, size, unprotected_ipa(guest, ipa(0)).v))
		return -EINVAL;
	count_tables(guest, from, size, &tables);
	if (guest->protected)
		count_tables(guest, unprotected_ipa(guest, from), size, &tables);
	return cache_expect(&guest->cache, tables.guest) ?: cache_expect(&pool, tables.host);
}

int ledger_reclaim(struct guest_memory *guest, ipa_t ipa, uint64_t size, uint64_t *done)
{
	int ret;

	lock_pair(guest);
	ret = check_reclaim(guest, ipa, size);
	if (ret)
		goto unlock;

	/* Nothing fails below. */
	*done = reclaim_leaves(guest, ipa, size);
	if (guest->protected)
		*done += reclaim_leaves(guest, unprotected_ipa(guest, ipa), size);
unlock:
	unlock_pair(guest);
	return ret;
}

/* -- A guest shares single pages -- */

int ledger_guest_share_host(struct guest_memory *guest, ipa_t ipa)
{
	struct pt_leaf for_guest, for_host;
	struct guest_leaf p;
	int ret;

	lock_pair(guest);
	ret = guest_page(guest, ipa, PAGE_OWNED, &p);
	if (ret)
		goto unlock;
	EL2_ASSERT(leaf_kind(guest, ipa, &p) == LEAF_PRIVATE);
	for_guest = mapping(p.pa, S2_GUEST_RAM, PAGE_SHARED_OWNED);
	for_host = mapping(p.pa, S2_HOST_RAM, PAGE_SHARED_BORROWED);
	ret = guest_tables(guest, ipa, PAGE_SIZE, for_guest) ?:
	      host_tables(p.pa, PAGE_SIZE, for_host, 0);
	if (ret)
		goto unlock;

	/* Nothing fails below. */
	guest_set(guest, ipa, PAGE_SIZE, for_guest);
	/* Memory may be older than the caches, and the host may read it past them. */
	arch_clean_range(p.pa.v, PAGE_SIZE);
	host_set(p.pa, PAGE_SIZE, for_host);
unlock:
	unlock_pair(guest);
	return ret;
}

int ledger_guest_unshare_host(struct guest_memory *guest, ipa_t ipa)
{
	struct guest_leaf p;
	int ret;

	lock_pair(guest);
	ret = guest_page(guest, ipa, PAGE_SHARED_OWNED, &p);
	if (ret)
		goto unlock;
	EL2_ASSERT(leaf_kind(guest, ipa, &p) == LEAF_SHARED);

	/* Nothing fails below: the sharing has made both entries pages, so no table is needed. */
	host_set(p.pa, PAGE_SIZE, annotation(guest->owner, ipa));
	/*
	 * The contents stay, and must be the same to whoever reads them from now on. The host could
	 * write past the caches, also where the guest cannot: then a line and the memory behind it
	 * differ.
	 */
	arch_clean_range(p.pa.v, PAGE_SIZE);
	guest_set(guest, ipa, PAGE_SIZE, mapping(p.pa, S2_GUEST_RAM, PAGE_OWNED));
unlock:
	unlock_pair(guest);
	return ret;
}

int ledger_guest_lookup(struct guest_memory *guest, ipa_t ipa)
{
	unsigned int level;
	pte_t pte;

	if (ipa.v >> guest->pgt.ia_bits)
		return -ENOENT;
	spin_lock(&guest->lock);
	pte = pgtable_get(&guest->pgt, ipa.v, &level);
	spin_unlock(&guest->lock);
	if (!pte || pte_valid(pte))
		return pte ? 0 : -ENOENT;
	return is_empty(pte) ? -EPERM : -EHWPOISON;
}

int ledger_guest_fill(struct guest_memory *guest, ipa_t ipa, const uint64_t *words, unsigned int n)
{
	struct guest_leaf p;
	int ret;

	spin_lock(&guest->lock);
	ret = guest_page(guest, ipa, PAGE_OWNED, &p);
	if (ret)
		goto unlock;
	arch_fill_page(p.pa.v, words, n);
	if (!arch_guest_is_coherent())
		arch_clean_range(p.pa.v, PAGE_SIZE);
unlock:
	spin_unlock(&guest->lock);
	return ret;
}

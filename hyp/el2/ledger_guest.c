// SPDX-License-Identifier: GPL-2.0-only
/* Transitions between the host and a guest. */
#include <el2/ledger_internal.h>
#include <arch/cache.h>

int clean_pages(struct guest_memory *guest, pa_t pa, uint64_t size, bool zero, bool to_memory)
{
	bool activated = guest->activated;
	uint64_t writes;

	if (!zero && !to_memory)
		return 0;
	writes = host_pgt.writes;
	host_set(pa, size, annotation(OWNER_CLEANING, ipa(pa.v)));
	host_pgt.writes = writes;	/* counted when they arrive */
	guest->cleaning = true;
	unlock_pair(guest);
	if (zero)
		arch_zero_range(pa.v, size);
	if (to_memory)
		arch_clean_range(pa.v, size);
	lock_pair(guest);
	guest->cleaning = false;
	if (!guest->dying && guest->activated == activated)
		return 0;
	host_set(pa, size, nothing());
	return guest->dying ? -ESHUTDOWN : -EAGAIN;
}

/* -- The host maps its pages for a guest -- */

/* All of the protected range is EMPTY, and there is nothing at its unprotected IPAs. */
static int guest_expect_empty(const struct guest_memory *guest, ipa_t ipa, uint64_t size)
{
	const pte_t empty = (pte_t)GUEST_TAG_EMPTY << PTE_OWNER_SHIFT;
	/* First: where this takes long it is an error. */
	int ret = guest_expect_nothing(guest, unprotected_ipa(guest, ipa), size);

	if (!ret && pgtable_find(&guest->pgt, ipa.v, size, PTE_VALID | PTE_OWNER, empty))
		ret = -EEXIST;
	return ret;
}

/* Only protected IPAs are counted, and for each range of an unprotected guest. */
static void count_pages(struct guest_memory *guest, ipa_t ipa, int64_t n)
{
	uint32_t i = range_at(guest->ram, guest->nr_ram, ipa.v);

	if (!guest->protected || ipa.v != unprotected_ipa(guest, ipa).v)
		guest->pages += n;
	if (!guest->protected && i < guest->nr_ram)
		guest->ram[i].pages += n;
}

/* The range, where nothing is, and the host's pages become what both parties' entries say. */
static int hand_over(struct guest_memory *guest, ipa_t ipa, uint64_t size, struct pt_leaf for_host,
		     struct pt_leaf for_guest, bool zero)
{
	pa_t page = pa(for_guest.pa);
	bool to_memory = (!zero && !for_host.valid) || !arch_guest_is_coherent();
	int ret = guest_tables_and_reserve(guest, ipa, size, for_guest, 0) ?:
		  host_tables(page, size, for_host, 0) ?:
		  clean_pages(guest, page, size, zero, to_memory);

	if (ret)
		return ret;

	/* Nothing fails below. */
	host_set(page, size, for_host);
	guest_set(guest, ipa, size, for_guest);
	count_pages(guest, ipa, size >> PAGE_SHIFT);
	return 0;
}

int ledger_host_map_guest(struct guest_memory *guest, pa_t pa, ipa_t ipa, uint64_t size)
{
	const struct ipa_range *range;
	unsigned int level;
	int ret;

	lock_pair(guest);
	range = guest_ram(guest, ipa, size);
	ret = !range ? -EINVAL :
	      guest->cleaning ? -EAGAIN : host_expect(pa, size, DONJON_PAGE_HOST);
	if (ret)
		goto unlock;
	if (!guest->protected) /* HOST -> HOST_SHARED */
		ret = guest_expect_nothing(guest, ipa, size) ?:
		      hand_over(guest, ipa, size, mapping(pa, S2_HOST_RAM, PAGE_SHARED_OWNED),
				mapping(pa, range->readonly ? S2_GUEST_ROM : S2_GUEST_RAM,
					PAGE_SHARED_BORROWED), false);
	else if (is_empty(pgtable_get(&guest->pgt, ipa.v, &level))) /* HOST -> GUEST_SHARED */
		ret = guest_expect_empty(guest, ipa, size) ?:
		      hand_over(guest, unprotected_ipa(guest, ipa), size,
				mapping(pa, S2_HOST_RAM, PAGE_SHARED_BORROWED),
				mapping(pa, S2_GUEST_RAM, PAGE_SHARED_OWNED), false);
	else /* HOST -> GUEST: what the host loads before the first run stays, later it is zeroed */
		ret = guest_expect_nothing(guest, ipa, size) ?:
		      hand_over(guest, ipa, size, annotation(guest->owner, ipa),
				mapping(pa, S2_GUEST_RAM, PAGE_OWNED), guest->activated);
unlock:
	unlock_pair(guest);
	return ret;
}

/* -- Pages go back to the host -- */

/* Takes what the leaf says from the guest, with the bytes that the host gets in *done. */
static int reclaim_leaf(struct guest_memory *guest, ipa_t ipa, const struct guest_leaf *p,
			uint64_t *done)
{
	enum leaf_kind kind = leaf_kind(guest, ipa, p);
	bool back = pte_valid(p->pte);
	int ret = guest_tables(guest, ipa, p->size, nothing());

	if (!ret && back)
		ret = host_tables(p->pa, p->size, nothing(), 0);
	if (ret || kind == LEAF_NOTHING)
		return ret;

	/* Nothing fails below. */
	guest_set(guest, ipa, p->size, nothing());
	count_pages(guest, ipa, -(int64_t)(p->size >> PAGE_SHIFT));
	if (kind == LEAF_PRIVATE) /* the guest is dying: the pages end as HOST */
		clean_pages(guest, p->pa, p->size, true, true);
	else if (back)
		host_set(p->pa, p->size, mapping(p->pa, S2_HOST_RAM, PAGE_OWNED));
	*done += back ? p->size : 0;
	return 0;
}

/* The first leaf of the range, and what is at its unprotected IPA. */
static int reclaim_first(struct guest_memory *guest, ipa_t ipa, uint64_t *size, uint64_t *done)
{
	struct guest_leaf p = guest_leaf_at(guest, ipa, ipa.v + *size), shared;
	ipa_t at = unprotected_ipa(guest, ipa);
	int ret = 0;

	if (guest->protected && is_empty(p.pte)) {
		shared = guest_leaf_at(guest, at, at.v + p.size);
		p.size = shared.size;
		ret = reclaim_leaf(guest, at, &shared, done);
	}
	*size = p.size;
	return ret ?: reclaim_leaf(guest, ipa, &p, done);
}

int ledger_return(struct guest_memory *guest, ipa_t addr, uint64_t *size, uint64_t *done,
		  bool dying)
{
	int ret;

	*done = 0;
	lock_pair(guest);
	ret = (dying ? !guest->dying : guest->protected) ? -EPERM :
	      guest->protected && addr.v + *size > unprotected_ipa(guest, ipa(0)).v ? -EINVAL :
	      guest->cleaning ? -EAGAIN : reclaim_first(guest, addr, size, done);
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

int ledger_guest_unshare_host(struct guest_memory *guest, ipa_t ipa, bool released)
{
	struct guest_leaf p;
	int ret;

	lock_pair(guest);
	ret = guest_page(guest, ipa, PAGE_SHARED_OWNED, &p) ?: released ? 0 : -EBUSY;
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

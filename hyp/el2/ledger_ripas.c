// SPDX-License-Identifier: GPL-2.0-only
/* What a protected guest makes of its pages: RAM or EMPTY. */
#include <el2/ledger_internal.h>
#include <arch/cache.h>

static enum ripas ripas_of(pte_t pte)
{
	if (!pte || pte_valid(pte))
		return RIPAS_RAM;
	return is_empty(pte) ? RIPAS_EMPTY : RIPAS_DESTROYED;
}

/* RAM without a page, or DESTROYED -> EMPTY. */
static int make_empty_without_page(struct guest_memory *guest, ipa_t ipa,
				   const struct guest_leaf *p)
{
	struct pt_leaf empty = annotation(GUEST_TAG_EMPTY, ipa);
	int ret = guest_tables_and_reserve(guest, ipa, p->size, empty, 0);

	if (ret)
		return ret;

	/* Nothing fails below. */
	guest_set(guest, ipa, p->size, empty);
	if (!p->pte)
		guest->pages += p->size >> PAGE_SHIFT;
	return 0;
}

/*
 * GUEST -> GUEST_SHARED: the IPA becomes EMPTY, and the page, zeroed, is shared at the unprotected
 * one.
 */
static int make_empty_with_page(struct guest_memory *guest, ipa_t ipa, const struct guest_leaf *p)
{
	struct pt_leaf empty = annotation(GUEST_TAG_EMPTY, ipa);
	struct pt_leaf for_guest = mapping(p->pa, S2_GUEST_RAM, PAGE_SHARED_OWNED);
	struct pt_leaf for_host = mapping(p->pa, S2_HOST_RAM, PAGE_SHARED_BORROWED);
	uint64_t tables = pgtable_tables_needed(&guest->pgt, ipa.v, p->size, &empty);
	ipa_t at = unprotected_ipa(guest, ipa);
	int ret;

	/* The reserve for the annotation where it is a block. */
	if (p->size == PT_MAX_RANGE && is_aligned(ipa.v, PT_MAX_RANGE))
		tables++;
	ret = guest_tables_and_reserve(guest, at, p->size, for_guest, tables) ?:
	      host_tables(p->pa, p->size, for_host, 0);
	if (ret)
		return ret;

	guest_set(guest, ipa, p->size, empty);
	ret = clean_pages(guest, p->pa, p->size, true, true);
	if (ret)
		return ret;

	/* Nothing fails below. */
	host_set(p->pa, p->size, for_host);
	guest_set(guest, at, p->size, for_guest);
	return 0;
}

/* EMPTY without a page, or DESTROYED -> RAM without a page. */
static int make_ram_without_page(struct guest_memory *guest, ipa_t ipa, uint64_t size)
{
	int ret = guest_tables(guest, ipa, size, nothing());

	if (ret)
		return ret;

	/* Nothing fails below. */
	guest_set(guest, ipa, size, nothing());
	guest->pages -= size >> PAGE_SHIFT;
	return 0;
}

/* GUEST_SHARED -> GUEST: the page of an EMPTY IPA, zeroed, becomes private RAM. */
static int make_ram_with_page(struct guest_memory *guest, ipa_t ipa,
			      const struct guest_leaf *shared, bool released)
{
	struct pt_leaf for_guest = mapping(shared->pa, S2_GUEST_RAM, PAGE_OWNED);
	struct pt_leaf for_host = annotation(guest->owner, ipa);
	ipa_t shared_at = unprotected_ipa(guest, ipa);
	uint64_t size = shared->size;
	int ret;

	EL2_ASSERT(leaf_kind(guest, shared_at, shared) == LEAF_SHARED);
	/* A block at the unprotected IPA that is split for it brings the table along (L5). */
	ret = guest_tables_and_reserve(guest, ipa, size, for_guest, 0) ?:
	      host_tables(shared->pa, size, for_host, 0) ?: released ? 0 : -EBUSY;
	if (ret)
		return ret;

	guest_set(guest, shared_at, size, nothing());
	ret = clean_pages(guest, shared->pa, size, true, !arch_guest_is_coherent());
	if (ret)
		return ret;

	/* Nothing fails below. */
	host_set(shared->pa, size, for_host);
	guest_set(guest, ipa, size, for_guest);
	return 0;
}

/* *p: the first leaf of the range. */
static int set_empty(struct guest_memory *guest, ipa_t ipa, const struct guest_leaf *p)
{
	switch (leaf_kind(guest, ipa, p)) {
	case LEAF_EMPTY:
		return 0;
	case LEAF_SHARED:
	case LEAF_BORROWED:
		return -EPERM;
	case LEAF_PRIVATE:
		return make_empty_with_page(guest, ipa, p);
	default:
		return make_empty_without_page(guest, ipa, p);
	}
}

static int set_ram(struct guest_memory *guest, ipa_t ipa, const struct guest_leaf *p,
		   uint64_t flags, uint64_t *done)
{
	ipa_t at = unprotected_ipa(guest, ipa);
	struct guest_leaf shared;

	switch (leaf_kind(guest, ipa, p)) {
	case LEAF_POISONED:
		return make_ram_without_page(guest, ipa, p->size);
	case LEAF_EMPTY:
		break;
	default:
		return 0;
	}
	shared = guest_leaf_at(guest, at, at.v + p->size);
	*done = shared.size;
	if (!shared.pte)
		return make_ram_without_page(guest, ipa, shared.size);
	return make_ram_with_page(guest, ipa, &shared, flags & CHANGE_RELEASED);
}

int ledger_guest_set_ripas(struct guest_memory *guest, ipa_t addr, uint64_t size, enum ripas want,
			   uint64_t flags, uint64_t *done)
{
	struct guest_leaf p;
	int ret;

	EL2_ASSERT(guest->protected && range_below(addr.v, size, unprotected_ipa(guest, ipa(0)).v));
	lock_pair(guest);
	p = guest_leaf_at(guest, addr, addr.v + size);
	*done = p.size;
	ret = guest->dying ? -ESHUTDOWN :
	      guest->cleaning ? -EAGAIN :
	      ripas_of(p.pte) == RIPAS_DESTROYED && !(flags & RSI_CHANGE_DESTROYED) ? -EHWPOISON :
	      want == RIPAS_EMPTY ? set_empty(guest, addr, &p) :
				    set_ram(guest, addr, &p, flags, done);
	unlock_pair(guest);
	return ret;
}

enum ripas ledger_guest_ripas(struct guest_memory *guest, ipa_t ipa, uint64_t *end)
{
	uint64_t addr = ipa.v;
	unsigned int level, steps;
	enum ripas ripas;
	pte_t pte;

	spin_lock(&guest->lock);
	pte = pgtable_get(&guest->pgt, addr, &level);
	ripas = ripas_of(pte);
	for (steps = 0; steps < QUERY_STEPS && ripas_of(pte) == ripas; steps++) {
		addr = level_end(addr, level);
		if (addr >= *end)
			break;
		pte = pgtable_get(&guest->pgt, addr, &level);
	}
	*end = min_u64(*end, addr);
	spin_unlock(&guest->lock);
	return ripas;
}

// SPDX-License-Identifier: GPL-2.0-only
/* What a protected guest makes of its pages: RAM or EMPTY. */
#include <el2/ledger_internal.h>
#include <arch/cache.h>
#include <arch/memory.h>

/* Of the plain piece, without a page at the alias. Its page, if it has one, becomes the host's to read and write, at the alias for the guest. */
static int make_empty(struct guest_memory *guest, uint64_t ipa, const struct piece *p)
{
	struct pt_leaf empty = annotation(GUEST_TAG_EMPTY, ipa);
	struct pt_leaf lent = mapping(p->pa, S2_GUEST_RAM, PAGE_SHARED_OWNED);
	struct pt_leaf borrowed = mapping(p->pa, S2_HOST_RAM, PAGE_SHARED_BORROWED);
	uint64_t alias = alias_of(guest, ipa), needed = pgtable_tables_needed(&guest->pgt, ipa, p->size, &empty);
	bool page = pte_valid(p->pte);
	int ret;

	/* A deposit for the annotation where it is a block. */
	needed += p->size == PT_MAX_RANGE && is_aligned(ipa, PT_MAX_RANGE);
	if (page)
		ret = guest_tables_and_deposit(guest, alias, p->size, lent, needed);
	else
		ret = cache_expect(&guest->cache, needed + guest->pgt.blocks);
	if (!ret && page)
		ret = host_tables(p->pa, p->size, borrowed, 0);
	if (ret)
		return ret;
	guest_set(guest, ipa, p->size, empty);
	if (page) {
		arch_zero_range(p->pa, p->size);
		arch_clean_range(p->pa, p->size);
		host_set(p->pa, p->size, borrowed);
		guest_set(guest, alias, p->size, lent);
	}
	if (!p->pte)
		guest->pages += p->size >> PAGE_SHIFT;
	return 0;
}

/* Of a plain piece that is EMPTY, with what stands at its alias. */
static int make_ram(struct guest_memory *guest, uint64_t ipa, const struct piece *at_alias)
{
	struct pt_leaf nothing = annotation(OWNER_HOST, 0), private = mapping(at_alias->pa, S2_GUEST_RAM, PAGE_OWNED);
	struct pt_leaf owned = annotation(guest->owner, ipa);
	uint64_t alias = alias_of(guest, ipa), size = at_alias->size;
	int ret;

	if (!at_alias->pte) {
		ret = guest_tables(guest, ipa, size, nothing);
		if (ret)
			return ret;
		guest_set(guest, ipa, size, nothing);
		guest->pages -= size >> PAGE_SHIFT;
		return 0;
	}
	EL2_ASSERT(piece_kind(guest, alias, at_alias) == PIECE_LENT);
	/* A block at the alias that is split for it brings the table along (L5). */
	ret = guest_tables_and_deposit(guest, ipa, size, private, 0);
	ret = ret ?: host_tables(at_alias->pa, size, owned, 0);
	if (ret)
		return ret;
	guest_set(guest, alias, size, nothing);
	host_set(at_alias->pa, size, owned);
	arch_zero_range(at_alias->pa, size);
	if (!arch_guest_is_coherent())
		arch_clean_range(at_alias->pa, size);
	guest_set(guest, ipa, size, private);
	return 0;
}

/* Both locks are held. *p: the plain piece; its size becomes that of what has changed. */
static int set_ripas(struct guest_memory *guest, uint64_t ipa, struct piece *p, enum ripas want, bool destroyed)
{
	enum piece_kind kind = piece_kind(guest, ipa, p);
	uint64_t alias = alias_of(guest, ipa);
	struct piece at_alias;
	int ret;

	if (kind == PIECE_POISONED && !destroyed)
		return -EHWPOISON;
	if (want == RIPAS_EMPTY) {
		if (kind == PIECE_LENT)
			return -EPERM;
		return kind == PIECE_EMPTY ? 0 : make_empty(guest, ipa, p);
	}
	if (kind == PIECE_POISONED) {
		ret = guest_tables(guest, ipa, p->size, annotation(OWNER_HOST, 0));
		if (ret)
			return ret;
		guest_set(guest, ipa, p->size, annotation(OWNER_HOST, 0));
		guest->pages -= p->size >> PAGE_SHIFT;
	}
	if (kind != PIECE_EMPTY)
		return 0;
	at_alias = guest_piece(guest, alias, alias + p->size);
	p->size = at_alias.size;
	return make_ram(guest, ipa, &at_alias);
}

int ledger_guest_set_ripas(struct guest_memory *guest, ipa_t ipa, uint64_t size, enum ripas want, bool destroyed,
			   uint64_t *done)
{
	struct piece p;
	int ret;

	EL2_ASSERT(guest->protected && range_below(ipa.v, size, alias_of(guest, 0)));
	spin_lock(&host_lock);
	spin_lock(&guest->lock);
	p = guest_piece(guest, ipa.v, ipa.v + size);
	ret = guest->dying ? -ESHUTDOWN : set_ripas(guest, ipa.v, &p, want, destroyed);
	*done = p.size;
	spin_unlock(&guest->lock);
	spin_unlock(&host_lock);
	return ret;
}

static enum ripas ripas_of(pte_t pte)
{
	if (!pte || pte_valid(pte))
		return RIPAS_RAM;
	return is_empty(pte) ? RIPAS_EMPTY : RIPAS_DESTROYED;
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

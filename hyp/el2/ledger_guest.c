// SPDX-License-Identifier: GPL-2.0-only
/* Transitions between the host and a guest. */
#include <el2/ledger_internal.h>
#include <arch/cache.h>
#include <arch/memory.h>

/* All of the plain range is EMPTY, and its alias has nothing. */
static int guest_expect_empty(const struct guest_memory *guest, uint64_t ipa, uint64_t size)
{
	uint64_t addr, end = ipa + size;
	unsigned int level;

	for (addr = ipa; addr < end; addr = level_end(addr, level))
		if (!is_empty(pgtable_get(&guest->pgt, addr, &level)))
			return -EEXIST;
	return guest_expect_nothing(guest, alias_of(guest, ipa), size);
}

/* expected: what the guest's table says; ipa: where its new entry stands. */
static int check_map(const struct guest_memory *guest, int expected, uint64_t pa, uint64_t ipa, uint64_t size,
		     struct pt_leaf for_host, struct pt_leaf for_guest)
{
	int ret = host_expect(pa, size, DONJON_PAGE_HOST);

	ret = ret ?: expected;
	ret = ret ?: guest_tables_and_deposit(guest, ipa, size, for_guest, 0);
	return ret ?: host_tables(pa, size, for_host, 0);
}

static int give_to_guest(struct guest_memory *guest, uint64_t pa, uint64_t ipa, uint64_t size, bool donate)
{
	struct pt_leaf for_guest = mapping(pa, S2_GUEST_RAM, donate ? PAGE_OWNED : PAGE_SHARED_BORROWED);
	struct pt_leaf for_host = donate ? annotation(guest->owner, ipa) : mapping(pa, S2_HOST_RAM, PAGE_SHARED_OWNED);
	int ret;

	spin_lock(&host_lock);
	spin_lock(&guest->lock);
	ret = guest->protected == donate ? 0 : -EPERM;
	ret = ret ?: check_map(guest, guest_expect_nothing(guest, ipa, size), pa, ipa, size, for_host, for_guest);
	if (!ret) {
		host_set(pa, size, for_host);
		if (donate && guest->sealed)
			arch_zero_range(pa, size);
		if (!arch_guest_is_coherent() || (donate && !guest->sealed))
			arch_clean_range(pa, size);
		guest_set(guest, ipa, size, for_guest);
		guest->pages += size >> PAGE_SHIFT;
	}
	spin_unlock(&guest->lock);
	spin_unlock(&host_lock);
	return ret;
}

int ledger_host_donate_guest(struct guest_memory *guest, pa_t pa, ipa_t ipa, uint64_t size)
{
	return give_to_guest(guest, pa.v, ipa.v, size, true);
}

int ledger_host_share_guest(struct guest_memory *guest, pa_t pa, ipa_t ipa, uint64_t size)
{
	return give_to_guest(guest, pa.v, ipa.v, size, false);
}

int ledger_host_lend_guest(struct guest_memory *guest, pa_t pa, ipa_t ipa, uint64_t size)
{
	struct pt_leaf lent = mapping(pa.v, S2_GUEST_RAM, PAGE_SHARED_OWNED);
	struct pt_leaf borrowed = mapping(pa.v, S2_HOST_RAM, PAGE_SHARED_BORROWED);
	uint64_t alias = alias_of(guest, ipa.v);
	int ret;

	spin_lock(&host_lock);
	spin_lock(&guest->lock);
	ret = guest->protected ? 0 : -EPERM;
	ret = ret ?: check_map(guest, guest_expect_empty(guest, ipa.v, size), pa.v, alias, size, borrowed, lent);
	if (!ret) {
		host_set(pa.v, size, borrowed);
		if (!arch_guest_is_coherent())
			arch_clean_range(pa.v, size);
		guest_set(guest, alias, size, lent);
	}
	spin_unlock(&guest->lock);
	spin_unlock(&host_lock);
	return ret;
}

/* Takes the piece from the guest and gives its page to the host, if there is one: returns how many bytes that are. */
static uint64_t return_piece(struct guest_memory *guest, uint64_t ipa, const struct piece *p)
{
	enum piece_kind kind = piece_kind(guest, ipa, p);

	if (kind == PIECE_NOTHING)
		return 0;
	guest_set(guest, ipa, p->size, annotation(OWNER_HOST, 0));
	if (kind == PIECE_POISONED || kind == PIECE_EMPTY)
		return 0;
	if (kind == PIECE_PRIVATE) {
		arch_zero_range(p->pa, p->size);
		arch_clean_range(p->pa, p->size);
		host_set(p->pa, p->size, annotation(OWNER_HOST, 0));
	} else {
		host_set_state(p->pa, p->size, PAGE_OWNED);
	}
	return p->size;
}

/*
 * Tables that it takes to return the range: where a block is split, in the guest's table at the ends of the range, in the host's where
 * it has a block. Adds the host's to *needed; *slot: the last one that was counted.
 */
static int tables_to_return(const struct guest_memory *guest, uint64_t ipa, uint64_t size, uint64_t *needed, uint64_t *slot)
{
	struct pt_leaf nothing = annotation(OWNER_HOST, 0);
	uint64_t addr, end = ipa + size;
	struct piece p;

	for (addr = ipa; addr < end; addr += p.size) {
		p = guest_piece(guest, addr, end);
		/* Pages of one block of the host's need its table once: they may be many where pa and ipa are not congruent. */
		if (!pte_valid(p.pte) || align_down(p.pa, PT_MAX_RANGE) == *slot)
			continue;
		*slot = align_down(p.pa, PT_MAX_RANGE);
		*needed += pgtable_tables_needed(&host_pgt, p.pa, p.size, &nothing);
	}
	return pgtable_tables_needed(&guest->pgt, ipa, size, &nothing);
}

static uint64_t return_pieces(struct guest_memory *guest, uint64_t ipa, uint64_t size)
{
	uint64_t addr, end = ipa + size, done = 0;
	struct piece p;

	for (addr = ipa; addr < end; addr += p.size) {
		p = guest_piece(guest, addr, end);
		done += return_piece(guest, addr, &p);
		if (p.pte && !(guest->protected && addr == alias_of(guest, addr)))
			guest->pages -= p.size >> PAGE_SHIFT;
	}
	return done;
}

/* Takes all that the guest has in the range, and at its alias. */
static int return_range(struct guest_memory *guest, uint64_t ipa, uint64_t size, uint64_t *done)
{
	uint64_t alias = alias_of(guest, ipa), needed = 0, slot = ~0UL, tables;
	int ret;

	tables = tables_to_return(guest, ipa, size, &needed, &slot);
	if (guest->protected)
		tables += tables_to_return(guest, alias, size, &needed, &slot);
	ret = cache_expect(&guest->cache, tables);
	ret = ret ?: cache_expect(&pool, needed);
	if (ret)
		return ret;
	*done = return_pieces(guest, ipa, size);
	if (guest->protected)
		*done += return_pieces(guest, alias, size);
	return 0;
}

static int take_back(struct guest_memory *guest, uint64_t ipa, uint64_t size, uint64_t *done, bool dying)
{
	int ret;

	spin_lock(&host_lock);
	spin_lock(&guest->lock);
	ret = (dying ? guest->dying : !guest->protected) ? 0 : -EPERM;
	/* The alias goes with the plain range. */
	if (!ret && guest->protected && !range_below(ipa, size, alias_of(guest, 0)))
		ret = -EINVAL;
	ret = ret ?: return_range(guest, ipa, size, done);
	spin_unlock(&guest->lock);
	spin_unlock(&host_lock);
	return ret;
}

int ledger_host_unshare_guest(struct guest_memory *guest, ipa_t ipa, uint64_t size, uint64_t *done)
{
	return take_back(guest, ipa.v, size, done, false);
}

int ledger_reclaim(struct guest_memory *guest, ipa_t ipa, uint64_t size, uint64_t *done)
{
	return take_back(guest, ipa.v, size, done, true);
}

int ledger_guest_share_host(struct guest_memory *guest, ipa_t ipa)
{
	struct pt_leaf lent, borrowed;
	struct piece p;
	int ret;

	spin_lock(&host_lock);
	spin_lock(&guest->lock);
	ret = guest_page(guest, ipa.v, PAGE_OWNED, &p);
	if (!ret) {
		EL2_ASSERT(piece_kind(guest, ipa.v, &p) == PIECE_PRIVATE);
		lent = mapping(p.pa, S2_GUEST_RAM, PAGE_SHARED_OWNED);
		borrowed = mapping(p.pa, S2_HOST_RAM, PAGE_SHARED_BORROWED);
		ret = guest_tables(guest, ipa.v, PAGE_SIZE, lent);
		ret = ret ?: host_tables(p.pa, PAGE_SIZE, borrowed, 0);
	}
	if (!ret) {
		guest_set(guest, ipa.v, PAGE_SIZE, lent);
		/* Memory may be older than the caches, and the host may read it past them. */
		arch_clean_range(p.pa, PAGE_SIZE);
		host_set(p.pa, PAGE_SIZE, borrowed);
	}
	spin_unlock(&guest->lock);
	spin_unlock(&host_lock);
	return ret;
}

int ledger_guest_unshare_host(struct guest_memory *guest, ipa_t ipa)
{
	struct piece p;
	int ret;

	spin_lock(&host_lock);
	spin_lock(&guest->lock);
	ret = guest_page(guest, ipa.v, PAGE_SHARED_OWNED, &p);
	if (!ret) {
		/* Both entries are pages already, since they were made by the sharing: no table is needed. */
		EL2_ASSERT(piece_kind(guest, ipa.v, &p) == PIECE_LENT);
		host_set(p.pa, PAGE_SIZE, annotation(guest->owner, ipa.v));
		/*
		 * The contents stay, and must be the same to whoever looks from now on. The host could write past the caches,
		 * also where the guest can't: then a line and the memory behind it differ.
		 */
		arch_clean_range(p.pa, PAGE_SIZE);
		guest_set(guest, ipa.v, PAGE_SIZE, mapping(p.pa, S2_GUEST_RAM, PAGE_OWNED));
	}
	spin_unlock(&guest->lock);
	spin_unlock(&host_lock);
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
	struct piece p;
	int ret;

	spin_lock(&guest->lock);
	ret = guest_page(guest, ipa.v, PAGE_OWNED, &p);
	if (!ret) {
		arch_fill_page(p.pa, words, n);
		if (!arch_guest_is_coherent())
			arch_clean_range(p.pa, PAGE_SIZE);
	}
	spin_unlock(&guest->lock);
	return ret;
}

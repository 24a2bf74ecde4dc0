// SPDX-License-Identifier: GPL-2.0-only
#include <el2/console.h>
#include <el2/hyp_memory.h>
#include <el2/ledger.h>
#include <el2/panic.h>
#include <el2/regions.h>
#include <arch/attributes.h>
#include <arch/cache.h>
#include <arch/memory.h>

/* Entries that one ledger_query() looks at, at most. */
#define QUERY_STEPS	1024

static struct spinlock host_lock;
static struct pgtable host;
static struct guest_memory *guests[DONJON_MAX_VMS];
static uint64_t forced_reclaims, dead_guest_writes, dead_guest_splits;

void ledger_init(unsigned int ia_bits, pte_t *root, uint64_t root_pa)
{
	spin_init(&host_lock, LOCK_HOST);
	pgtable_init(&host, PGT_HOST, ia_bits, 0, root, root_pa, &pool);
}

const struct pgtable *ledger_host_table(void)
{
	return &host;
}

void ledger_add_guest(struct guest_memory *guest)
{
	spin_lock(&host_lock);
	EL2_ASSERT(!guests[guest->owner - OWNER_GUEST]);
	guests[guest->owner - OWNER_GUEST] = guest;
	spin_unlock(&host_lock);
}

void ledger_remove_guest(struct guest_memory *guest)
{
	spin_lock(&host_lock);
	EL2_ASSERT(guests[guest->owner - OWNER_GUEST] == guest && !guest->pages);
	guests[guest->owner - OWNER_GUEST] = NULL;
	dead_guest_writes += guest->pgt.writes;
	dead_guest_splits += guest->pgt.splits;
	spin_unlock(&host_lock);
}

/* -- Checks: they change nothing -- */

static struct pt_leaf mapping(uint64_t pa, uint64_t attr, enum page_state state)
{
	return (struct pt_leaf){ .valid = true, .pa = pa, .attr = attr | (uint64_t)state << PTE_STATE_SHIFT };
}

static struct pt_leaf annotation(uint8_t owner, uint64_t ipa)
{
	return (struct pt_leaf){ .owner = owner, .ipa = ipa };
}

/* What the host's entry for a page says; see the table in ledger.h. */
static enum donjon_page_state host_entry_state(pte_t pte)
{
	if (pte_valid(pte)) {
		switch (pte_state(pte)) {
		case PAGE_SHARED_OWNED:
			return DONJON_PAGE_HOST_SHARED;
		case PAGE_SHARED_BORROWED:
			return DONJON_PAGE_GUEST_SHARED;
		case PAGE_OWNED:
			return DONJON_PAGE_HOST;
		}
		EL2_PANIC("impossible page state in the host's stage 2");
	}
	if (!pte)
		return DONJON_PAGE_HOST;
	return pte_owner(pte) == OWNER_HYP ? DONJON_PAGE_HYP : DONJON_PAGE_GUEST;
}

static int host_expect(uint64_t pa, uint64_t size, enum donjon_page_state state)
{
	uint64_t addr, end = pa + size;
	unsigned int level;

	if (!region_is_ram(pa, size))
		return -EINVAL;
	for (addr = pa; addr < end; addr = level_end(addr, level)) {
		pte_t pte = pgtable_get(&host, addr, &level);

		if (host_entry_state(pte) != state)
			return -EPERM;
	}
	return 0;
}

/* All of [pa, pa + size) is annotated as the guest's pages from ipa on. */
static bool host_says_guest(uint64_t pa, uint64_t size, const struct guest_memory *guest, uint64_t ipa)
{
	uint64_t addr, end = pa + size;
	unsigned int level;

	for (addr = pa; addr < end; addr = level_end(addr, level)) {
		pte_t pte = pgtable_get(&host, addr, &level);

		if (pte_valid(pte) || pte_owner(pte) != guest->owner || pte_output(pte, level, addr) != ipa + (addr - pa))
			return false;
	}
	return true;
}

static int host_tables(uint64_t pa, uint64_t size, struct pt_leaf leaf, unsigned int others)
{
	return cache_expect(&pool, pgtable_tables_needed(&host, pa, size, &leaf) + others);
}

/* Where a protected guest reaches what it shares by being EMPTY. */
static uint64_t alias_of(const struct guest_memory *guest, uint64_t ipa)
{
	return ipa | BIT(guest->pgt.ia_bits - 1);
}

static bool is_empty(pte_t pte)
{
	return !pte_valid(pte) && pte_owner(pte) == GUEST_TAG_EMPTY;
}

/* The guest has nothing in the range. */
static int guest_expect_nothing(const struct guest_memory *guest, uint64_t ipa, uint64_t size)
{
	uint64_t addr, end = ipa + size;
	unsigned int level;

	if (guest->dying)
		return -ESHUTDOWN;
	for (addr = ipa; addr < end; addr = level_end(addr, level)) {
		pte_t pte = pgtable_get(&guest->pgt, addr, &level);

		if (pte)
			return pte_valid(pte) || is_empty(pte) ? -EEXIST : -EHWPOISON;
	}
	return 0;
}

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

/* For a change of what is mapped: the deposit (L5) may be used up. */
static int guest_tables(const struct guest_memory *guest, uint64_t ipa, uint64_t size, struct pt_leaf leaf)
{
	return cache_expect(&guest->cache, pgtable_tables_needed(&guest->pgt, ipa, size, &leaf));
}

/* For a new mapping: what it needs beside the deposit, the deposit for the block that it may become, and others. */
static int guest_tables_and_deposit(const struct guest_memory *guest, uint64_t ipa, uint64_t size, struct pt_leaf leaf,
				    uint64_t others)
{
	uint64_t deposit = guest->pgt.blocks + (size == PT_MAX_RANGE && is_aligned(ipa | leaf.pa, PT_MAX_RANGE));

	return cache_expect(&guest->cache, pgtable_tables_needed(&guest->pgt, ipa, size, &leaf) + deposit + others);
}

/* A part of a guest's range, at most one leaf, that ends at end at the latest. */
struct piece {
	pte_t pte;
	uint64_t size;
	uint64_t pa;
};

static struct piece guest_piece(const struct guest_memory *guest, uint64_t ipa, uint64_t end)
{
	unsigned int level;
	pte_t pte = pgtable_get(&guest->pgt, ipa, &level);

	return (struct piece){ pte, min_u64(level_end(ipa, level), end) - ipa, pte_output(pte, level, ipa) };
}

/* -- Commits: they cannot fail -- */

static void host_set(uint64_t pa, uint64_t size, struct pt_leaf leaf)
{
	pgtable_set(&host, pa, size, &leaf);
}

static void host_set_state(uint64_t pa, uint64_t size, enum page_state state)
{
	host_set(pa, size, mapping(pa, S2_HOST_RAM, state));
}

static void guest_set(struct guest_memory *guest, uint64_t ipa, uint64_t size, struct pt_leaf leaf)
{
	pgtable_set(&guest->pgt, ipa, size, &leaf);
}

/* -- Host and EL2 -- */

int ledger_claim_hyp(pa_t base, uint64_t size)
{
	uint64_t off = 0, part;
	int ret = 0;

	spin_lock(&host_lock);
	for (; !ret && off < size; off += part) {
		part = min_u64(size - off, PT_MAX_RANGE - ((base.v + off) & (PT_MAX_RANGE - 1)));
		ret = host_expect(base.v + off, part, DONJON_PAGE_HOST);
		ret = ret ?: host_tables(base.v + off, part, annotation(OWNER_HYP, 0), 0);
		if (!ret)
			host_set(base.v + off, part, annotation(OWNER_HYP, 0));
	}
	spin_unlock(&host_lock);
	return ret;
}

/* The host's pages are its own and EL2 has nothing there; *tables grows by what the change to leaf takes from the pool. */
static int check_for_hyp(pa_t pa, uint64_t size, struct pt_leaf leaf, uint64_t *tables)
{
	int ret = host_expect(pa.v, size, DONJON_PAGE_HOST);

	ret = ret ?: hyp_expect(pa, size, HYP_NOTHING);
	if (!ret)
		*tables += pgtable_tables_needed(&host, pa.v, size, &leaf) + hyp_tables_needed(pa, size);
	return ret;
}

/* Donates size bytes at donated and shares shared bytes, a page or nothing, at lent. */
static int give_to_hyp(pa_t donated, uint64_t size, pa_t lent, uint64_t shared)
{
	uint64_t tables = 0;
	int ret = 0;

	spin_lock(&host_lock);
	hyp_memory_lock();
	if (size)
		ret = check_for_hyp(donated, size, annotation(OWNER_HYP, 0), &tables);
	if (!ret && shared)
		ret = check_for_hyp(lent, shared, mapping(lent.v, S2_HOST_RAM, PAGE_SHARED_OWNED), &tables);
	ret = ret ?: cache_expect(&pool, tables);
	if (!ret && size) {
		host_set(donated.v, size, annotation(OWNER_HYP, 0));
		hyp_map(donated, size, PAGE_OWNED);
	}
	if (!ret && shared) {
		host_set_state(lent.v, shared, PAGE_SHARED_OWNED);
		hyp_map(lent, shared, PAGE_SHARED_BORROWED);
	}
	hyp_memory_unlock();
	spin_unlock(&host_lock);
	return ret;
}

int ledger_host_donate_hyp(pa_t pa, uint64_t size)
{
	return give_to_hyp(pa, size, pa, 0);
}

int ledger_host_share_hyp(pa_t pa)
{
	return give_to_hyp(pa, 0, pa, PAGE_SIZE);
}

int ledger_host_donate_and_share_hyp(pa_t donated, pa_t lent)
{
	return give_to_hyp(donated, PAGE_SIZE, lent, PAGE_SIZE);
}

int ledger_hyp_donate_host(pa_t pa, uint64_t size)
{
	int ret;

	spin_lock(&host_lock);
	hyp_memory_lock();
	ret = host_expect(pa.v, size, DONJON_PAGE_HYP);
	ret = ret ?: hyp_expect(pa, size, HYP_OWNED);
	ret = ret ?: host_tables(pa.v, size, annotation(OWNER_HOST, 0), hyp_tables_needed(pa, size));
	if (!ret) {
		arch_clean_range(pa.v, size);
		hyp_unmap(pa, size);
		host_set(pa.v, size, annotation(OWNER_HOST, 0));
	}
	hyp_memory_unlock();
	spin_unlock(&host_lock);
	return ret;
}

int ledger_host_unshare_hyp(pa_t pa)
{
	int ret;

	spin_lock(&host_lock);
	hyp_memory_lock();
	ret = host_expect(pa.v, PAGE_SIZE, DONJON_PAGE_HOST_SHARED);
	ret = ret ?: hyp_expect(pa, PAGE_SIZE, HYP_BORROWED);
	if (!ret) {
		hyp_unmap(pa, PAGE_SIZE);
		host_set_state(pa.v, PAGE_SIZE, PAGE_OWNED);
	}
	hyp_memory_unlock();
	spin_unlock(&host_lock);
	return ret;
}

/* -- Host and guest -- */

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

/* What a piece of a guest's range is, judged by both parties' entries; panics where they contradict each other. */
enum piece_kind {
	PIECE_NOTHING,
	PIECE_POISONED,
	PIECE_EMPTY,
	PIECE_PRIVATE,		/* GUEST */
	PIECE_LENT,		/* GUEST_SHARED */
	PIECE_BORROWED,		/* HOST_SHARED */
};

static enum piece_kind piece_kind(const struct guest_memory *guest, uint64_t ipa, const struct piece *p)
{
	if (!p->pte)
		return PIECE_NOTHING;
	if (!pte_valid(p->pte))
		return is_empty(p->pte) ? PIECE_EMPTY : PIECE_POISONED;
	switch (pte_state(p->pte)) {
	case PAGE_OWNED:
		EL2_ASSERT(host_says_guest(p->pa, p->size, guest, ipa));
		return PIECE_PRIVATE;
	case PAGE_SHARED_OWNED:
		EL2_ASSERT(!host_expect(p->pa, p->size, DONJON_PAGE_GUEST_SHARED));
		return PIECE_LENT;
	case PAGE_SHARED_BORROWED:
		EL2_ASSERT(!host_expect(p->pa, p->size, DONJON_PAGE_HOST_SHARED));
		return PIECE_BORROWED;
	}
	EL2_PANIC("impossible page state in a guest's stage 2");
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
		*needed += pgtable_tables_needed(&host, p.pa, p.size, &nothing);
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

/* The guest's own page at plain address ipa, in the given state of the guest's entry. */
static int guest_page(const struct guest_memory *guest, uint64_t ipa, enum page_state state, struct piece *p)
{
	if (ipa >> (guest->pgt.ia_bits - guest->protected))
		return -ENOENT;
	*p = guest_piece(guest, ipa, ipa + PAGE_SIZE);
	if (!p->pte)
		return -ENOENT;
	if (is_empty(p->pte))
		return -EPERM;
	if (!pte_valid(p->pte))
		return -EHWPOISON;
	return pte_state(p->pte) == state ? 0 : -EPERM;
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

/* -- RIPAS -- */

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

/* -- Faults of the host -- */

/* Both locks are held. */
static int poison(struct guest_memory *guest, uint64_t pa, uint64_t ipa)
{
	struct pt_leaf poisoned = annotation(GUEST_TAG_POISONED, 0), nothing = annotation(OWNER_HOST, 0);
	struct piece p = guest_piece(guest, ipa, ipa + PAGE_SIZE);
	bool gone = guest->dying && !p.pte;	/* with the guest's root, when the machine was to be reset */
	int ret = 0;

	EL2_ASSERT(gone || (pte_valid(p.pte) && p.pa == pa && piece_kind(guest, ipa, &p) == PIECE_PRIVATE));
	if (!gone)
		ret = guest_tables(guest, ipa, PAGE_SIZE, poisoned);
	ret = ret ?: host_tables(pa, PAGE_SIZE, nothing, 0);
	if (ret)
		return ret;
	if (!gone)
		guest_set(guest, ipa, PAGE_SIZE, poisoned);
	arch_zero_range(pa, PAGE_SIZE);
	arch_clean_range(pa, PAGE_SIZE);
	host_set(pa, PAGE_SIZE, nothing);
	forced_reclaims++;
	return 0;
}

int ledger_force_reclaim(pa_t pa)
{
	struct guest_memory *guest;
	unsigned int level;
	int ret = -EPERM;
	pte_t pte;

	pa.v &= PAGE_MASK;
	spin_lock(&host_lock);
	pte = pgtable_get(&host, pa.v, &level);
	if (host_entry_state(pte) == DONJON_PAGE_GUEST) {
		guest = guests[pte_owner(pte) - OWNER_GUEST];
		EL2_ASSERT(guest);
		spin_lock(&guest->lock);
		ret = poison(guest, pa.v, pte_output(pte, level, pa.v));
		spin_unlock(&guest->lock);
	} else if (host_entry_state(pte) != DONJON_PAGE_HYP) {
		ret = 0;	/* given back in the meantime */
	}
	spin_unlock(&host_lock);
	return ret;
}

/* The host's lock is held and its entry at this level is 0: maps the largest block that lies in one region or hole. */
static int map_for_host(uint64_t pa, unsigned int level)
{
	uint64_t start, end, attr;

	switch (region_find(pa, &start, &end)) {
	case DONJON_REGION_RAM:
		attr = S2_HOST_RAM;
		break;
	case DONJON_REGION_FIRMWARE:
		attr = S2_HOST_FIRMWARE;
		break;
	default:
		attr = S2_HOST_DEVICE;
	}
	if (level < PT_BLOCK_LEVEL)
		level = PT_BLOCK_LEVEL;
	for (; level < PT_LAST_LEVEL; level++) {
		uint64_t base = align_down(pa, level_size(level));

		if (base >= start && end - base >= level_size(level))
			break;
	}
	return pgtable_map_lazily(&host, pa, level, attr);
}

int ledger_host_fault(pa_t pa, unsigned int *owner)
{
	unsigned int level;
	int ret = 0;
	pte_t pte;

	*owner = OWNER_HOST;
	if (pa.v >> host.ia_bits)
		return -EINVAL;
	spin_lock(&host_lock);
	pte = pgtable_get(&host, pa.v, &level);
	if (!pte) {
		ret = map_for_host(pa.v, level);
	} else if (!pte_valid(pte)) {
		*owner = pte_owner(pte);
		ret = -EPERM;
	}
	spin_unlock(&host_lock);
	return ret;
}

/* -- Inspection -- */

static enum donjon_page_state page_state(uint64_t pa, pte_t pte, uint64_t *region_end)
{
	uint64_t start;
	bool ram = region_find(pa, &start, region_end) == DONJON_REGION_RAM;

	/* The last hole may reach further than the table. */
	*region_end = min_u64(*region_end, 1UL << host.ia_bits);
	return ram ? host_entry_state(pte) : DONJON_PAGE_NOT_RAM;
}

int ledger_query(pa_t pa, uint64_t *end, enum donjon_page_state *state, unsigned int *owner, uint64_t *ipa)
{
	uint64_t addr = pa.v, region_end;
	unsigned int level, steps;
	pte_t pte;

	if (pa.v >> host.ia_bits)
		return -EINVAL;
	spin_lock(&host_lock);
	pte = pgtable_get(&host, addr, &level);
	*state = page_state(addr, pte, &region_end);
	*owner = *state == DONJON_PAGE_GUEST ? pte_owner(pte) : OWNER_HOST;
	*ipa = *state == DONJON_PAGE_GUEST ? pte_output(pte, level, addr) : 0;
	for (steps = 0; steps < QUERY_STEPS; steps++) {
		addr = min_u64(level_end(addr, level), region_end);
		if (addr >= region_end)
			break;
		pte = pgtable_get(&host, addr, &level);
		if (page_state(addr, pte, &region_end) != *state)
			break;
		if (*state == DONJON_PAGE_GUEST &&
		    (pte_owner(pte) != *owner || pte_output(pte, level, addr) != *ipa + (addr - pa.v)))
			break;
	}
	*end = addr;
	spin_unlock(&host_lock);
	return 0;
}

void ledger_scrub_all(bool locked)
{
	uint64_t addr, limit = 1UL << host.ia_bits;

	if (locked)
		spin_lock(&host_lock);
	for (addr = 0; addr < limit;) {
		unsigned int level;
		pte_t pte = pgtable_get(&host, addr, &level);
		uint64_t base = align_down(addr, level_size(level)), off;

		if (!pte_valid(pte) && pte_owner(pte) >= OWNER_GUEST)
			for (off = 0; off < level_size(level); off += min_u64(level_size(level), PT_MAX_RANGE)) {
				arch_zero_range(base + off, min_u64(level_size(level), PT_MAX_RANGE));
				arch_clean_range(base + off, min_u64(level_size(level), PT_MAX_RANGE));
			}
		addr = base + level_size(level);
	}
	if (locked)
		spin_unlock(&host_lock);
}

uint64_t ledger_counter(unsigned int index)
{
	uint64_t values[DONJON_NR_COUNTERS] = {
		[DONJON_CNT_GUEST_WRITES] = dead_guest_writes,
		[DONJON_CNT_GUEST_SPLITS] = dead_guest_splits,
		[DONJON_CNT_FORCED_RECLAIMS] = forced_reclaims,
	};
	unsigned int i;

	spin_lock(&host_lock);
	for (i = 0; i < DONJON_MAX_VMS; i++) {
		if (!guests[i])
			continue;
		values[DONJON_CNT_GUEST_WRITES] += guests[i]->pgt.writes;
		values[DONJON_CNT_GUEST_SPLITS] += guests[i]->pgt.splits;
	}
	values[DONJON_CNT_POOL_FREE] = pool.count;
	values[DONJON_CNT_HOST_TABLES] = host.tables;
	values[DONJON_CNT_HOST_WRITES] = host.writes;
	values[DONJON_CNT_HOST_SPLITS] = host.splits;
	values[DONJON_CNT_HOST_FOLDS] = host.folds;
	values[DONJON_CNT_HOST_MAPS] = host.maps;
	spin_unlock(&host_lock);
	return values[index];
}

#if DEBUG_BUILD
_Noreturn void ledger_panic(void)
{
	spin_lock(&host_lock);
	EL2_PANIC("asked for by the host, with the ledger locked");
}
#endif

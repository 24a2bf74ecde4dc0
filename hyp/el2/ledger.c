// SPDX-License-Identifier: GPL-2.0-only
#include <el2/console.h>
#include <el2/ledger_internal.h>
#include <el2/regions.h>

struct spinlock host_lock;
struct pgtable host_pgt;
struct guest_memory *ledger_guests[DONJON_MAX_VMS];
uint64_t ledger_forced_reclaims;
static uint64_t tables_held;		/* L6: all tables that the host's stage 2 may need */
static uint64_t dead_guest_writes, dead_guest_splits;

void ledger_init(unsigned int ia_bits, pte_t *root, uint64_t root_pa)
{
	spin_init(&host_lock, LOCK_HOST);
	pgtable_init(&host_pgt, PGT_HOST, ia_bits, 0, root, root_pa, &pool);
	tables_held = 0;
}

uint64_t ledger_reserve(uint64_t feeds)
{
	uint64_t used = host_pgt.tables + feeds;

	return tables_held > used ? tables_held - used : 0;
}

int ledger_hold_reserve(void)
{
	uint64_t n = POOL_FEED + regions_spanned(PT_MAX_RANGE) + regions_spanned(level_size(1));
	int ret;

	/* Tables of level 1 are for all addresses: no leaf is above it. */
	if (!host_pgt.start_level)
		n += BIT(host_pgt.ia_bits - level_shift(0));
	spin_lock(&host_lock);
	ret = cache_expect(&pool, n - host_pgt.tables);
	if (!ret)
		tables_held = n;
	spin_unlock(&host_lock);
	return ret;
}

const struct pgtable *ledger_host_table(void)
{
	return &host_pgt;
}

void ledger_add_guest(struct guest_memory *guest)
{
	spin_lock(&host_lock);
	EL2_ASSERT(!ledger_guests[guest->owner - OWNER_GUEST]);
	ledger_guests[guest->owner - OWNER_GUEST] = guest;
	spin_unlock(&host_lock);
}

void ledger_remove_guest(struct guest_memory *guest)
{
	spin_lock(&host_lock);
	EL2_ASSERT(ledger_guests[guest->owner - OWNER_GUEST] == guest && !guest->pages);
	ledger_guests[guest->owner - OWNER_GUEST] = NULL;
	dead_guest_writes += guest->pgt.writes;
	dead_guest_splits += guest->pgt.splits;
	spin_unlock(&host_lock);
}

/* -- Checks -- */

const struct ipa_range *guest_ram(const struct guest_memory *guest, ipa_t ipa, uint64_t size)
{
	const struct ipa_range *r = guest->ram + range_at(guest->ram, guest->nr_ram, ipa.v);

	SPIN_ASSERT_HELD(LOCK_VM);
	return r < guest->ram + guest->nr_ram && size <= r->base + r->size - ipa.v ? r : NULL;
}

int host_expect(pa_t pa, uint64_t size, enum donjon_page_state state)
{
	/* The states that are no annotations have the numbers of enum page_state. */
	bool hyp = state == DONJON_PAGE_HYP;
	pte_t want = hyp ? (pte_t)OWNER_HYP << PTE_OWNER_SHIFT :
			   PTE_VALID | (pte_t)state << PTE_STATE_SHIFT;
	const pte_t *other;

	SPIN_ASSERT_HELD(LOCK_HOST);
	if (!region_is_ram(pa.v, size))
		return -EINVAL;
	other = pgtable_find(&host_pgt, pa.v, size, PTE_VALID | (hyp ? PTE_OWNER : PTE_STATE),
			     want);
	return !other ? 0 : host_entry_state(*other) == DONJON_PAGE_CLEANING ? -EAGAIN : -EPERM;
}

bool host_says_guest(pa_t pa, uint64_t size, const struct guest_memory *guest, ipa_t ipa)
{
	uint64_t addr, end = pa.v + size;
	unsigned int level;

	SPIN_ASSERT_HELD(LOCK_HOST);
	for (addr = pa.v; addr < end; addr = level_end(addr, level)) {
		pte_t pte = pgtable_get(&host_pgt, addr, &level);

		if (pte_valid(pte) || pte_owner(pte) != guest->owner ||
		    pte_output(pte, level, addr) != ipa.v + (addr - pa.v))
			return false;
	}
	return true;
}

int guest_expect_nothing(const struct guest_memory *guest, ipa_t ipa, uint64_t size)
{
	const pte_t *pte;

	SPIN_ASSERT_HELD(LOCK_VM);
	if (guest->dying)
		return -ESHUTDOWN;
	pte = pgtable_find(&guest->pgt, ipa.v, size, ~0UL, 0);
	return !pte ? 0 : pte_valid(*pte) || is_empty(*pte) ? -EEXIST : -EHWPOISON;
}

enum leaf_kind leaf_kind(const struct guest_memory *guest, ipa_t ipa, const struct guest_leaf *p)
{
	if (!p->pte)
		return LEAF_NOTHING;
	if (!pte_valid(p->pte))
		return is_empty(p->pte) ? LEAF_EMPTY : LEAF_POISONED;
	switch (pte_state(p->pte)) {
	case PAGE_OWNED:
		EL2_ASSERT(host_says_guest(p->pa, p->size, guest, ipa));
		return LEAF_PRIVATE;
	case PAGE_SHARED_OWNED:
		EL2_ASSERT(!host_expect(p->pa, p->size, DONJON_PAGE_GUEST_SHARED));
		return LEAF_SHARED;
	case PAGE_SHARED_BORROWED:
		EL2_ASSERT(!host_expect(p->pa, p->size, DONJON_PAGE_HOST_SHARED));
		return LEAF_BORROWED;
	}
	EL2_PANIC("impossible page state in a guest's stage 2");
}

int guest_page(const struct guest_memory *guest, ipa_t ipa, enum page_state state,
	       struct guest_leaf *p)
{
	if (ipa.v >> (guest->pgt.ia_bits - guest->protected))
		return -ENOENT;
	*p = guest_leaf_at(guest, ipa, ipa.v + PAGE_SIZE);
	if (p->pte && !pte_valid(p->pte) && !is_empty(p->pte))
		return -EHWPOISON;
	return !p->pte ? -ENOENT : pte_valid(p->pte) && pte_state(p->pte) == state ? 0 : -EPERM;
}

/* -- Questions -- */

static enum donjon_page_state page_state(uint64_t pa, pte_t pte, uint64_t *region_end)
{
	uint64_t start;
	bool ram = region_find(pa, &start, region_end) == DONJON_REGION_RAM;

	/* The last hole may reach further than the table. */
	*region_end = min_u64(*region_end, 1UL << host_pgt.ia_bits);
	return ram ? host_entry_state(pte) : DONJON_PAGE_NOT_RAM;
}

int ledger_query(pa_t pa, uint64_t *end, enum donjon_page_state *state, unsigned int *owner,
		 uint64_t *ipa)
{
	uint64_t addr = pa.v, region_end;
	unsigned int level, steps;
	pte_t pte;

	if (pa.v >> host_pgt.ia_bits)
		return -EINVAL;
	spin_lock(&host_lock);
	pte = pgtable_get(&host_pgt, addr, &level);
	*state = page_state(addr, pte, &region_end);
	*owner = *state == DONJON_PAGE_GUEST ? pte_owner(pte) : OWNER_HOST;
	*ipa = *state == DONJON_PAGE_GUEST ? pte_output(pte, level, addr) : 0;
	for (steps = 0; steps < QUERY_STEPS; steps++) {
		addr = min_u64(level_end(addr, level), region_end);
		if (addr >= region_end)
			break;
		pte = pgtable_get(&host_pgt, addr, &level);
		if (page_state(addr, pte, &region_end) != *state)
			break;
		if (*state == DONJON_PAGE_GUEST &&
		    (pte_owner(pte) != *owner ||
		     pte_output(pte, level, addr) != *ipa + (addr - pa.v)))
			break;
	}
	*end = addr;
	spin_unlock(&host_lock);
	return 0;
}

uint64_t ledger_counter(unsigned int index)
{
	uint64_t values[DONJON_NR_COUNTERS] = {
		[DONJON_CNT_GUEST_WRITES] = dead_guest_writes,
		[DONJON_CNT_GUEST_SPLITS] = dead_guest_splits,
		[DONJON_CNT_FORCED_RECLAIMS] = ledger_forced_reclaims,
	};
	unsigned int i;

	spin_lock(&host_lock);
	for (i = 0; i < DONJON_MAX_VMS; i++) {
		if (!ledger_guests[i])
			continue;
		values[DONJON_CNT_GUEST_WRITES] += ledger_guests[i]->pgt.writes;
		values[DONJON_CNT_GUEST_SPLITS] += ledger_guests[i]->pgt.splits;
	}
	values[DONJON_CNT_POOL_FREE] = pool.count;
	values[DONJON_CNT_HOST_TABLES] = host_pgt.tables;
	values[DONJON_CNT_HOST_WRITES] = host_pgt.writes;
	values[DONJON_CNT_HOST_SPLITS] = host_pgt.splits;
	values[DONJON_CNT_HOST_FOLDS] = host_pgt.folds;
	values[DONJON_CNT_HOST_MAPS] = host_pgt.maps;
	spin_unlock(&host_lock);
	return values[index];
}

#if DEBUG_BUILD
_Noreturn void ledger_panic(void)
{
	spin_lock(&host_lock);
	__builtin_trap();
}
#endif

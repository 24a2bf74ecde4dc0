// SPDX-License-Identifier: GPL-2.0-only
#include "world.h"
#include "machine.h"
#include "proof.h"
#include <arch/attributes.h>
#include <arch/percpu.h>
#include <el2/hyp_memory.h>
#include <el2/regions.h>

#define MAX_REGIONS	2
#define MAX_CACHE	15

struct account account;
struct guest_memory guest;
uint8_t region[PROOF_PAGES], type[PROOF_PAGES];
uint64_t pool_before, cache_before;
bool world_panics;

static struct flat_table host_before, guest_before, hyp_before;
static uint64_t pages_before;
static pte_t other[PROOF_PAGES];	/* annotations of the other VMs */

/* -- What the tables say -- */

static bool guests_own(enum page_is is)
{
	return is == IS_SHARED_GUEST || is == IS_GUEST || is == IS_LENT;
}

static uint64_t pte_for(uint64_t page, uint64_t attr, enum page_state state)
{
	return page << PAGE_SHIFT | attr | (uint64_t)state << PTE_STATE_SHIFT | PTE_VALID | PTE_TYPE;
}

static uint64_t host_attr(uint64_t page)
{
	return type[page] == DONJON_REGION_RAM ? S2_HOST_RAM :
	       type[page] == DONJON_REGION_FIRMWARE ? S2_HOST_FIRMWARE : S2_HOST_DEVICE;
}

/* A page that is the host's is said by 0 or by a plain mapping. */
static pte_t host_flat(uint64_t page, bool mapped)
{
	switch (account.is[page]) {
	case IS_HOST:
		return mapped ? pte_for(page, host_attr(page), PAGE_OWNED) : 0;
	case IS_SHARED_GUEST:
	case IS_SHARED_HYP:
	case IS_SHARED_OTHER:
		return pte_for(page, S2_HOST_RAM, PAGE_SHARED_OWNED);
	case IS_GUEST:
		return (pte_t)guest.owner << PTE_OWNER_SHIFT | (uint64_t)account.ipa[page] << PAGE_SHIFT;
	case IS_GUEST_OTHER:
		return other[page];
	case IS_LENT:
	case IS_LENT_OTHER:
		return pte_for(page, S2_HOST_RAM, PAGE_SHARED_BORROWED);
	}
	return OWNER_HYP << PTE_OWNER_SHIFT;
}

static pte_t guest_flat(uint64_t ipa)
{
	uint64_t page = account.page[ipa];

	if (account.at[ipa] == IPA_EMPTY)
		return GUEST_TAG_EMPTY << PTE_OWNER_SHIFT | ipa << PAGE_SHIFT;
	if (account.at[ipa] != IPA_MAPPED)
		return account.at[ipa] == IPA_POISONED ? GUEST_TAG_POISONED << PTE_OWNER_SHIFT : 0;
	return pte_for(page, S2_GUEST_RAM, account.is[page] == IS_GUEST ? PAGE_OWNED :
		       account.is[page] == IS_LENT ? PAGE_SHARED_OWNED : PAGE_SHARED_BORROWED);
}

static pte_t hyp_flat(uint64_t page)
{
	if (account.is[page] != IS_HYP && account.is[page] != IS_SHARED_HYP)
		return 0;
	return pte_for(page, S1_HYP_DATA, account.is[page] == IS_HYP ? PAGE_OWNED : PAGE_SHARED_BORROWED);
}

/* -- What is right -- */

/* One page: the state table of ledger.h. */
static bool page_right(uint64_t page)
{
	enum page_is is = account.is[page];

	if (is >= NR_PAGE_IS || (is != IS_HOST && (!page || type[page] != DONJON_REGION_RAM)))
		return false;
	if (is == (guest.protected ? IS_SHARED_GUEST : IS_GUEST) || (is == IS_LENT && !guest.protected))
		return false;
	/* What is private is so at its plain address. */
	if (is == IS_GUEST && account.ipa[page] >= PROOF_ALIAS)
		return false;
	return !guests_own(is) || (account.ipa[page] < PROOF_PAGES && account.at[account.ipa[page]] == IPA_MAPPED &&
				   account.page[account.ipa[page]] == page);
}

static bool ipa_right(uint64_t ipa)
{
	uint64_t page = account.page[ipa];

	if (account.at[ipa] >= NR_IPA_IS || (account.at[ipa] == IPA_EMPTY && (!guest.protected || ipa >= PROOF_ALIAS)))
		return false;
	/* RIPAS: an alias has a page where the plain address is EMPTY, and nothing else. */
	if (guest.protected && ipa >= PROOF_ALIAS && account.at[ipa] != IPA_NOTHING &&
	    (account.at[ipa] != IPA_MAPPED || account.at[ipa - PROOF_ALIAS] != IPA_EMPTY))
		return false;
	return account.at[ipa] != IPA_MAPPED ||
	       (page < PROOF_PAGES && guests_own(account.is[page]) && account.ipa[page] == ipa);
}

/* The shape of a table about one page: see tables.h, whose builder makes just these. */
static bool shape_right(const struct flat_table *t, uint64_t page, enum pgtable_kind kind)
{
	unsigned int level = t->level[page], l;
	uint64_t i, first = page & ~(level_pages(level) - 1);
	pte_t pte = t->flat[first];
	bool right = level >= 1 && level <= PT_LAST_LEVEL;

	if (level < PT_LAST_LEVEL && pte) {
		right = right && kind != PGT_HYP && (kind == PGT_HOST || level == PT_SLOT_LEVEL);
		right = right && (kind == PGT_HOST || pte_valid(pte) || pte_owner(pte) == GUEST_TAG_EMPTY);
		right = right && (!pte_valid(pte) || is_aligned(pte & PTE_ADDR, level_size(level)));
	}
	EACH(i) {
		if (level_group(i, level) == level_group(page, level))
			right = right && t->level[i] == level && t->flat[i] == flat_next(pte, i - first);
	}
	/* P1: each table on the way to the page has an entry that is not 0. */
	for (l = 1; l < PT_LAST_LEVEL; l++) {
		bool something = false;

		EACH(i)
			if (level_group(i, l) == level_group(page, l))
				something = something || t->flat[i] || t->level[i] > l + 1;
		right = right && (level <= l || something);
	}
	return right;
}

/* Pages lent one by one, at their plain addresses, are said by entries of their own, on both sides, so that giving them back needs no table. */
static bool single_right(uint64_t page)
{
	enum page_is is = account.is[page];

	if (is == IS_LENT && account.ipa[page] >= PROOF_ALIAS)
		return true;
	return (is != IS_SHARED_HYP && is != IS_LENT && is != IS_LENT_OTHER) ||
	       (flat_host.level[page] == PT_LAST_LEVEL &&
		(is != IS_LENT || flat_guest.level[account.ipa[page]] == PT_LAST_LEVEL));
}

/* A guest's block is given in one call, so it lies in one region of RAM. */
static bool block_right(uint64_t ipa)
{
	uint64_t i;
	bool one = true;

	EACH(i)
		if (level_group(i, PT_SLOT_LEVEL) == level_group(ipa, PT_SLOT_LEVEL) && account.at[ipa] == IPA_MAPPED &&
		    flat_guest.level[ipa] < PT_LAST_LEVEL)
			one = one && region[account.page[i]] == region[account.page[ipa]];
	return one;
}

static bool shapes_right(uint64_t page)
{
	return block_right(page) && shape_right(&flat_host, page, PGT_HOST) && shape_right(&flat_guest,
	    page, PGT_GUEST) &&
	       shape_right(&flat_hyp, page, PGT_HYP) && single_right(page);
}

static uint64_t guest_pages(void)
{
	uint64_t ipa;
	uint8_t n = 0;

	EACH(ipa)
		n += account.at[ipa] != IPA_NOTHING && !(guest.protected && ipa >= PROOF_ALIAS);
	return n;
}

/* -- Any world -- */

static uint64_t any_page(void)
{
	return nondet_u8() & (PROOF_PAGES - 1);
}

static void any_levels(struct flat_table *t)
{
	uint64_t i;

	EACH(i)
		t->level[i] = nondet_bool() ? PT_LAST_LEVEL : nondet_bool() ? PT_SLOT_LEVEL : 1;
}

static void any_regions(void)
{
	struct donjon_region map[MAX_REGIONS];
	uint64_t n = any_below(MAX_REGIONS + 1), i, page;

	for (i = 0; i < MAX_REGIONS; i++)
		map[i] = (struct donjon_region){ any_page() << PAGE_SHIFT, any_page() << PAGE_SHIFT,
						 nondet_bool() ? DONJON_REGION_RAM : DONJON_REGION_FIRMWARE };
	assume(!regions_init(map, n, 1UL << PROOF_IA_BITS));
	EACH(page) {
		region[page] = type[page] = 0;
		for (i = 0; i < MAX_REGIONS; i++)
			if (i < n && (page << PAGE_SHIFT) - map[i].base < map[i].size) {
				region[page] = 1 + i;
				type[page] = map[i].type;
			}
	}
}

static void any_guest(void)
{
	guest = (struct guest_memory){ .owner = OWNER_GUEST + (nondet_bool() ? 0 : DONJON_MAX_VMS - 1),
	    .protected = nondet_bool(),
				       .sealed = nondet_bool(), .dying = nondet_bool() };
	spin_init(&guest.lock, LOCK_VM);
	guest.lock.next = guest.lock.serving = (uint16_t)nondet_u64();
	cache_init(&guest.cache);
	guest.cache.count = nondet_u8() & MAX_CACHE;
	pgtable_init(&guest.pgt, PGT_GUEST, PROOF_IA_BITS, guest.owner, NULL, 0, &guest.cache);
}

/* An annotation of another VM: any guest-physical page. */
static pte_t any_other(void)
{
	return (OWNER_GUEST + 1) << PTE_OWNER_SHIFT | any_page() << PAGE_SHIFT;
}

void world_init(void)
{
	struct pgtable *host;
	uint64_t i;

	machine_init();
	any_regions();
	cache_init(&pool);
	pool.count = nondet_u8() & MAX_CACHE;
	ledger_init(PROOF_IA_BITS, NULL, 0);
	hyp_memory_init(NULL, 0, 0);
	any_guest();
	ledger_add_guest(&guest);
	EACH(i) {
		account.is[i] = nondet_u8() & 0xf;
		account.ipa[i] = any_page();
		account.at[i] = nondet_u8() & 3;
		account.page[i] = any_page();
		other[i] = any_other();
	}
	EACH(i)
		assume(page_right(i) && ipa_right(i));
	any_levels(&flat_host);
	any_levels(&flat_guest);
	any_levels(&flat_hyp);
	EACH(i) {
		flat_host.flat[i] = host_flat(i, nondet_bool());
		flat_guest.flat[i] = guest_flat(i);
		flat_hyp.flat[i] = hyp_flat(i);
	}
	EACH(i)
		assume(shapes_right(i));
	guest.pages = guest_pages();
	guest.pgt.blocks = flat_blocks(&flat_guest);
	guest.pgt.tables = flat_tables(&flat_guest, 1);
	host = (struct pgtable *)ledger_host_table();
	host->tables = flat_tables(&flat_host, 1);
	assume(guest.cache.count >= guest.pgt.blocks);	/* L5 */
	host_before = flat_host;
	guest_before = flat_guest;
	hyp_before = flat_hyp;
	pool_before = pool.count;
	cache_before = guest.cache.count;
	pages_before = guest.pages;
}

bool world_ram(uint64_t from, uint64_t count)
{
	uint64_t i;
	bool ram = from && from < PROOF_PAGES && count <= PROOF_PAGES - from;

	EACH(i)
		if (in_range(i, from, count))
			ram = ram && type[i] == DONJON_REGION_RAM && region[i] == region[from];
	return ram;
}

bool world_all(uint64_t from, uint64_t count, enum page_is is)
{
	uint64_t i;
	bool all = true;

	EACH(i)
		if (in_range(i, from, count))
			all = all && account.is[i] == is;
	return all;
}

/* -- Afterwards -- */

void world_check(void)
{
	uint64_t page = machine.page;

	prove(!machine_locks_held, "no lock is left held");
	prove(page_right(page) && ipa_right(page), "both parties' accounts agree");
	prove(flat_host.flat[page] == host_flat(page, flat_host.flat[page]), "the host's table says it");
	prove(flat_guest.flat[page] == guest_flat(page), "the guest's table says it");
	prove(flat_hyp.flat[page] == hyp_flat(page), "EL2's table says it");
	prove(shapes_right(page), "the tables are well-formed");
	prove(guest.pages == guest_pages(), "the guest's pages are counted");
	prove(guest.cache.count >= guest.pgt.blocks, "L5: the deposit is kept");
	prove(guest.cache.count + flat_tables(&flat_guest, 1) == cache_before + flat_tables(&guest_before, 1) &&
	      pool.count + flat_tables(&flat_host, 1) + flat_tables(&flat_hyp, 1) ==
	      pool_before + flat_tables(&host_before, 1) + flat_tables(&hyp_before, 1), "no table page is lost");
}

static bool same(const struct flat_table *now, const struct flat_table *before, uint64_t page)
{
	return now->flat[page] == before->flat[page] && now->level[page] == before->level[page];
}

void world_same(void)
{
	uint64_t page = machine.page;

	prove(same(&flat_host, &host_before, page) && same(&flat_guest, &guest_before, page) &&
	      same(&flat_hyp, &hyp_before, page) && pool.count == pool_before && guest.cache.count == cache_before &&
	      guest.pages == pages_before && !machine.zeroed, "a failure changes nothing");
}

// SPDX-License-Identifier: GPL-2.0-only
#include "world.h"
#include "machine.h"
#include "proof.h"
#include <arch/attributes.h>
#include <arch/percpu.h>
#include <el2/hyp_memory.h>
#include <el2/regions.h>
#include <tests/spec/parts.h>

#define MAX_REGIONS 2
#define MAX_CACHE   15
#define MAX_RAM     2

#if PROOF_GUEST == 0
#define ANY_KIND nondet_bool()
#else
#define ANY_KIND (PROOF_GUEST == 1)
#endif

struct spec spec;
struct guest_memory guest;
struct flat_table host_before, guest_before, hyp_before;
spec_page_t word_before[PROOF_PAGES];
uint8_t region[PROOF_PAGES], tag_before[PROOF_PAGES];
uint64_t pool_before, cache_before, reserve_before;
bool world_panics;

static spec_page_t words[PROOF_PAGES];
static uint16_t special[PROOF_PAGES];
static uint8_t type[PROOF_PAGES];
static uint64_t pages_before;

/* -- What the tables say -- */

static pte_t pte_for(uint64_t page, uint64_t attr, enum page_state state)
{
	return page << PAGE_SHIFT | attr | (uint64_t)state << PTE_STATE_SHIFT | PTE_VALID |
	       PTE_TYPE;
}

static uint64_t host_attr(uint64_t page)
{
	return type[page] == DONJON_REGION_RAM	      ? S2_HOST_RAM
	       : type[page] == DONJON_REGION_FIRMWARE ? S2_HOST_FIRMWARE
						      : S2_HOST_DEVICE;
}

bool world_denied(uint64_t page)
{
	return type[page] == DONJON_REGION_DENIED;
}

/* A page that is the host's has a default entry: 0, or the mapping that a fault makes. */
static pte_t host_flat(uint64_t page, bool mapped)
{
	switch (spec_state(words[page])) {
	case DONJON_PAGE_HOST_SHARED:
		return pte_for(page, S2_HOST_RAM, PAGE_SHARED_OWNED);
	case DONJON_PAGE_GUEST_SHARED:
		return pte_for(page, S2_HOST_RAM, PAGE_SHARED_BORROWED);
	case DONJON_PAGE_GUEST:
		return (pte_t)spec_owner(words[page]) << PTE_OWNER_SHIFT | spec_ipa(words[page]);
	case DONJON_PAGE_HYP:
		return OWNER_HYP << PTE_OWNER_SHIFT;
	case DONJON_PAGE_CLEANING:
		return (pte_t)OWNER_CLEANING << PTE_OWNER_SHIFT | page << PAGE_SHIFT;
	default:
		return mapped && !world_denied(page)
			       ? pte_for(page, host_attr(page), PAGE_OWNED)
			       : 0;
	}
}

/* The guest has the page at this IPA. */
static bool is_at(spec_page_t word, uint64_t at)
{
	return holder(word) == guest.owner && spec_ipa(word) == at << PAGE_SHIFT;
}

static enum page_state guests_state(spec_page_t word)
{
	return spec_state(word) == DONJON_PAGE_GUEST	      ? PAGE_OWNED
	       : spec_state(word) == DONJON_PAGE_GUEST_SHARED ? PAGE_SHARED_OWNED
							      : PAGE_SHARED_BORROWED;
}

static pte_t guest_flat(uint64_t at)
{
	pte_t pte = (pte_t)ipa_tag[at] << PTE_OWNER_SHIFT;
	uint64_t page;

	if (ipa_tag[at] == GUEST_TAG_EMPTY)
		pte |= at << PAGE_SHIFT;
	EACH(page)
	if (is_at(words[page], at))
		pte = pte_for(page, guest.ram[0].readonly ? S2_GUEST_ROM : S2_GUEST_RAM,
			      guests_state(words[page]));
	return pte;
}

/* What EL2 has had since the boot it maps where it likes. */
static pte_t hyp_flat(uint64_t page)
{
	if (spec_state(words[page]) == DONJON_PAGE_HYP && !(words[page] & SPEC_BOOT))
		return pte_for(page, S1_HYP_DATA, PAGE_OWNED);
	if (spec_state(words[page]) == DONJON_PAGE_HOST_SHARED &&
	    spec_borrower(words[page]) == SPEC_HYP)
		return pte_for(page, S1_HYP_DATA, PAGE_SHARED_BORROWED);
	return 0;
}

/* -- What is right: the state table of ledger.h -- */

static bool is_unprotected_ipa(uint64_t at)
{
	return guest.protected && at >= PROOF_UNPROTECTED;
}

/* A page that this guest has: of its kind, and nothing else is there. */
static bool held_right(uint64_t page)
{
	enum donjon_page_state state = spec_state(words[page]);
	uint64_t at = spec_ipa(words[page]) >> PAGE_SHIFT, i;
	bool right = at < PROOF_PAGES && !ipa_tag[at] &&
		     guest.protected == (state != DONJON_PAGE_HOST_SHARED);

	EACH(i)
	right = right && (i == page || !is_at(words[i], at));
	/* RIPAS: at an unprotected IPA there is a page where the protected one is EMPTY. */
	if (right && is_unprotected_ipa(at))
		right = state == DONJON_PAGE_GUEST_SHARED &&
			ipa_tag[at - PROOF_UNPROTECTED] == GUEST_TAG_EMPTY;
	return right;
}

static bool page_right(uint64_t page)
{
	enum donjon_page_state state = spec_state(words[page]);

	if ((state == DONJON_PAGE_NOT_RAM) != (type[page] != DONJON_REGION_RAM))
		return false;
	if (!page && is_special(words[page]))
		return false;
	return holder(words[page]) != guest.owner || held_right(page);
}

static bool tag_right(uint64_t at)
{
	return !ipa_tag[at] || (ipa_tag[at] <= GUEST_TAG_EMPTY && !is_unprotected_ipa(at) &&
				(ipa_tag[at] == GUEST_TAG_POISONED || guest.protected));
}

/* The shape of a table about one page: see tables.h, whose builder makes just these. */
static bool shape_right(const struct flat_table *t, uint64_t page, enum pgtable_kind kind)
{
	unsigned int level = t->level[page], l;
	uint64_t i, first = page & ~(level_pages(level) - 1);
	pte_t pte = t->flat[first];
	bool right = level >= 1 && level <= PT_LAST_LEVEL;

	if (level < PT_LAST_LEVEL && pte) {
		right = right && kind != PGT_HYP && (kind == PGT_HOST || level == PT_L2);
		right = right &&
			(kind == PGT_HOST || pte_valid(pte) || pte_owner(pte) == GUEST_TAG_EMPTY);
		right = right && (!pte_valid(pte) || is_aligned(pte & PTE_ADDR, level_size(level)));
	}
	EACH(i)
	{
		if (level_group(i, level) == level_group(page, level))
			right = right && t->level[i] == level &&
				t->flat[i] == flat_next(pte, i - first);
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

/*
 * Pages shared one by one have entries of their own on both sides, so that the end of the sharing
 * needs no table. This is not so for what a protected guest shares at an unprotected IPA.
 */
static bool single_right(uint64_t page)
{
	enum donjon_page_state state = spec_state(words[page]);
	uint64_t at = spec_ipa(words[page]) >> PAGE_SHIFT;
	bool mine = holder(words[page]) == guest.owner;

	if (state == DONJON_PAGE_HOST_SHARED ? spec_borrower(words[page]) != SPEC_HYP
					     : state != DONJON_PAGE_GUEST_SHARED)
		return true;
	if (mine && at >= PROOF_UNPROTECTED)
		return true;
	return flat_host.level[page] == PT_LAST_LEVEL &&
	       (!mine || flat_guest.level[at] == PT_LAST_LEVEL);
}

static uint64_t output_page(pte_t flat)
{
	return (flat & PTE_ADDR) >> PAGE_SHIFT & (PROOF_PAGES - 1);
}

/* A guest's block is mapped in one call, so it lies in one region of RAM. */
static bool block_right(uint64_t at)
{
	pte_t pte = flat_guest.flat[at];
	bool one = true;
	uint64_t i;

	EACH(i)
	if (level_group(i, PT_L2) == level_group(at, PT_L2) && pte_valid(pte) &&
	    flat_guest.level[at] < PT_LAST_LEVEL)
		one = one && region[output_page(flat_guest.flat[i])] == region[output_page(pte)];
	return one;
}

static bool shapes_right(uint64_t page)
{
	return block_right(page) && shape_right(&flat_host, page, PGT_HOST) &&
	       shape_right(&flat_guest, page, PGT_GUEST) && shape_right(&flat_hyp, page, PGT_HYP) &&
	       single_right(page);
}

/* Protected IPAs, or all of an unprotected guest, that have an entry. */
static uint64_t guest_pages(void)
{
	uint64_t at;
	uint8_t n = 0;

	EACH(at)
	n += flat_guest.flat[at] && !is_unprotected_ipa(at);
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
	t->level[i] = nondet_bool() ? PT_LAST_LEVEL : nondet_bool() ? PT_L2 : 1;
}

static void any_regions(void)
{
	struct donjon_region map[MAX_REGIONS];
	uint64_t n = any_below(MAX_REGIONS + 1), i, page;

	for (i = 0; i < MAX_REGIONS; i++)
		map[i] = (struct donjon_region){any_page() << PAGE_SHIFT, any_page() << PAGE_SHIFT,
						nondet_u8() & 3};
	assume(!regions_init(map, n, 1UL << PROOF_IA_BITS));
	EACH(page)
	{
		region[page] = type[page] = 0;
		for (i = 0; i < MAX_REGIONS; i++)
			if (i < n && (page << PAGE_SHIFT) - map[i].base < map[i].size) {
				region[page] = 1 + i;
				type[page] = map[i].type;
			}
	}
}

/*
 * Up to two ranges of protected IPAs, without an overlap. Those of an unprotected guest are all
 * read-only, or none is.
 */
static void any_ram(void)
{
	bool readonly = !guest.protected && nondet_bool();
	uint64_t limit = guest.protected ? PROOF_UNPROTECTED : PROOF_PAGES, i, base, size;

	guest.nr_ram = any_below(MAX_RAM + 1);
	for (i = 0; i < MAX_RAM; i++) {
		base = any_page();
		size = 1 + any_page();
		assume(base < limit && size <= limit - base);
		guest.ram[i] = (struct ipa_range){ base << PAGE_SHIFT, size << PAGE_SHIFT,
						   readonly };
	}
	assume(guest.ram[0].base + guest.ram[0].size <= guest.ram[1].base ||
	       guest.nr_ram < MAX_RAM);
}

static void any_guest(void)
{
	guest = (struct guest_memory){.owner = PROOF_OWNER,
				      .protected = ANY_KIND,
				      .activated = nondet_bool(),
				      .dying = nondet_bool(),
				      .cleaning = nondet_bool()};
	spin_init(&guest.lock, LOCK_VM);
	guest.lock.next = guest.lock.serving = (uint16_t)nondet_u64();
	cache_init(&guest.cache);
	guest.cache.count = nondet_u8() & MAX_CACHE;
	pgtable_init(&guest.pgt, PGT_GUEST, PROOF_IA_BITS, guest.owner, NULL, 0, &guest.cache);
	any_ram();
}

static spec_page_t any_word(void)
{
	unsigned int who = nondet_bool() ? PROOF_OWNER : PROOF_OTHER;
	uint64_t at = any_page() << PAGE_SHIFT;

	switch (nondet_u8() & 7) {
	case 0:
		return make(DONJON_PAGE_GUEST, who, SPEC_NOBODY, at);
	case 1:
		return make(DONJON_PAGE_GUEST_SHARED, who, SPEC_HOST, at);
	case 2:
		return make(DONJON_PAGE_HOST_SHARED, SPEC_HOST, who, at);
	case 3:
		return make(DONJON_PAGE_HOST_SHARED, SPEC_HOST, SPEC_HYP, 0);
	case 4:
		return make(DONJON_PAGE_HYP, SPEC_HYP, SPEC_NOBODY, 0);
	case 5:
		return make(DONJON_PAGE_HYP, SPEC_HYP, SPEC_NOBODY, 0) | SPEC_BOOT;
	case 6:
		return DONJON_PAGE_NOT_RAM;
	default:
		return nondet_bool() ? DONJON_PAGE_CLEANING
				     : make(DONJON_PAGE_HOST, SPEC_HOST, SPEC_NOBODY, 0);
	}
}

/*
 * No page has the zero flag: those that have it afterwards are what the operation must have
 * zeroed.
 */
static void any_spec(void)
{
	uint64_t i;

	spec.nr_pages = PROOF_PAGES;
	spec.limit = PROOF_PAGES << PAGE_SHIFT;
	spec.page = words;
	spec.special = special;
	spec.guest[PROOF_OWNER - OWNER_GUEST] = (struct spec_guest){
		.exists = true,
		.protected = guest.protected,
		.activated = guest.activated,
		.dying = guest.dying,
		.cleaning = guest.cleaning,
		.ipa_limit = PROOF_PAGES << PAGE_SHIFT,
		.unprotected_bit = guest.protected ? PROOF_UNPROTECTED << PAGE_SHIFT : 0,
	};
	spec.guest[PROOF_OTHER - OWNER_GUEST] = (struct spec_guest){.exists = true};
	EACH(i)
	{
		words[i] = any_word();
		special[i] = is_special(words[i]);
		ipa_tag[i] = nondet_u8() & 3;
	}
	EACH(i)
	assume(page_right(i) && tag_right(i));
	EACH(i)
	{
		word_before[i] = words[i];
		tag_before[i] = ipa_tag[i];
	}
}

static void any_tables(void)
{
	uint64_t i;

	any_levels(&flat_host);
	any_levels(&flat_guest);
	any_levels(&flat_hyp);
	EACH(i)
	{
		flat_host.flat[i] = host_flat(i, nondet_bool());
		flat_guest.flat[i] = guest_flat(i);
		flat_hyp.flat[i] = hyp_flat(i);
	}
	EACH(i)
	assume(shapes_right(i));
	guest.pages = guest_pages();
	guest.pgt.blocks = flat_blocks(&flat_guest);
	guest.pgt.tables = flat_tables(&flat_guest, 1);
	assume(guest.cache.count >= guest.pgt.blocks); /* L5 */
	host_before = flat_host;
	guest_before = flat_guest;
	hyp_before = flat_hyp;
}

void world_init(void)
{
	machine_init();
	any_regions();
	cache_init(&pool);
	pool.count = nondet_u8() & MAX_CACHE;
	ledger_init(PROOF_IA_BITS, NULL, 0);
	hyp_memory_init(NULL, 0, 0);
	any_guest();
	ledger_add_guest(&guest);
	any_spec();
	any_tables();
	((struct pgtable *)ledger_host_table())->tables = flat_tables(&flat_host, 1);
	/* L6, or before START. */
	if (nondet_bool())
		ledger_hold_reserve();
	reserve_before = ledger_reserve(0);
	pool_before = pool.count;
	cache_before = guest.cache.count;
	pages_before = guest.pages;
}

bool world_one_region(uint64_t from, uint64_t count)
{
	uint64_t i;
	bool one = from < PROOF_PAGES && count <= PROOF_PAGES - from;

	EACH(i)
	if (in_range(i, from, count))
		one = one && region[i] == region[from];
	return one;
}

bool world_guest_ram(uint64_t from, uint64_t count)
{
	uint64_t i, off, size;
	bool ram = false;

	for (i = 0; i < MAX_RAM; i++) {
		off = from - (guest.ram[i].base >> PAGE_SHIFT);
		size = guest.ram[i].size >> PAGE_SHIFT;
		ram = ram || (i < guest.nr_ram && off < size && count <= size - off);
	}
	return ram;
}

bool world_was(uint64_t from, uint64_t count, enum donjon_page_state state)
{
	uint64_t i;
	bool all = true;

	EACH(i)
	if (in_range(i, from, count))
		all = all && spec_state(word_before[i]) == state;
	return all;
}

uint64_t world_page_at(uint64_t at)
{
	uint64_t page;

	EACH(page)
	if (is_at(word_before[page], at))
		return page;
	return PROOF_PAGES;
}

/* -- Afterwards -- */

void world_check(void)
{
	uint64_t page = machine.page;

	prove(!spec.broken, "the specification allows the change");
	prove(page_right(page) && tag_right(page), "both parties' entries agree");
	prove(flat_host.flat[page] == host_flat(page, flat_host.flat[page]),
	      "the host's table says it");
	prove(flat_guest.flat[page] == guest_flat(page), "the guest's table says it");
	prove(flat_hyp.flat[page] == hyp_flat(page), "EL2's table says it");
	prove(shapes_right(page), "the tables are well-formed");
	prove(guest.pages == guest_pages(), "the guest's pages are counted");
	prove(guest.cache.count >= guest.pgt.blocks, "L5: the reserved tables are kept");
	prove(pool.count >= ledger_reserve(POOL_FEED), "L6: the tables for faults are kept");
	prove(guest.cache.count + flat_tables(&flat_guest, 1) ==
			      cache_before + flat_tables(&guest_before, 1) &&
		      pool.count + flat_tables(&flat_host, 1) + flat_tables(&flat_hyp, 1) ==
			      pool_before + flat_tables(&host_before, 1) +
				      flat_tables(&hyp_before, 1),
	      "no table page is lost");
}

static bool same(const struct flat_table *now, const struct flat_table *before, uint64_t page)
{
	return now->flat[page] == before->flat[page] && now->level[page] == before->level[page];
}

void world_same(void)
{
	uint64_t page = machine.page;

	prove(same(&flat_host, &host_before, page) && same(&flat_guest, &guest_before, page) &&
		      same(&flat_hyp, &hyp_before, page) && pool.count == pool_before &&
		      guest.cache.count == cache_before && guest.pages == pages_before &&
		      !machine.zeroed && !machine.cleaned,
	      "a failure changes nothing");
}

// SPDX-License-Identifier: GPL-2.0-only
/* What a protected guest makes of its pages: EMPTY, shared at the alias, or RAM. */
#include "world.h"
#include "machine.h"
#include "proof.h"
#include <arch/attributes.h>

static uint64_t ipa_of_witness;	/* plain */
static bool guest_keeps_it, host_keeps_it;

static bool guest_reaches_it(uint64_t at)
{
	return pte_valid(flat_guest.flat[at]) && (flat_guest.flat[at] & PTE_ADDR) >> PAGE_SHIFT == machine.page;
}

/* While contents change or are cleaned, nobody reaches the page who must not see them (L2): neither at its plain address nor at its alias. */
void machine_contents(bool zero)
{
	prove(host_keeps_it || !pte_valid(flat_host.flat[machine.page]), "L2: the host has lost the page, or not got it yet");
	prove(guest_keeps_it || (!guest_reaches_it(ipa_of_witness) && !guest_reaches_it(ipa_of_witness + PROOF_ALIAS)),
	      "L2: the guest has lost the page, or not got it yet");
}

/* A plain range as guest_rsi.c and hypercall.c let it through. */
static void any_plain(uint64_t *at, uint64_t *count)
{
	assume(guest.protected);
	*at = nondet_u8() & (PROOF_ALIAS - 1);
	*count = 1 + (nondet_u8() & (PT_ENTRIES - 1));
	assume(*count <= PROOF_ALIAS - *at);
}

static uint64_t alias_page(uint64_t at)
{
	return account.page[at + PROOF_ALIAS];
}

static bool alias_mapped(uint64_t at)
{
	return account.at[at + PROOF_ALIAS] == IPA_MAPPED;
}

/* The pages from at on that one entry of the guest's decides about. */
static uint64_t leaf_pages(uint64_t at)
{
	uint64_t n = level_pages(flat_guest.level[at]);

	return n - (at & (n - 1));
}

/* How many pages the first piece has. To RAM, the entry at the alias ends it as well. */
static uint64_t piece_pages(uint64_t at, uint64_t count, enum ripas want)
{
	uint64_t n = min_u64(leaf_pages(at), count);

	return want == RIPAS_RAM && account.at[at] == IPA_EMPTY ? min_u64(leaf_pages(at + PROOF_ALIAS), n) : n;
}

static int expect_set(uint64_t at, enum ripas want, bool destroyed)
{
	if (guest.dying)
		return -ESHUTDOWN;
	if (account.at[at] == IPA_POISONED && !destroyed)
		return -EHWPOISON;
	return want == RIPAS_EMPTY && account.at[at] == IPA_MAPPED && account.is[account.page[at]] == IS_LENT ? -EPERM : 0;
}

/* The account after it. */
static void set_account(uint64_t at, uint64_t n, enum ripas want)
{
	uint64_t i;

	EACH(i) {
		if (i >= PROOF_ALIAS || !in_range(i, at, n))
			continue;
		if (want == RIPAS_EMPTY && account.at[i] == IPA_MAPPED) {
			account.page[i + PROOF_ALIAS] = account.page[i];
			account.at[i + PROOF_ALIAS] = IPA_MAPPED;
			account.is[account.page[i]] = IS_LENT;
			account.ipa[account.page[i]] = i + PROOF_ALIAS;
		}
		if (want == RIPAS_RAM && alias_mapped(i)) {
			account.page[i] = alias_page(i);
			account.at[i] = IPA_MAPPED;
			account.at[i + PROOF_ALIAS] = IPA_NOTHING;
			account.is[account.page[i]] = IS_GUEST;
			account.ipa[account.page[i]] = i;
		} else {
			account.at[i] = want == RIPAS_EMPTY ? IPA_EMPTY : IPA_NOTHING;
		}
	}
}

/* Whether the guest's tables, or the pool, are short of what a top-up before the call gives. */
static bool is_short(uint64_t at, uint64_t n)
{
	return cache_before < guest.pgt.blocks + DONJON_MAP_TABLES || pool_before < 3;
}

void proof_guest_set_ripas(void)
{
	enum ripas want = nondet_bool() ? RIPAS_EMPTY : RIPAS_RAM;
	bool destroyed = nondet_bool(), page, changes, mine, was_block, wanted_short;
	uint64_t at, count, n, done = ~0UL;
	enum ipa_is was;
	int ret, expected;

	world_init();
	any_plain(&at, &count);
	was = account.at[at];
	page = was == IPA_MAPPED || (was == IPA_EMPTY && alias_mapped(at));
	n = piece_pages(at, count, want);
	was_block = flat_guest.level[at] == PT_SLOT_LEVEL && n == PT_ENTRIES;
	changes = was == IPA_POISONED || (was == IPA_EMPTY) != (want == RIPAS_EMPTY);
	expected = expect_set(at, want, destroyed);
	wanted_short = is_short(at, n);
	ipa_of_witness = account.ipa[machine.page] & (PROOF_ALIAS - 1);
	mine = (account.is[machine.page] == IS_GUEST || account.is[machine.page] == IS_LENT) && page && changes &&
	       in_range(ipa_of_witness, at, n) &&
	       account.page[want == RIPAS_EMPTY ? ipa_of_witness : ipa_of_witness + PROOF_ALIAS] == machine.page;
	ret = ledger_guest_set_ripas(&guest, ipa(at << PAGE_SHIFT), count << PAGE_SHIFT, want, destroyed, &done);
	prove(ret == expected || (!expected && (ret == -ENOMEM || ret == -ENOBUFS) && changes), "the answer");
	prove((ret != -ENOMEM && ret != -ENOBUFS) || wanted_short, "-ENOMEM and -ENOBUFS only where tables are short");
	if (ret) {
		world_same();
	} else {
		prove(done == n << PAGE_SHIFT, "the first piece is done");
		if (changes)
			set_account(at, n, want);
		prove(machine.zeroed == mine, "what changes hands is zeroed");
		prove(machine.cleaned == (mine && (want == RIPAS_EMPTY || !machine.coherent)), "cleaned where it may be read past the caches");
	}
	world_check();
	reachable(!ret && want == RIPAS_EMPTY && was == IPA_MAPPED && was_block, "a block becomes EMPTY");
	reachable(!ret && want == RIPAS_EMPTY && was == IPA_MAPPED && n == 1 && flat_guest.level[at] == PT_LAST_LEVEL,
		  "a page becomes EMPTY");
	reachable(!ret && want == RIPAS_EMPTY && was == IPA_NOTHING && n == 2, "what is not there becomes EMPTY");
	reachable(!ret && want == RIPAS_RAM && page && changes && n == 2, "a block becomes RAM");
	reachable(!ret && want == RIPAS_RAM && page && changes && was_block == false && n == 1, "a part becomes RAM");
	reachable(!ret && want == RIPAS_RAM && !page && was == IPA_EMPTY, "what is not there becomes RAM");
	reachable(!ret && was == IPA_POISONED && want == RIPAS_EMPTY, "what was destroyed becomes EMPTY");
	reachable(!ret && was == IPA_POISONED && want == RIPAS_RAM, "what was destroyed becomes RAM");
	reachable(!ret && !changes, "it is so already");
	reachable(ret == -EPERM, "-EPERM");
	reachable(ret == -EHWPOISON, "-EHWPOISON");
	reachable(ret == -ESHUTDOWN, "-ESHUTDOWN");
	reachable(ret == -ENOBUFS, "-ENOBUFS");
	reachable(ret == -ENOMEM, "-ENOMEM");
}

/* -- The host's page at an alias -- */

static int expect_lend(uint64_t from, uint64_t at, uint64_t count)
{
	struct pt_leaf lent = { .valid = true, .pa = from << PAGE_SHIFT, .attr = PTE_STATE };
	bool block = count == PT_ENTRIES && level_first(at, PT_SLOT_LEVEL) && level_first(from, PT_SLOT_LEVEL);
	uint64_t i;

	if (!world_ram(from, count))
		return -EINVAL;
	if (!world_all(from, count, IS_HOST))
		return -EPERM;
	EACH(i)
		if (i < PROOF_ALIAS && in_range(i, at, count) && account.at[i] != IPA_EMPTY)
			return -EEXIST;
	if (guest.dying)
		return -ESHUTDOWN;
	EACH(i)
		if (i < PROOF_ALIAS && in_range(i, at, count) && alias_mapped(i))
			return -EEXIST;
	if (flat_needed(&flat_guest, &guest.pgt, at + PROOF_ALIAS, count, &lent) + guest.pgt.blocks + block > guest.cache.count)
		return -ENOBUFS;
	if (flat_needed(&flat_host, ledger_host_table(), from, count, &lent) > pool.count)
		return -ENOMEM;
	return 0;
}

void proof_host_lend_guest(void)
{
	uint64_t from, at, count, i;
	int ret, expected;

	world_init();
	any_plain(&at, &count);
	from = nondet_u8() & (PROOF_PAGES - 1);
	ipa_of_witness = at + (machine.page - from);
	if (!in_range(machine.page, from, count))
		ipa_of_witness = 0;
	host_keeps_it = true;
	expected = expect_lend(from, at, count);
	ret = ledger_host_lend_guest(&guest, pa(from << PAGE_SHIFT), ipa(at << PAGE_SHIFT), count << PAGE_SHIFT);
	prove(ret == expected, "the answer");
	prove(!machine.zeroed, "contents stay");
	if (ret) {
		world_same();
	} else {
		EACH(i) {
			if (in_range(i, from, count)) {
				account.is[i] = IS_LENT;
				account.ipa[i] = at + PROOF_ALIAS + (i - from);
			}
			if (i >= PROOF_ALIAS && in_range(i, at + PROOF_ALIAS, count)) {
				account.at[i] = IPA_MAPPED;
				account.page[i] = from + (i - at - PROOF_ALIAS);
			}
		}
		prove(machine.cleaned == (!machine.coherent && in_range(machine.page, from, count)), "cleaned where caches may differ");
	}
	world_check();
	reachable(!ret && count == PT_ENTRIES, "a block is lent");
	reachable(!ret && count == 1, "a page is lent");
	reachable(ret == -EINVAL, "-EINVAL");
	reachable(ret == -EPERM, "-EPERM");
	reachable(ret == -EEXIST && account.at[at] == IPA_EMPTY, "-EEXIST for what is at the alias, or behind");
	reachable(ret == -EEXIST && account.at[at] == IPA_POISONED, "-EEXIST for what is not EMPTY");
	reachable(ret == -ESHUTDOWN, "-ESHUTDOWN");
	reachable(ret == -ENOMEM, "-ENOMEM");
}

/* -- Questions -- */

static enum ripas ripas_of(uint64_t at)
{
	return account.at[at] == IPA_EMPTY ? RIPAS_EMPTY : account.at[at] == IPA_POISONED ? RIPAS_DESTROYED : RIPAS_RAM;
}

void proof_guest_ripas(void)
{
	uint64_t at, count, end, last = nondet_u8() & (PROOF_ALIAS - 1);
	enum ripas ripas;

	world_init();
	any_plain(&at, &count);
	end = (at + count) << PAGE_SHIFT;
	ripas = ledger_guest_ripas(&guest, ipa(at << PAGE_SHIFT), &end);
	prove(ripas == ripas_of(at), "the state");
	prove(end > at << PAGE_SHIFT && end <= (at + count) << PAGE_SHIFT && is_aligned(end, PAGE_SIZE), "the end");
	if (last > at && last < end >> PAGE_SHIFT)
		prove(ripas_of(last) == ripas, "one run has one state");
	world_same();
	world_check();
	reachable(ripas == RIPAS_EMPTY && end == 2 << PAGE_SHIFT && !at && flat_guest.level[0] == PT_LAST_LEVEL,
		  "a run of EMPTY pages");
	reachable(ripas == RIPAS_RAM && end < (at + count) << PAGE_SHIFT, "a run ends before the range");
	reachable(ripas == RIPAS_DESTROYED, "destroyed");
}

void proof_guest_fill(void)
{
	uint64_t at, count, word = 0;
	int ret, expected = 0;

	world_init();
	any_plain(&at, &count);
	guest_keeps_it = true;
	if (account.at[at] == IPA_NOTHING)
		expected = -ENOENT;
	else if (account.at[at] == IPA_POISONED)
		expected = -EHWPOISON;
	else if (account.at[at] == IPA_EMPTY || account.is[account.page[at]] != IS_GUEST)
		expected = -EPERM;
	ret = ledger_guest_fill(&guest, ipa(at << PAGE_SHIFT), &word, 1);
	prove(ret == expected, "the answer");
	prove(machine.filled == (!ret && account.page[at] == machine.page), "the guest's page is written, and no other");
	world_same();
	world_check();
	reachable(!ret, "written");
	reachable(ret == -ENOENT, "-ENOENT");
	reachable(ret == -EHWPOISON, "-EHWPOISON");
	reachable(ret == -EPERM, "-EPERM");
}

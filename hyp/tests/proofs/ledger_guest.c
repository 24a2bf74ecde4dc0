// SPDX-License-Identifier: GPL-2.0-only
/* Pages between the host and a guest. Each proof states in its own words what the answer and the new account are. */
#include "world.h"
#include "machine.h"
#include "proof.h"
#include <arch/attributes.h>

#ifndef PROOF_RANGE
#define PROOF_RANGE 0
#endif

static uint64_t ipa_of_witness;
static bool host_keeps_it;	/* shared with a guest: the host has the page all the time */
static bool guest_keeps_it;	/* shared by a guest: the guest has */

/* When contents change or are cleaned, who must not see them cannot reach the page (L2). */
void machine_contents(bool zero)
{
	prove(host_keeps_it || !pte_valid(flat_host.flat[machine.page]), "L2: the host has lost the page by now");
	prove(guest_keeps_it || !pte_valid(flat_guest.flat[ipa_of_witness]) ||
	      (flat_guest.flat[ipa_of_witness] & PTE_ADDR) >> PAGE_SHIFT != machine.page,
	      "L2: the guest has lost the page by now, or not got it yet");
}

/*
 * A page-aligned range as a hypercall lets it through, in or behind what the tables describe.
 * PROOF_RANGE takes the proofs of ranges apart: 1 a page, 2 a slot, 3 pages of two slots.
 */
static void any_range(uint64_t *from, uint64_t *count, bool behind)
{
	*from = (nondet_u8() & (PROOF_PAGES - 1)) | (behind && nondet_bool() ? 1UL << 35 : 0);
	*count = 1 + (nondet_u8() & (PT_ENTRIES - 1));
	assume(behind || *count <= PROOF_PAGES - *from);
#if PROOF_RANGE
	*count = PROOF_RANGE == 1 ? 1 : PT_ENTRIES;
	assume(*count <= PROOF_PAGES - *from);
	assume(PROOF_RANGE == 1 || level_first(*from, PT_SLOT_LEVEL) == (PROOF_RANGE == 2));
#endif
}

/* The guest's pages that may be RAM. */
static uint64_t ram_pages(void)
{
	return guest.protected ? PROOF_ALIAS : PROOF_PAGES;
}

/* The first thing that the guest has in a range: 0, -EEXIST or -EHWPOISON. */
static int in_the_way(uint64_t from, uint64_t count)
{
	uint64_t i;
	int ret = 0;

	EACH(i)
		if (!ret && in_range(i, from, count) && account.at[i] != IPA_NOTHING)
			ret = account.at[i] == IPA_POISONED ? -EHWPOISON : -EEXIST;
	return ret;
}

static int expect_give(uint64_t from, uint64_t to, uint64_t count, bool donate)
{
	bool block = count == PT_ENTRIES && level_first(to, PT_SLOT_LEVEL) && level_first(from, PT_SLOT_LEVEL);
	struct pt_leaf for_guest = { .valid = true, .pa = from << PAGE_SHIFT };
	struct pt_leaf for_host = { .valid = !donate };

	if (guest.protected != donate)
		return -EPERM;
	if (!world_ram(from, count))
		return -EINVAL;
	if (!world_all(from, count, IS_HOST))
		return -EPERM;
	if (guest.dying)
		return -ESHUTDOWN;
	if (in_the_way(to, count))
		return in_the_way(to, count);
	if (donate) {
		for_host.owner = guest.owner;
	} else {
		for_host.pa = from << PAGE_SHIFT;
		for_host.attr = PTE_STATE;
	}
	if (flat_needed(&flat_guest, &guest.pgt, to, count, &for_guest) + guest.pgt.blocks + block > guest.cache.count)
		return -ENOBUFS;
	if (flat_needed(&flat_host, ledger_host_table(), from, count, &for_host) > pool.count)
		return -ENOMEM;
	return 0;
}

static void give(bool donate)
{
	uint64_t from, to, count, i;
	bool clean;
	int ret, expected;

	world_init();
	any_range(&from, &count, true);
	to = nondet_u8() & (PROOF_PAGES - 1);
	/* A protected guest's RAM lies below its aliases. */
	assume(to < ram_pages() && count <= ram_pages() - to);
	ipa_of_witness = to + (machine.page - from);
	if (!in_range(machine.page, from, count))
		ipa_of_witness = 0;
	host_keeps_it = !donate;
	clean = !machine.coherent || (donate && !guest.sealed);
	expected = expect_give(from, to, count, donate);
	if (donate)
		ret = ledger_host_donate_guest(&guest, pa(from << PAGE_SHIFT), ipa(to << PAGE_SHIFT),
		    count << PAGE_SHIFT);
	else
		ret = ledger_host_share_guest(&guest, pa(from << PAGE_SHIFT), ipa(to << PAGE_SHIFT),
		    count << PAGE_SHIFT);
	prove(ret == expected, "the answer");
	if (ret) {
		world_same();
	} else {
		EACH(i) {
			if (in_range(i, from, count)) {
				account.is[i] = donate ? IS_GUEST : IS_SHARED_GUEST;
				account.ipa[i] = to + (i - from);
			}
			if (in_range(i, to, count)) {
				account.at[i] = IPA_MAPPED;
				account.page[i] = from + (i - to);
			}
		}
		prove(machine.zeroed == (donate && guest.sealed && in_range(machine.page, from, count)),
		      "zeroed once sealed");
		prove(machine.cleaned == (clean && in_range(machine.page, from, count)),
		      "cleaned where caches may differ");
	}
	world_check();
	reachable(!ret && count == PT_ENTRIES && guest.pgt.blocks, "a block is given");
	reachable(!ret && count == PT_ENTRIES && !level_first(from, PT_SLOT_LEVEL),
		  "a range across two blocks is given");
	reachable(ret == -EPERM && guest.protected == donate, "-EPERM for the state");
	reachable(ret == -EPERM && guest.protected != donate, "-EPERM for the kind of VM");
	reachable(ret == -EINVAL, "-EINVAL");
	reachable(ret == -ESHUTDOWN, "-ESHUTDOWN");
	reachable(ret == -EEXIST, "-EEXIST");
	reachable(ret == -EHWPOISON, "-EHWPOISON");
	reachable(ret == -ENOBUFS, "-ENOBUFS");
	reachable(ret == -ENOMEM, "-ENOMEM");
}

void proof_host_donate_guest(void)
{
	give(true);
}

void proof_host_share_guest(void)
{
	give(false);
}

/* -- Back to the host -- */

/* The alias goes with the plain address. */
static uint64_t plain(uint64_t at)
{
	return guest.protected ? at & (PROOF_ALIAS - 1) : at;
}

/* What take_back() does to a page that the guest has, and whether its contents are private. */
static void expect_back(uint64_t from, uint64_t count, uint64_t *given)
{
	uint64_t i;

	EACH(i) {
		enum page_is is = account.is[i];

		if ((is == IS_GUEST || is == IS_LENT || is == IS_SHARED_GUEST) &&
		    in_range(plain(account.ipa[i]), from, count)) {
			account.is[i] = IS_HOST;
			++*given;
		}
	}
	EACH(i)
		if (in_range(plain(i), from, count))
			account.at[i] = IPA_NOTHING;
}

/* What the host's table may take, if each page that comes back was taken out of a block of its own. */
static unsigned int tables_bound(uint64_t from, uint64_t count)
{
	struct pt_leaf nothing = { .owner = OWNER_HOST };
	unsigned int bound = 0;
	uint64_t i;

	EACH(i)
		if (in_range(plain(i), from, count) && account.at[i] == IPA_MAPPED)
			bound += flat_needed(&flat_host, ledger_host_table(), account.page[i], 1, &nothing);
	return bound;
}

static void take_back(bool dying)
{
	uint64_t from, count, done = ~0UL, given = 0;
	struct pt_leaf nothing = { .owner = OWNER_HOST };
	bool private, allowed, deposit, good, empty_before;
	unsigned int bound;
	int ret;

	world_init();
	any_range(&from, &count, false);
	good = from < ram_pages() && count <= ram_pages() - from;
	deposit = flat_needed(&flat_guest, &guest.pgt, from, count, &nothing) +
		  (guest.protected && good ? flat_needed(&flat_guest, &guest.pgt, from + PROOF_ALIAS, count, &nothing) : 0) <=
		  guest.cache.count;
	bound = tables_bound(from, count);
	empty_before = from < PROOF_PAGES && account.at[from] == IPA_EMPTY;
	allowed = dying ? guest.dying : !guest.protected;
	ipa_of_witness = account.ipa[machine.page];
	private = account.is[machine.page] == IS_GUEST && in_range(ipa_of_witness, from, count);
	if (dying)
		ret = ledger_reclaim(&guest, ipa(from << PAGE_SHIFT), count << PAGE_SHIFT, &done);
	else
		ret = ledger_host_unshare_guest(&guest, ipa(from << PAGE_SHIFT), count << PAGE_SHIFT, &done);
	prove((ret == -EPERM) == !allowed && (ret == -EINVAL) == (allowed && !good) &&
	      (!ret || ret == -EPERM || ret == -EINVAL || ret == -ENOMEM), "the answer");
	prove(deposit || !good, "L5: a part of a block can always be given back");
	prove(ret != -ENOMEM || pool_before < bound, "-ENOMEM only where the pool is short");
	if (ret) {
		world_same();
	} else {
		expect_back(from, count, &given);
		prove(done == given << PAGE_SHIFT, "the bytes given back");
		prove(machine.zeroed == private && machine.cleaned == private, "private pages are zeroed, and cleaned");
	}
	world_check();
	reachable(!ret && !given, "nothing is there");
	reachable(!ret && given == count, "a whole range is given back");
	reachable(!ret && given && guest.pages, "a part of what the guest has is given back");
	reachable(ret == -EPERM, "-EPERM");
	reachable(ret == -ENOMEM, "-ENOMEM");
	reachable(!dying || ret == -EINVAL, "-EINVAL, or no such guest");
	reachable(!dying || PROOF_RANGE == 3 || (!ret && given && empty_before), "a page at an alias is given back, or can't be");
}

void proof_reclaim(void)
{
	take_back(true);
}

void proof_host_unshare_guest(void)
{
	host_keeps_it = true;
	take_back(false);
}

/* -- A guest shares a page of its own with the host -- */

/* What a call on one page of the guest's says where the page is not in the state that it needs. */
static int expect_own(uint64_t at, enum page_is is)
{
	if (at >= ram_pages() || account.at[at] == IPA_NOTHING)
		return -ENOENT;
	if (account.at[at] == IPA_POISONED)
		return -EHWPOISON;
	if (account.at[at] == IPA_EMPTY)
		return -EPERM;
	return account.is[account.page[at]] == is ? 0 : -EPERM;
}

void proof_guest_share_host(void)
{
	struct pt_leaf lent, borrowed;
	uint64_t at, count, page;
	int ret, expected;

	world_init();
	any_range(&at, &count, true);
	expected = expect_own(at, IS_GUEST);
	ipa_of_witness = account.ipa[machine.page];
	if (!expected) {
		page = account.page[at];
		lent = (struct pt_leaf){ .valid = true, .pa = page << PAGE_SHIFT, .attr = PTE_STATE };
		borrowed = lent;
		prove(flat_needed(&flat_guest, &guest.pgt, at, 1, &lent) <= guest.cache.count,
		      "L5: a part of a block can be shared");
		if (flat_needed(&flat_host, ledger_host_table(), page, 1, &borrowed) > pool.count)
			expected = -ENOMEM;
	}
	guest_keeps_it = true;
	ret = ledger_guest_share_host(&guest, ipa(at << PAGE_SHIFT));
	prove(ret == expected, "the answer");
	if (ret)
		world_same();
	else
		account.is[page] = IS_LENT;
	prove(!machine.zeroed, "contents stay");
	prove(ret || machine.cleaned == (machine.page == page), "cleaned for a host that reads past the caches");
	world_check();
	reachable(!ret && flat_tables(&flat_host, 1) > 1, "shared");
	reachable(!ret && cache_before > guest.cache.count, "out of a block of the guest's");
	reachable(!ret && pool_before > pool.count, "out of a block of the host's");
	reachable(ret == -ENOENT && at >= PROOF_PAGES, "-ENOENT behind the guest's space");
	reachable(ret == -ENOENT && at < PROOF_PAGES, "-ENOENT");
	reachable(ret == -EHWPOISON, "-EHWPOISON");
	reachable(ret == -EPERM, "-EPERM");
	reachable(ret == -ENOMEM, "-ENOMEM for the pool");
}

void proof_guest_unshare_host(void)
{
	uint64_t at, count;
	int ret, expected;

	world_init();
	any_range(&at, &count, true);
	expected = expect_own(at, IS_LENT);
	guest_keeps_it = true;
	ret = ledger_guest_unshare_host(&guest, ipa(at << PAGE_SHIFT));
	prove(ret == expected, "the answer");
	if (ret)
		world_same();
	else
		account.is[account.page[at]] = IS_GUEST;
	prove(!machine.zeroed, "contents stay");
	prove(ret || machine.cleaned == (machine.page == account.page[at]),
	      "cleaned, for the host could make caches differ");
	prove(pool.count == pool_before && guest.cache.count == cache_before, "no table is taken");
	world_check();
	reachable(!ret, "taken back");
	reachable(ret == -ENOENT, "-ENOENT");
	reachable(ret == -EHWPOISON, "-EHWPOISON");
	reachable(ret == -EPERM, "-EPERM");
}

/* Plain addresses and aliases. */
void proof_guest_lookup(void)
{
	uint64_t at, count;
	int ret, expected = -ENOENT;

	world_init();
	any_range(&at, &count, true);
	if (at < PROOF_PAGES && account.at[at] != IPA_NOTHING)
		expected = account.at[at] == IPA_MAPPED ? 0 : account.at[at] == IPA_EMPTY ? -EPERM : -EHWPOISON;
	ret = ledger_guest_lookup(&guest, ipa(at << PAGE_SHIFT));
	prove(ret == expected, "the answer");
	world_same();
	world_check();
	reachable(!ret && !(guest.protected && at >= PROOF_ALIAS), "there is a page");
	reachable(!ret && guest.protected && at >= PROOF_ALIAS, "there is a page at the alias");
	reachable(ret == -ENOENT, "-ENOENT");
	reachable(ret == -EPERM, "-EPERM");
	reachable(ret == -EHWPOISON, "-EHWPOISON");
}

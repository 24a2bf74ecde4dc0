// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each operation of the ledger, its arguments, and the outcomes that must be reachable
 * (operation.h).
 */
#include "operation.h"
#include <el2/ledger_internal.h>

static bool same_block(uint64_t a, uint64_t b)
{
	return level_group(a, PT_L2) == level_group(b, PT_L2);
}

static bool is_block(uint64_t page)
{
	return op.size == PT_MAX_RANGE && level_first(page, PT_L2);
}

static bool is_across(uint64_t page)
{
	return op.size == PT_MAX_RANGE && !level_first(page, PT_L2);
}

static unsigned int host_leaf_level(uint64_t pa)
{
	unsigned int level;

	spin_lock(&host_lock);
	pgtable_get(&host_pgt, pa, &level);
	spin_unlock(&host_lock);
	return level;
}

/* -- Host and EL2 -- */

void proof_host_donate_hyp(void)
{
	int ret = OPERATION(SPEC_HOST_DONATE_HYP, PA_ANYWHERE,
			    ledger_host_donate_hyp(pa(op.pa), op.size, NULL));

	reachable(!ret && is_block(op_page()), "a block is donated");
	reachable(!ret && is_across(op_page()), "a range across two blocks is donated");
	reachable(ret == -EPERM, "-EPERM");
	reachable(ret == -EINVAL, "-EINVAL");
	reachable(ret == -ENOMEM, "-ENOMEM");
	reachable(!ret && reserve_before, "beside the reserve");
	reachable(ret == -ENOMEM && pool_before >= 7, "-ENOMEM for the reserve");
}

void proof_host_share_hyp(void)
{
	int ret = OPERATION(SPEC_HOST_SHARE_HYP, PA_ANYWHERE, ledger_host_share_hyp(pa(op.pa)));

	reachable(!ret, "shared");
	reachable(ret == -EPERM, "-EPERM");
	reachable(ret == -EINVAL && !op.pa, "-EINVAL for page 0");
	reachable(ret == -EINVAL && op.pa, "-EINVAL");
	reachable(ret == -ENOMEM, "-ENOMEM");
}

void proof_hyp_donate_host(void)
{
	int ret = OPERATION(SPEC_HYP_DONATE_HOST, PA_ANYWHERE,
			    ledger_hyp_donate_host(pa(op.pa), op.size));

	prove(ret != -ENOMEM || host_leaf_level(op.pa) < PT_LAST_LEVEL ||
		      host_leaf_level(op.pa + op.size - PAGE_SIZE) < PT_LAST_LEVEL,
	      "no table is needed where the entries are pages");
	reachable(!ret && is_block(op_page()), "a block comes back");
	reachable(!ret && pool.count < pool_before, "a part of a block comes back");
	reachable(!ret && pool.count > pool_before, "a table is freed");
	reachable(ret == -EPERM && world_was(op_page(), op_count(), DONJON_PAGE_HYP),
		  "-EPERM for the image");
	reachable(ret == -EPERM && world_was(op_page(), op_count(), DONJON_PAGE_GUEST),
		  "-EPERM for a guest's page");
	reachable(ret == -EINVAL, "-EINVAL");
	reachable(ret == -ENOMEM, "-ENOMEM");
}

void proof_host_unshare_hyp(void)
{
	int ret = OPERATION(SPEC_HOST_UNSHARE_HYP, PA_ANYWHERE, ledger_host_unshare_hyp(pa(op.pa)));

	reachable(!ret && pool.count > pool_before, "the sharing ends, and a table is freed");
	reachable(ret == -EPERM && world_was(op_page(), 1, DONJON_PAGE_HOST_SHARED),
		  "-EPERM for what another borrows");
	reachable(ret == -EINVAL, "-EINVAL");
}

/* -- Host and guest -- */

/* Which of the three operations a call is, the kind of guest and the first page decide. */
static int map_guest(enum spec_what what)
{
	operation_any(what, PA_ANYWHERE | IPA_PROTECTED);
	assume(spec_map_is(&spec, op.owner, op.ipa) == what);
	op.no_ram = !world_guest_ram(op_at(), op_count());
	operation_expect();
	return operation_end(ledger_host_map_guest(&guest, pa(op.pa), ipa(op.ipa), op.size));
}

static void map_goals(int ret)
{
	reachable(!ret && is_block(op_page()) && guest.pgt.blocks, "a block is mapped");
	reachable(!ret && is_across(op_page()), "a range across two blocks is mapped");
	reachable(!ret && op.size == PAGE_SIZE, "a page is mapped");
	reachable(ret == -EPERM, "-EPERM");
	reachable(ret == -EINVAL && op.no_ram, "-EINVAL for the guest's ranges");
	reachable(ret == -EINVAL && !op.no_ram, "-EINVAL");
	reachable(ret == -ESHUTDOWN, "-ESHUTDOWN");
	reachable(ret == -EAGAIN, "-EAGAIN");
	reachable(ret == -EEXIST, "-EEXIST");
	reachable(ret == -ENOBUFS, "-ENOBUFS");
	reachable(ret == -ENOMEM, "-ENOMEM");
}

void proof_host_donate_guest(void)
{
	int ret = map_guest(SPEC_HOST_DONATE_GUEST);

	map_goals(ret);
	reachable(ret == -EHWPOISON, "-EHWPOISON");
}

void proof_host_share_guest(void)
{
	int ret = map_guest(SPEC_HOST_SHARE_GUEST);

	map_goals(ret);
	reachable(ret == -EHWPOISON, "-EHWPOISON");
}

void proof_host_donate_guest_shared(void)
{
	int ret = map_guest(SPEC_HOST_DONATE_GUEST_SHARED);
	uint64_t page = world_page_at(op_at() + PROOF_UNPROTECTED);

	map_goals(ret);
	reachable(ret == -EEXIST && page < PROOF_PAGES,
		  "-EEXIST for what is at the unprotected IPA");
	reachable(ret == -EEXIST && page == PROOF_PAGES,
		  "-EEXIST for what is not EMPTY, or behind");
}

/* The pages from at on that one entry of the guest's decides about. */
static uint64_t leaf_pages(uint64_t at)
{
	uint64_t n = level_pages(flat_guest.level[at]);

	return n - (at & (n - 1));
}

/*
 * What the call is about: the leaf at the first page, and but for EMPTY that at its unprotected IPA
 * as well, both cut to the range.
 */
static void choose_first_leaf(void)
{
	uint64_t n = min_u64(leaf_pages(op_at()), op_count());

	if (op.what != SPEC_GUEST_SET_EMPTY && guest.protected &&
	    ipa_tag[op_at()] == GUEST_TAG_EMPTY)
		n = min_u64(leaf_pages(op_at() + PROOF_UNPROTECTED), n);
	op.size = n << PAGE_SHIFT;
}

static void return_goals(int ret)
{
	bool dying = op.what == SPEC_RECLAIM, empty = tag_before[op_at()] == GUEST_TAG_EMPTY;
	/* A protected guest's IPAs are one block. */
	bool all_of_it = PROOF_GUEST == 1 && PROOF_RANGE == 2;

	reachable(!ret && !op_done, "nothing is there");
	reachable(!ret && op_done == op.size, "a whole leaf comes back");
	reachable(all_of_it || (!ret && op_done && guest.pages),
		  "a part of what the guest has comes back");
	reachable(ret == -EPERM, "-EPERM");
	reachable(ret == -EAGAIN, "-EAGAIN");
	reachable(ret == -ENOMEM || PROOF_RANGE == 2, "-ENOMEM");
	reachable(!dying || PROOF_GUEST == 2 || ret == -EINVAL, "-EINVAL, or no such guest");
	reachable(!dying || PROOF_GUEST == 2 || (!ret && op_done && empty),
		  "a page at an unprotected IPA comes back, or cannot be there");
}

static void return_first(enum spec_what what)
{
	uint64_t size, part;
	int ret;

	operation_any(what, 0);
	size = part = op.size;
	if (what == SPEC_HOST_UNSHARE_GUEST ||
	    !guest.protected || op_at() + op_count() <= PROOF_UNPROTECTED)
		choose_first_leaf();
	operation_expect();
	ret = operation_end(ledger_return(&guest, ipa(op.ipa), &part, &op_done,
					  what == SPEC_RECLAIM));
	prove(part == (ret && ret != -ENOMEM ? size : op.size), "the size of the part");
	return_goals(ret);
}

void proof_reclaim(void)
{
	return_first(SPEC_RECLAIM);
}

void proof_host_unshare_guest(void)
{
	return_first(SPEC_HOST_UNSHARE_GUEST);
}

/* -- A guest and one of its pages -- */

void proof_guest_share_host(void)
{
	int ret = OPERATION(SPEC_GUEST_SHARE_HOST, IPA_ANYWHERE,
			    ledger_guest_share_host(&guest, ipa(op.ipa)));

	reachable(!ret && flat_tables(&flat_host, 1) > 1, "shared");
	reachable(!ret && cache_before > guest.cache.count, "out of a block of the guest's");
	reachable(!ret && pool_before > pool.count, "out of a block of the host's");
	reachable(ret == -ENOENT && op_at() >= PROOF_PAGES, "-ENOENT behind the guest's space");
	reachable(ret == -ENOENT && op_at() < PROOF_PAGES, "-ENOENT");
	reachable(ret == -EHWPOISON, "-EHWPOISON");
	reachable(ret == -EPERM, "-EPERM");
	reachable(ret == -ENOMEM, "-ENOMEM for the pool");
}

void proof_guest_unshare_host(void)
{
	int ret = OPERATION(SPEC_GUEST_UNSHARE_HOST, IPA_ANYWHERE,
			    ledger_guest_unshare_host(&guest, ipa(op.ipa), !op.kept));

	reachable(!ret, "private again");
	reachable(ret == -EBUSY, "-EBUSY");
	reachable(ret == -ENOENT, "-ENOENT");
	reachable(ret == -EHWPOISON, "-EHWPOISON");
	reachable(ret == -EPERM, "-EPERM");
}

void proof_guest_lookup(void)
{
	int ret = OPERATION(SPEC_GUEST_LOOKUP, IPA_ANYWHERE,
			    ledger_guest_lookup(&guest, ipa(op.ipa)));
	bool unprotected = guest.protected && op_at() >= PROOF_UNPROTECTED;

	world_same();
	reachable(!ret && !unprotected, "there is a page");
	reachable(!ret && unprotected, "there is a page at the unprotected IPA");
	reachable(ret == -ENOENT, "-ENOENT");
	reachable(ret == -EPERM, "-EPERM");
	reachable(ret == -EHWPOISON, "-EHWPOISON");
}

/* -- RIPAS -- */

static int set_ripas(enum spec_what what, enum ripas want, enum spec_ipa_is *was)
{
	uint64_t size;

	operation_any(what, IPA_PROTECTED | GUEST_PROTECTED);
	size = op.size;
	choose_first_leaf();
	*was = spec_at_ipa(&spec, op.owner, op.ipa);
	operation_expect();
	return operation_end(ledger_guest_set_ripas(
		&guest, ipa(op.ipa), size, want,
		(op.destroyed ? RSI_CHANGE_DESTROYED : 0) | (op.kept ? 0 : CHANGE_RELEASED),
		&op_done));
}

static void ripas_goals(int ret, enum spec_ipa_is was)
{
	reachable(ret == -EAGAIN, "-EAGAIN");
	reachable(!ret && spec_is_set(op.what, was), "it is so already");
	reachable(ret == -EHWPOISON, "-EHWPOISON");
	reachable(ret == -ESHUTDOWN, "-ESHUTDOWN");
	reachable(ret == -ENOBUFS, "-ENOBUFS");
	reachable(ret == -ENOMEM, "-ENOMEM");
}

void proof_guest_set_empty(void)
{
	enum spec_ipa_is was;
	int ret = set_ripas(SPEC_GUEST_SET_EMPTY, RIPAS_EMPTY, &was);
	bool was_block = guest_before.level[op_at()] == PT_L2;

	reachable(!ret && was == SPEC_IPA_PRIVATE && was_block && op.size == PT_MAX_RANGE,
		  "a block becomes EMPTY");
	reachable(!ret && was == SPEC_IPA_PRIVATE && !was_block, "a page becomes EMPTY");
	reachable(!ret && was == SPEC_IPA_NOTHING && op.size == PT_MAX_RANGE,
		  "what is not there becomes EMPTY");
	reachable(!ret && was == SPEC_IPA_POISONED, "what was destroyed becomes EMPTY");
	reachable(ret == -EPERM, "-EPERM");
	ripas_goals(ret, was);
}

void proof_guest_set_ram(void)
{
	enum spec_ipa_is was;
	int ret = set_ripas(SPEC_GUEST_SET_RAM, RIPAS_RAM, &was);

	reachable(!ret && was == SPEC_IPA_EMPTY_SHARED && op.size == PT_MAX_RANGE,
		  "a block becomes RAM");
	reachable(!ret && was == SPEC_IPA_EMPTY_SHARED && op.size == PAGE_SIZE,
		  "a part becomes RAM");
	reachable(!ret && was == SPEC_IPA_EMPTY, "what is not there becomes RAM");
	reachable(!ret && op.kept, "what nobody shares needs no release");
	reachable(ret == -EBUSY, "-EBUSY");
	reachable(!ret && was == SPEC_IPA_POISONED, "what was destroyed becomes RAM");
	ripas_goals(ret, was);
}

/* -- Faults of the host -- */

void proof_force_reclaim(void)
{
	uint64_t offset = nondet_u64() & ~PAGE_MASK;
	bool theirs;
	int ret;

	operation_any(SPEC_FORCE_RECLAIM, 0);
	/* Whoever has the page is the guest whose table is described. */
	theirs = world_was(op_page(), 1, DONJON_PAGE_GUEST);
	assume(!theirs || spec_owner(word_before[op_page()]) == PROOF_OWNER);
	operation_expect();
	ret = operation_end(ledger_force_reclaim(pa(op.pa | offset)));
	reachable(!ret && theirs && guest.cache.count < cache_before,
		  "out of a block of the guest's");
	reachable(!ret && theirs && pool.count < pool_before, "out of a block of the host's");
	reachable(!ret && theirs && pool.count > pool_before, "a table of the host's is freed");
	reachable(!ret && !theirs, "the host has it already");
	reachable(ret == -EPERM, "-EPERM");
	reachable(ret == -ENOMEM, "-ENOMEM");
}

/*
 * The level of the largest block around page that lies in one region or hole and where the host's
 * table has nothing.
 */
static unsigned int best_level(uint64_t page)
{
	unsigned int level, best = PT_LAST_LEVEL;

	for (level = PT_LAST_LEVEL; level >= PT_BLOCK_LEVEL; level--)
		if (level >= host_before.level[page] &&
		    world_one_region(page & ~(level_pages(level) - 1), level_pages(level)))
			best = level;
	return best;
}

void proof_host_fault(void)
{
	unsigned int owner = ~0U, level = PT_LAST_LEVEL;
	uint64_t offset = nondet_u64() & ~PAGE_MASK;
	pte_t pte = 0;
	int ret;

	operation_any(SPEC_HOST_FAULT, PA_ANYWHERE);
	op.denied = op_page() < PROOF_PAGES && world_denied(op_page());
	operation_expect();
	if (op_page() < PROOF_PAGES) {
		pte = flat_host.flat[op_page()];
		level = best_level(op_page());
	}
	ret = operation_end(ledger_host_fault(pa(op.pa | offset), &owner, NULL));
	prove(owner == (ret == -EPERM ? spec_owner(word_before[op_page()]) : OWNER_HOST),
	      "the owner");
	if (!ret && pte)
		world_same();
	else
		prove(ret || (pte_valid(flat_host.flat[op_page()]) &&
			      flat_host.level[op_page()] == level),
		      "mapped, with the largest block");
	reachable(!ret && !pte && level == PT_BLOCK_LEVEL, "a large block is mapped");
	reachable(!ret && !pte && level == PT_LAST_LEVEL && pool.count + 2 == pool_before,
		  "a page, with two tables");
	reachable(!ret && pte, "another CPU was faster");
	reachable(ret == -EPERM && owner == OWNER_HYP, "-EPERM, EL2's");
	reachable(ret == -EPERM && owner == PROOF_OWNER, "-EPERM, the guest's");
	reachable(ret == -ENOENT, "-ENOENT, a device that is kept from the host");
	reachable(ret == -ENOMEM, "-ENOMEM");
	reachable(ret == -EINVAL, "-EINVAL");
}

// SPDX-License-Identifier: GPL-2.0-only
/* What the host's faults do, and what the ledger tells. */
#include "world.h"
#include "machine.h"
#include "proof.h"
#include <arch/attributes.h>
#include <el2/regions.h>

/* Private contents are zeroed while nobody can reach them. */
void machine_contents(bool zero)
{
	prove(!pte_valid(flat_host.flat[machine.page]), "L2: the host has not got the page yet");
	prove(account.is[machine.page] != IS_GUEST || account.at[account.ipa[machine.page]] != IPA_MAPPED ||
	      guest.dying || !pte_valid(flat_guest.flat[account.ipa[machine.page]]), "L2: the guest has lost the page");
}

/* Any address in or behind what the host's table describes; its page. */
static uint64_t any_address(uint64_t *page, bool behind)
{
	*page = (nondet_u8() & (PROOF_PAGES - 1)) | (behind && nondet_bool() ? 1UL << 35 : 0);
	return *page << PAGE_SHIFT | (nondet_u64() & ~PAGE_MASK);
}

void proof_force_reclaim(void)
{
	struct pt_leaf none = { .owner = OWNER_HOST }, poisoned = { .owner = GUEST_TAG_POISONED };
	uint64_t page, addr = any_address(&page, false), at;
	int ret, expected = 0;
	bool taken;

	world_init();
	/* Whoever has the page is the guest of this account: the other ones' tables are not in it. */
	assume(account.is[page] != IS_GUEST_OTHER);
	at = account.ipa[page];
	taken = account.is[page] == IS_GUEST;
	if (account.is[page] == IS_HYP || account.is[page] == IS_HYP_IMAGE)
		expected = -EPERM;
	else if (taken && flat_needed(&flat_host, ledger_host_table(), page, 1, &none) > pool.count)
		expected = -ENOMEM;
	prove(!taken || flat_needed(&flat_guest, &guest.pgt, at, 1, &poisoned) <= guest.cache.count,
	      "L5: a part of a block can always be poisoned");
	ret = ledger_force_reclaim(pa(addr));
	prove(ret == expected, "the answer");
	if (ret || !taken) {
		world_same();
	} else {
		account.is[page] = IS_HOST;
		account.at[at] = IPA_POISONED;
		prove(machine.zeroed == (machine.page == page) && machine.cleaned == machine.zeroed,
		      "zeroed, and cleaned");
	}
	world_check();
	reachable(!ret && taken && guest.cache.count < cache_before, "out of a block of the guest's");
	reachable(!ret && taken && pool.count < pool_before, "out of a block of the host's");
	reachable(!ret && taken && pool.count > pool_before, "a table of the host's is freed");
	reachable(!ret && !taken, "the host has it already");
	reachable(ret == -EPERM, "-EPERM");
	reachable(ret == -ENOMEM, "-ENOMEM");
}

/* The level of the largest block around page that lies in one region or hole and where the host's table has nothing. */
static unsigned int best_level(uint64_t page)
{
	unsigned int level = flat_host.level[page], best = PT_LAST_LEVEL, l;
	uint64_t i;

	for (l = PT_LAST_LEVEL; l >= PT_BLOCK_LEVEL; l--) {
		bool one = true;

		EACH(i)
			if (level_group(i, l) == level_group(page, l))
				one = one && region[i] == region[page];
		if (one && l >= level)
			best = l;
	}
	return best;
}

void proof_host_fault(void)
{
	uint64_t page, addr = any_address(&page, true);
	unsigned int owner = ~0U, level;
	int ret, expected = 0;
	pte_t pte = 0;

	world_init();
	if (page >= PROOF_PAGES) {
		expected = -EINVAL;
	} else {
		pte = flat_host.flat[page];
		level = best_level(page);
		if (!pte && flat_map_needed(&flat_host, page, level) > pool.count)
			expected = -ENOMEM;
		else if (pte && !pte_valid(pte))
			expected = -EPERM;
	}
	ret = ledger_host_fault(pa(addr), &owner);
	prove(ret == expected, "the answer");
	prove(owner == (ret == -EPERM ? pte_owner(pte) : OWNER_HOST), "the owner");
	if (ret || pte)
		world_same();
	else
		prove(pte_valid(flat_host.flat[page]) && flat_host.level[page] == level,
		      "mapped, with the largest block");
	prove(!machine.zeroed, "contents stay");
	world_check();
	reachable(!ret && !pte && level == PT_BLOCK_LEVEL, "a large block is mapped");
	reachable(!ret && !pte && level == PT_LAST_LEVEL && pool.count + 2 == pool_before, "a page, with two tables");
	reachable(!ret && pte, "another CPU was faster");
	reachable(ret == -EPERM && owner == OWNER_HYP, "-EPERM, EL2's");
	reachable(ret == -EPERM && owner == guest.owner, "-EPERM, the guest's");
	reachable(ret == -ENOMEM, "-ENOMEM");
	reachable(ret == -EINVAL, "-EINVAL");
}

static enum donjon_page_state state_of(uint64_t page)
{
	if (type[page] != DONJON_REGION_RAM)
		return DONJON_PAGE_NOT_RAM;
	switch (account.is[page]) {
	case IS_HOST:
		return DONJON_PAGE_HOST;
	case IS_SHARED_GUEST:
	case IS_SHARED_HYP:
	case IS_SHARED_OTHER:
		return DONJON_PAGE_HOST_SHARED;
	case IS_GUEST:
	case IS_GUEST_OTHER:
		return DONJON_PAGE_GUEST;
	case IS_LENT:
	case IS_LENT_OTHER:
		return DONJON_PAGE_GUEST_SHARED;
	}
	return DONJON_PAGE_HYP;
}

void proof_query(void)
{
	uint64_t page, last, end = 0, at = 0, addr = any_address(&page, true) & PAGE_MASK;
	enum donjon_page_state state = DONJON_PAGE_HOST;
	unsigned int owner = 0;
	int ret;

	world_init();
	ret = ledger_query(pa(addr), &end, &state, &owner, &at);
	prove(ret == (page < PROOF_PAGES ? 0 : -EINVAL), "the answer");
	if (!ret) {
		pte_t pte = flat_host.flat[page];

		prove(state == state_of(page), "the state");
		prove(owner == (state == DONJON_PAGE_GUEST ? pte_owner(pte) : OWNER_HOST), "the owner");
		prove(at == (state == DONJON_PAGE_GUEST ? pte & PTE_ADDR : 0), "the guest-physical address");
		prove(end > addr && end <= PROOF_PAGES << PAGE_SHIFT && is_aligned(end, PAGE_SIZE), "the end");
		last = machine.page;
		if (last > page && last < end >> PAGE_SHIFT)
			prove(state_of(last) == state && (state != DONJON_PAGE_GUEST ||
			      flat_host.flat[last] == flat_next(pte, last - page)), "one run has one owner and state");
	}
	world_same();
	world_check();
	reachable(!ret && state == DONJON_PAGE_NOT_RAM, "not RAM");
	reachable(!ret && state == DONJON_PAGE_GUEST && end > addr + PT_MAX_RANGE,
		  "a run of a guest's pages over several entries");
	reachable(!ret && state == DONJON_PAGE_GUEST && owner != guest.owner, "another guest's");
	reachable(ret == -EINVAL, "-EINVAL");
}

void proof_scrub_all(void)
{
	enum page_is is;

	world_init();
	guest.dying = true;		/* its tables are out of use */
	is = account.is[machine.page];
	world_panics = nondet_bool();
	ledger_scrub_all(!world_panics);
	prove(machine.zeroed == (is == IS_GUEST || is == IS_GUEST_OTHER) && machine.cleaned == machine.zeroed,
	      "private pages are zeroed, and no other");
	machine.zeroed = false;
	world_same();
	world_check();
	reachable(is == IS_GUEST, "the guest's page");
	reachable(is == IS_HOST, "the host's page");
}

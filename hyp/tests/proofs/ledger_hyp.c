// SPDX-License-Identifier: GPL-2.0-only
/* Pages between the host and EL2. Each proof states in its own words what the answer and the new account are. */
#include "world.h"
#include "machine.h"
#include "proof.h"
#include <arch/attributes.h>

static const struct pgtable hyp = { .kind = PGT_HYP, .start_level = 1 };

/* A page is cleaned before the host can reach it again. */
void machine_contents(bool zero)
{
	prove(!zero && !pte_valid(flat_host.flat[machine.page]), "L2: cleaned before the host gets it");
}

static uint64_t any_page(bool behind)
{
	return (nondet_u8() & (PROOF_PAGES - 1)) | (behind && nondet_bool() ? 1UL << 35 : 0);
}

static uint64_t tables_for(uint64_t from, uint64_t count, const struct pt_leaf *for_host)
{
	struct pt_leaf map = { .valid = true, .pa = from << PAGE_SHIFT }, none = { .owner = OWNER_HOST };
	uint64_t mapping = flat_needed(&flat_hyp, &hyp, from, count, &map);
	uint64_t unmapping = flat_needed(&flat_hyp, &hyp, from, count, &none);

	return flat_needed(&flat_host, ledger_host_table(), from, count, for_host) +
	       (mapping > unmapping ? mapping : unmapping);
}

/* Whether the host may give it; *tables grows by what it takes. */
static int expect_give(uint64_t from, uint64_t count, bool donate, uint64_t *tables)
{
	struct pt_leaf leaf = { .valid = !donate };

	if (!world_ram(from, count))
		return -EINVAL;
	if (!world_all(from, count, IS_HOST))
		return -EPERM;
	if (donate) {
		leaf.owner = OWNER_HYP;
	} else {
		leaf.pa = from << PAGE_SHIFT;
		leaf.attr = PTE_STATE;
	}
	*tables += tables_for(from, count, &leaf);
	return 0;
}

static void set_all(uint64_t from, uint64_t count, enum page_is is)
{
	uint64_t i;

	EACH(i)
		if (in_range(i, from, count))
			account.is[i] = is;
}

static void check(int ret)
{
	if (ret)
		world_same();
	world_check();
	prove(!machine.zeroed, "contents stay");
}

void proof_host_donate_hyp(void)
{
	uint64_t from = any_page(true), count = 1 + (nondet_u8() & (PT_ENTRIES - 1)), tables = 0;
	int ret, expected;

	world_init();
	expected = expect_give(from, count, true, &tables);
	if (!expected && tables > pool.count)
		expected = -ENOMEM;
	ret = ledger_host_donate_hyp(pa(from << PAGE_SHIFT), count << PAGE_SHIFT);
	prove(ret == expected, "the answer");
	if (!ret)
		set_all(from, count, IS_HYP);
	check(ret);
	reachable(!ret && count == PT_ENTRIES && level_first(from, PT_SLOT_LEVEL), "a block is donated");
	reachable(!ret && count == PT_ENTRIES && !level_first(from, PT_SLOT_LEVEL),
		  "a range across two blocks is donated");
	reachable(ret == -EPERM, "-EPERM");
	reachable(ret == -EINVAL, "-EINVAL");
	reachable(ret == -ENOMEM, "-ENOMEM");
}

void proof_host_share_hyp(void)
{
	uint64_t page = any_page(true), tables = 0;
	int ret, expected;

	world_init();
	expected = expect_give(page, 1, false, &tables);
	if (!expected && tables > pool.count)
		expected = -ENOMEM;
	ret = ledger_host_share_hyp(pa(page << PAGE_SHIFT));
	prove(ret == expected, "the answer");
	if (!ret)
		set_all(page, 1, IS_SHARED_HYP);
	check(ret);
	reachable(!ret, "lent");
	reachable(ret == -EPERM, "-EPERM");
	reachable(ret == -EINVAL && !page, "-EINVAL for page 0");
	reachable(ret == -EINVAL && page, "-EINVAL");
	reachable(ret == -ENOMEM, "-ENOMEM");
}

void proof_host_donate_and_share_hyp(void)
{
	uint64_t donated = any_page(true), lent = any_page(true), tables = 0;
	int ret, expected;

	world_init();
	assume(donated != lent);
	expected = expect_give(donated, 1, true, &tables);
	if (!expected)
		expected = expect_give(lent, 1, false, &tables);
	if (!expected && tables > pool.count)
		expected = -ENOMEM;
	ret = ledger_host_donate_and_share_hyp(pa(donated << PAGE_SHIFT), pa(lent << PAGE_SHIFT));
	prove(ret == expected, "the answer");
	if (!ret) {
		set_all(donated, 1, IS_HYP);
		set_all(lent, 1, IS_SHARED_HYP);
	}
	check(ret);
	reachable(!ret && level_group(donated, PT_SLOT_LEVEL) == level_group(lent, PT_SLOT_LEVEL), "both of one block");
	reachable(!ret && level_group(donated, PT_SLOT_LEVEL) != level_group(lent, PT_SLOT_LEVEL), "of two blocks");
	reachable(ret == -EPERM && account.is[donated & (PROOF_PAGES - 1)] == IS_HOST, "-EPERM for the page lent");
	reachable(ret == -EINVAL, "-EINVAL");
	reachable(ret == -ENOMEM, "-ENOMEM");
}

void proof_hyp_donate_host(void)
{
	uint64_t from = any_page(true), count = 1 + (nondet_u8() & (PT_ENTRIES - 1));
	struct pt_leaf none = { .owner = OWNER_HOST };
	int ret, expected;

	world_init();
	expected = !world_ram(from, count) ? -EINVAL : !world_all(from, count, IS_HYP) ? -EPERM :
		   tables_for(from, count, &none) > pool.count ? -ENOMEM : 0;
	ret = ledger_hyp_donate_host(pa(from << PAGE_SHIFT), count << PAGE_SHIFT);
	prove(ret == expected, "the answer");
	prove(ret || machine.cleaned == in_range(machine.page, from, count), "cleaned");
	if (!ret)
		set_all(from, count, IS_HOST);
	check(ret);
	reachable(!ret && count == PT_ENTRIES && level_first(from, PT_SLOT_LEVEL), "a block comes back");
	reachable(!ret && pool.count < pool_before, "a part of a block comes back");
	reachable(!ret && pool.count > pool_before, "a table is freed");
	reachable(ret == -EPERM && world_all(from, count, IS_HYP_IMAGE), "-EPERM for the image");
	reachable(ret == -EPERM && world_all(from, count, IS_GUEST), "-EPERM for a guest's page");
	reachable(ret == -EINVAL, "-EINVAL");
	reachable(ret == -ENOMEM, "-ENOMEM");
}

void proof_host_unshare_hyp(void)
{
	uint64_t page = any_page(true);
	int ret, expected;

	world_init();
	expected = !world_ram(page, 1) ? -EINVAL : !world_all(page, 1, IS_SHARED_HYP) ? -EPERM : 0;
	ret = ledger_host_unshare_hyp(pa(page << PAGE_SHIFT));
	prove(ret == expected, "the answer");
	if (!ret)
		set_all(page, 1, IS_HOST);
	check(ret);
	prove(pool.count >= pool_before, "no table is taken");
	reachable(!ret && pool.count > pool_before, "given back, and a table freed");
	reachable(ret == -EPERM && world_all(page, 1, IS_SHARED_OTHER), "-EPERM for what another borrows");
	reachable(ret == -EINVAL, "-EINVAL");
}

/* At boot only, before a guest exists; the one operation that may stop half-way, at the end of a slot. */
void proof_claim_hyp(void)
{
	uint64_t from = any_page(true), count = 1 + any_page(false), i, claimed = 0;
	bool host = true;
	int ret;

	world_init();
	EACH(i)
		if (in_range(i, from, count) && account.is[i] != IS_HOST)
			host = false;
	ret = ledger_claim_hyp(pa(from << PAGE_SHIFT), count << PAGE_SHIFT);
	prove(!ret || ret == -ENOMEM || ret == -EPERM || ret == -EINVAL, "the answer");
	prove(ret != -EPERM || !host, "-EPERM only where a page is not the host's");
	prove(ret || (host && from + count <= PROOF_PAGES), "it succeeds on pages of the host only");
	EACH(i)
		if (in_range(i, from, count) && account.is[i] == IS_HOST &&
		    flat_host.flat[i] == OWNER_HYP << PTE_OWNER_SHIFT) {
			prove(i - from == claimed, "what is claimed is a part from the beginning");
			account.is[i] = IS_HYP_IMAGE;
			claimed++;
		}
	prove(ret || claimed == count, "all is claimed");
	world_check();
	reachable(!ret && count > PT_ENTRIES, "more than a slot is claimed");
	reachable(ret == -ENOMEM, "-ENOMEM");
	reachable(ret == -EPERM, "-EPERM");
	reachable(ret == -EINVAL, "-EINVAL");
}

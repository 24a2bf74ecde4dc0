// SPDX-License-Identifier: GPL-2.0-only
#include "operation.h"
#include <tests/spec/parts.h>

struct spec_op op;
uint64_t op_done;
bool host_keeps_it, guest_keeps_it;

static struct spec_outcome outcome;
static uint64_t blocks_before, done_expected;

/* -- What the specification does not say: who reaches a page while its contents change -- */

static bool host_reaches(spec_page_t word)
{
	return spec_state(word) == DONJON_PAGE_HOST ||
	       spec_state(word) == DONJON_PAGE_HOST_SHARED ||
	       spec_state(word) == DONJON_PAGE_GUEST_SHARED;
}

/*
 * Cleaned for whoever may read past the caches: the host always, a guest unless FEAT_S2FWB forbids
 * it.
 */
static bool must_be_cleaned(spec_page_t before, spec_page_t after)
{
	if (!((before ^ after) & ~SPEC_ZERO))
		return false;
	if (!host_reaches(before) && host_reaches(after))
		return true;
	/* What was written by the host stays and is the same to whoever looks from now on. */
	if (spec_state(after) == DONJON_PAGE_GUEST)
		return !(after & SPEC_ZERO) || !machine.coherent;
	return holder(after) && !holder(before) && !machine.coherent;
}

static bool guest_reaches_witness(void)
{
	uint64_t at;

	EACH(at)
	if (pte_valid(flat_guest.flat[at]) &&
	    (flat_guest.flat[at] & PTE_ADDR) >> PAGE_SHIFT == machine.page)
		return true;
	return false;
}

void machine_contents(bool zero)
{
	prove((host_keeps_it && !zero) || !pte_valid(flat_host.flat[machine.page]),
	      "L2: the host has lost the page, or not got it yet");
	prove(guest_keeps_it || !guest_reaches_witness(),
	      "L2: the guest has lost the page, or not got it yet");
}

/* -- On the way -- */

bool machine_ends;
static bool on_the_way, was_activated;
static uint64_t way, way_count;

/*
 * No lock is held while pages are zeroed or cleaned, so that other CPUs take pages of the pool,
 * kill the guest and run it. The pages are CLEANING, and the guest says so: who finds one of both
 * waits. The exceptions are single pages: one that is taken by force, one that EL2 gives back, and
 * one that EL2 fills for its guest; and the scrub at the machine's end, with the lock or without.
 */
void machine_meanwhile(uint64_t pa, uint64_t size)
{
	uint64_t page = pa >> PAGE_SHIFT, i, count;

	if (machine_ends)
		return;
	if (machine_locks_held) {
		prove(size == PAGE_SIZE || op.what == SPEC_HYP_DONATE_HOST,
		      "what takes long is done with no lock held");
		return;
	}
	prove(guest.cleaning, "the guest has a transition on the way");
	EACH(i)
	if (in_range(i, page, size >> PAGE_SHIFT))
		prove(flat_host.flat[i] ==
			      ((pte_t)OWNER_CLEANING << PTE_OWNER_SHIFT | i << PAGE_SHIFT) &&
			      !flat_hyp.flat[i], "the pages are CLEANING");
	if (!on_the_way)
		was_activated = guest.activated;
	on_the_way = true;
	way = page;
	way_count = size >> PAGE_SHIFT;
	count = nondet_u8() & 15;
	assume(count >= ledger_reserve(POOL_FEED)); /* L6 */
	pool_before += count - pool.count;
	pool.count = count;
	guest.dying = guest.dying || nondet_bool();
	guest.activated = guest.activated || nondet_bool();
}

/* What the operation comes to if the pages are lost on the way; 0: they are not. */
static int lost(void)
{
	if (!on_the_way || op.what == SPEC_RECLAIM)
		return 0;
	return guest.dying ? -ESHUTDOWN : guest.activated != was_activated ? -EAGAIN : 0;
}

static void check_lost(void)
{
	bool donated = op.what != SPEC_GUEST_SET_EMPTY && op.what != SPEC_GUEST_SET_RAM;
	uint64_t i;

	EACH(i)
	if (in_range(i, way, way_count))
		spec.page[i] = DONJON_PAGE_HOST;
	EACH(i)
	if (op.what == SPEC_GUEST_SET_RAM && in_range(i, op_at(), op_count()))
		ipa_tag[i] = GUEST_TAG_EMPTY;
	world_check();
	prove(donated || !in_range(machine.page, way, way_count) || machine.zeroed,
	      "what is lost is zero");
	prove(op.what != SPEC_GUEST_SET_EMPTY || !in_range(machine.page, way, way_count) ||
		      machine.cleaned, "and clean");
}

/* -- Any arguments -- */

static uint64_t any_address(bool behind)
{
	return ((nondet_u8() & (PROOF_PAGES - 1)) | (behind && nondet_bool() ? 1UL << 35 : 0))
	       << PAGE_SHIFT;
}

static void choose_range(void)
{
#if PROOF_RANGE
	op.size = PROOF_RANGE == 1 ? PAGE_SIZE : PT_MAX_RANGE;
	if (PROOF_RANGE == 3) /* there is no other; a constant makes the formula small */
		op.ipa = PT_MAX_RANGE - PAGE_SIZE;
	assume(PROOF_RANGE != 2 || level_first(op_at(), PT_L2));
#endif
}

void operation_any(enum spec_what what, unsigned int arguments)
{
	uint64_t limit;

	world_init();
	op = (struct spec_op){
		.what = what,
		.owner = PROOF_OWNER,
		.destroyed = nondet_bool(),
		.kept = nondet_bool(),
		.pa = any_address(arguments & PA_ANYWHERE),
		.ipa = any_address(arguments & IPA_ANYWHERE),
		.size = (1 + (nondet_u8() & (PT_ENTRIES - 1))) << PAGE_SHIFT,
	};
	choose_range();
	limit = arguments & IPA_PROTECTED && guest.protected ? PROOF_UNPROTECTED : PROOF_PAGES;
	assume(arguments & IPA_ANYWHERE || (op_at() < limit && op_count() <= limit - op_at()));
	assume(!(arguments & GUEST_PROTECTED) || guest.protected);
}

/* ~0: the call does not tell it. */
static uint64_t expected_done(void)
{
	switch (op.what) {
	case SPEC_HOST_UNSHARE_GUEST:
	case SPEC_RECLAIM:
		return spec_done(&spec, &op);
	case SPEC_GUEST_SET_EMPTY:
	case SPEC_GUEST_SET_RAM:
		return op.size;
	default:
		return ~0UL;
	}
}

/* The specification's state becomes what it is to be if the operation succeeds. */
void operation_expect(void)
{
	spec_page_t before = word_before[machine.page], after;

	spec_expect(&spec, &op, &outcome);
	done_expected = expected_done();
	blocks_before = guest.pgt.blocks;
	if (!outcome.answer)
		spec_apply(&spec, &op);
	after = spec.page[machine.page];
	host_keeps_it = host_reaches(before) && host_reaches(after);
	guest_keeps_it = holder(before) == PROOF_OWNER && holder(after) == PROOF_OWNER &&
			 !(after & SPEC_ZERO) && spec_ipa(before) == spec_ipa(after);
	asked = taken = (struct tables_count){0};
	on_the_way = false;
	op_done = ~0UL;
	machine_pages_short = 0;
}

void operation_begin(enum spec_what what, unsigned int arguments)
{
	operation_any(what, arguments);
	operation_expect();
}

/* -- The answer -- */

/* The specification knows RAM, but not that a range of it lies in one region. */
static bool is_in_one_region(void)
{
	switch (op.what) {
	case SPEC_HOST_DONATE_HYP:
	case SPEC_HYP_DONATE_HOST:
	case SPEC_HOST_DONATE_GUEST:
	case SPEC_HOST_SHARE_GUEST:
	case SPEC_HOST_DONATE_GUEST_SHARED:
		return world_one_region(op_page(), op_count());
	default:
		return true;
	}
}

static uint64_t pages_of(const struct tables_count *count)
{
	return count->host +
	       (count->hyp_maps > count->hyp_unmaps ? count->hyp_maps : count->hyp_unmaps);
}

/*
 * L5: tables for blocks that a guest's range may become, beside those of the blocks that there are.
 * Operations that only take a part out of a block have its tables in reserve.
 */
static bool is_mapping(void)
{
	return op.what == SPEC_HOST_DONATE_GUEST || op.what == SPEC_HOST_SHARE_GUEST ||
	       op.what == SPEC_HOST_DONATE_GUEST_SHARED || op.what == SPEC_GUEST_SET_EMPTY ||
	       op.what == SPEC_GUEST_SET_RAM;
}

static uint64_t reserve(void)
{
	bool one = op.size == PT_MAX_RANGE && level_first(op_at(), PT_L2);

	if (!is_mapping())
		return 0;
	if (op.what == SPEC_GUEST_SET_EMPTY)
		return blocks_before + 2 * one;
	return blocks_before +
	       (one && (op.what == SPEC_GUEST_SET_RAM || level_first(op_page(), PT_L2)));
}

/* EL2's own tables do not come out of what faults of the host may need (L6). */
static uint64_t pool_needed(void)
{
	uint64_t needed = pages_of(&asked), own = needed - asked.host;
	bool keeps = op.what == SPEC_HOST_DONATE_HYP || op.what == SPEC_HOST_SHARE_HYP;

	return keeps && own && reserve_before > asked.host ? own + reserve_before : needed;
}

/*
 * O5: memory for tables is short, and by how much, only where the operation would take what is not
 * there. A fault is no call: nobody is told how much is missing.
 */
static void check_shortage(int ret)
{
	uint64_t needed = pool_needed();

	if (ret == -ENOMEM) {
		prove(pool_before < needed, "-ENOMEM only where the pool is short");
		prove(op.what == SPEC_HOST_FAULT || machine_pages_short == needed - pool_before,
		      "the pool's missing pages are told");
	}
	if (ret == -ENOBUFS) {
		needed = asked.guest + reserve();
		prove(is_mapping(), "L5: a part of a block can always be changed");
		prove(cache_before < needed, "-ENOBUFS only where the guest's cache is short");
		prove(machine_pages_short == needed - cache_before ||
			      (op.what == SPEC_GUEST_SET_EMPTY &&
			       machine_pages_short - 1 < needed - cache_before),
		      "the cache's missing pages are told");
	}
}

static void check_change(void)
{
	spec_page_t before = word_before[machine.page], after = spec.page[machine.page];

	world_check();
	prove(machine.zeroed == !!(after & SPEC_ZERO), "what the specification says is zeroed");
	prove(machine.cleaned == must_be_cleaned(before, after),
	      "cleaned where it may be read past the caches");
	/* The first change may bring, or free, a table that the second is counted to need. */
	prove(op.what == SPEC_GUEST_SET_RAM ||
		      (pages_of(&taken) == pages_of(&asked) && taken.guest == asked.guest),
	      "it asks for the tables that it takes");
	prove(!outcome.may_be_refused, "EL2 gives back what it has mapped only");
}

int operation_end(int ret)
{
	if (lost()) {
		prove(ret == lost(), "the answer where the pages are lost");
		prove(!machine_locks_held && !guest.cleaning, "nothing is left on the way");
		check_lost();
		return ret;
	}
	prove((spec_outcome_allows(&outcome, ret) &&
	       (is_in_one_region() || outcome.answer)) ||
		      (ret == -EINVAL && !is_in_one_region()),
	      "the answer");
	prove(ret || op_done == done_expected, "the bytes that are done");
	prove(!machine_locks_held, "no lock is left held");
	prove(guest.cleaning == spec_guest(&spec, PROOF_OWNER)->cleaning,
	      "nothing is left on the way");
	if (ret)
		world_same();
	else
		check_change();
	check_shortage(ret);
	return ret;
}

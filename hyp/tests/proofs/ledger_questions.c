// SPDX-License-Identifier: GPL-2.0-only
/* What the ledger tells, and what it does beside the specification's operations. */
#include "operation.h"

/* What has been asked has changed nothing. */
static void check_question(void)
{
	prove(!machine_locks_held, "no lock is left held");
	world_same();
}

static enum ripas ripas_of(uint64_t at)
{
	switch (spec_at_ipa(&spec, PROOF_OWNER, at << PAGE_SHIFT)) {
	case SPEC_IPA_EMPTY:
	case SPEC_IPA_EMPTY_SHARED:
		return RIPAS_EMPTY;
	case SPEC_IPA_POISONED:
		return RIPAS_DESTROYED;
	default:
		return RIPAS_RAM;
	}
}

void proof_guest_ripas(void)
{
	uint64_t end, limit, last = nondet_u8() & (PROOF_UNPROTECTED - 1);
	enum ripas ripas;

	operation_any(SPEC_GUEST_SET_RAM, IPA_PROTECTED | GUEST_PROTECTED);
	end = limit = op.ipa + op.size;
	ripas = ledger_guest_ripas(&guest, ipa(op.ipa), &end);
	prove(ripas == ripas_of(op_at()), "the state");
	prove(end > op.ipa && end <= limit && is_aligned(end, PAGE_SIZE), "the end");
	if (last > op_at() && last < end >> PAGE_SHIFT)
		prove(ripas_of(last) == ripas, "one run has one state");
	check_question();
	reachable(ripas == RIPAS_EMPTY && end == 2 << PAGE_SHIFT && !op.ipa &&
			  flat_guest.level[0] == PT_LAST_LEVEL,
		  "a run of EMPTY pages");
	reachable(ripas == RIPAS_RAM && end < limit, "a run ends before the range");
	reachable(ripas == RIPAS_DESTROYED, "destroyed");
}

/* Not of the specification, which has no contents. */
static int expected_fill(void)
{
	switch (spec_at_ipa(&spec, PROOF_OWNER, op.ipa)) {
	case SPEC_IPA_PRIVATE:
		return 0;
	case SPEC_IPA_NOTHING:
		return -ENOENT;
	case SPEC_IPA_POISONED:
		return -EHWPOISON;
	default:
		return -EPERM;
	}
}

void proof_guest_fill(void)
{
	uint64_t word = 0;
	int ret;

	operation_any(SPEC_GUEST_LOOKUP, IPA_PROTECTED | GUEST_PROTECTED);
	guest_keeps_it = true;
	ret = ledger_guest_fill(&guest, ipa(op.ipa), &word, 1);
	prove(ret == expected_fill(), "the answer");
	prove(machine.filled == (!ret && world_page_at(op_at()) == machine.page),
	      "the guest's page is written, and no other");
	machine.cleaned = false;
	check_question();
	reachable(!ret, "written");
	reachable(ret == -ENOENT, "-ENOENT");
	reachable(ret == -EHWPOISON, "-EHWPOISON");
	reachable(ret == -EPERM, "-EPERM");
}

void proof_query(void)
{
	enum donjon_page_state state = DONJON_PAGE_HOST;
	uint64_t end = 0, at = 0;
	unsigned int owner = 0;
	spec_page_t word;
	int ret;

	operation_any(SPEC_HOST_FAULT, PA_ANYWHERE);
	word = spec_page(&spec, op.pa);
	ret = ledger_query(pa(op.pa), &end, &state, &owner, &at);
	prove(ret == (op.pa < spec.limit ? 0 : -EINVAL), "the answer");
	if (!ret) {
		prove(state == spec_state(word), "the state");
		prove(owner == (state == DONJON_PAGE_GUEST ? spec_owner(word) : OWNER_HOST),
		      "the owner");
		prove(at == (state == DONJON_PAGE_GUEST ? spec_ipa(word) : 0),
		      "the guest-physical address");
		prove(end > op.pa && is_aligned(end, PAGE_SIZE), "the end");
		prove(end <= spec_run_end(&spec, op.pa, spec.limit),
		      "one run has one owner and state");
	}
	check_question();
	reachable(!ret && state == DONJON_PAGE_NOT_RAM, "not RAM");
	reachable(!ret && state == DONJON_PAGE_GUEST && end > op.pa + PT_MAX_RANGE,
		  "a run of a guest's pages over several entries");
	reachable(!ret && state == DONJON_PAGE_GUEST && owner != guest.owner, "another guest's");
	reachable(ret == -EINVAL, "-EINVAL");
}

/* The guests' tables are out of use. */
void proof_scrub_all(void)
{
	bool private;

	world_init();
	guest_keeps_it = true;
	private = world_was(machine.page, 1, DONJON_PAGE_GUEST) ||
		  world_was(machine.page, 1, DONJON_PAGE_CLEANING);
	world_panics = nondet_bool();
	machine_ends = true;
	ledger_scrub_all(!world_panics);
	prove(machine.zeroed == private && machine.cleaned == private,
	      "private pages are zeroed, and no other");
	machine.zeroed = machine.cleaned = false;
	check_question();
	reachable(private, "a guest's page");
	reachable(world_was(machine.page, 1, DONJON_PAGE_HOST), "the host's page");
}

/*
 * At boot only, before a guest exists; the one operation that may stop half-way, at the end of an
 * L2 entry.
 */
void proof_claim_hyp(void)
{
	uint64_t count = 1 + (nondet_u8() & (PROOF_PAGES - 1)), claimed = 0, i;
	int ret;

	operation_any(SPEC_HOST_FAULT, PA_ANYWHERE);
	ret = ledger_claim_hyp(pa(op.pa), count << PAGE_SHIFT);
	prove(!ret || ret == -ENOMEM || ret == -EPERM || ret == -EINVAL || ret == -EAGAIN,
	      "the answer");
	prove(ret != -EAGAIN || !world_was(op_page(), count, DONJON_PAGE_HOST),
	      "-EAGAIN only where a page is CLEANING");
	prove(ret != -EPERM || !world_was(op_page(), count, DONJON_PAGE_HOST),
	      "-EPERM only where a page is not the host's");
	prove(ret || (world_was(op_page(), count, DONJON_PAGE_HOST) &&
		      op_page() + count <= PROOF_PAGES),
	      "it succeeds on pages of the host only");
	EACH(i)
	if (in_range(i, op_page(), count) && world_was(i, 1, DONJON_PAGE_HOST) &&
	    flat_host.flat[i] == OWNER_HYP << PTE_OWNER_SHIFT) {
		prove(i - op_page() == claimed, "what is claimed is a part from the beginning");
		spec_claim(&spec, i << PAGE_SHIFT, PAGE_SIZE);
		claimed++;
	}
	prove(ret || claimed == count, "all is claimed");
	prove(!machine_locks_held, "no lock is left held");
	world_check();
	reachable(!ret && count > PT_ENTRIES, "more than an L2 entry is claimed");
	reachable(ret == -ENOMEM, "-ENOMEM");
	reachable(ret == -EPERM, "-EPERM");
	reachable(ret == -EINVAL, "-EINVAL");
}

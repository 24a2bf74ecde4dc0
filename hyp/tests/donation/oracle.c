// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include <abi/rsi.h>
#include "account.h"

/* -- Answers -- */

static const struct {
	int error;
	int64_t code;
} codes[] = {
	{0, DONJON_OK},
	{-EINVAL, DONJON_E_INVALID},
	{-EPERM, DONJON_E_DENIED},
	{-ENOMEM, DONJON_E_NO_POOL},
	{-ENOBUFS, DONJON_E_NO_CACHE},
	{-ENOENT, DONJON_E_NOT_FOUND},
	{-EEXIST, DONJON_E_EXISTS},
	{-EHWPOISON, DONJON_E_POISONED},
	{-ESHUTDOWN, DONJON_E_DYING},
};

static int64_t code_of(int error)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].error == error)
			return codes[i].code;
	return DONJON_E_INTERNAL;
}

/* The ledger's operation may have ended with this code. *expected: what would be right. */
static bool allowed(const struct spec_op *op, int64_t code, int64_t *expected)
{
	*expected = code_of(spec_answer(&account, op));
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].code == code && spec_allows(&account, op, codes[i].error))
			return true;
	return false;
}

/* One call that is one operation of the ledger. */
static bool operation(const struct spec_op *op, const struct step *step, int64_t *expected)
{
	if (!allowed(op, step->answer, expected))
		return false;
	if (step->answer == DONJON_OK)
		spec_apply(&account, op);
	return true;
}

static bool fixed(const struct step *step, int64_t answer, int64_t *expected)
{
	*expected = answer;
	return step->answer == answer;
}

/* -- What is checked before the ledger -- */

static bool good_range(uint64_t base, uint64_t size, uint64_t limit)
{
	return size && size <= DONJON_MAX_RANGE && !((base | size) & (SCRIPT_PAGE - 1)) &&
	       base < limit && size <= limit - base;
}

static bool is_vm_ram(const struct script_vm *vm, uint64_t ipa, uint64_t size)
{
	return ipa >= vm->ram_ipa && ipa - vm->ram_ipa < vm->ram_size &&
	       size <= vm->ram_size - (ipa - vm->ram_ipa);
}

static bool check_map(const struct step *s, int64_t *expected)
{
	const struct spec_op op = {
		.what = spec_map_is(&account, s->vm->owner, s->ipa),
		.owner = s->vm->owner,
		.pa = s->pa,
		.ipa = s->ipa,
		.size = s->size,
	};

	if (!s->vm->exists)
		return fixed(s, DONJON_E_NOT_FOUND, expected);
	if (s->vm->bare || !good_range(s->pa, s->size, ADDRESS_LIMIT) ||
	    !good_range(s->ipa, s->size, 1UL << VM_IPA_BITS) || !is_vm_ram(s->vm, s->ipa, s->size))
		return fixed(s, DONJON_E_INVALID, expected);
	return operation(&op, s, expected);
}

static bool check_reclaim(const struct step *s, int64_t *expected, int64_t *pages)
{
	const struct spec_op op = {
		.what = s->statement->verb == VERB_RECLAIM ? SPEC_RECLAIM : SPEC_HOST_UNSHARE_GUEST,
		.owner = s->vm->owner,
		.ipa = s->ipa,
		.size = s->size,
	};
	bool good;

	if (!s->vm->exists)
		return fixed(s, DONJON_E_NOT_FOUND, expected);
	if (!good_range(s->ipa, s->size, 1UL << VM_IPA_BITS))
		return fixed(s, DONJON_E_INVALID, expected);
	if (s->answer == DONJON_OK && !spec_answer(&account, &op))
		*pages = (int64_t)(spec_done(&account, &op) / SCRIPT_PAGE);
	good = operation(&op, s, expected);
	return good && (*pages < 0 || (uint64_t)*pages == s->pages);
}

static bool check_kill(const struct step *s, int64_t *expected)
{
	const struct spec_op op = {.what = SPEC_KILL, .owner = s->vm->owner};

	if (!s->vm->exists)
		return fixed(s, DONJON_E_NOT_FOUND, expected);
	return operation(&op, s, expected);
}

uint64_t oracle_vm_pages(const struct script_vm *vm)
{
	const struct spec_guest *guest = spec_guest(&account, vm->owner);
	uint64_t pa;

	if (!guest)
		return 0;
	return guest->pages + guest->poisoned + guest->empty -
	       (vm->agent_pa && spec_at(&account, vm->owner, AGENT_IPA, &pa));
}

static bool check_destroy(const struct step *s, int64_t *expected)
{
	const struct spec_guest *guest = spec_guest(&account, s->vm->owner);

	if (!s->vm->exists || !guest)
		return fixed(s, DONJON_E_NOT_FOUND, expected);
	if (!guest->dying || oracle_vm_pages(s->vm))
		return fixed(s, DONJON_E_BUSY, expected);
	return fixed(s, DONJON_OK, expected);
}

static bool check_to_hyp(const struct step *s, int64_t *expected)
{
	const struct spec_op op = {.what = SPEC_HOST_DONATE_HYP, .pa = s->pa, .size = s->size};

	if (s->vm && !s->vm->exists)
		return fixed(s, DONJON_E_NOT_FOUND, expected);
	if (!good_range(s->pa, s->size, ADDRESS_LIMIT))
		return fixed(s, DONJON_E_INVALID, expected);
	return operation(&op, s, expected);
}

/* Both pages or neither: the run page is shared first. */
static bool vcpu_pages(const struct step *s, int64_t *expected)
{
	const struct spec_op share = {.what = SPEC_HOST_SHARE_HYP, .pa = s->second};
	const struct spec_op unshare = {.what = SPEC_HOST_UNSHARE_HYP, .pa = s->second};
	const struct spec_op donate = {
		.what = SPEC_HOST_DONATE_HYP, .pa = s->pa, .size = SCRIPT_PAGE};
	bool good;

	good = allowed(&share, s->answer, expected);
	if (spec_answer(&account, &share) || (good && s->answer != DONJON_OK))
		return good;
	spec_apply(&account, &share);
	good = operation(&donate, s, expected);
	if (s->answer != DONJON_OK)
		spec_apply(&account, &unshare);
	return good;
}

static bool check_vcpu(const struct step *s, int64_t *expected)
{
	const struct spec_guest *guest = spec_guest(&account, s->vm->owner);

	if (s->statement->number >= DONJON_MAX_VCPUS || s->pa == s->second)
		return fixed(s, DONJON_E_INVALID, expected);
	if (!s->vm->exists || !guest)
		return fixed(s, DONJON_E_NOT_FOUND, expected);
	if (s->vm->vcpus >> s->statement->number & 1)
		return fixed(s, DONJON_E_EXISTS, expected);
	if (guest->dying)
		return fixed(s, DONJON_E_DYING, expected);
	if (guest->activated)
		return fixed(s, DONJON_E_DENIED, expected);
	return vcpu_pages(s, expected);
}

/* -- Accesses -- */

/* The page, if it may be read, has the contents that the account promises: of these it knows only
 * zeros. */
static bool zero_as_promised(const struct step *s, uint64_t pa)
{
	if (s->statement->verb == VERB_WRITE) {
		spec_written(&account, pa, SCRIPT_PAGE);
		return true;
	}
	return !(spec_page(&account, pa) & SPEC_ZERO) || (!s->contents.word && !s->contents.mixed);
}

static bool check_host(const struct step *s, int64_t *expected)
{
	const struct spec_op take = {.what = SPEC_FORCE_RECLAIM, .pa = s->pa};

	switch (spec_state(spec_page(&account, s->pa))) {
	case DONJON_PAGE_HOST:
	case DONJON_PAGE_HOST_SHARED:
	case DONJON_PAGE_GUEST_SHARED:
		return fixed(s, DONJON_OK, expected) && zero_as_promised(s, s->pa);
	case DONJON_PAGE_GUEST:
		if (s->statement->actor == ACTOR_KERNEL && spec_answer(&account, &take) == 0 &&
		    s->answer == DONJON_OK) {
			*expected = DONJON_OK;
			spec_apply(&account, &take);
			return zero_as_promised(s, s->pa);
		}
		*expected = s->statement->actor == ACTOR_KERNEL ? DONJON_OK : ANSWER_REFUSED;
		return s->statement->actor != ACTOR_KERNEL && s->answer == ANSWER_REFUSED;
	default:
		return fixed(s, ANSWER_REFUSED, expected);
	}
}

/* The guest runs: not after its death, and the first time it is activated. */
static bool runs(const struct step *s, int64_t *expected)
{
	const struct spec_op activate = {.what = SPEC_ACTIVATE, .owner = s->vm->owner};
	const struct spec_guest *guest = spec_guest(&account, s->vm->owner);

	*expected = !s->vm->exists || !guest ? DONJON_E_NOT_FOUND
		    : s->vm->bare	     ? DONJON_E_NOT_FOUND
		    : guest->dying	     ? DONJON_E_DYING
					     : DONJON_OK;
	if (*expected)
		return false;
	if (!guest->activated)
		spec_apply(&account, &activate);
	return true;
}

/* EMPTY pages are there at the unprotected IPA, and nothing else is. */
static bool is_reachable(const struct step *s)
{
	uint64_t unprotected = s->vm->protected ? VM_UNPROTECTED : 0;

	return is_vm_ram(s->vm, s->ipa & ~unprotected, SCRIPT_PAGE) &&
	       spec_is_empty(&account, s->vm->owner, s->ipa & ~unprotected, SCRIPT_PAGE) ==
		       !!(s->ipa & unprotected);
}

static bool check_guest_access(const struct step *s, int64_t *expected)
{
	uint64_t pa;

	if (!runs(s, expected))
		return s->answer == *expected;
	if (!is_reachable(s))
		return fixed(s, ANSWER_REFUSED, expected);
	if (spec_at(&account, s->vm->owner, s->ipa, &pa))
		return fixed(s, DONJON_OK, expected) && zero_as_promised(s, pa);
	return fixed(s,
		     spec_is_poisoned(&account, s->vm->owner, s->ipa) ? DONJON_E_POISONED
								  : ANSWER_MISSING,
		     expected);
}

/* What a guest's call answers for the ledger's answer (KVM's vendor calls MEM_SHARE and
 * MEM_UNSHARE). */
static int64_t guest_code(int error, bool share)
{
	switch (error) {
	case 0:
		return DONJON_OK;
	case -ENOENT:
		return share ? ANSWER_MISSING : DONJON_E_INVALID;
	case -ENOMEM:
		return ANSWER_TOPUP;
	}
	return DONJON_E_INVALID;
}

static bool check_guest_share(const struct step *s, int64_t *expected)
{
	bool share = s->statement->verb == VERB_GUEST_SHARE;
	const struct spec_op op = {
		.what = share ? SPEC_GUEST_SHARE_HOST : SPEC_GUEST_UNSHARE_HOST,
		.owner = s->vm->owner,
		.ipa = s->ipa,
	};

	if (!runs(s, expected))
		return s->answer == *expected;
	if (!s->vm->protected)
		return fixed(s, DONJON_E_NOT_SUPPORTED, expected);
	if (s->ipa % SCRIPT_PAGE || !is_vm_ram(s->vm, s->ipa, SCRIPT_PAGE))
		return fixed(s, DONJON_E_INVALID, expected);
	*expected = guest_code(spec_answer(&account, &op), share);
	if (s->answer == DONJON_OK && *expected == DONJON_OK)
		spec_apply(&account, &op);
	if (s->answer == ANSWER_TOPUP)
		return spec_allows(&account, &op, -ENOMEM) || spec_allows(&account, &op, -ENOBUFS);
	return s->answer == *expected;
}

/*
 * One page of a conversion: DONJON_OK and it is done, DONJON_E_DENIED. What is no RAM stays EMPTY.
 */
static int64_t convert_page(const struct step *s, uint64_t ipa)
{
	const struct spec_op op = {
		.what = s->statement->number == RIPAS_EMPTY ? SPEC_GUEST_SET_EMPTY
							    : SPEC_GUEST_SET_RAM,
		.owner = s->vm->owner,
		.ipa = ipa,
		.size = SCRIPT_PAGE,
		.destroyed = s->statement->destroyed,
	};

	if (!is_vm_ram(s->vm, ipa, SCRIPT_PAGE))
		return s->statement->number == RIPAS_EMPTY ? DONJON_OK : DONJON_E_DENIED;
	if (spec_answer(&account, &op))
		return DONJON_E_DENIED;
	spec_apply(&account, &op);
	return DONJON_OK;
}

/* Up to the first page that cannot be converted, or where tables were short. */
static bool check_convert(const struct step *s, int64_t *expected, int64_t *pages)
{
	uint64_t off;

	/* A guest that is being killed may still run, and is refused what it asks for. */
	if (!runs(s, expected))
		return s->answer == *expected ||
		       (*expected == DONJON_E_DYING && s->answer == DONJON_E_DENIED && !s->pages);
	if (!s->vm->protected)
		return fixed(s, DONJON_E_NOT_SUPPORTED, expected);
	if (!range_below(s->ipa, s->size, VM_UNPROTECTED) || s->ipa % SCRIPT_PAGE)
		return fixed(s, DONJON_E_INVALID, expected);
	for (off = 0; off < s->size; off += SCRIPT_PAGE) {
		if (s->answer == ANSWER_TOPUP && off == s->pages * SCRIPT_PAGE)
			return true;
		*expected = convert_page(s, s->ipa + off);
		if (*expected)
			break;
	}
	*pages = (int64_t)(off / SCRIPT_PAGE);
	return s->answer == *expected && (uint64_t)*pages == s->pages;
}

bool account_step(const struct step *s, int64_t *expected, int64_t *pages)
{
	switch (s->statement->verb) {
	case VERB_DONATE:
	case VERB_SHARE:
		return check_map(s, expected);
	case VERB_UNSHARE:
	case VERB_RECLAIM:
		return check_reclaim(s, expected, pages);
	case VERB_KILL:
		return check_kill(s, expected);
	case VERB_DESTROY:
		return check_destroy(s, expected);
	case VERB_VM:
		if (s->pa & (s->size - 1))
			return fixed(s, DONJON_E_INVALID, expected);
		return check_to_hyp(s, expected);
	case VERB_TOPUP:
	case VERB_POOL:
		return check_to_hyp(s, expected);
	case VERB_VCPU:
		return check_vcpu(s, expected);
	case VERB_ACTIVATE:
		return runs(s, expected) ? fixed(s, DONJON_OK, expected) : s->answer == *expected;
	case VERB_READ:
	case VERB_WRITE:
		return s->statement->actor == ACTOR_GUEST ? check_guest_access(s, expected)
							  : check_host(s, expected);
	case VERB_GUEST_SHARE:
	case VERB_GUEST_UNSHARE:
		return check_guest_share(s, expected);
	case VERB_GUEST_CONVERT:
		return check_convert(s, expected, pages);
	default:
		/* A raw call: the script says what it answers, and that it changes nothing is
		 * compared page by page. */
		*expected = s->answer;
		return true;
	}
}

bool oracle_allows(const struct step *step, int64_t *expected, int64_t *pages)
{
	*pages = -1;
	return account_step(step, expected, pages);
}

/* -- What the runner does itself -- */

void oracle_vm_made(struct script_vm *vm)
{
	unsigned int i;

	for (i = 0; i < SPEC_MAX_GUESTS - 1 && handles[i]; i++)
		;
	handles[i] = vm->handle;
	vm->owner = SPEC_GUEST + i;
	spec_add_guest(&account, vm->owner, vm->protected, 1UL << VM_IPA_BITS);
}

static bool apply(const struct spec_op *op)
{
	if (spec_answer(&account, op))
		return false;
	spec_apply(&account, op);
	return true;
}

bool oracle_donated_hyp(uint64_t pa, uint64_t pages)
{
	return apply(&(struct spec_op){
		.what = SPEC_HOST_DONATE_HYP, .pa = pa, .size = pages * SCRIPT_PAGE});
}

bool oracle_shared_hyp(uint64_t pa)
{
	return apply(&(struct spec_op){.what = SPEC_HOST_SHARE_HYP, .pa = pa});
}

bool oracle_gave_guest(const struct script_vm *vm, uint64_t pa, uint64_t ipa, uint64_t pages)
{
	return apply(&(struct spec_op){.what = vm->protected ? SPEC_HOST_DONATE_GUEST
							     : SPEC_HOST_SHARE_GUEST,
				       .owner = vm->owner,
				       .pa = pa,
				       .ipa = ipa,
				       .size = pages * SCRIPT_PAGE});
}

void oracle_vm_gone(const struct script_vm *vm)
{
	apply(&(struct spec_op){
		.what = SPEC_RECLAIM, .owner = vm->owner, .ipa = AGENT_IPA, .size = SCRIPT_PAGE});
	for (unsigned int i = 0; i < vm->nr_run; i++)
		apply(&(struct spec_op){.what = SPEC_HOST_UNSHARE_HYP, .pa = vm->run_pa[i]});
	for (unsigned int i = 0; i < vm->nr_given; i++)
		apply(&(struct spec_op){.what = SPEC_HYP_DONATE_HOST,
					.pa = vm->given[i].pa,
					.size = vm->given[i].pages * SCRIPT_PAGE});
	spec_remove_guest(&account, vm->owner);
	handles[vm->owner - SPEC_GUEST] = 0;
}

bool oracle_must_be_zero(uint64_t pa)
{
	spec_page_t page = spec_page(&account, pa);

	return spec_state(page) == DONJON_PAGE_HOST && page & SPEC_ZERO;
}

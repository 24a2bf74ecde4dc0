// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <abi/rsi.h>
#include <el2/types.h>
#include "../model/spec.h"
#include "oracle.h"

#define MAX_POISONED  8192
#define ADDRESS_LIMIT (1UL << 48)

static struct spec now;
static uint64_t handles[SPEC_MAX_GUESTS]; /* by index of the guest; 0: none */

/* -- Answers -- */

static const struct {
	int error;
	int64_t code;
} codes[] = {
	{0, DONJON_OK},
	{-EINVAL, DONJON_E_INVALID},
	{-EPERM, DONJON_E_DENIED},
	{-ENOMEM, DONJON_E_NO_MEMORY},
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
	*expected = code_of(spec_answer(&now, op));
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].code == code && spec_allows(&now, op, codes[i].error))
			return true;
	return false;
}

/* One call that is one operation of the ledger. */
static bool operation(const struct spec_op *op, const struct step *step, int64_t *expected)
{
	if (!allowed(op, step->answer, expected))
		return false;
	if (step->answer == DONJON_OK)
		spec_apply(&now, op);
	return true;
}

static bool fixed(const struct step *step, int64_t answer, int64_t *expected)
{
	*expected = answer;
	return step->answer == answer;
}

/* -- What stands before the ledger -- */

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

/* VM_MAP: the state of the first page decides whether a protected VM gets the pages or is lent them at the alias. */
static enum spec_what what_map_is(const struct step *s)
{
	if (!s->vm->protected)
		return SPEC_HOST_SHARE_GUEST;
	return spec_is_empty(&now, s->vm->owner, s->ipa, SCRIPT_PAGE) ? SPEC_HOST_LEND_GUEST : SPEC_HOST_DONATE_GUEST;
}

static bool judge_map(const struct step *s, int64_t *expected)
{
	const struct spec_op op = {
		.what = what_map_is(s),
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

static bool judge_take(const struct step *s, int64_t *expected, int64_t *pages)
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
	if (s->answer == DONJON_OK && !spec_answer(&now, &op))
		*pages = (int64_t)(spec_done(&now, &op) / SCRIPT_PAGE);
	good = operation(&op, s, expected);
	return good && (*pages < 0 || (uint64_t)*pages == s->pages);
}

static bool judge_kill(const struct step *s, int64_t *expected)
{
	const struct spec_op op = {.what = SPEC_KILL, .owner = s->vm->owner};

	if (!s->vm->exists)
		return fixed(s, DONJON_E_NOT_FOUND, expected);
	return operation(&op, s, expected);
}

uint64_t oracle_vm_pages(const struct script_vm *vm)
{
	const struct spec_guest *guest = spec_guest(&now, vm->owner);
	uint64_t pa;

	if (!guest)
		return 0;
	return guest->pages + guest->poisoned + guest->empty -
	       (vm->agent_pa && spec_at(&now, vm->owner, AGENT_IPA, &pa));
}

static bool judge_destroy(const struct step *s, int64_t *expected)
{
	const struct spec_guest *guest = spec_guest(&now, s->vm->owner);

	if (!s->vm->exists || !guest)
		return fixed(s, DONJON_E_NOT_FOUND, expected);
	if (!guest->dying || oracle_vm_pages(s->vm))
		return fixed(s, DONJON_E_BUSY, expected);
	return fixed(s, DONJON_OK, expected);
}

static bool judge_to_hyp(const struct step *s, int64_t *expected)
{
	const struct spec_op op = {.what = SPEC_HOST_DONATE_HYP, .pa = s->pa, .size = s->size};

	if (s->vm && !s->vm->exists)
		return fixed(s, DONJON_E_NOT_FOUND, expected);
	if (!good_range(s->pa, s->size, ADDRESS_LIMIT))
		return fixed(s, DONJON_E_INVALID, expected);
	return operation(&op, s, expected);
}

static bool judge_vcpu(const struct step *s, int64_t *expected)
{
	const struct spec_op op = {
		.what = SPEC_DONATE_AND_SHARE_HYP, .pa = s->pa, .lent = s->second};
	const struct spec_guest *guest = spec_guest(&now, s->vm->owner);

	if (s->statement->number >= DONJON_MAX_VCPUS || s->pa == s->second)
		return fixed(s, DONJON_E_INVALID, expected);
	if (!s->vm->exists || !guest)
		return fixed(s, DONJON_E_NOT_FOUND, expected);
	if (s->vm->vcpus >> s->statement->number & 1)
		return fixed(s, DONJON_E_EXISTS, expected);
	if (guest->dying)
		return fixed(s, DONJON_E_DYING, expected);
	if (guest->sealed)
		return fixed(s, DONJON_E_DENIED, expected);
	return operation(&op, s, expected);
}

/* -- Accesses -- */

/* The page, if it may be read, has the contents that the account promises: of these it knows only
 * zeros. */
static bool zero_as_promised(const struct step *s, uint64_t pa)
{
	if (s->statement->verb == VERB_WRITE) {
		spec_written(&now, pa, SCRIPT_PAGE);
		return true;
	}
	return !(spec_page(&now, pa) & SPEC_ZERO) || (!s->contents.word && !s->contents.mixed);
}

static bool judge_host(const struct step *s, int64_t *expected)
{
	const struct spec_op take = {.what = SPEC_FORCE_RECLAIM, .pa = s->pa};

	switch (spec_state(spec_page(&now, s->pa))) {
	case DONJON_PAGE_HOST:
	case DONJON_PAGE_HOST_SHARED:
	case DONJON_PAGE_GUEST_SHARED:
		return fixed(s, DONJON_OK, expected) && zero_as_promised(s, s->pa);
	case DONJON_PAGE_GUEST:
		if (s->statement->actor == ACTOR_KERNEL && spec_answer(&now, &take) == 0 &&
		    s->answer == DONJON_OK) {
			*expected = DONJON_OK;
			spec_apply(&now, &take);
			return zero_as_promised(s, s->pa);
		}
		*expected = s->statement->actor == ACTOR_KERNEL ? DONJON_OK : ANSWER_REFUSED;
		return s->statement->actor != ACTOR_KERNEL && s->answer == ANSWER_REFUSED;
	default:
		return fixed(s, ANSWER_REFUSED, expected);
	}
}

/* The guest runs: not after its death, and the first time it is sealed. */
static bool runs(const struct step *s, int64_t *expected)
{
	const struct spec_op seal = {.what = SPEC_SEAL, .owner = s->vm->owner};
	const struct spec_guest *guest = spec_guest(&now, s->vm->owner);

	*expected = !s->vm->exists || !guest ? DONJON_E_NOT_FOUND
		    : s->vm->bare	     ? DONJON_E_NOT_FOUND
		    : guest->dying	     ? DONJON_E_DYING
					     : DONJON_OK;
	if (*expected)
		return false;
	if (!guest->sealed)
		spec_apply(&now, &seal);
	return true;
}

/* EMPTY pages are there at the alias, and nothing else is. */
static bool is_reachable(const struct step *s)
{
	uint64_t alias = s->vm->protected ? VM_ALIAS : 0;

	return is_vm_ram(s->vm, s->ipa & ~alias, SCRIPT_PAGE) &&
	       spec_is_empty(&now, s->vm->owner, s->ipa & ~alias, SCRIPT_PAGE) == !!(s->ipa & alias);
}

static bool judge_guest_access(const struct step *s, int64_t *expected)
{
	uint64_t pa;

	if (!runs(s, expected))
		return s->answer == *expected;
	if (!is_reachable(s))
		return fixed(s, ANSWER_REFUSED, expected);
	if (spec_at(&now, s->vm->owner, s->ipa, &pa))
		return fixed(s, DONJON_OK, expected) && zero_as_promised(s, pa);
	return fixed(s,
		     spec_is_poisoned(&now, s->vm->owner, s->ipa) ? DONJON_E_POISONED
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

static bool judge_guest_share(const struct step *s, int64_t *expected)
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
	*expected = guest_code(spec_answer(&now, &op), share);
	if (s->answer == DONJON_OK && *expected == DONJON_OK)
		spec_apply(&now, &op);
	if (s->answer == ANSWER_TOPUP)
		return spec_allows(&now, &op, -ENOMEM);
	return s->answer == *expected;
}

/* One page of a conversion: DONJON_OK and it is done, DONJON_E_DENIED. What is no RAM is EMPTY for ever. */
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
	if (spec_answer(&now, &op))
		return DONJON_E_DENIED;
	spec_apply(&now, &op);
	return DONJON_OK;
}

/* Up to the first page that can't be converted, or where tables were short. */
static bool judge_convert(const struct step *s, int64_t *expected, int64_t *pages)
{
	uint64_t off;

	/* A guest that is being killed may still run, and is refused what it asks for. */
	if (!runs(s, expected))
		return s->answer == *expected ||
		       (*expected == DONJON_E_DYING && s->answer == DONJON_E_DENIED && !s->pages);
	if (!s->vm->protected)
		return fixed(s, DONJON_E_NOT_SUPPORTED, expected);
	if (!range_below(s->ipa, s->size, VM_ALIAS) || s->ipa % SCRIPT_PAGE)
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

static bool judge(const struct step *s, int64_t *expected, int64_t *pages)
{
	switch (s->statement->verb) {
	case VERB_DONATE:
	case VERB_SHARE:
		return judge_map(s, expected);
	case VERB_UNSHARE:
	case VERB_RECLAIM:
		return judge_take(s, expected, pages);
	case VERB_KILL:
		return judge_kill(s, expected);
	case VERB_DESTROY:
		return judge_destroy(s, expected);
	case VERB_VM:
		if (s->pa & (s->size - 1))
			return fixed(s, DONJON_E_INVALID, expected);
		return judge_to_hyp(s, expected);
	case VERB_TOPUP:
	case VERB_POOL:
		return judge_to_hyp(s, expected);
	case VERB_VCPU:
		return judge_vcpu(s, expected);
	case VERB_SEAL:
		return runs(s, expected) ? fixed(s, DONJON_OK, expected) : s->answer == *expected;
	case VERB_READ:
	case VERB_WRITE:
		return s->statement->actor == ACTOR_GUEST ? judge_guest_access(s, expected)
							  : judge_host(s, expected);
	case VERB_GUEST_SHARE:
	case VERB_GUEST_UNSHARE:
		return judge_guest_share(s, expected);
	case VERB_GUEST_CONVERT:
		return judge_convert(s, expected, pages);
	default:
		/* A raw call: the script says what it answers, and that it changes nothing is
		 * compared page by page. */
		*expected = s->answer;
		return true;
	}
}

bool oracle_judge(const struct step *step, int64_t *expected, int64_t *pages)
{
	*pages = -1;
	return judge(step, expected, pages);
}

/* -- What the runner does itself -- */

void oracle_vm_made(struct script_vm *vm)
{
	unsigned int i;

	for (i = 0; i < SPEC_MAX_GUESTS - 1 && handles[i]; i++)
		;
	handles[i] = vm->handle;
	vm->owner = SPEC_GUEST + i;
	spec_add_guest(&now, vm->owner, vm->protected, 1UL << VM_IPA_BITS);
}

static bool apply(const struct spec_op *op)
{
	if (spec_answer(&now, op))
		return false;
	spec_apply(&now, op);
	return true;
}

bool oracle_donated_hyp(uint64_t pa, uint64_t pages)
{
	return apply(&(struct spec_op){
		.what = SPEC_HOST_DONATE_HYP, .pa = pa, .size = pages * SCRIPT_PAGE});
}

bool oracle_lent_hyp(uint64_t pa)
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
	spec_remove_guest(&now, vm->owner);
	handles[vm->owner - SPEC_GUEST] = 0;
}

bool oracle_must_be_zero(uint64_t pa)
{
	spec_page_t page = spec_page(&now, pa);

	return spec_state(page) == DONJON_PAGE_HOST && page & SPEC_ZERO;
}

/* -- Comparison with EL2's ledger -- */

static void describe(char *text, size_t size, uint64_t state, uint64_t handle, uint64_t ipa)
{
	if (state == DONJON_PAGE_GUEST)
		snprintf(text, size, "guest of VM 0x%lx at IPA 0x%lx", handle, ipa);
	else
		snprintf(text, size, "%s", state_name(state) ?: "no state");
}

bool oracle_agrees(uint64_t pa, uint64_t pages, char why[WHY_SIZE])
{
	uint64_t end = pa + pages * SCRIPT_PAGE, args[SCRIPT_ARGS] = {0}, r[4], at, next;
	char seen[80], right[80];

	for (; pa < end; pa = r[0]) {
		args[0] = pa;
		if (target.call(DONJON_HC_LEDGER, args, r) || r[0] <= pa) {
			snprintf(why, WHY_SIZE, "page 0x%lx: EL2's ledger gives no answer", pa);
			return false;
		}
		/* A run of RAM ends with the RAM. */
		if (r[1] != DONJON_PAGE_NOT_RAM &&
		    spec_state(spec_page(&now, r[0] - SCRIPT_PAGE)) == DONJON_PAGE_NOT_RAM) {
			snprintf(why, WHY_SIZE,
				 "page 0x%lx: EL2's ledger gives a run of RAM to 0x%lx", pa, r[0]);
			return false;
		}
		/* Both tell runs; where one ends the other must agree with what comes next. */
		for (at = pa; at < r[0] && at < end; at = next) {
			spec_page_t page = spec_page(&now, at);
			bool guest = spec_state(page) == DONJON_PAGE_GUEST;
			uint64_t handle = guest ? handles[spec_owner(page) - SPEC_GUEST] : 0;

			next = spec_run_end(&now, at, end);
			if (r[1] == (uint64_t)spec_state(page) && r[2] == handle &&
			    (!guest || r[3] + (at - pa) == spec_ipa(page)))
				continue;
			describe(seen, sizeof(seen), r[1], r[2], r[3] + (at - pa));
			describe(right, sizeof(right), spec_state(page), handle,
				 guest ? spec_ipa(page) : 0);
			snprintf(why, WHY_SIZE, "page 0x%lx: expected %s, EL2's ledger says %s", at,
				 right, seen);
			return false;
		}
	}
	return true;
}

/* -- Accounts -- */

/* What two statements at once can change of the account: the pages of the ranges, and what is kept
 * of guests. */
struct saved {
	struct spec spec;
	spec_page_t *pages[SCRIPT_RANGES];
	uint16_t *special;
	uint64_t *poisoned;
};

static uint64_t index_of(uint64_t pa)
{
	return (pa - now.base) / SCRIPT_PAGE;
}

static void *copy(const void *from, size_t size)
{
	void *to = malloc(size);

	if (!to)
		abort();
	return memcpy(to, from, size);
}

static void save(struct saved *saved, const struct oracle_range *ranges, unsigned int nr)
{
	saved->spec = now;
	for (unsigned int i = 0; i < nr; i++)
		saved->pages[i] = copy(&now.page[index_of(ranges[i].pa)],
				       ranges[i].pages * sizeof(now.page[0]));
	saved->special = copy(now.special, SPEC_CHUNKS(now.nr_pages) * sizeof(now.special[0]));
	saved->poisoned = copy(now.poisoned, now.nr_poisoned * sizeof(now.poisoned[0]));
}

static void restore(const struct saved *saved, const struct oracle_range *ranges, unsigned int nr)
{
	now = saved->spec;
	for (unsigned int i = 0; i < nr; i++)
		memcpy(&now.page[index_of(ranges[i].pa)], saved->pages[i],
		       ranges[i].pages * sizeof(now.page[0]));
	memcpy(now.special, saved->special, SPEC_CHUNKS(now.nr_pages) * sizeof(now.special[0]));
	memcpy(now.poisoned, saved->poisoned, now.nr_poisoned * sizeof(now.poisoned[0]));
}

static void forget(struct saved *saved, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		free(saved->pages[i]);
	free(saved->special);
	free(saved->poisoned);
}

/* Memory that isn't the host's when the scripts begin stays what it is: EL2's, or lent to EL2. */
static bool take_stock(uint64_t start, uint64_t end, char why[WHY_SIZE])
{
	uint64_t args[SCRIPT_ARGS] = {0}, r[4], at;

	for (; start < end; start = r[0]) {
		args[0] = start;
		if (target.call(DONJON_HC_LEDGER, args, r) || r[0] <= start) {
			snprintf(why, WHY_SIZE, "EL2's ledger gives no answer for page 0x%lx",
				 start);
			return false;
		}
		if (r[1] == DONJON_PAGE_HYP)
			spec_claim(&now, start, (r[0] < end ? r[0] : end) - start);
		for (at = start; r[1] == DONJON_PAGE_HOST_SHARED && at < r[0] && at < end;
		     at += SCRIPT_PAGE)
			oracle_lent_hyp(at);
	}
	return true;
}

bool oracle_init(char why[WHY_SIZE])
{
	uint64_t start, end, base = 0, top = 0, pages;
	struct spec storage = {0};

	for (unsigned int i = 0; target.ram(i, &start, &end); i++) {
		base = i ? base : start;
		top = end;
	}
	pages = (top - base) / SCRIPT_PAGE;
	storage.page = calloc(pages, sizeof(*storage.page));
	storage.special = calloc(SPEC_CHUNKS(pages), sizeof(*storage.special));
	storage.poisoned = calloc(MAX_POISONED, sizeof(*storage.poisoned));
	if (!pages || !storage.page || !storage.special || !storage.poisoned) {
		snprintf(why, WHY_SIZE, "no memory for the specification of %lu pages", pages);
		return false;
	}
	spec_init(&now, base, pages, ADDRESS_LIMIT, storage.page, storage.special, storage.poisoned,
		  MAX_POISONED);
	for (unsigned int i = 0; target.ram(i, &start, &end); i++)
		spec_add_ram(&now, start, end - start);
	return true;
}

bool oracle_begin(char why[WHY_SIZE])
{
	uint64_t start, end;

	for (unsigned int i = 0; target.ram(i, &start, &end); i++)
		if (!take_stock(start, end, why))
			return false;
	return true;
}

static bool explains(const struct step *first, const struct step *second,
		     const struct oracle_range *ranges, unsigned int nr, char why[WHY_SIZE])
{
	int64_t expected, pages = -1;

	if (!judge(first, &expected, &pages) || (pages = -1, !judge(second, &expected, &pages))) {
		snprintf(why, WHY_SIZE, "one answer would be %s",
			 answer_name(expected) ?: "another");
		return false;
	}
	for (unsigned int i = 0; i < nr; i++)
		if (!oracle_agrees(ranges[i].pa, ranges[i].pages, why))
			return false;
	return true;
}

bool oracle_judge_both(const struct step *a, const struct step *b,
		       const struct oracle_range *ranges, unsigned int nr, char why[WHY_SIZE])
{
	char one[WHY_SIZE] = "", other[WHY_SIZE] = "";
	struct saved before;
	bool good;

	save(&before, ranges, nr);
	good = explains(a, b, ranges, nr, one);
	if (!good) {
		restore(&before, ranges, nr);
		good = explains(b, a, ranges, nr, other);
	}
	if (!good)
		snprintf(why, WHY_SIZE,
			 "neither order explains it; left first: %.160s; right first: %.160s", one,
			 other);
	forget(&before, nr);
	return good;
}

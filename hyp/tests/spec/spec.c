// SPDX-License-Identifier: GPL-2.0-only
#include <tests/spec/parts.h>

/* What can be wrong with a call; in the order in which it is told. */
enum fault {
	FAULT_RANGE = 1,	/* EINVAL */
	FAULT_STATE = 2,	/* EPERM */
	FAULT_DYING = 4,	/* ESHUTDOWN */
	FAULT_ABSENT = 8,	/* ENOENT */
	FAULT_PRESENT = 16,	/* EEXIST */
	FAULT_POISON = 32,	/* EHWPOISON */
	FAULT_BUSY = 64,	/* EAGAIN */
};

struct faults {
	unsigned int set;
	unsigned int first_at_ipa;	/* which of the last three the lowest IPA concerned has */
};

/* -- Pages -- */

bool is_held(const struct spec *spec, uint64_t *i, unsigned int owner, uint64_t ipa, uint64_t size)
{
	spec_page_t page;

	if (!spec->special[*i / SPEC_CHUNK]) {
		*i |= SPEC_CHUNK - 1;
		return false;
	}
	page = spec->page[*i];
	return holder(page) == owner && spec_ipa(page) >= ipa && spec_ipa(page) - ipa < size;
}

/* The lowest page that the guest has in the range: its address, or 0. */
static uint64_t lowest_held(const struct spec *spec, unsigned int owner, uint64_t ipa,
			    uint64_t size)
{
	uint64_t i;

	EACH_HELD(i, spec, owner, ipa, size)
		return page_address(spec, i);
	return 0;
}

bool spec_at(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t *pa)
{
	*pa = lowest_held(spec, owner, align_down(ipa, PAGE_SIZE), PAGE_SIZE);
	return *pa;
}

enum spec_ipa_is spec_at_ipa(const struct spec *spec, unsigned int owner, uint64_t ipa)
{
	uint64_t pa;

	if (spec_is_poisoned(spec, owner, ipa))
		return SPEC_IPA_POISONED;
	if (spec_is_empty(spec, owner, ipa, PAGE_SIZE))
		return spec_at(spec, owner, ipa | unprotected_bit(spec, owner), &pa)
			       ? SPEC_IPA_EMPTY_SHARED
			       : SPEC_IPA_EMPTY;
	if (!spec_at(spec, owner, ipa, &pa))
		return SPEC_IPA_NOTHING;
	return spec_state(spec_page(spec, pa)) == DONJON_PAGE_GUEST ? SPEC_IPA_PRIVATE
								    : SPEC_IPA_SHARED;
}

/* How many pages the guest has in the range; private: owned and not shared. */
static uint64_t count_held(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size,
			   bool private)
{
	uint64_t i, n = 0;

	EACH_HELD(i, spec, owner, ipa, size)
		n += !private || spec_state(spec->page[i]) == DONJON_PAGE_GUEST;
	return n;
}

bool spec_is_set(enum spec_what what, enum spec_ipa_is is)
{
	bool empty = is == SPEC_IPA_EMPTY || is == SPEC_IPA_EMPTY_SHARED;

	return is != SPEC_IPA_POISONED && empty == (what == SPEC_GUEST_SET_EMPTY);
}

/* None of the range is EMPTY or poisoned. */
static bool all_ram(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size)
{
	return lowest_empty(spec, owner, ipa, size) == ~0UL &&
	       lowest_poisoned(spec, owner, ipa, size) == ~0UL;
}

/* Counted, not asked page by page, as each question goes through all pages. */
bool spec_is_part(const struct spec *spec, const struct spec_op *op, uint64_t done)
{
	uint64_t n = done >> PAGE_SHIFT, unprotected = op->ipa | unprotected_bit(spec, op->owner);
	bool empty = spec_is_empty(spec, op->owner, op->ipa, done);

	if (!done || done > op->size || !is_aligned(done, PAGE_SIZE))
		return false;
	switch (spec_at_ipa(spec, op->owner, op->ipa)) {
	case SPEC_IPA_NOTHING:
		return all_ram(spec, op->owner, op->ipa, done) &&
		       (op->what == SPEC_GUEST_SET_RAM ||
			!count_held(spec, op->owner, op->ipa, done, false));
	case SPEC_IPA_PRIVATE:
		return all_ram(spec, op->owner, op->ipa, done) &&
		       (op->what == SPEC_GUEST_SET_RAM ||
			count_held(spec, op->owner, op->ipa, done, true) == n);
	case SPEC_IPA_SHARED:
		return all_ram(spec, op->owner, op->ipa, done);
	case SPEC_IPA_EMPTY:
		return empty && (op->what == SPEC_GUEST_SET_EMPTY ||
				 !count_held(spec, op->owner, unprotected, done, false));
	case SPEC_IPA_EMPTY_SHARED:
		return empty && (op->what == SPEC_GUEST_SET_EMPTY ||
				 count_held(spec, op->owner, unprotected, done, false) == n);
	case SPEC_IPA_POISONED:
		return count_poisoned(spec, op->owner, op->ipa, done) == n;
	}
	return false;
}

/* -- What is wrong -- */

static const struct spec_guest *guest_of(const struct spec *spec, const struct spec_op *op)
{
	static const struct spec_guest nobody;
	unsigned int index = op->owner - SPEC_GUEST;

	return index < SPEC_MAX_GUESTS ? &spec->guest[index] : &nobody;
}

/* The guest has a transition on the way. */
static unsigned int is_busy(const struct spec_guest *guest)
{
	return guest->cleaning ? FAULT_BUSY : 0;
}

static uint64_t size_of(const struct spec_op *op)
{
	switch (op->what) {
	case SPEC_HOST_DONATE_HYP:
	case SPEC_HYP_DONATE_HOST:
	case SPEC_HOST_DONATE_GUEST:
	case SPEC_HOST_SHARE_GUEST:
	case SPEC_HOST_DONATE_GUEST_SHARED:
	case SPEC_HOST_UNSHARE_GUEST:
	case SPEC_GUEST_SET_EMPTY:
	case SPEC_GUEST_SET_RAM:
	case SPEC_RECLAIM:
		return op->size;
	default:
		return PAGE_SIZE;
	}
}

/* Every page of the range is RAM, in this state, and, if shared, with this borrower. */
static unsigned int expect_pages(const struct spec *spec, uint64_t pa, uint64_t size,
				 enum donjon_page_state state, unsigned int borrower)
{
	unsigned int faults = 0;
	uint64_t off;

	for (off = 0; off < size; off += PAGE_SIZE) {
		spec_page_t page = spec_page(spec, pa + off);

		if (!is_ram(spec, pa + off))
			faults |= FAULT_RANGE;
		else if (spec_state(page) == DONJON_PAGE_CLEANING)
			faults |= FAULT_BUSY;
		else if (spec_state(page) != state || spec_borrower(page) != borrower)
			faults |= FAULT_STATE;
	}
	return faults;
}

/* The guest has nothing in the range, and nothing poisoned or EMPTY. */
static struct faults expect_room(const struct spec *spec, const struct spec_op *op)
{
	uint64_t i, lowest = lowest_empty(spec, op->owner, op->ipa, size_of(op));
	uint64_t poisoned = lowest_poisoned(spec, op->owner, op->ipa, size_of(op));
	struct faults faults = { .set = lowest == ~0UL ? 0 : FAULT_PRESENT };

	EACH_HELD(i, spec, op->owner, op->ipa, size_of(op)) {
		faults.set |= FAULT_PRESENT;
		lowest = min_u64(lowest, spec_ipa(spec->page[i]));
	}
	if (poisoned != ~0UL)
		faults.set |= FAULT_POISON;
	if (faults.set)
		faults.first_at_ipa = lowest < poisoned ? FAULT_PRESENT : FAULT_POISON;
	return faults;
}

enum spec_what spec_map_is(const struct spec *spec, unsigned int owner, uint64_t ipa)
{
	if (!unprotected_bit(spec, owner))
		return SPEC_HOST_SHARE_GUEST;
	return spec_is_empty(spec, owner, ipa, PAGE_SIZE) ? SPEC_HOST_DONATE_GUEST_SHARED
							  : SPEC_HOST_DONATE_GUEST;
}

/* host_donate_guest, host_share_guest */
static struct faults faults_of_map(const struct spec *spec, const struct spec_op *op)
{
	const struct spec_guest *guest = guest_of(spec, op);
	struct faults faults = expect_room(spec, op);

	faults.set |= expect_pages(spec, op->pa, op->size, DONJON_PAGE_HOST, SPEC_NOBODY) |
		      is_busy(guest);
	if (op->no_ram)
		faults.set |= FAULT_RANGE;
	if (guest->protected != (op->what == SPEC_HOST_DONATE_GUEST))
		faults.set |= FAULT_STATE;
	if (guest->dying)
		faults.set |= FAULT_DYING;
	return faults;
}

/*
 * host_donate_guest_shared: anything but EMPTY at the IPAs, and anything at their unprotected
 * IPAs, is in the way.
 */
static struct faults faults_of_donate_shared(const struct spec *spec, const struct spec_op *op)
{
	const struct spec_guest *guest = guest_of(spec, op);
	struct faults faults = { 0 };

	faults.set = expect_pages(spec, op->pa, op->size, DONJON_PAGE_HOST, SPEC_NOBODY) |
		     is_busy(guest);
	if (op->no_ram)
		faults.set |= FAULT_RANGE;
	if (!guest->protected)
		faults.set |= FAULT_STATE;
	if (guest->dying)
		faults.set |= FAULT_DYING;
	if (!spec_is_empty(spec, op->owner, op->ipa, op->size) ||
	    lowest_held(spec, op->owner, op->ipa | guest->unprotected_bit, op->size))
		faults.set |= faults.first_at_ipa = FAULT_PRESENT;
	return faults;
}

/* guest_set_empty, guest_set_ram: the first page decides. */
static struct faults faults_of_set(const struct spec *spec, const struct spec_op *op)
{
	const struct spec_guest *guest = guest_of(spec, op);
	enum spec_ipa_is is = spec_at_ipa(spec, op->owner, op->ipa);
	struct faults faults = { .set = is_busy(guest) };

	if (guest->dying)
		faults.set |= FAULT_DYING;
	if (op->what == SPEC_GUEST_SET_EMPTY && is == SPEC_IPA_SHARED)
		faults.set |= FAULT_STATE;
	if (is == SPEC_IPA_POISONED && !op->destroyed)
		faults.set |= faults.first_at_ipa = FAULT_POISON;
	return faults;
}

/* A page that the guest shares is to become private, and the host has not released it. */
static bool is_kept(const struct spec *spec, const struct spec_op *op)
{
	if (op->what == SPEC_GUEST_SET_RAM)
		return op->kept && spec_at_ipa(spec, op->owner, op->ipa) == SPEC_IPA_EMPTY_SHARED;
	return op->kept && op->what == SPEC_GUEST_UNSHARE_HOST;
}

/* host_unshare_guest: unprotected ones. reclaim: dying ones, and the range is a protected one. */
static unsigned int faults_of_return(const struct spec *spec, const struct spec_op *op)
{
	const struct spec_guest *guest = guest_of(spec, op);

	if (op->what == SPEC_HOST_UNSHARE_GUEST)
		return (guest->protected ? FAULT_STATE : 0) | is_busy(guest);
	return (guest->dying ? 0 : FAULT_STATE) | is_busy(guest) |
	       (guest->unprotected_bit && !range_below(op->ipa, op->size, guest->unprotected_bit)
			? FAULT_RANGE
			: 0);
}

/* guest_share_host, guest_unshare_host, guest_lookup */
static struct faults faults_at_ipa(const struct spec *spec, const struct spec_op *op)
{
	enum donjon_page_state state =
		op->what == SPEC_GUEST_SHARE_HOST ? DONJON_PAGE_GUEST : DONJON_PAGE_GUEST_SHARED;
	bool protected_only = op->what != SPEC_GUEST_LOOKUP;
	struct faults faults = { 0 };
	uint64_t pa;

	if (protected_only && op->ipa & unprotected_bit(spec, op->owner))
		faults.first_at_ipa = FAULT_ABSENT;
	else if (spec_is_poisoned(spec, op->owner, op->ipa))
		faults.first_at_ipa = FAULT_POISON;
	else if (spec_is_empty(spec, op->owner, align_down(op->ipa, PAGE_SIZE), PAGE_SIZE))
		faults.set = FAULT_STATE;
	else if (!spec_at(spec, op->owner, op->ipa, &pa))
		faults.first_at_ipa = FAULT_ABSENT;
	else if (protected_only && spec_state(spec_page(spec, pa)) != state)
		faults.set = FAULT_STATE;
	faults.set |= faults.first_at_ipa;
	return faults;
}

/*
 * host_fault: what is private to another is not the host's, nor is a device that is kept from it.
 * force_reclaim takes it from a guest, never from EL2.
 */
static unsigned int faults_of_touch(const struct spec *spec, const struct spec_op *op)
{
	enum donjon_page_state state = spec_state(spec_page(spec, op->pa));

	if (op->pa >= spec->limit)
		return FAULT_RANGE;
	if (state == DONJON_PAGE_HYP || (state == DONJON_PAGE_GUEST && op->what == SPEC_HOST_FAULT))
		return FAULT_STATE;
	return op->denied ? FAULT_ABSENT : 0;
}

static struct faults faults_of(const struct spec *spec, const struct spec_op *op)
{
	struct faults faults = { 0 };

	switch (op->what) {
	case SPEC_HOST_DONATE_HYP:
		faults.set = expect_pages(spec, op->pa, op->size, DONJON_PAGE_HOST, SPEC_NOBODY);
		break;
	case SPEC_HYP_DONATE_HOST:
		faults.set = expect_pages(spec, op->pa, op->size, DONJON_PAGE_HYP, SPEC_NOBODY);
		break;
	case SPEC_HOST_SHARE_HYP:
		faults.set = expect_pages(spec, op->pa, PAGE_SIZE, DONJON_PAGE_HOST, SPEC_NOBODY);
		break;
	case SPEC_HOST_UNSHARE_HYP:
		faults.set =
			expect_pages(spec, op->pa, PAGE_SIZE, DONJON_PAGE_HOST_SHARED, SPEC_HYP);
		break;
	case SPEC_HOST_DONATE_GUEST:
	case SPEC_HOST_SHARE_GUEST:
		return faults_of_map(spec, op);
	case SPEC_HOST_DONATE_GUEST_SHARED:
		return faults_of_donate_shared(spec, op);
	case SPEC_GUEST_SET_EMPTY:
	case SPEC_GUEST_SET_RAM:
		return faults_of_set(spec, op);
	case SPEC_HOST_UNSHARE_GUEST:
	case SPEC_RECLAIM:
		faults.set = faults_of_return(spec, op);
		break;
	case SPEC_GUEST_SHARE_HOST:
	case SPEC_GUEST_UNSHARE_HOST:
	case SPEC_GUEST_LOOKUP:
		return faults_at_ipa(spec, op);
	case SPEC_FORCE_RECLAIM:
	case SPEC_HOST_FAULT:
		faults.set = faults_of_touch(spec, op);
		break;
	case SPEC_KILL:
	case SPEC_ACTIVATE:
	case SPEC_NR_OPS:
		break;
	}
	return faults;
}

static int errno_of(unsigned int fault)
{
	switch (fault) {
	case FAULT_RANGE:
		return -EINVAL;
	case FAULT_STATE:
		return -EPERM;
	case FAULT_DYING:
		return -ESHUTDOWN;
	case FAULT_ABSENT:
		return -ENOENT;
	case FAULT_PRESENT:
		return -EEXIST;
	case FAULT_POISON:
		return -EHWPOISON;
	case FAULT_BUSY:
		return -EAGAIN;
	default:
		return 0;
	}
}

/* Activate and kill are flags; a look-up only looks. */
static bool may_need_tables(enum spec_what what)
{
	return what != SPEC_KILL && what != SPEC_ACTIVATE && what != SPEC_GUEST_LOOKUP;
}

static bool may_need_cache(enum spec_what what)
{
	return may_need_tables(what) && what != SPEC_HOST_FAULT && what > SPEC_HOST_UNSHARE_HYP;
}

static bool takes_pages_of_the_boot(const struct spec *spec, const struct spec_op *op)
{
	uint64_t off;

	for (off = 0; op->what == SPEC_HYP_DONATE_HOST && off < op->size; off += PAGE_SIZE)
		if (spec_page(spec, op->pa + off) & SPEC_BOOT)
			return true;
	return false;
}

void spec_expect(const struct spec *spec, const struct spec_op *op, struct spec_outcome *outcome)
{
	struct faults faults = faults_of(spec, op);
	unsigned int fault = FAULT_RANGE;

	while (fault <= FAULT_DYING && !(faults.set & fault))
		fault <<= 1;
	if (fault > FAULT_DYING)
		fault = faults.set & FAULT_BUSY ?: faults.first_at_ipa;
	outcome->kept = !faults.set && is_kept(spec, op);
	outcome->answer = outcome->kept ? -EBUSY : errno_of(fault);
	outcome->faults = faults.set;
	outcome->may_need_tables = may_need_tables(op->what);
	outcome->may_need_cache = may_need_cache(op->what);
	outcome->may_be_refused = takes_pages_of_the_boot(spec, op);
}

bool spec_outcome_allows(const struct spec_outcome *outcome, int answer)
{
	unsigned int fault;

	if (!outcome->faults)
		return answer == (outcome->kept ? -EBUSY : 0) ||
		       (answer == -ENOMEM && outcome->may_need_tables) ||
		       (answer == -ENOBUFS && outcome->may_need_cache) ||
		       (answer == -EPERM && outcome->may_be_refused);
	for (fault = FAULT_RANGE; fault <= FAULT_BUSY; fault <<= 1)
		if (outcome->faults & fault && answer == errno_of(fault))
			return true;
	return false;
}

int spec_answer(const struct spec *spec, const struct spec_op *op)
{
	struct spec_outcome outcome;

	spec_expect(spec, op, &outcome);
	return outcome.answer;
}

bool spec_allows(const struct spec *spec, const struct spec_op *op, int answer)
{
	struct spec_outcome outcome;

	spec_expect(spec, op, &outcome);
	return spec_outcome_allows(&outcome, answer);
}

/* -- Questions about an operation -- */

uint64_t spec_done(const struct spec *spec, const struct spec_op *op)
{
	uint64_t unprotected = unprotected_bit(spec, op->owner), pages;

	if (op->what != SPEC_HOST_UNSHARE_GUEST && op->what != SPEC_RECLAIM)
		return 0;
	pages = count_held(spec, op->owner, op->ipa, op->size, false);
	if (unprotected)
		pages += count_held(spec, op->owner, op->ipa | unprotected, op->size, false);
	return pages << PAGE_SHIFT;
}

bool spec_changes(const struct spec *spec, const struct spec_op *op, uint64_t *pa)
{
	uint64_t unprotected = unprotected_bit(spec, op->owner);

	switch (op->what) {
	case SPEC_HOST_UNSHARE_GUEST:
	case SPEC_RECLAIM:
	case SPEC_GUEST_SHARE_HOST:
	case SPEC_GUEST_UNSHARE_HOST:
		*pa = lowest_held(spec, op->owner, op->ipa, size_of(op));
		if (!*pa && unprotected && op->what == SPEC_RECLAIM)
			*pa = lowest_held(spec, op->owner, op->ipa | unprotected, op->size);
		return *pa;
	case SPEC_FORCE_RECLAIM:
		*pa = op->pa;
		return spec_state(spec_page(spec, op->pa)) == DONJON_PAGE_GUEST;
	case SPEC_HOST_FAULT:
	case SPEC_GUEST_LOOKUP:
	case SPEC_GUEST_SET_EMPTY:
	case SPEC_GUEST_SET_RAM:
	case SPEC_KILL:
	case SPEC_ACTIVATE:
	case SPEC_NR_OPS:
		return false;
	default:
		*pa = op->pa;
		return true;
	}
}

uint64_t spec_run_end(const struct spec *spec, uint64_t pa, uint64_t max)
{
	spec_page_t first = spec_page(spec, pa), page;
	uint64_t end;

	for (end = pa; end < max; end += PAGE_SIZE) {
		page = spec_page(spec, end);
		if (spec_state(page) != spec_state(first))
			break;
		if (spec_state(page) == DONJON_PAGE_GUEST &&
		    (spec_owner(page) != spec_owner(first) ||
		     spec_ipa(page) != spec_ipa(first) + (end - pa)))
			break;
	}
	return end;
}

const char *spec_op_name(enum spec_what what)
{
	static const char *const names[] = {
		[SPEC_HOST_DONATE_HYP] = "host_donate_hyp",
		[SPEC_HYP_DONATE_HOST] = "hyp_donate_host",
		[SPEC_HOST_SHARE_HYP] = "host_share_hyp",
		[SPEC_HOST_UNSHARE_HYP] = "host_unshare_hyp",
		[SPEC_HOST_DONATE_GUEST] = "host_donate_guest",
		[SPEC_HOST_SHARE_GUEST] = "host_share_guest",
		[SPEC_HOST_DONATE_GUEST_SHARED] = "host_donate_guest_shared",
		[SPEC_HOST_UNSHARE_GUEST] = "host_unshare_guest",
		[SPEC_GUEST_SHARE_HOST] = "guest_share_host",
		[SPEC_GUEST_UNSHARE_HOST] = "guest_unshare_host",
		[SPEC_GUEST_SET_EMPTY] = "guest_set_empty",
		[SPEC_GUEST_SET_RAM] = "guest_set_ram",
		[SPEC_RECLAIM] = "reclaim",
		[SPEC_FORCE_RECLAIM] = "force_reclaim",
		[SPEC_HOST_FAULT] = "host_fault",
		[SPEC_GUEST_LOOKUP] = "guest_lookup",
		[SPEC_KILL] = "kill",
		[SPEC_ACTIVATE] = "activate",
	};

	return what < ARRAY_SIZE(names) ? names[what] : "nothing";
}

const char *spec_state_name(unsigned int state)
{
	static const char *const names[] = {
		[DONJON_PAGE_HOST] = "HOST",
		[DONJON_PAGE_HOST_SHARED] = "HOST_SHARED",
		[DONJON_PAGE_GUEST_SHARED] = "GUEST_SHARED",
		[DONJON_PAGE_GUEST] = "GUEST",
		[DONJON_PAGE_HYP] = "HYP",
		[DONJON_PAGE_NOT_RAM] = "NOT_RAM",
		[DONJON_PAGE_CLEANING] = "CLEANING",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "no state";
}

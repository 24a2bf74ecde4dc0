// SPDX-License-Identifier: GPL-2.0-only
#include <tests/model/spec.h>

#define POISON_OWNER_SHIFT 48

/* What can be wrong with a call; in the order in which it is told. */
enum fault {
	FAULT_RANGE = 1,	/* EINVAL */
	FAULT_STATE = 2,	/* EPERM */
	FAULT_DYING = 4,	/* ESHUTDOWN */
	FAULT_ABSENT = 8,	/* ENOENT */
	FAULT_PRESENT = 16,	/* EEXIST */
	FAULT_POISON = 32,	/* EHWPOISON */
};

struct faults {
	unsigned int set;
	unsigned int first_at_ipa;	/* which of the last three the lowest IPA concerned has */
};

/* -- Pages -- */

/* Page 0 stands for "no page" in lists and is never owned by anyone but the host. */
static bool is_ram(const struct spec *spec, uint64_t pa)
{
	return pa && spec_state(spec_page(spec, pa)) != DONJON_PAGE_NOT_RAM;
}

static bool is_special(spec_page_t page)
{
	return spec_state(page) != DONJON_PAGE_HOST && spec_state(page) != DONJON_PAGE_NOT_RAM;
}

static bool is_guests_own(spec_page_t page)
{
	return spec_state(page) == DONJON_PAGE_GUEST || spec_state(page) == DONJON_PAGE_GUEST_SHARED;
}

/* The guest whose table names the page, 0 if there is none. */
static unsigned int holder(spec_page_t page)
{
	if (is_guests_own(page))
		return spec_owner(page);
	return spec_state(page) == DONJON_PAGE_HOST_SHARED && spec_borrower(page) >= SPEC_GUEST ? spec_borrower(page) : 0;
}

static spec_page_t make(enum donjon_page_state state, unsigned int owner, unsigned int borrower, uint64_t ipa)
{
	return (spec_page_t)state | (spec_page_t)owner << SPEC_OWNER_SHIFT |
	       (spec_page_t)((borrower + 1) & 0xff) << SPEC_BORROWER_SHIFT | ipa >> PAGE_SHIFT << SPEC_IPA_SHIFT;
}

static void misused(struct spec *spec, const char *what)
{
	if (!spec->broken)
		spec->broken = what;
}

/* The counts that depend on the word, which begins (by 1) or ends (by -1) to be there. */
static void count(struct spec *spec, uint64_t index, spec_page_t page, int by)
{
	struct spec_guest *guest = spec_guest(spec, holder(page));

	if (is_special(page))
		spec->special[index / SPEC_CHUNK] += by;
	if (guest)
		guest->pages += by;
	else if (spec_state(page) == DONJON_PAGE_HYP)
		spec->hyp += page & SPEC_BOOT ? 0 : by;
	else if (spec_state(page) == DONJON_PAGE_HOST_SHARED)
		spec->lent_to_hyp += by;
}

static void set(struct spec *spec, uint64_t pa, spec_page_t page)
{
	uint64_t index = (pa - spec->base) >> PAGE_SHIFT;

	if (pa < spec->base || index >= spec->nr_pages) {
		misused(spec, "a page outside of the array was changed");
		return;
	}
	count(spec, index, spec->page[index], -1);
	spec->page[index] = page;
	count(spec, index, page, 1);
}

/* The first page from *pa on that is neither HOST nor NOT_RAM; false behind the last. */
static bool next_special(const struct spec *spec, uint64_t *pa)
{
	uint64_t index = *pa > spec->base ? (*pa - spec->base) >> PAGE_SHIFT : 0;

	while (index < spec->nr_pages) {
		if (!spec->special[index / SPEC_CHUNK]) {
			index = (index / SPEC_CHUNK + 1) * SPEC_CHUNK;
			continue;
		}
		if (is_special(spec->page[index])) {
			*pa = spec->base + (index << PAGE_SHIFT);
			return true;
		}
		index++;
	}
	return false;
}

/* The first page from *pa on that the guest has in [ipa, ipa + size); false behind the last. */
static bool next_held(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size, uint64_t *pa)
{
	for (; next_special(spec, pa); *pa += PAGE_SIZE) {
		spec_page_t page = spec_page(spec, *pa);

		if (holder(page) == owner && spec_ipa(page) >= ipa && spec_ipa(page) - ipa < size)
			return true;
	}
	return false;
}

bool spec_at(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t *pa)
{
	*pa = 0;
	return next_held(spec, owner, align_down(ipa, PAGE_SIZE), PAGE_SIZE, pa);
}

/* -- Poisoned IPAs -- */

/* The lowest poisoned IPA of the guest in [ipa, ipa + size), or all ones. */
static uint64_t lowest_poisoned(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size)
{
	uint64_t i, at, lowest = ~0UL;

	for (i = 0; i < spec->nr_poisoned; i++) {
		at = spec->poisoned[i] & (BIT(POISON_OWNER_SHIFT) - 1);
		if (spec->poisoned[i] >> POISON_OWNER_SHIFT == owner && at >= ipa && at - ipa < size && at < lowest)
			lowest = at;
	}
	return lowest;
}

bool spec_is_poisoned(const struct spec *spec, unsigned int owner, uint64_t ipa)
{
	return lowest_poisoned(spec, owner, align_down(ipa, PAGE_SIZE), PAGE_SIZE) != ~0UL;
}

static void add_poison(struct spec *spec, unsigned int owner, uint64_t ipa)
{
	struct spec_guest *guest = spec_guest(spec, owner);

	if (spec->nr_poisoned == spec->max_poisoned || !guest) {
		misused(spec, guest ? "more poisoned IPAs than there is room for" : "a page of a guest that does not exist");
		return;
	}
	spec->poisoned[spec->nr_poisoned++] = (uint64_t)owner << POISON_OWNER_SHIFT | ipa;
	guest->poisoned++;
}

static void forget_poison(struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size)
{
	uint64_t i = 0, at;

	while (i < spec->nr_poisoned) {
		at = spec->poisoned[i] & (BIT(POISON_OWNER_SHIFT) - 1);
		if (spec->poisoned[i] >> POISON_OWNER_SHIFT == owner && at >= ipa && at - ipa < size) {
			spec->poisoned[i] = spec->poisoned[--spec->nr_poisoned];
			spec->guest[owner - SPEC_GUEST].poisoned--;
		} else {
			i++;
		}
	}
}

/* -- What is wrong -- */

static const struct spec_guest *guest_of(const struct spec *spec, const struct spec_op *op)
{
	static const struct spec_guest nobody;
	unsigned int index = op->owner - SPEC_GUEST;

	return index < SPEC_MAX_GUESTS ? &spec->guest[index] : &nobody;
}

static uint64_t size_of(const struct spec_op *op)
{
	switch (op->what) {
	case SPEC_HOST_DONATE_HYP:
	case SPEC_HYP_DONATE_HOST:
	case SPEC_HOST_DONATE_GUEST:
	case SPEC_HOST_SHARE_GUEST:
	case SPEC_HOST_UNSHARE_GUEST:
	case SPEC_RECLAIM:
		return op->size;
	default:
		return PAGE_SIZE;
	}
}

/* Every page of the range is RAM, in this state, and, if lent, lent to this borrower. */
static unsigned int expect_pages(const struct spec *spec, uint64_t pa, uint64_t size, enum donjon_page_state state,
				 unsigned int borrower)
{
	unsigned int faults = 0;
	uint64_t off;

	for (off = 0; off < size; off += PAGE_SIZE) {
		spec_page_t page = spec_page(spec, pa + off);

		if (!is_ram(spec, pa + off))
			faults |= FAULT_RANGE;
		else if (spec_state(page) != state || spec_borrower(page) != borrower)
			faults |= FAULT_STATE;
	}
	return faults;
}

/* The guest has nothing in the range, and nothing poisoned. */
static struct faults expect_room(const struct spec *spec, const struct spec_op *op)
{
	uint64_t pa = 0, lowest = ~0UL, poisoned = lowest_poisoned(spec, op->owner, op->ipa, size_of(op));
	struct faults faults = { 0 };

	for (; next_held(spec, op->owner, op->ipa, size_of(op), &pa); pa += PAGE_SIZE) {
		faults.set |= FAULT_PRESENT;
		lowest = min_u64(lowest, spec_ipa(spec_page(spec, pa)));
	}
	if (poisoned != ~0UL)
		faults.set |= FAULT_POISON;
	if (faults.set)
		faults.first_at_ipa = lowest < poisoned ? FAULT_PRESENT : FAULT_POISON;
	return faults;
}

/* host_donate_guest, host_share_guest */
static struct faults faults_of_map(const struct spec *spec, const struct spec_op *op)
{
	const struct spec_guest *guest = guest_of(spec, op);
	struct faults faults = expect_room(spec, op);

	faults.set |= expect_pages(spec, op->pa, op->size, DONJON_PAGE_HOST, SPEC_NOBODY);
	if (guest->protected != (op->what == SPEC_HOST_DONATE_GUEST))
		faults.set |= FAULT_STATE;
	if (guest->dying)
		faults.set |= FAULT_DYING;
	return faults;
}

/* guest_share_host, guest_unshare_host, guest_lookup */
static struct faults faults_at_ipa(const struct spec *spec, const struct spec_op *op)
{
	enum donjon_page_state state =
		op->what == SPEC_GUEST_SHARE_HOST ? DONJON_PAGE_GUEST : DONJON_PAGE_GUEST_SHARED;
	struct faults faults = { 0 };
	uint64_t pa;

	if (spec_is_poisoned(spec, op->owner, op->ipa))
		faults.first_at_ipa = FAULT_POISON;
	else if (!spec_at(spec, op->owner, op->ipa, &pa))
		faults.first_at_ipa = FAULT_ABSENT;
	else if (op->what != SPEC_GUEST_LOOKUP && spec_state(spec_page(spec, pa)) != state)
		faults.set = FAULT_STATE;
	faults.set |= faults.first_at_ipa;
	return faults;
}

/* host_fault: what is private to another is not the host's. force_reclaim takes it from a guest, never from EL2. */
static unsigned int faults_of_touch(const struct spec *spec, const struct spec_op *op)
{
	enum donjon_page_state state = spec_state(spec_page(spec, op->pa));

	if (op->pa >= spec->limit)
		return FAULT_RANGE;
	if (state == DONJON_PAGE_HYP || (state == DONJON_PAGE_GUEST && op->what == SPEC_HOST_FAULT))
		return FAULT_STATE;
	return 0;
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
	case SPEC_DONATE_AND_SHARE_HYP:
		faults.set = expect_pages(spec, op->pa, PAGE_SIZE, DONJON_PAGE_HOST, SPEC_NOBODY) |
			     expect_pages(spec, op->lent, PAGE_SIZE, DONJON_PAGE_HOST, SPEC_NOBODY) |
			     (op->pa == op->lent ? FAULT_RANGE : 0);
		break;
	case SPEC_HOST_UNSHARE_HYP:
		faults.set = expect_pages(spec, op->pa, PAGE_SIZE, DONJON_PAGE_HOST_SHARED, SPEC_HYP);
		break;
	case SPEC_HOST_DONATE_GUEST:
	case SPEC_HOST_SHARE_GUEST:
		return faults_of_map(spec, op);
	case SPEC_HOST_UNSHARE_GUEST:
		faults.set = guest_of(spec, op)->protected ? FAULT_STATE : 0;
		break;
	case SPEC_RECLAIM:
		faults.set = guest_of(spec, op)->dying ? 0 : FAULT_STATE;
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
	case SPEC_SEAL:
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
	default:
		return 0;
	}
}

/* Seal and kill are flags; a look-up only looks. */
static bool may_need_tables(enum spec_what what)
{
	return what != SPEC_KILL && what != SPEC_SEAL && what != SPEC_GUEST_LOOKUP;
}

static bool takes_pages_of_the_boot(const struct spec *spec, const struct spec_op *op)
{
	uint64_t off;

	for (off = 0; op->what == SPEC_HYP_DONATE_HOST && off < op->size; off += PAGE_SIZE)
		if (spec_page(spec, op->pa + off) & SPEC_BOOT)
			return true;
	return false;
}

void spec_judge(const struct spec *spec, const struct spec_op *op, struct spec_judgement *judgement)
{
	struct faults faults = faults_of(spec, op);
	unsigned int fault = FAULT_RANGE;

	while (fault <= FAULT_DYING && !(faults.set & fault))
		fault <<= 1;
	judgement->answer = errno_of(fault <= FAULT_DYING ? fault : faults.first_at_ipa);
	judgement->faults = faults.set;
	judgement->may_need_tables = may_need_tables(op->what);
	judgement->may_be_refused = takes_pages_of_the_boot(spec, op);
}

bool spec_judgement_allows(const struct spec_judgement *judgement, int answer)
{
	unsigned int fault;

	if (!judgement->faults)
		return !answer || (answer == -ENOMEM && judgement->may_need_tables) ||
		       (answer == -EPERM && judgement->may_be_refused);
	for (fault = FAULT_RANGE; fault <= FAULT_POISON; fault <<= 1)
		if (judgement->faults & fault && answer == errno_of(fault))
			return true;
	return false;
}

int spec_answer(const struct spec *spec, const struct spec_op *op)
{
	struct spec_judgement judgement;

	spec_judge(spec, op, &judgement);
	return judgement.answer;
}

bool spec_allows(const struct spec *spec, const struct spec_op *op, int answer)
{
	struct spec_judgement judgement;

	spec_judge(spec, op, &judgement);
	return spec_judgement_allows(&judgement, answer);
}

/* -- What changes -- */

static void set_range(struct spec *spec, uint64_t pa, uint64_t size, spec_page_t page)
{
	uint64_t off;

	for (off = 0; off < size; off += PAGE_SIZE)
		set(spec, pa + off, page | (spec_page(spec, pa + off) & SPEC_ZERO));
}

static void apply_map(struct spec *spec, const struct spec_op *op)
{
	bool donate = op->what == SPEC_HOST_DONATE_GUEST;
	spec_page_t zero = donate && guest_of(spec, op)->sealed ? SPEC_ZERO : 0;
	uint64_t off;

	for (off = 0; off < op->size; off += PAGE_SIZE) {
		spec_page_t was = spec_page(spec, op->pa + off) & SPEC_ZERO;

		set(spec, op->pa + off, was | zero |
		    (donate ? make(DONJON_PAGE_GUEST, op->owner, SPEC_NOBODY, op->ipa + off) :
			      make(DONJON_PAGE_HOST_SHARED, SPEC_HOST, op->owner, op->ipa + off)));
	}
}

/* What was private to the guest leaves it zeroed; what it had lent, or borrowed, the host has seen already. */
static void give_back(struct spec *spec, uint64_t pa)
{
	spec_page_t page = spec_page(spec, pa);

	set(spec, pa, spec_state(page) == DONJON_PAGE_GUEST ? SPEC_ZERO : page & SPEC_ZERO);
}

static void apply_return(struct spec *spec, const struct spec_op *op)
{
	uint64_t pa = 0;

	for (; next_held(spec, op->owner, op->ipa, op->size, &pa); pa += PAGE_SIZE)
		give_back(spec, pa);
	forget_poison(spec, op->owner, op->ipa, op->size);
}

static void apply_guest_share(struct spec *spec, const struct spec_op *op)
{
	bool share = op->what == SPEC_GUEST_SHARE_HOST;
	uint64_t pa;

	if (!spec_at(spec, op->owner, op->ipa, &pa)) {
		misused(spec, "the guest has nothing there");
		return;
	}
	set(spec, pa, (spec_page(spec, pa) & SPEC_ZERO) |
	    make(share ? DONJON_PAGE_GUEST_SHARED : DONJON_PAGE_GUEST, op->owner, share ? SPEC_HOST : SPEC_NOBODY,
		 align_down(op->ipa, PAGE_SIZE)));
}

static void apply_force_reclaim(struct spec *spec, const struct spec_op *op)
{
	spec_page_t page = spec_page(spec, op->pa);

	if (spec_state(page) != DONJON_PAGE_GUEST)
		return;
	add_poison(spec, spec_owner(page), spec_ipa(page));
	give_back(spec, op->pa);
}

static void apply_flag(struct spec *spec, const struct spec_op *op)
{
	struct spec_guest *guest = spec_guest(spec, op->owner);

	if (!guest)
		misused(spec, "a guest that does not exist");
	else if (op->what == SPEC_KILL)
		guest->dying = true;
	else
		guest->sealed = true;
}

void spec_apply(struct spec *spec, const struct spec_op *op)
{
	const spec_page_t host = make(DONJON_PAGE_HOST, SPEC_HOST, SPEC_NOBODY, 0);
	const spec_page_t hyp = make(DONJON_PAGE_HYP, SPEC_HYP, SPEC_NOBODY, 0);
	const spec_page_t lent = make(DONJON_PAGE_HOST_SHARED, SPEC_HOST, SPEC_HYP, 0);

	switch (op->what) {
	case SPEC_HOST_DONATE_HYP:
		set_range(spec, op->pa, op->size, hyp);
		break;
	case SPEC_HYP_DONATE_HOST:
		set_range(spec, op->pa, op->size, host);
		break;
	case SPEC_HOST_SHARE_HYP:
		set_range(spec, op->pa, PAGE_SIZE, lent);
		break;
	case SPEC_DONATE_AND_SHARE_HYP:
		set_range(spec, op->pa, PAGE_SIZE, hyp);
		set_range(spec, op->lent, PAGE_SIZE, lent);
		break;
	case SPEC_HOST_UNSHARE_HYP:
		set_range(spec, op->pa, PAGE_SIZE, host);
		break;
	case SPEC_HOST_DONATE_GUEST:
	case SPEC_HOST_SHARE_GUEST:
		apply_map(spec, op);
		break;
	case SPEC_HOST_UNSHARE_GUEST:
	case SPEC_RECLAIM:
		apply_return(spec, op);
		break;
	case SPEC_GUEST_SHARE_HOST:
	case SPEC_GUEST_UNSHARE_HOST:
		apply_guest_share(spec, op);
		break;
	case SPEC_FORCE_RECLAIM:
		apply_force_reclaim(spec, op);
		break;
	case SPEC_KILL:
	case SPEC_SEAL:
		apply_flag(spec, op);
		break;
	case SPEC_HOST_FAULT:
	case SPEC_GUEST_LOOKUP:
		break;
	case SPEC_NR_OPS:
		misused(spec, "no such operation");
	}
}

/* -- Questions about an operation -- */

uint64_t spec_done(const struct spec *spec, const struct spec_op *op)
{
	uint64_t pa = 0, done = 0;

	if (op->what != SPEC_HOST_UNSHARE_GUEST && op->what != SPEC_RECLAIM)
		return 0;
	for (; next_held(spec, op->owner, op->ipa, op->size, &pa); pa += PAGE_SIZE)
		done += PAGE_SIZE;
	return done;
}

bool spec_changes(const struct spec *spec, const struct spec_op *op, uint64_t *pa)
{
	switch (op->what) {
	case SPEC_HOST_UNSHARE_GUEST:
	case SPEC_RECLAIM:
	case SPEC_GUEST_SHARE_HOST:
	case SPEC_GUEST_UNSHARE_HOST:
		*pa = 0;
		return next_held(spec, op->owner, op->ipa, size_of(op), pa);
	case SPEC_FORCE_RECLAIM:
		*pa = op->pa;
		return spec_state(spec_page(spec, op->pa)) == DONJON_PAGE_GUEST;
	case SPEC_HOST_FAULT:
	case SPEC_GUEST_LOOKUP:
	case SPEC_KILL:
	case SPEC_SEAL:
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
		    (spec_owner(page) != spec_owner(first) || spec_ipa(page) != spec_ipa(first) + (end - pa)))
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
		[SPEC_DONATE_AND_SHARE_HYP] = "host_donate_and_share_hyp",
		[SPEC_HOST_UNSHARE_HYP] = "host_unshare_hyp",
		[SPEC_HOST_DONATE_GUEST] = "host_donate_guest",
		[SPEC_HOST_SHARE_GUEST] = "host_share_guest",
		[SPEC_HOST_UNSHARE_GUEST] = "host_unshare_guest",
		[SPEC_GUEST_SHARE_HOST] = "guest_share_host",
		[SPEC_GUEST_UNSHARE_HOST] = "guest_unshare_host",
		[SPEC_RECLAIM] = "reclaim",
		[SPEC_FORCE_RECLAIM] = "force_reclaim",
		[SPEC_HOST_FAULT] = "host_fault",
		[SPEC_GUEST_LOOKUP] = "guest_lookup",
		[SPEC_KILL] = "kill",
		[SPEC_SEAL] = "seal",
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
	};

	return state < ARRAY_SIZE(names) ? names[state] : "no state";
}

/* -- The beginning; guests -- */

void spec_init(struct spec *spec, uint64_t base, uint64_t nr_pages, uint64_t limit, spec_page_t *page,
	       uint16_t *special, uint64_t *poisoned, uint64_t max_poisoned)
{
	uint64_t i;

	spec->base = base;
	spec->nr_pages = nr_pages;
	spec->limit = limit;
	spec->page = page;
	spec->special = special;
	spec->poisoned = poisoned;
	spec->nr_poisoned = 0;
	spec->max_poisoned = max_poisoned;
	spec->hyp = spec->lent_to_hyp = 0;
	spec->broken = NULL;
	for (i = 0; i < nr_pages; i++)
		page[i] = DONJON_PAGE_NOT_RAM;
	for (i = 0; i < SPEC_CHUNKS(nr_pages); i++)
		special[i] = 0;
	for (i = 0; i < SPEC_MAX_GUESTS; i++)
		spec->guest[i].exists = false;
}

void spec_add_ram(struct spec *spec, uint64_t base, uint64_t size)
{
	set_range(spec, base, size, 0);
}

void spec_claim(struct spec *spec, uint64_t base, uint64_t size)
{
	uint64_t off;

	for (off = 0; off < size; off += PAGE_SIZE)
		if (is_ram(spec, base + off) && spec_state(spec_page(spec, base + off)) == DONJON_PAGE_HOST)
			set(spec, base + off, make(DONJON_PAGE_HYP, SPEC_HYP, SPEC_NOBODY, 0) | SPEC_BOOT);
}

void spec_add_guest(struct spec *spec, unsigned int owner, bool protected, uint64_t ipa_limit)
{
	struct spec_guest *guest = &spec->guest[owner - SPEC_GUEST];

	if (owner - SPEC_GUEST >= SPEC_MAX_GUESTS || guest->exists) {
		misused(spec, "a guest's owner number is out of range or in use");
		return;
	}
	guest->exists = true;
	guest->protected = protected;
	guest->sealed = guest->dying = false;
	guest->ipa_limit = ipa_limit;
	guest->pages = guest->poisoned = 0;
}

void spec_remove_guest(struct spec *spec, unsigned int owner)
{
	struct spec_guest *guest = spec_guest(spec, owner);

	if (!guest || guest->pages || guest->poisoned)
		misused(spec, guest ? "a guest that has pages or poisoned IPAs is forgotten" : "no such guest");
	if (guest)
		guest->exists = false;
}

void spec_written(struct spec *spec, uint64_t pa, uint64_t size)
{
	uint64_t off;

	for (off = 0; off < size; off += PAGE_SIZE)
		if (pa + off >= spec->base && (pa + off - spec->base) >> PAGE_SHIFT < spec->nr_pages)
			spec->page[(pa + off - spec->base) >> PAGE_SHIFT] &= ~SPEC_ZERO;
}

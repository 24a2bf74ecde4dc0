// SPDX-License-Identifier: GPL-2.0-only
#include <tests/spec/parts.h>

/* -- Pages -- */

/* The counts that depend on the word, which begins (by 1) or ends (by -1) to be there. */
static void count(struct spec *spec, uint64_t index, spec_page_t page, int by)
{
	unsigned int guest = holder(page);

	if (is_special(page))
		spec->special[index / SPEC_CHUNK] += by;
	if (guest)
		spec->guest[guest - SPEC_GUEST].pages += by;
	else if (spec_state(page) == DONJON_PAGE_HYP)
		spec->hyp += page & SPEC_BOOT ? 0 : by;
	else if (spec_state(page) == DONJON_PAGE_HOST_SHARED)
		spec->shared_with_hyp += by;
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
	spec_page_t zero = donate && spec->guest[op->owner - SPEC_GUEST].activated ? SPEC_ZERO : 0;
	uint64_t off;

	for (off = 0; off < op->size; off += PAGE_SIZE) {
		spec_page_t was = spec_page(spec, op->pa + off) & SPEC_ZERO;

		set(spec, op->pa + off, was | zero |
		    (donate ? make(DONJON_PAGE_GUEST, op->owner, SPEC_NOBODY, op->ipa + off) :
			      make(DONJON_PAGE_HOST_SHARED, SPEC_HOST, op->owner, op->ipa + off)));
	}
}

/*
 * What was private to the guest leaves it zeroed; what it had shared, or borrowed, the host has
 * seen already.
 */
static void give_back(struct spec *spec, uint64_t pa)
{
	spec_page_t page = spec_page(spec, pa);

	set(spec, pa, spec_state(page) == DONJON_PAGE_GUEST ? SPEC_ZERO : page & SPEC_ZERO);
}

static void apply_return(struct spec *spec, const struct spec_op *op)
{
	uint64_t unprotected = unprotected_bit(spec, op->owner), i;

	EACH_HELD(i, spec, op->owner, op->ipa, op->size)
		give_back(spec, page_address(spec, i));
	if (unprotected)
		EACH_HELD(i, spec, op->owner, op->ipa | unprotected, op->size)
			give_back(spec, page_address(spec, i));
	forget_poison(spec, op->owner, op->ipa, op->size);
	forget_empty(spec, op->owner, op->ipa, op->size);
}

static void apply_donate_shared(struct spec *spec, const struct spec_op *op)
{
	uint64_t off, at = op->ipa | unprotected_bit(spec, op->owner);

	for (off = 0; off < op->size; off += PAGE_SIZE)
		set(spec, op->pa + off, (spec_page(spec, op->pa + off) & SPEC_ZERO) |
		    make(DONJON_PAGE_GUEST_SHARED, op->owner, SPEC_HOST, at + off));
}

/* The pages at [from, from + size) become zero, in that state, at to. */
static void move(struct spec *spec, unsigned int owner, uint64_t from, uint64_t size, uint64_t to,
		 enum donjon_page_state state)
{
	unsigned int borrower = state == DONJON_PAGE_GUEST ? SPEC_NOBODY : SPEC_HOST;
	uint64_t i;

	EACH_HELD(i, spec, owner, from, size)
	set(spec, page_address(spec, i),
	    SPEC_ZERO | make(state, owner, borrower, to + (spec_ipa(spec->page[i]) - from)));
}

static void apply_set(struct spec *spec, const struct spec_op *op)
{
	uint64_t unprotected = op->ipa | unprotected_bit(spec, op->owner);

	if (!spec_is_part(spec, op, op->size)) {
		misused(spec, "pages of different states are no part");
		return;
	}
	if (spec_is_set(op->what, spec_at_ipa(spec, op->owner, op->ipa)))
		return;
	if (op->what == SPEC_GUEST_SET_EMPTY)
		move(spec, op->owner, op->ipa, op->size, unprotected, DONJON_PAGE_GUEST_SHARED);
	else
		move(spec, op->owner, unprotected, op->size, op->ipa, DONJON_PAGE_GUEST);
	forget_poison(spec, op->owner, op->ipa, op->size);
	if (op->what == SPEC_GUEST_SET_EMPTY)
		add_empty(spec, op->owner, op->ipa, op->size);
	else
		forget_empty(spec, op->owner, op->ipa, op->size);
}

static void apply_guest_share(struct spec *spec, const struct spec_op *op)
{
	bool share = op->what == SPEC_GUEST_SHARE_HOST;
	uint64_t pa;

	if (!spec_at(spec, op->owner, op->ipa, &pa)) {
		misused(spec, "the guest has nothing there");
		return;
	}
	set(spec, pa,
	    (spec_page(spec, pa) & SPEC_ZERO) |
		    make(share ? DONJON_PAGE_GUEST_SHARED : DONJON_PAGE_GUEST, op->owner,
			 share ? SPEC_HOST : SPEC_NOBODY, align_down(op->ipa, PAGE_SIZE)));
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
		guest->activated = true;
}

/* -- On the way -- */

static bool is_map(const struct spec_op *op)
{
	return op->what == SPEC_HOST_DONATE_GUEST || op->what == SPEC_HOST_SHARE_GUEST ||
	       op->what == SPEC_HOST_DONATE_GUEST_SHARED;
}

uint64_t spec_begin(struct spec *spec, const struct spec_op *op)
{
	uint64_t off, pa = op->pa, bit = unprotected_bit(spec, op->owner);

	if (!is_map(op) && !spec_at(spec, op->owner, op->what == SPEC_GUEST_SET_RAM
					   ? op->ipa | bit : op->ipa, &pa))
		return 0;
	for (off = 0; off < op->size; off += PAGE_SIZE) {
		spec_page_t was = spec_page(spec, pa + off);

		set(spec, pa + off, (was & ~SPEC_STATE) | DONJON_PAGE_CLEANING |
		    (was & SPEC_STATE) << SPEC_WAS_SHIFT);
	}
	if (op->what == SPEC_GUEST_SET_EMPTY)
		add_empty(spec, op->owner, op->ipa, op->size);
	spec->guest[op->owner - SPEC_GUEST].cleaning = true;
	return pa;
}

void spec_end(struct spec *spec, const struct spec_op *op, uint64_t pa)
{
	uint64_t off;

	spec->guest[op->owner - SPEC_GUEST].cleaning = false;
	if (op->what == SPEC_GUEST_SET_EMPTY)
		forget_empty(spec, op->owner, op->ipa, op->size);
	for (off = 0; off < op->size; off += PAGE_SIZE) {
		spec_page_t now = spec_page(spec, pa + off);

		if (spec_state(now) != DONJON_PAGE_CLEANING)
			misused(spec, "a page on its way was changed");
		set(spec, pa + off, (now & ~(SPEC_STATE | SPEC_WAS)) |
		    (now & SPEC_WAS) >> SPEC_WAS_SHIFT);
	}
}

void spec_lose(struct spec *spec, const struct spec_op *op, uint64_t pa)
{
	uint64_t off;

	spec->guest[op->owner - SPEC_GUEST].cleaning = false;
	for (off = 0; off < op->size; off += PAGE_SIZE)
		set(spec, pa + off, is_map(op) ? 0 : SPEC_ZERO);
}

void spec_apply(struct spec *spec, const struct spec_op *op)
{
	const spec_page_t host = make(DONJON_PAGE_HOST, SPEC_HOST, SPEC_NOBODY, 0);
	const spec_page_t hyp = make(DONJON_PAGE_HYP, SPEC_HYP, SPEC_NOBODY, 0);
	const spec_page_t shared = make(DONJON_PAGE_HOST_SHARED, SPEC_HOST, SPEC_HYP, 0);

	switch (op->what) {
	case SPEC_HOST_DONATE_HYP:
		set_range(spec, op->pa, op->size, hyp);
		break;
	case SPEC_HYP_DONATE_HOST:
		set_range(spec, op->pa, op->size, host);
		break;
	case SPEC_HOST_SHARE_HYP:
		set_range(spec, op->pa, PAGE_SIZE, shared);
		break;
	case SPEC_HOST_UNSHARE_HYP:
		set_range(spec, op->pa, PAGE_SIZE, host);
		break;
	case SPEC_HOST_DONATE_GUEST:
	case SPEC_HOST_SHARE_GUEST:
		apply_map(spec, op);
		break;
	case SPEC_HOST_DONATE_GUEST_SHARED:
		apply_donate_shared(spec, op);
		break;
	case SPEC_GUEST_SET_EMPTY:
	case SPEC_GUEST_SET_RAM:
		apply_set(spec, op);
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
	case SPEC_ACTIVATE:
		apply_flag(spec, op);
		break;
	case SPEC_HOST_FAULT:
	case SPEC_GUEST_LOOKUP:
		break;
	case SPEC_NR_OPS:
		misused(spec, "no such operation");
	}
}

/* -- The beginning; guests -- */

void spec_init(struct spec *spec, uint64_t base, uint64_t nr_pages, uint64_t limit,
	       spec_page_t *page, uint16_t *special, uint64_t *poisoned, uint64_t max_poisoned)
{
	uint64_t i;

	spec->base = base;
	spec->nr_pages = nr_pages;
	spec->limit = limit;
	spec->page = page;
	spec->special = special;
	spec->poisoned = poisoned;
	spec->nr_poisoned = spec->nr_empty = 0;
	spec->max_poisoned = max_poisoned;
	spec->hyp = spec->shared_with_hyp = 0;
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
		if (is_ram(spec, base + off) &&
		    spec_state(spec_page(spec, base + off)) == DONJON_PAGE_HOST)
			set(spec, base + off,
			    make(DONJON_PAGE_HYP, SPEC_HYP, SPEC_NOBODY, 0) | SPEC_BOOT);
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
	guest->activated = guest->dying = guest->cleaning = false;
	guest->ipa_limit = ipa_limit;
	guest->unprotected_bit = protected ? ipa_limit / 2 : 0;
	guest->pages = guest->poisoned = guest->empty = 0;
}

void spec_remove_guest(struct spec *spec, unsigned int owner)
{
	struct spec_guest *guest = spec_guest(spec, owner);

	if (!guest || guest->pages || guest->poisoned || guest->empty)
		misused(spec,
			guest ? "a guest that has pages, or poisoned or EMPTY IPAs is forgotten"
			      : "no such guest");
	if (guest)
		guest->exists = false;
}

void spec_written(struct spec *spec, uint64_t pa, uint64_t size)
{
	uint64_t off;

	for (off = 0; off < size; off += PAGE_SIZE)
		if (pa + off >= spec->base &&
		    (pa + off - spec->base) >> PAGE_SHIFT < spec->nr_pages)
			spec->page[(pa + off - spec->base) >> PAGE_SHIFT] &= ~SPEC_ZERO;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the specification share: spec.c answers, change.c changes, ipas.c keeps the
 * IPAs that are poisoned or EMPTY.
 */
#pragma once

#include <tests/spec/spec.h>

/* Page 0 is "no page" in lists, and never owned by anyone but the host. */
static inline bool is_ram(const struct spec *spec, uint64_t pa)
{
	return pa && spec_state(spec_page(spec, pa)) != DONJON_PAGE_NOT_RAM;
}

static inline bool is_special(spec_page_t page)
{
	return spec_state(page) != DONJON_PAGE_HOST && spec_state(page) != DONJON_PAGE_NOT_RAM;
}

static inline bool is_guests_own(spec_page_t page)
{
	return spec_state(page) == DONJON_PAGE_GUEST ||
	       spec_state(page) == DONJON_PAGE_GUEST_SHARED;
}

/* The guest whose table names the page, 0 if there is none. */
static inline unsigned int holder(spec_page_t page)
{
	if (is_guests_own(page))
		return spec_owner(page);
	return spec_state(page) == DONJON_PAGE_HOST_SHARED && spec_borrower(page) >= SPEC_GUEST
		       ? spec_borrower(page)
		       : 0;
}

static inline spec_page_t make(enum donjon_page_state state, unsigned int owner,
			       unsigned int borrower, uint64_t ipa)
{
	return (spec_page_t)state | (spec_page_t)owner << SPEC_OWNER_SHIFT |
	       (spec_page_t)((borrower + 1) & 0xff) << SPEC_BORROWER_SHIFT |
	       ipa >> PAGE_SHIFT << SPEC_IPA_SHIFT;
}

/*
 * The bit that makes a protected IPA of the guest its unprotected IPA; 0: the guest has none, or
 * does not exist.
 */
static inline uint64_t unprotected_bit(const struct spec *spec, unsigned int owner)
{
	unsigned int index = owner - SPEC_GUEST;

	return index < SPEC_MAX_GUESTS ? spec->guest[index].unprotected_bit : 0;
}

/* The specification, or who calls it, is wrong: nothing holds any more. */
static inline void misused(struct spec *spec, const char *what)
{
	if (!spec->broken)
		spec->broken = what;
}

static inline uint64_t page_address(const struct spec *spec, uint64_t index)
{
	return spec->base + (index << PAGE_SHIFT);
}

/*
 * The guest has page number *i in [ipa, ipa + size). Where all pages of a chunk belong to the host,
 * *i becomes the number of its last page.
 */
bool is_held(const struct spec *spec, uint64_t *i, unsigned int owner, uint64_t ipa, uint64_t size);

/* Goes through the numbers i of the pages that the guest has in [ipa, ipa + size). */
#define EACH_HELD(i, spec, owner, ipa, size) \
	for ((i) = 0; (i) < (spec)->nr_pages; (i)++) \
		if (is_held(spec, &(i), owner, ipa, size))

/* The lowest poisoned, or EMPTY, IPA of the guest in [ipa, ipa + size), or all ones. */
uint64_t lowest_poisoned(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size);
uint64_t lowest_empty(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size);

/* How many are poisoned there. */
uint64_t count_poisoned(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size);

/* add_empty(): none of the range is EMPTY yet. */
void add_poison(struct spec *spec, unsigned int owner, uint64_t ipa);
void forget_poison(struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size);
void add_empty(struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size);
void forget_empty(struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size);

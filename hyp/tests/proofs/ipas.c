// SPDX-License-Identifier: GPL-2.0-only
/*
 * In the place of the specification's ipas.c: the IPAs of one guest that are poisoned or EMPTY, in
 * an array with a word for each of them instead of lists. The other guests have no such IPAs.
 */
#include "world.h"
#include <tests/spec/parts.h>

uint8_t ipa_tag[PROOF_PAGES];

static bool has_tag(uint64_t at, unsigned int owner, uint64_t ipa, uint64_t size, uint8_t tag)
{
	return owner == guest.owner && ipa_tag[at] == tag &&
	       in_range(at, ipa >> PAGE_SHIFT, size >> PAGE_SHIFT);
}

static uint64_t count_tags(unsigned int owner, uint64_t ipa, uint64_t size, uint8_t tag)
{
	uint64_t at;
	uint8_t n = 0;

	EACH(at)
	n += has_tag(at, owner, ipa, size, tag);
	return n;
}

static uint64_t lowest_tag(unsigned int owner, uint64_t ipa, uint64_t size, uint8_t tag)
{
	uint64_t at;

	EACH(at)
	if (has_tag(at, owner, ipa, size, tag))
		return at << PAGE_SHIFT;
	return ~0UL;
}

static void set_tags(uint64_t ipa, uint64_t size, uint8_t from, uint8_t to)
{
	uint64_t at;

	EACH(at)
	if (has_tag(at, guest.owner, ipa, size, from))
		ipa_tag[at] = to;
}

uint64_t lowest_poisoned(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size)
{
	return lowest_tag(owner, ipa, size, GUEST_TAG_POISONED);
}

uint64_t lowest_empty(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size)
{
	return lowest_tag(owner, ipa, size, GUEST_TAG_EMPTY);
}

uint64_t count_poisoned(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size)
{
	return count_tags(owner, ipa, size, GUEST_TAG_POISONED);
}

bool spec_is_poisoned(const struct spec *spec, unsigned int owner, uint64_t ipa)
{
	return count_tags(owner, ipa, PAGE_SIZE, GUEST_TAG_POISONED);
}

bool spec_is_empty(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size)
{
	return count_tags(owner, ipa, size, GUEST_TAG_EMPTY) == size >> PAGE_SHIFT;
}

void add_poison(struct spec *spec, unsigned int owner, uint64_t ipa)
{
	if (owner != guest.owner)
		misused(spec, "a page of a guest whose tables are not described");
	set_tags(ipa, PAGE_SIZE, 0, GUEST_TAG_POISONED);
}

void forget_poison(struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size)
{
	set_tags(ipa, size, GUEST_TAG_POISONED, 0);
}

void add_empty(struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size)
{
	set_tags(ipa, size, 0, GUEST_TAG_EMPTY);
}

void forget_empty(struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size)
{
	set_tags(ipa, size, GUEST_TAG_EMPTY, 0);
}

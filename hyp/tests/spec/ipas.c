// SPDX-License-Identifier: GPL-2.0-only
#include <tests/spec/parts.h>

#define POISON_OWNER_SHIFT 48

/* -- Poisoned IPAs -- */

uint64_t lowest_poisoned(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size)
{
	uint64_t i, at, lowest = ~0UL;

	for (i = 0; i < spec->nr_poisoned; i++) {
		at = spec->poisoned[i] & (BIT(POISON_OWNER_SHIFT) - 1);
		if (spec->poisoned[i] >> POISON_OWNER_SHIFT == owner && at >= ipa &&
		    at - ipa < size && at < lowest)
			lowest = at;
	}
	return lowest;
}

uint64_t count_poisoned(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size)
{
	uint64_t i, at, n = 0;

	for (i = 0; i < spec->nr_poisoned; i++) {
		at = spec->poisoned[i] & (BIT(POISON_OWNER_SHIFT) - 1);
		n += spec->poisoned[i] >> POISON_OWNER_SHIFT == owner && at >= ipa &&
		     at - ipa < size;
	}
	return n;
}

bool spec_is_poisoned(const struct spec *spec, unsigned int owner, uint64_t ipa)
{
	return lowest_poisoned(spec, owner, align_down(ipa, PAGE_SIZE), PAGE_SIZE) != ~0UL;
}

void add_poison(struct spec *spec, unsigned int owner, uint64_t ipa)
{
	struct spec_guest *guest = spec_guest(spec, owner);

	if (spec->nr_poisoned == spec->max_poisoned || !guest) {
		misused(spec, guest ? "more poisoned IPAs than there is room for"
				    : "a page of a guest that does not exist");
		return;
	}
	spec->poisoned[spec->nr_poisoned++] = (uint64_t)owner << POISON_OWNER_SHIFT | ipa;
	guest->poisoned++;
}

void forget_poison(struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size)
{
	uint64_t i = 0, at;

	while (i < spec->nr_poisoned) {
		at = spec->poisoned[i] & (BIT(POISON_OWNER_SHIFT) - 1);
		if (spec->poisoned[i] >> POISON_OWNER_SHIFT == owner && at >= ipa &&
		    at - ipa < size) {
			spec->poisoned[i] = spec->poisoned[--spec->nr_poisoned];
			spec->guest[owner - SPEC_GUEST].poisoned--;
		} else {
			i++;
		}
	}
}

/* -- EMPTY IPAs -- */

bool spec_is_empty(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size)
{
	uint64_t i;

	for (i = 0; i < spec->nr_empty; i++) {
		const struct spec_range *range = &spec->empty[i];

		if (range->owner == owner && ipa >= range->from && ipa < range->to)
			return size <= range->to - ipa;
	}
	return false;
}

uint64_t lowest_empty(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size)
{
	uint64_t i, at, lowest = ~0UL;

	for (i = 0; i < spec->nr_empty; i++) {
		at = spec->empty[i].from > ipa ? spec->empty[i].from : ipa;
		if (spec->empty[i].owner == owner && at < spec->empty[i].to && at - ipa < size &&
		    at < lowest)
			lowest = at;
	}
	return lowest;
}

static void append_empty(struct spec *spec, unsigned int owner, uint64_t from, uint64_t to)
{
	struct spec_guest *guest = spec_guest(spec, owner);

	if (from >= to)
		return;
	if (spec->nr_empty == SPEC_MAX_EMPTY || !guest) {
		misused(spec, guest ? "more EMPTY ranges than there is room for"
				    : "EMPTY pages of no guest");
		return;
	}
	spec->empty[spec->nr_empty++] = (struct spec_range){ owner, from, to };
	guest->empty += (to - from) >> PAGE_SHIFT;
}

static struct spec_range remove_empty(struct spec *spec, uint64_t i)
{
	struct spec_range range = spec->empty[i];

	spec->guest[range.owner - SPEC_GUEST].empty -= (range.to - range.from) >> PAGE_SHIFT;
	spec->empty[i] = spec->empty[--spec->nr_empty];
	return range;
}

void forget_empty(struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size)
{
	uint64_t i = 0, end = ipa + size;
	struct spec_range range;

	while (i < spec->nr_empty) {
		range = spec->empty[i];
		if (range.owner != owner || range.to <= ipa || range.from >= end) {
			i++;
			continue;
		}
		remove_empty(spec, i);
		append_empty(spec, owner, range.from, min_u64(range.to, ipa));
		append_empty(spec, owner, range.from > end ? range.from : end, range.to);
	}
}

void add_empty(struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size)
{
	struct spec_range all = { owner, ipa, ipa + size };
	uint64_t i = 0;

	while (i < spec->nr_empty) {
		if (spec->empty[i].owner != owner ||
		    (spec->empty[i].to != all.from && spec->empty[i].from != all.to)) {
			i++;
			continue;
		}
		all.from = min_u64(all.from, spec->empty[i].from);
		all.to = all.to > spec->empty[i].to ? all.to : spec->empty[i].to;
		remove_empty(spec, i);
	}
	append_empty(spec, owner, all.from, all.to);
}

// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"

#define MAX_POISONED 8192

struct spec account;
uint64_t handles[SPEC_MAX_GUESTS];

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
		    spec_state(spec_page(&account, r[0] - SCRIPT_PAGE)) == DONJON_PAGE_NOT_RAM) {
			snprintf(why, WHY_SIZE,
				 "page 0x%lx: EL2's ledger gives a run of RAM to 0x%lx", pa, r[0]);
			return false;
		}
		/* Both tell runs; where one ends the other must agree with what comes next. */
		for (at = pa; at < r[0] && at < end; at = next) {
			spec_page_t page = spec_page(&account, at);
			bool guest = spec_state(page) == DONJON_PAGE_GUEST;
			uint64_t handle = guest ? handles[spec_owner(page) - SPEC_GUEST] : 0;

			next = spec_run_end(&account, at, end);
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
	return (pa - account.base) / SCRIPT_PAGE;
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
	saved->spec = account;
	for (unsigned int i = 0; i < nr; i++)
		saved->pages[i] = copy(&account.page[index_of(ranges[i].pa)],
				       ranges[i].pages * sizeof(account.page[0]));
	saved->special =
		copy(account.special, SPEC_CHUNKS(account.nr_pages) * sizeof(account.special[0]));
	saved->poisoned = copy(account.poisoned, account.nr_poisoned * sizeof(account.poisoned[0]));
}

static void restore(const struct saved *saved, const struct oracle_range *ranges, unsigned int nr)
{
	account = saved->spec;
	for (unsigned int i = 0; i < nr; i++)
		memcpy(&account.page[index_of(ranges[i].pa)], saved->pages[i],
		       ranges[i].pages * sizeof(account.page[0]));
	memcpy(account.special, saved->special,
	       SPEC_CHUNKS(account.nr_pages) * sizeof(account.special[0]));
	memcpy(account.poisoned, saved->poisoned,
	       account.nr_poisoned * sizeof(account.poisoned[0]));
}

static void forget(struct saved *saved, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		free(saved->pages[i]);
	free(saved->special);
	free(saved->poisoned);
}

/*
 * Memory that is not the host's when the scripts begin stays what it is: EL2's, or shared with EL2.
 */
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
			spec_claim(&account, start, (r[0] < end ? r[0] : end) - start);
		for (at = start; r[1] == DONJON_PAGE_HOST_SHARED && at < r[0] && at < end;
		     at += SCRIPT_PAGE)
			oracle_shared_hyp(at);
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
	spec_init(&account, base, pages, ADDRESS_LIMIT, storage.page, storage.special,
		  storage.poisoned, MAX_POISONED);
	for (unsigned int i = 0; target.ram(i, &start, &end); i++)
		spec_add_ram(&account, start, end - start);
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

	if (!account_step(first, &expected, &pages) ||
	    (pages = -1, !account_step(second, &expected, &pages))) {
		snprintf(why, WHY_SIZE, "one answer would be %s",
			 answer_name(expected) ?: "another");
		return false;
	}
	for (unsigned int i = 0; i < nr; i++)
		if (!oracle_agrees(ranges[i].pa, ranges[i].pages, why))
			return false;
	return true;
}

bool oracle_allows_both(const struct step *a, const struct step *b,
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

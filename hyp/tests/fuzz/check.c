// SPDX-License-Identifier: GPL-2.0-only
#include "check.h"
#include "harness.h"

#define PAGES (FAKE_RAM_SIZE >> PAGE_SHIFT)

void check_init(struct spec *spec)
{
	static spec_page_t pages[PAGES];
	static uint16_t special[SPEC_CHUNKS(PAGES)];
	static uint64_t poisoned[4096];

	spec_init(spec, FAKE_RAM_BASE, PAGES, 1UL << HOST_IA_BITS, pages, special, poisoned,
		  ARRAY_SIZE(poisoned));
	spec_add_ram(spec, FAKE_RAM_BASE, FIRMWARE_BASE - FAKE_RAM_BASE);
	spec_add_ram(spec, HIGH_BASE, HIGH_END - HIGH_BASE);
	spec_claim(spec, FAKE_RAM_BASE, CARVE_SIZE);
}

static void describe(char *text, size_t size, unsigned int state, unsigned int owner, uint64_t ipa)
{
	if (state == DONJON_PAGE_GUEST)
		snprintf(text, size, "%s %u, IPA 0x%lx", spec_state_name(state), owner, ipa);
	else
		snprintf(text, size, "%s", spec_state_name(state));
}

/* The host's table, run by run. */
static void check_host(const struct spec *spec)
{
	uint64_t addr = FAKE_RAM_BASE, end, from;
	enum donjon_page_state state;
	unsigned int owner;
	char seen[64], wanted[64];

	while (addr < HIGH_END) {
		spec_page_t page = spec_page(spec, addr);
		bool guest = spec_state(page) == DONJON_PAGE_GUEST;

		FUZZ_CHECK(!ledger_query(pa(addr), &end, &state, &owner, &from),
			   "no answer about page 0x%lx", addr);
		if (state != spec_state(page) ||
		    (guest && (owner != spec_owner(page) || from != spec_ipa(page)))) {
			describe(seen, sizeof(seen), state, owner, from);
			describe(wanted, sizeof(wanted), spec_state(page), spec_owner(page),
				 spec_ipa(page));
			FUZZ_FAIL("page 0x%lx: expected %s, seen %s", addr, wanted, seen);
		}
		FUZZ_CHECK(end > addr, "page 0x%lx: a run that ends at 0x%lx", addr, end);
		addr = spec_run_end(spec, addr, min_u64(end, HIGH_END));
	}
}

static unsigned int borrower_state(const struct spec *spec, uint64_t addr, unsigned int owner)
{
	spec_page_t page = spec_page(spec, addr);

	if (spec_state(page) == DONJON_PAGE_HOST_SHARED && spec_borrower(page) == owner)
		return PAGE_SHARED_BORROWED;
	if (spec_owner(page) == owner && spec_state(page) == DONJON_PAGE_GUEST)
		return PAGE_OWNED;
	if (spec_owner(page) == owner && spec_state(page) == DONJON_PAGE_GUEST_SHARED)
		return PAGE_SHARED_OWNED;
	return ~0U;
}

/* Why the guest has no page there. */
static void check_annotation(const struct spec *spec, const struct guest_memory *guest, pte_t pte,
			     unsigned int level, uint64_t at)
{
	bool known = pte == (at | GUEST_TAG_EMPTY << PTE_OWNER_SHIFT)
			     ? spec_is_empty(spec, guest->owner, at, level_size(level))
			     : pte == GUEST_TAG_POISONED << PTE_OWNER_SHIFT &&
				       level == PT_LAST_LEVEL &&
				       spec_is_poisoned(spec, guest->owner, at);

	FUZZ_CHECK(known, "guest %u has 0x%lx at IPA 0x%lx, which is not so", guest->owner, pte,
		   at);
}

/* Each leaf below this table must be a page that the guest has, at this IPA. Returns how many pages
 * there are; those at unprotected IPAs are added to *unprotected. */
static uint64_t check_guest_table(const struct spec *spec, const struct guest_memory *guest,
				  const pte_t *table, unsigned int level, uint64_t entries,
				  uint64_t base, uint64_t *unprotected)
{
	uint64_t i, off, n = 0;

	for (i = 0; i < entries; i++) {
		uint64_t at = base + i * level_size(level);

		if (!table[i])
			continue;
		if (pte_is_table(table[i], level)) {
			n += check_guest_table(spec, guest, fake_page(table[i] & PTE_ADDR),
					       level + 1, PT_ENTRIES, at, unprotected);
			continue;
		}
		n += level_size(level) >> PAGE_SHIFT;
		if (!pte_valid(table[i])) {
			check_annotation(spec, guest, table[i], level, at);
			continue;
		}
		if (guest->protected && at >> (guest->pgt.ia_bits - 1))
			*unprotected += level_size(level) >> PAGE_SHIFT;
		FUZZ_CHECK(is_aligned(table[i] & PTE_ADDR, level_size(level)),
			   "guest %u has 0x%lx at IPA 0x%lx: a block of unaligned memory",
			   guest->owner, table[i], at);
		for (off = 0; off < level_size(level); off += PAGE_SIZE) {
			uint64_t addr = pte_output(table[i], level, at + off);

			FUZZ_CHECK(
				borrower_state(spec, addr, guest->owner) == pte_state(table[i]) &&
					spec_ipa(spec_page(spec, addr)) == at + off,
				"guest %u has page 0x%lx at IPA 0x%lx in state %u: expected %s of "
				"%u at IPA 0x%lx",
				guest->owner, addr, at + off, pte_state(table[i]),
				spec_state_name(spec_state(spec_page(spec, addr))),
				spec_owner(spec_page(spec, addr)), spec_ipa(spec_page(spec, addr)));
		}
	}
	return n;
}

void check_ledger(const struct spec *spec, struct guest_memory *guests, unsigned int nr_guests)
{
	unsigned int i;

	FUZZ_CHECK(!spec->broken, "the specification itself: %s", spec->broken);
	check_host(spec);
	for (i = 0; i < nr_guests; i++) {
		const struct pgtable *pgt = &guests[i].pgt;
		const struct spec_guest *expected = &spec->guest[guests[i].owner - SPEC_GUEST];
		uint64_t entries = 1UL << (pgt->ia_bits - level_shift(pgt->start_level));
		uint64_t unprotected = 0,
			 n = check_guest_table(spec, &guests[i], pgt->root, pgt->start_level,
					       entries, 0, &unprotected);

		/* As many as there should be and each of them right: none is missing. */
		FUZZ_CHECK(n == expected->pages + expected->poisoned + expected->empty &&
				   n - unprotected == guests[i].pages,
			   "guest %u: %lu pages with an entry, %lu of them at unprotected IPAs, "
			   "%lu counted, "
			   "expected %lu, %lu poisoned and %lu EMPTY",
			   guests[i].owner, n, unprotected, guests[i].pages, expected->pages,
			   expected->poisoned, expected->empty);
	}
}

void check_hyp(const struct spec *spec, uint64_t addr, uint64_t size)
{
	uint64_t off;

	for (off = 0; off < size; off += PAGE_SIZE) {
		spec_page_t page = spec_page(spec, addr + off);
		enum hyp_expected expected = spec_state(page) == DONJON_PAGE_HYP ? HYP_OWNED
					     : spec_state(page) == DONJON_PAGE_HOST_SHARED &&
							     spec_borrower(page) == SPEC_HYP
						     ? HYP_BORROWED
						     : HYP_NOTHING;

		if (spec_state(page) != DONJON_PAGE_NOT_RAM &&
		    hyp_expect(pa(addr + off), PAGE_SIZE, expected))
			FUZZ_FAIL("page 0x%lx, %s: expected EL2's stage 1 to have it %s",
				  addr + off, spec_state_name(spec_state(page)),
				  expected == HYP_NOTHING ? "not"
				  : expected == HYP_OWNED ? "as its own"
							  : "as borrowed");
	}
}

/* -- Contents -- */

static uint64_t words[PAGES], written[PAGES], last_word;
static bool is_written[PAGES];
static unsigned int nr_written;

void contents_forget(void)
{
	memset(words, 0, sizeof(words));
	memset(is_written, 0, sizeof(is_written));
	nr_written = 0;
	last_word = 0;
}

void contents_write(uint64_t addr, bool zero)
{
	uint64_t index = (addr - FAKE_RAM_BASE) >> PAGE_SHIFT, i, *page = fake_page(addr);

	words[index] = zero ? 0 : ++last_word * 0x0101010101010101UL + 0x8000000000000000UL;
	for (i = 0; i < PAGE_SIZE / 8; i++)
		page[i] = words[index];
	if (!is_written[index])
		written[nr_written++] = index;
	is_written[index] = true;
}

bool contents_are_zero(uint64_t addr)
{
	words[(addr - FAKE_RAM_BASE) >> PAGE_SHIFT] = 0;
	return world_is_zero(addr, PAGE_SIZE);
}

/* Swaps the last one into the place of number i. */
static void forget_written(unsigned int i)
{
	is_written[written[i]] = false;
	written[i] = written[--nr_written];
}

void contents_forget_hyp(const struct spec *spec)
{
	unsigned int i = 0;

	while (i < nr_written) {
		spec_page_t page = spec_page(spec, FAKE_RAM_BASE + (written[i] << PAGE_SHIFT));

		if (spec_state(page) == DONJON_PAGE_HYP ||
		    (spec_state(page) == DONJON_PAGE_HOST_SHARED &&
		     spec_borrower(page) == SPEC_HYP))
			forget_written(i);
		else
			i++;
	}
}

void contents_check(const struct spec *spec, bool whole)
{
	unsigned int i;

	for (i = 0; i < nr_written; i++) {
		uint64_t addr = FAKE_RAM_BASE + (written[i] << PAGE_SHIFT);
		const uint64_t *page = fake_page(addr);
		uint64_t *word = &words[written[i]];
		bool changed = *word && spec_page(spec, addr) & SPEC_ZERO;

		if (changed)
			*word = 0;
		FUZZ_CHECK(page[0] == *word &&
				   (!(whole || changed) || !memcmp(page, page + 1, PAGE_SIZE - 8)),
			   "page 0x%lx, %s: expected to be full of 0x%lx, begins with 0x%lx", addr,
			   spec_state_name(spec_state(spec_page(spec, addr))), *word, page[0]);
	}
}

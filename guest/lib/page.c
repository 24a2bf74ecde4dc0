// SPDX-License-Identifier: GPL-2.0-only
#include "lib/page.h"

#include "lib/guest.h"
#include "lib/mmu.h"

#define WORDS (PAGE_SIZE / 8)

static uint64_t word_of(uint64_t name, unsigned int i, uint64_t salt)
{
	return ((name + i * 8) ^ salt) * 0x9e3779b97f4a7c15UL;
}

void page_fill(uint64_t page, uint64_t name, uint64_t salt)
{
	volatile uint64_t *word = (volatile uint64_t *)page;

	for (unsigned int i = 0; i < WORDS; i++)
		word[i] = word_of(name, i, salt);
}

void page_check(const char *what, uint64_t page, uint64_t name, uint64_t salt)
{
	volatile const uint64_t *word = (volatile const uint64_t *)page;

	for (unsigned int i = 0; i < WORDS; i++) {
		uint64_t seen = word[i];

		if (seen != word_of(name, i, salt))
			fail("%s: 0x%lx holds 0x%lx, want 0x%lx", what, page + i * 8, seen,
			     word_of(name, i, salt));
	}
}

void page_check_zero(const char *what, uint64_t page)
{
	volatile const uint64_t *word = (volatile const uint64_t *)page;

	for (unsigned int i = 0; i < WORDS; i++) {
		uint64_t seen = word[i];

		if (seen)
			fail("%s: 0x%lx holds 0x%lx, want 0", what, page + i * 8, seen);
	}
}

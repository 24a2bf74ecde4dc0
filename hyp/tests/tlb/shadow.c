// SPDX-License-Identifier: GPL-2.0-only
#include "shadow.h"

#include <stdlib.h>
#include <string.h>

#define LAST_LEVEL 3

static struct page *slots;
static uint64_t nr_slots, nr_pages, clock_now;
static shadow_read_fn read_memory;
static shadow_table_fn tell_table;

void shadow_init(shadow_read_fn read, shadow_table_fn table)
{
	read_memory = read;
	tell_table = table;
	shadow_reset();
}

void shadow_reset(void)
{
	uint64_t i;

	for (i = 0; i < nr_slots; i++)
		free(slots[i].entry);
	free(slots);
	nr_slots = 1024;
	nr_pages = 0;
	slots = calloc(nr_slots, sizeof(*slots));
	if (!slots)
		abort();
}

uint64_t shadow_clock(void)
{
	return clock_now;
}

/* Open addressing; a free slot has pfn 0, which is never RAM that EL2 owns. */
static struct page *slot_of(uint64_t pfn)
{
	uint64_t i = pfn * 0x9e3779b97f4a7c15UL >> 20 & (nr_slots - 1);

	while (slots[i].pfn && slots[i].pfn != pfn)
		i = (i + 1) & (nr_slots - 1);
	return &slots[i];
}

struct page *shadow_find(uint64_t pa)
{
	struct page *page = slot_of(pa / PAGE);

	return page->pfn ? page : NULL;
}

static void grow(void)
{
	struct page *old = slots;
	uint64_t n = nr_slots, i;

	nr_slots *= 2;
	slots = calloc(nr_slots, sizeof(*slots));
	if (!slots)
		abort();
	for (i = 0; i < n; i++)
		if (old[i].pfn)
			*slot_of(old[i].pfn) = old[i];
	free(old);
}

static struct page *page_at(uint64_t pa)
{
	struct page *page = slot_of(pa / PAGE);

	if (!page->pfn) {
		if (2 * nr_pages >= nr_slots) {
			grow();
			page = slot_of(pa / PAGE);
		}
		page->pfn = pa / PAGE;
		nr_pages++;
	}
	return page;
}

static bool is_table(uint64_t pte, int level)
{
	return level < LAST_LEVEL && (pte & 3) == 3;
}

bool shadow_link(uint64_t pa, int level, uint64_t published)
{
	struct page *page = page_at(pa);
	uint64_t contents[ENTRIES];
	unsigned int i;

	if (!read_memory(pa, contents, sizeof(contents)))
		return false;
	for (i = 0; i < ENTRIES; i++)
		if (is_table(contents[i], level))
			shadow_link(contents[i] & PA_MASK, level + 1, published);
	page = page_at(pa); /* it may have moved */
	if (!page->entry)
		page->entry = malloc(sizeof(contents));
	if (!page->entry)
		abort();
	memcpy(page->entry, contents, sizeof(contents));
	page->level = level;
	tell_table(page, page->stored > published);
	return true;
}

struct page *shadow_store(uint64_t pa, uint64_t value, uint64_t published, uint64_t *old)
{
	struct page *page = page_at(pa);
	unsigned int i = pa % PAGE / 8;
	int level = page->level;

	page->stored = ++clock_now;
	if (!page->entry)
		return NULL;
	*old = page->entry[i];
	page->entry[i] = value;
	/* A new count in the descriptor is the same table. */
	if (is_table(value, level) && !(is_table(*old, level) && !((value ^ *old) & PA_MASK)))
		shadow_link(value & PA_MASK, level + 1, published);
	return page_at(pa);
}

void shadow_zero(uint64_t pa, uint64_t size)
{
	struct page *page = page_at(pa);

	page->stored = ++clock_now;
	if (page->entry)
		memset((uint8_t *)page->entry + pa % PAGE, 0, size);
}

void shadow_forget(uint64_t pa)
{
	struct page *page = shadow_find(pa);

	if (page) {
		free(page->entry);
		page->entry = NULL;
	}
}

bool shadow_translate(uint64_t root, uint64_t va, uint64_t *pa)
{
	uint64_t table = root, pte;
	int level, shift;

	for (level = 0; level <= LAST_LEVEL; level++) {
		struct page *page = shadow_find(table);

		if (!page || !page->entry)
			return false;
		shift = 12 + 9 * (LAST_LEVEL - level);
		pte = page->entry[va >> shift & (ENTRIES - 1)];
		if (!(pte & 1))
			return false;
		if (!is_table(pte, level)) {
			uint64_t offset = (1UL << shift) - 1;

			*pa = (pte & PA_MASK & ~offset) | (va & offset);
			return true;
		}
		table = pte & PA_MASK;
	}
	return false;
}

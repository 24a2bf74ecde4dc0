// SPDX-License-Identifier: GPL-2.0-only
/*
 * S1: private to shared and back: contents, access, neighbours; single pages, blocks, and all that
 * is free.
 */
#include "rsi/rsi.h"

#include "lib/mmu.h"
#include "lib/trap.h"

#define BULK_PAGES	40
#define BULK_NEIGHBOURS	4

static void check_private(const char *what, uint64_t page)
{
	check(rsi_state(page) == RIPAS_RAM, what, page, rsi_state(page));
	check_aborts(what, shared(page));
}

static void check_shared(const char *what, uint64_t page)
{
	check(rsi_state(page) == RIPAS_EMPTY, what, page, rsi_state(page));
	check_aborts(what, page);
}

static void one_page(uint64_t page)
{
	fill_page(page - PAGE_SIZE, 1);
	fill_page(page, 1);
	fill_page(page + PAGE_SIZE, 1);
	check_private("a page with contents", page);

	/* RAM to RAM changes nothing. */
	rsi_convert(page, PAGE_SIZE, RIPAS_RAM);
	check_page("RAM to RAM", page, 1);

	rsi_convert(page, PAGE_SIZE, RIPAS_EMPTY);
	check_zero("page shared, which had contents", shared(page));
	check_shared("page shared", page);
	fill_page(shared(page), 2);
	check_page("page written at its unprotected IPA", shared(page), 2);

	/* EMPTY to EMPTY: it was shared, and stays. The specification promises no contents. */
	rsi_convert(page, PAGE_SIZE, RIPAS_EMPTY);
	check_shared("page shared twice", page);
	fill_page(shared(page), 2);
	check_page("page shared twice", shared(page), 2);

	rsi_convert(page, PAGE_SIZE, RIPAS_RAM);
	check_zero("page private again", page);
	check_private("page private again", page);
	check_page("neighbour below", page - PAGE_SIZE, 1);
	check_page("neighbour above", page + PAGE_SIZE, 1);
	fill_page(page, 3);
	check_page("page private again and written", page, 3);
}

/* A page that does not exist yet. */
static void untouched(uint64_t page)
{
	check(rsi_state(page) == RIPAS_RAM, "a page never touched", page, rsi_state(page));
	rsi_convert(page, PAGE_SIZE, RIPAS_EMPTY);
	check(rsi_state(page) == RIPAS_EMPTY, "a page never touched, now EMPTY", page,
	      rsi_state(page));
	check_zero("page shared that was never touched", shared(page));
	check_shared("page shared that was never touched", page);
	fill_page(shared(page), 4);
	rsi_convert(page, PAGE_SIZE, RIPAS_RAM);
	check_zero("the same private again", page);
	check_private("the same private again", page);

	/* To and fro without a touch in between. */
	page += PAGE_SIZE;
	for (unsigned int i = 0; i < 3; i++) {
		rsi_convert(page, PAGE_SIZE, RIPAS_EMPTY);
		rsi_convert(page, PAGE_SIZE, RIPAS_RAM);
	}
	check_zero("page never touched, to and fro", page);
	check_private("page never touched, to and fro", page);
}

/*
 * A block that is private as one: it is given up as a whole, a page of it comes back, then the
 * rest.
 */
static void one_block(uint64_t block)
{
	const uint64_t page = block + 17 * PAGE_SIZE;

	for (uint64_t at = block; at < block + BLOCK_SIZE; at += PAGE_SIZE)
		fill_page(at, 5);
	rsi_convert(block, BLOCK_SIZE, RIPAS_EMPTY);
	for (uint64_t at = block; at < block + BLOCK_SIZE; at += PAGE_SIZE)
		check_zero("block shared", shared(at));
	check_shared("first page of a block shared", block);
	check_shared("last page of a block shared", block + BLOCK_SIZE - PAGE_SIZE);
	for (uint64_t at = block; at < block + BLOCK_SIZE; at += PAGE_SIZE)
		fill_page(shared(at), 6);
	rsi_convert(page, PAGE_SIZE, RIPAS_RAM);
	check_zero("one page of a shared block made private", page);
	check_private("one page of a shared block made private", page);
	check_shared("page below it", page - PAGE_SIZE);
	check_page("page below it", shared(page - PAGE_SIZE), 6);
	check_page("page above it", shared(page + PAGE_SIZE), 6);
	fill_page(page, 7);
	rsi_convert(block, BLOCK_SIZE, RIPAS_RAM);
	check_page("the page that was private already", page, 7);
	for (uint64_t at = block; at < block + BLOCK_SIZE; at += PAGE_SIZE)
		if (at != page)
			check_zero("block private again", at);
	check_private("first page of a block private again", block);
	check_private("last page of a block private again", block + BLOCK_SIZE - PAGE_SIZE);
}

/* Pages on both sides of a 2 MiB boundary, every other one shared. */
static void alternating(uint64_t boundary)
{
	uint64_t first = boundary - BULK_PAGES / 2 * PAGE_SIZE,
		 end = boundary + BULK_PAGES / 2 * PAGE_SIZE;
	uint64_t below = first - BULK_NEIGHBOURS * PAGE_SIZE,
		 above = end + BULK_NEIGHBOURS * PAGE_SIZE;

	for (uint64_t page = below; page < above; page += PAGE_SIZE)
		fill_page(page, 8);
	for (uint64_t page = first; page < end; page += 2 * PAGE_SIZE) {
		rsi_convert(page, PAGE_SIZE, RIPAS_EMPTY);
		fill_page(shared(page), 9);
	}
	for (uint64_t page = below; page < above; page += PAGE_SIZE) {
		bool given = page >= first && page < end && !((page - first) / PAGE_SIZE & 1);

		check_page("every other page shared", given ? shared(page) : page, given ? 9 : 8);
		check(rsi_state(page) == (given ? RIPAS_EMPTY : RIPAS_RAM),
		      "every other page shared", page, rsi_state(page));
	}
	/* One call over all of them. */
	rsi_convert(first, end - first, RIPAS_RAM);
	for (uint64_t page = below; page < above; page += PAGE_SIZE) {
		if (page >= first && page < end && !((page - first) / PAGE_SIZE & 1))
			check_zero("private again", page);
		else
			check_page("never shared", page, 8);
	}
}

/* All of it at once, as a kernel does with its pool: touched and untouched pages together. */
static void whole(struct range area)
{
	uint64_t end = area.base + area.size, touched = area.base + area.size / 2;

	fill_page(touched, 10);
	rsi_convert(area.base, area.size, RIPAS_EMPTY);
	for (uint64_t page = area.base; page < end; page += PAGE_SIZE)
		check_reads("all shared", shared(page), 0);
	check_zero("all shared, a page with contents", shared(touched));
	check_shared("all shared, first page", area.base);
	check_shared("all shared, last page", end - PAGE_SIZE);
	for (uint64_t page = area.base; page < end; page += PAGE_SIZE)
		*(volatile uint64_t *)shared(page) = page;
	rsi_convert(area.base, area.size, RIPAS_RAM);
	for (uint64_t page = area.base; page < end; page += PAGE_SIZE)
		check_reads("all private again", page, 0);
	check_private("all private again, first page", area.base);
	check_private("all private again, last page", end - PAGE_SIZE);
}

void rsi_states(struct range area)
{
	uint64_t boundary = (area.base + 2 * BLOCK_SIZE - 1) & ~(BLOCK_SIZE - 1),
		 end = area.base + area.size;

	one_page(end - 6 * PAGE_SIZE);
	untouched(end - 10 * PAGE_SIZE);
	one_block(boundary);
	alternating(boundary + BLOCK_SIZE);
	/* Four blocks of which nothing was touched, with a page too many on both sides. */
	whole((struct range){ boundary + 2 * BLOCK_SIZE - PAGE_SIZE,
			      4 * BLOCK_SIZE + 2 * PAGE_SIZE });
	/* And what all of these left. */
	whole((struct range){ boundary, (end - 16 * PAGE_SIZE - boundary) & ~(PAGE_SIZE - 1) });
}

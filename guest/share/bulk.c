// SPDX-License-Identifier: GPL-2.0-only
#include "share/share.h"

#include "lib/mmu.h"

static uint64_t page_at(uint64_t first, unsigned int n)
{
	return first + n * PAGE_SIZE;
}

/* Checks all pages of the test and the neighbours on both sides. */
static void check_all(uint64_t first, const char *when)
{
	for (unsigned int n = 0; n < BULK_PAGES + 2 * BULK_NEIGHBOURS; n++)
		check_page(page_at(first, n) - BULK_NEIGHBOURS * PAGE_SIZE, 5, when);
}

void share_bulk(uint64_t first)
{
	for (unsigned int n = 0; n < BULK_PAGES + 2 * BULK_NEIGHBOURS; n++)
		fill_page(page_at(first, n) - BULK_NEIGHBOURS * PAGE_SIZE, 5);

	for (unsigned int n = 0; n < BULK_PAGES; n++)
		share_page(page_at(first, n));
	check_all(first, "with all of 600 pages shared");
	for (unsigned int n = BULK_PAGES; n-- > 0;)
		unshare_page(page_at(first, n));
	check_all(first, "with all of 600 pages private again");

	/* Every other page: shared and private pages alternate in one table. */
	for (unsigned int n = 0; n < BULK_PAGES; n += 2)
		share_page(page_at(first, n));
	check_all(first, "with every other page shared");
	for (unsigned int n = 0; n < BULK_PAGES; n += 2)
		unshare_page(page_at(first, n));
	check_all(first, "with every other page private again");

	/* Each page by itself, so that a block would be split and put together again 600 times. */
	for (unsigned int n = 0; n < BULK_PAGES; n++) {
		share_page(page_at(first, n));
		unshare_page(page_at(first, n));
	}
	check_all(first, "after 600 single rounds");
}

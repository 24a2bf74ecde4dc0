/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of the driver's that are not the host's for a while are marked as offline: /proc/kcore then
 * reads zeroes without touching them, and makedumpfile leaves them out of a dump. The mark is in
 * the place of a page's map count, so it is there only while the page is mapped in no page table,
 * and not when it is freed.
 */
#pragma once

#include <linux/mm.h>
#include <linux/page-flags.h>

static inline void offline_set(struct page *page, unsigned long count)
{
	for (; count; count--, page++)
		__SetPageOffline(page);
}

static inline void offline_clear(struct page *page, unsigned long count)
{
	for (; count; count--, page++)
		if (PageOffline(page))
			__ClearPageOffline(page);
}

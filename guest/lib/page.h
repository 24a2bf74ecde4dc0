/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contents of pages for tests: each word differs from those of other pages, places in a page, and
 * salts.
 */
#pragma once

#include "abi/types.h"

/*
 * Fills the page at this virtual address as the page `name` (its protected IPA, whatever it is
 * reached by).
 */
void page_fill(uint64_t page, uint64_t name, uint64_t salt);

/* Whether it holds that, or zero in each word; ends the payload with what differs if not. */
void page_check(const char *what, uint64_t page, uint64_t name, uint64_t salt);
void page_check_zero(const char *what, uint64_t page);

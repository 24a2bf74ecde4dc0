/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the `share` payload have in common. */
#pragma once

#include <stdbool.h>
#include "abi/types.h"

/* One successful check more for the result line, or FAIL with the text. */
void check(bool ok, const char *what, uint64_t ipa, int64_t code);

/* A share or unshare that must succeed. */
void share_page(uint64_t ipa);
void unshare_page(uint64_t ipa);

/*
 * Fills a page with a function of its address and of salt, and looks whether it still holds that.
 */
void fill_page(uint64_t page, uint64_t salt);
/* A call that must give INVALID_PARAMETER. */
void refused(const char *what, uint64_t id, uint64_t ipa, uint64_t x2, uint64_t x3);

void check_page(uint64_t page, uint64_t salt, const char *when);

/*
 * bulk.c: shares and unshares BULK_PAGES pages on both sides of a 2 MiB boundary, neighbours
 * watched.
 */
#define BULK_PAGES	600
#define BULK_NEIGHBOURS	16
void share_bulk(uint64_t first_page);

/*
 * guard.c: MMIO guard: from here on only the console is a device. Returns with nothing done where
 * it is not offered.
 */
void share_guard(void);

/* wait.c: keeps one page shared and one private until the host writes SHARE_GO. */
#define SHARE_GO	0x676f2121U	/* the 32-bit word at SHARE_GO_OFFSET, little endian */
#define SHARE_GO_OFFSET	0xff8U
void share_wait(uint64_t shared_page, uint64_t private_page);

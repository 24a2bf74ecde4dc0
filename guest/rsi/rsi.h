/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the `rsi` payload have in common. */
#pragma once

#include <stdbool.h>
#include "lib/guest.h"
#include "lib/rsi.h"

/* One successful check more for the result line, or FAIL with the text. */
void check(bool ok, const char *what, uint64_t ipa, uint64_t seen);

/* The page's unprotected IPA, which is mapped there. */
uint64_t shared(uint64_t page);

/*
 * An access of 8 bytes there must give an external abort, read and write; and must not, with this
 * value read.
 */
void check_aborts(const char *what, uint64_t address);
void check_reads(const char *what, uint64_t address, uint64_t want);

/* The page at this address (protected or unprotected IPA) holds zero in each word. */
void check_zero(const char *what, uint64_t page);

/* The page gets, and holds, a function of its protected IPA and of salt. */
void fill_page(uint64_t page, uint64_t salt);
void check_page(const char *what, uint64_t page, uint64_t salt);

/* arguments.c: calls that must be refused, or say what is so. */
void rsi_arguments(struct range area);

/* states.c: private to shared and back, pages, blocks and whole ranges. */
void rsi_states(struct range area);

/*
 * wait.c: the host's turn; three pages. It ends when the host writes RSI_GO, 32 bits, to the first
 * one.
 */
#define RSI_GO		0x676f2121U
#define RSI_GO_OFFSET	0xff8U
void rsi_wait(uint64_t first_page);

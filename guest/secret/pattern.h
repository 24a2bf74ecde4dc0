/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The 16 bytes that the `secret` payload keeps in its memory and registers: two 64-bit
 * little-endian words. No file holds them in clear, so that a search of a machine's memory or of a
 * dump finds only copies that a guest made: what is stored is each word XORed with SECRET_MASK, and
 * the words are put together at run time. A test that searches for them must do the same.
 */
#pragma once

#include "abi/types.h"

#define SECRET_MASK	0x1111111111111111ULL
#define SECRET_STORED0	0x4fd3f6c1b6b1af00ULL
#define SECRET_STORED1	0xe11cebdfcfbcd1cfULL

/* Word n of a page is secret_word(n & 1). */
static inline uint64_t secret_word(unsigned int n)
{
	/* volatile: the compiler must not work the result out and store it. */
	static const volatile uint64_t stored[2] = { SECRET_STORED0, SECRET_STORED1 };

	return stored[n & 1] ^ SECRET_MASK;
}

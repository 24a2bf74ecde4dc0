/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The EL2 image (image.S), and the names of its functions, which symbols.awk makes of it.
 */
#pragma once

#include <linux/types.h>

struct image_symbol {
	u64 addr;
	u64 size;
	const char *name;
};

/* Sorted by address. */
extern const struct image_symbol image_symbols[];
extern const unsigned int image_nr_symbols;

/* Begins with struct donjon_image (abi/boot.h). */
extern const u8 image_start[], image_end[];

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A reader for the flattened device tree (Devicetree Specification 0.4, chapter 5). It allocates
 * and changes nothing, reads bytes only, and trusts no offset or length in the blob.
 */
#pragma once

#include <stdbool.h>
#include "abi/types.h"

struct fdt {
	const uint8_t *structs;
	uint32_t structs_size;
	const char *strings;
	uint32_t strings_size;
	uint32_t total_size;
};

/* Checks the header of a blob of at most max bytes. */
bool fdt_open(struct fdt *fdt, const void *blob, size_t max);

/*
 * The value of property `name` of the nth node (from 0) with this path, of *len bytes, not aligned;
 * NULL when there is none or the blob is malformed. The path begins with '/', and a component
 * without a unit address matches a node with any: "/cpus/cpu" with n = 1 is the second processor.
 * "/" is the root.
 */
const void *fdt_find(const struct fdt *fdt, const char *path, unsigned int nth, const char *name,
			 uint32_t *len);

/*
 * A big-endian number of 1 or 2 cells at the start of a property of len bytes; false when it is too
 * short.
 */
bool fdt_cells(const void *prop, uint32_t len, uint32_t cell, uint32_t cells, uint64_t *val);

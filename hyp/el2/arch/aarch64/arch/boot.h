/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the code that runs with the MMU off and the rest. */
#pragma once

#include <el2/types.h>

struct boot_tables {
	uint64_t root;		/* physical; entry.S reads the first two */
	uint64_t image_pa;
	uint64_t next;		/* the first free page of the carve-out */
	uint64_t end;
	uint64_t tables;	/* pages taken for tables, the root not counted */
	uint64_t pad[507];
};
_Static_assert(sizeof(struct boot_tables) == 4096, "shares no cache line with anything else");
_Static_assert(offsetof(struct boot_tables, image_pa) == 8, "entry.S");

extern struct boot_tables boot_tables;

/*
 * params: physical address of struct donjon_boot. Returns the root table's physical address, 0 if
 * the parameters are bad or the carve-out too small.
 */
uint64_t boot_build_tables(uint64_t params);

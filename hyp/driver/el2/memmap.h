/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine's memory map for EL2.
 */
#pragma once

#include <linux/types.h>

#include "abi/boot.h"

/*
 * Fills boot->regions and nr_regions with the machine's memory map, sorted by address. With a line
 * in the log: -E2BIG, there are more than DONJON_MAX_REGIONS, or there is memory above the largest
 * address that EL2 can handle; -ENODEV, there is no RAM. Process context.
 */
int memmap_read(struct donjon_boot *boot);

/*
 * Adds registers of a device that nobody is to reach: page-aligned, no memory, not added before.
 * -E2BIG as above.
 */
int memmap_deny(struct donjon_boot *boot, u64 base, u64 size);

/* Sum of the RAM regions, in bytes. */
u64 memmap_ram_size(const struct donjon_boot *boot);

/* All of [base, base + size) is one region of RAM. */
bool memmap_is_ram(const struct donjon_boot *boot, u64 base, u64 size);

/* The first RAM region that ends above pa, or NULL. */
const struct donjon_region *memmap_next_ram(const struct donjon_boot *boot, u64 pa);

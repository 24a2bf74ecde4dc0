/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The physical memory map, as the driver described it at the hand-over. It does not change
 * afterwards.
 */
#pragma once

#include <el2/types.h>
#include <abi/boot.h>

/* MMIO or nothing: the host's, not executable, never owned by another */
#define REGION_NONE	0

/*
 * Copies and checks the map: ascending, not overlapping, page-aligned, below limit. Returns 0, or
 * -EINVAL and no region at all.
 */
int regions_init(const struct donjon_region *map, unsigned int n, uint64_t limit);

/* How many ranges of this size, aligned to it, have a part of a region, at most. */
uint64_t regions_spanned(uint64_t size);

/* The region or the hole that addr lies in: its type, and its bounds in *start and *end. */
unsigned int region_find(uint64_t addr, uint64_t *start, uint64_t *end);

/*
 * True if all of [base, base + size) is RAM of one region, so that it may be owned; never for page
 * 0. The range must not wrap; size 0 gives false.
 */
bool region_is_ram(uint64_t base, uint64_t size);

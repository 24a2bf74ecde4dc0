// SPDX-License-Identifier: GPL-2.0-only
/* The memory map: for any map of up to four regions, the search is exact. */
#include <el2/regions.h>
#include <arch/geometry.h>
#include "proof.h"

#define MAX_REGIONS	4
#define LIMIT		(1UL << PROOF_IA_BITS)

static struct donjon_region map[MAX_REGIONS];
static uint64_t n;

/* Any map of whole pages, below and above the limit; true if it is one that must be taken. */
static bool any_map(void)
{
	uint64_t i, end = 0;
	bool good = true;

	n = any_below(MAX_REGIONS + 1);
	for (i = 0; i < MAX_REGIONS; i++)
		map[i] = (struct donjon_region){ nondet_u64(), nondet_u64(), nondet_u8() & 7 };
	for (i = 0; i < MAX_REGIONS; i++) {
		if (i >= n)
			break;
		/*
		 * No region ends before the end of the one before it, and none is empty or ends
		 * behind the limit.
		 */
		good = good && !((map[i].base | map[i].size) & ~PAGE_MASK) && map[i].size &&
		       map[i].base >= end && map[i].base < LIMIT && map[i].size <= LIMIT &&
		       map[i].base + map[i].size <= LIMIT &&
		       (map[i].type == DONJON_REGION_RAM ||
			map[i].type == DONJON_REGION_FIRMWARE ||
			map[i].type == DONJON_REGION_DENIED);
		end = map[i].base + map[i].size;
	}
	return good;
}

void proof_regions_init(void)
{
	bool good = any_map();
	int ret = regions_init(map, n, LIMIT);
	uint64_t start, end;

	prove(ret == (good ? 0 : -EINVAL), "the answer");
	prove(!ret || region_find(nondet_u64() % LIMIT, &start, &end) == REGION_NONE,
	      "a bad map leaves no region");
	reachable(!ret && n == MAX_REGIONS, "a map of many regions");
	reachable(ret, "-EINVAL");
}

void proof_region_find(void)
{
	uint64_t addr = nondet_u64(), size = nondet_u64(), start = 0, end = 0, i, from = 0,
		 to = LIMIT;
	unsigned int type, expected = REGION_NONE;

	assume(any_map());
	assume(!regions_init(map, n, LIMIT) && addr < LIMIT);
	for (i = 0; i < MAX_REGIONS; i++) {
		if (i >= n)
			break;
		if (map[i].base + map[i].size <= addr)
			from = map[i].base + map[i].size;
		if (addr - map[i].base < map[i].size) {
			expected = map[i].type;
			from = map[i].base;
			to = map[i].base + map[i].size;
			break;
		}
		if (map[i].base > addr && map[i].base < to)
			to = map[i].base;
	}
	type = region_find(addr, &start, &end);
	prove(type == expected, "the type");
	prove(start == from && end == to, "the bounds");
	assume(size <= ~0UL - addr);
	prove(region_is_ram(addr, size) ==
		      (size && addr && expected == DONJON_REGION_RAM && size <= to - addr),
	      "RAM of one region that may be owned");
	reachable(type == REGION_NONE && start && end < LIMIT, "a hole between two");
	reachable(type == REGION_NONE && end == LIMIT, "the last hole");
	reachable(type == DONJON_REGION_RAM && start == addr, "the first page of a region");
	reachable(type == DONJON_REGION_FIRMWARE, "firmware");
	reachable(type == DONJON_REGION_DENIED, "a device that is kept from the host");
}

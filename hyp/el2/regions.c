// SPDX-License-Identifier: GPL-2.0-only
#include <el2/regions.h>

static struct donjon_region regions[DONJON_MAX_REGIONS];
static unsigned int nr_regions;
static uint64_t top;

int regions_init(const struct donjon_region *map, unsigned int n, uint64_t limit)
{
	uint64_t end = 0;
	unsigned int i;

	nr_regions = 0;
	top = limit;
	if (n > DONJON_MAX_REGIONS)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		struct donjon_region r = map[i];

		if (!is_aligned(r.base | r.size, PAGE_SIZE) || r.base < end ||
		    !range_below(r.base, r.size, limit) || r.type - 1 > DONJON_REGION_DENIED - 1)
			return -EINVAL;
		end = r.base + r.size;
		regions[i] = r;
	}
	nr_regions = n;
	return 0;
}

uint64_t regions_spanned(uint64_t size)
{
	uint64_t n = 0;
	unsigned int i;

	for (i = 0; i < nr_regions; i++)
		n += regions[i].size / size + 2;
	return n;
}

unsigned int region_find(uint64_t addr, uint64_t *start, uint64_t *end)
{
	unsigned int low = 0, high = nr_regions;

	/* The first region that ends behind addr. */
	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (addr < regions[mid].base + regions[mid].size)
			high = mid;
		else
			low = mid + 1;
	}
	if (low < nr_regions && addr >= regions[low].base) {
		*start = regions[low].base;
		*end = regions[low].base + regions[low].size;
		return regions[low].type;
	}
	*start = low ? regions[low - 1].base + regions[low - 1].size : 0;
	*end = low < nr_regions ? regions[low].base : addr < top ? top : ~0UL & PAGE_MASK;
	return REGION_NONE;
}

bool region_is_ram(uint64_t base, uint64_t size)
{
	uint64_t start, end;

	/* Page 0 stays the host's: 0 is "no page" in lists. */
	return size && base && region_find(base, &start, &end) == DONJON_REGION_RAM &&
	       size <= end - base;
}

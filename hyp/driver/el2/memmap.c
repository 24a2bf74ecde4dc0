// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine's memory map for EL2, read from the kernel's resource tree.
 */
#define pr_fmt(fmt) "donjon: " fmt

#include <linux/ioport.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/sort.h>

#include "memmap.h"

/* The limit of EL2's tables and annotations. */
#define PA_LIMIT	(1UL << 46)

/* Neighbours of one type, of which the second comes next, are one region. */
static int add_region(struct donjon_boot *boot, u64 start, u64 end, u64 type)
{
	struct donjon_region *r = &boot->regions[boot->nr_regions];
	/* Inwards: a page that is RAM only in part must not change its owner. */
	u64 base = PAGE_ALIGN(start), last = (end + 1) & PAGE_MASK;

	if (last <= base)
		return 0;
	if (last > PA_LIMIT) {
		pr_err("memory up to 0x%llx is above the limit of 0x%lx: boot with mem=\n", last,
		       PA_LIMIT);
		return -E2BIG;
	}
	if (boot->nr_regions && r[-1].type == type && r[-1].base + r[-1].size == base) {
		r[-1].size += last - base;
		return 0;
	}
	if (boot->nr_regions == DONJON_MAX_REGIONS) {
		pr_err("the memory map has more than %d regions (/proc/iomem): it needs fewer "
		       "holes in its RAM, such as no-map reservations of the device tree\n",
		       DONJON_MAX_REGIONS);
		return -E2BIG;
	}
	boot->regions[boot->nr_regions++] = (struct donjon_region){
		.base = base, .size = last - base, .type = type,
	};
	return 0;
}

static int add_ram(struct resource *res, void *boot)
{
	return add_region(boot, res->start, res->end, DONJON_REGION_RAM);
}

/*
 * Memory that firmware keeps (EFI runtime services, no-map reservations) is in the tree as memory
 * that is not busy. It has struct pages, but is not in the linear map; a device has no struct
 * pages.
 */
static int add_firmware(struct resource *res, void *boot)
{
	if (res->flags & IORESOURCE_BUSY)
		return 0;
	if (!pfn_valid(PHYS_PFN(res->start)) || !pfn_valid(PHYS_PFN(res->end)))
		return 0;
	if (pfn_is_map_memory(PHYS_PFN(res->start)) || pfn_is_map_memory(PHYS_PFN(res->end)))
		return 0;
	return add_region(boot, res->start, res->end, DONJON_REGION_FIRMWARE);
}

static int compare(const void *a, const void *b)
{
	const struct donjon_region *x = a, *y = b;

	return x->base < y->base ? -1 : x->base > y->base;
}

int memmap_read(struct donjon_boot *boot)
{
	int ret;

	boot->nr_regions = 0;
	/* By itself: a device's memory (virtio-mem) lies below the device, which would hide it. */
	ret = walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY, 0, -1,
				  boot, add_ram);
	if (ret == -EINVAL) {		/* not one */
		pr_err("the kernel's resource tree (/proc/iomem) shows no System RAM\n");
		return -ENODEV;
	}
	ret = ret ?: walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_MEM, 0, -1, boot,
					 add_firmware);
	if (ret)
		return ret;
	sort(boot->regions, boot->nr_regions, sizeof(boot->regions[0]), compare, NULL);
	return 0;
}

int memmap_deny(struct donjon_boot *boot, u64 base, u64 size)
{
	int ret = add_region(boot, base, base + size - 1, DONJON_REGION_DENIED);

	sort(boot->regions, boot->nr_regions, sizeof(boot->regions[0]), compare, NULL);
	return ret;
}

u64 memmap_ram_size(const struct donjon_boot *boot)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < boot->nr_regions; i++)
		if (boot->regions[i].type == DONJON_REGION_RAM)
			sum += boot->regions[i].size;
	return sum;
}

bool memmap_is_ram(const struct donjon_boot *boot, u64 base, u64 size)
{
	const struct donjon_region *r = memmap_next_ram(boot, base);

	return r && r->base <= base && base + size <= r->base + r->size;
}

const struct donjon_region *memmap_next_ram(const struct donjon_boot *boot, u64 pa)
{
	unsigned int i;

	for (i = 0; i < boot->nr_regions; i++) {
		const struct donjon_region *r = &boot->regions[i];

		if (r->type == DONJON_REGION_RAM && pa < r->base + r->size)
			return r;
	}
	return NULL;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Builds EL2's first tables, on the first CPU, with the MMU off: this code runs at its physical
 * address, so it uses nothing but addresses relative to the PC, and what it writes goes past the
 * caches. It maps the image, the identity page and the free part of the carve-out; all else is
 * mapped later by hyp_memory.c, which takes these tables over.
 */
#include <abi/boot.h>
#include <arch/attributes.h>
#include <arch/boot.h>
#include <arch/layout.h>
#include <arch/sysreg.h>
#include <el2/pgtable.h>

/* Alone in its cache lines: written with the MMU off, read with it on. */
struct boot_tables boot_tables __attribute__((aligned(4096), section(".bss.boot_tables")));

extern char image_start[], text_start[], idmap_start[], idmap_end[], data_start[], image_end[];

static uint64_t *entry_at(uint64_t *table, unsigned int level, uint64_t va)
{
	return &table[(va >> level_shift(level)) & (PT_ENTRIES - 1)];
}

static uint64_t new_table(struct boot_tables *b)
{
	uint64_t page = b->next, i;

	if (page >= b->end)
		return 0;
	b->next += PAGE_SIZE;
	for (i = 0; i < PT_ENTRIES; i++)
		((volatile uint64_t *)page)[i] = 0;
	return page;
}

static bool map_page(struct boot_tables *b, uint64_t va, uint64_t pa, uint64_t attr)
{
	uint64_t *parent = NULL, *entry, *table = (uint64_t *)b->root;
	unsigned int level;

	for (level = 0; level < PT_LAST_LEVEL; level++) {
		entry = entry_at(table, level, va);
		if (!*entry) {
			uint64_t page = new_table(b);

			if (!page)
				return false;
			*entry = page | PTE_VALID | PTE_TYPE;
			b->tables++;
			if (parent)
				*parent += PTE_COUNT_ONE;
		}
		parent = entry;
		table = (uint64_t *)(*entry & PTE_ADDR);
	}
	entry = entry_at(table, PT_LAST_LEVEL, va);
	if (!*entry)
		*parent += PTE_COUNT_ONE;
	*entry = pa | attr | PTE_VALID | PTE_TYPE;
	return true;
}

static bool map(struct boot_tables *b, uint64_t va, uint64_t pa, uint64_t size, uint64_t attr)
{
	uint64_t off;

	for (off = 0; off < size; off += PAGE_SIZE)
		if (!map_page(b, va + off, pa + off, attr))
			return false;
	return true;
}

/* A part of the image: its symbols are read as physical addresses here. */
static bool map_image(struct boot_tables *b, const char *start, const char *end, uint64_t attr)
{
	uint64_t pa = (uint64_t)start;

	return map(b, IMAGE_VA + (pa - b->image_pa), pa, (uint64_t)end - pa, attr);
}

uint64_t boot_build_tables(uint64_t params)
{
	const volatile struct donjon_boot *boot = (void *)params;
	struct boot_tables *b = &boot_tables;
	uint64_t pa, line;

	if (boot->magic != DONJON_BOOT_MAGIC || boot->abi_version != DONJON_ABI_VERSION ||
	    boot->size != sizeof(struct donjon_boot) || boot->carve_base != (uint64_t)image_start ||
	    params != (uint64_t)image_end || boot->carve_size > BIT(30) ||
	    boot->carve_base + boot->carve_size > BIT(PA_LIMIT_BITS))
		return 0;
	b->image_pa = boot->carve_base;
	b->next = params + DONJON_BOOT_SIZE;
	b->end = boot->carve_base + boot->carve_size;
	b->tables = 0;
	b->root = new_table(b);
	if (!b->root || !map_image(b, image_start, text_start, S1_HYP_RODATA) ||
	    !map_image(b, text_start, data_start, S1_HYP_TEXT) ||
	    !map_image(b, data_start, image_end, S1_HYP_DATA) ||
	    !map(b, (uint64_t)idmap_start, (uint64_t)idmap_start, idmap_end - idmap_start,
		 S1_HYP_TEXT) ||
	    !map(b, LINEAR_VA + params, params, b->end - params, S1_HYP_DATA))
		return 0;

	/*
	 * Lines that the host's speculation may have brought in meanwhile are stale (but never
	 * dirty).
	 */
	line = 4UL << ((read_sysreg(ctr_el0) >> 16) & 0xf);
	dsb(sy);
	for (pa = b->root; pa < b->next; pa += line)
		asm volatile("dc ivac, %0" ::"r"(pa) : "memory");
	for (pa = (uint64_t)b; pa < (uint64_t)(b + 1); pa += line)
		asm volatile("dc ivac, %0" ::"r"(pa) : "memory");
	dsb(sy);
	return b->root;
}

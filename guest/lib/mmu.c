// SPDX-License-Identifier: GPL-2.0-only
#include "lib/mmu.h"

#include <stdbool.h>
#include "lib/guest.h"
#include "lib/sysreg.h"

/* Descriptors, DDI 0487 D8.3. */
#define DESC_VALID	(1UL << 0)
#define DESC_TABLE	(1UL << 1)	/* a table at levels 0 to 2, a page at level 3 */
#define DESC_ATTR(n)	((uint64_t)(n) << 2)
#define DESC_AP_RO	(1UL << 7)
#define DESC_SH_INNER	(3UL << 8)
#define DESC_AF		(1UL << 10)
#define DESC_PXN	(1UL << 53)
#define DESC_UXN	(1UL << 54)
#define DESC_ADDR	0x0000fffffffff000UL

/* MAIR_EL1: index 0 Normal write-back, index 1 Device-nGnRE. */
#define MAIR		0x04ffUL
#define ATTR_NORMAL	0
#define ATTR_DEVICE	1

#define TCR_T0SZ(bits)	(64UL - (bits))
#define TCR_IRGN0_WBWA	(1UL << 8)
#define TCR_ORGN0_WBWA	(1UL << 10)
#define TCR_SH0_INNER	(3UL << 12)
#define TCR_EPD1	(1UL << 23)
#define TCR_IPS_SHIFT	32
#define PARANGE_48	5UL		/* the most that a descriptor can hold here */

#define SCTLR_M		(1UL << 0)
#define SCTLR_C		(1UL << 2)
#define SCTLR_I		(1UL << 12)

#define ENTRIES		512
#define NR_TABLES	32

static uint64_t tables[NR_TABLES][ENTRIES] __attribute__((aligned(4096)));
static unsigned int tables_used = 1;	/* table 0 is the root */
static uint64_t *probe_entry;
static uint64_t tcr_el1;

static uint64_t attributes(enum mmu_attr attr)
{
	const uint64_t normal = DESC_VALID | DESC_AF | DESC_SH_INNER | DESC_ATTR(ATTR_NORMAL);
	const uint64_t device = DESC_VALID | DESC_AF | DESC_ATTR(ATTR_DEVICE);

	switch (attr) {
	case MMU_CODE:
		return normal | DESC_AP_RO | DESC_UXN;
	case MMU_DATA:
		return normal | DESC_PXN | DESC_UXN;
	case MMU_DEVICE:
		return device | DESC_PXN | DESC_UXN;
	case MMU_PROBE_NORMAL:
		return normal;
	case MMU_PROBE_DEVICE:
		return device;
	}
	return 0;
}

static unsigned int level_shift(unsigned int level)
{
	return 39 - 9 * level;
}

/* The entry for va at this level, with the tables above it made where missing. */
static uint64_t *entry_for(uint64_t va, unsigned int level)
{
	uint64_t *table = tables[0];

	for (unsigned int l = 0; l < level; l++) {
		uint64_t *entry = &table[va >> level_shift(l) & (ENTRIES - 1)];

		if (!(*entry & DESC_VALID)) {
			if (tables_used == NR_TABLES)
				fail("mmu: more than %d page tables needed at 0x%lx", NR_TABLES,
				     va);
			*entry = (uint64_t)tables[tables_used++] | DESC_TABLE | DESC_VALID;
		} else if (!(*entry & DESC_TABLE)) {
			fail("mmu: 0x%lx is mapped already", va);
		}
		table = (uint64_t *)(*entry & DESC_ADDR);
	}
	return &table[va >> level_shift(level) & (ENTRIES - 1)];
}

void mmu_map(uint64_t base, uint64_t size, enum mmu_attr attr)
{
	while (size) {
		unsigned int level = 1;
		uint64_t *entry;

		while (level < 3 && ((base & ((1UL << level_shift(level)) - 1)) ||
				     size < 1UL << level_shift(level)))
			level++;
		entry = entry_for(base, level);
		if (*entry)
			fail("mmu: 0x%lx is mapped already", base);
		*entry = base | attributes(attr) | (level == 3 ? DESC_TABLE : 0);
		base += 1UL << level_shift(level);
		size -= 1UL << level_shift(level);
	}
	dsb_sy();
	isb();
}

uint64_t mmu_probe(uint64_t ipa, enum mmu_attr attr)
{
	if (!probe_entry)
		probe_entry = entry_for(MMU_PROBE_VA, 3);

	/* Break before make: the page changes its output address. */
	*probe_entry = 0;
	dsb_sy();
	__asm__ volatile("tlbi vaae1is, %0" : : "r"(MMU_PROBE_VA >> 12) : "memory");
	dsb_sy();
	*probe_entry = (ipa & DESC_ADDR) | attributes(attr) | DESC_TABLE;
	dsb_sy();
	isb();
	return MMU_PROBE_VA | (ipa & (PAGE_SIZE - 1));
}

void mmu_enable(void)
{
	if (!tcr_el1) {
		uint64_t parange = read_sysreg(id_aa64mmfr0_el1) & 0xf;

		tcr_el1 = TCR_T0SZ(48) | TCR_IRGN0_WBWA | TCR_ORGN0_WBWA | TCR_SH0_INNER |
			  TCR_EPD1 | (parange < PARANGE_48 ? parange : PARANGE_48) << TCR_IPS_SHIFT;
		/* Everything written so far went past the caches. */
		cache_clean_invalidate(guest_image().base, guest_image().size);
	}
	write_sysreg(mair_el1, MAIR);
	write_sysreg(tcr_el1, tcr_el1);
	write_sysreg(ttbr0_el1, (uint64_t)tables[0]);
	__asm__ volatile("tlbi vmalle1\n\tic iallu" : : : "memory");
	dsb_sy();
	isb();
	write_sysreg(sctlr_el1, read_sysreg(sctlr_el1) | SCTLR_M | SCTLR_C | SCTLR_I);
	isb();
}

void cache_clean_invalidate(uint64_t base, uint64_t size)
{
	/* CTR_EL0.DminLine, in words */
	uint64_t line = 4UL << (read_sysreg(ctr_el0) >> 16 & 0xf);

	dsb_sy();
	for (uint64_t addr = base & ~(line - 1); addr < base + size; addr += line)
		__asm__ volatile("dc civac, %0" : : "r"(addr) : "memory");
	dsb_sy();
}

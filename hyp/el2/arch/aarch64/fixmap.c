// SPDX-License-Identifier: GPL-2.0-only
/*
 * Temporary mappings of physical memory. Each CPU has one entry for a page and one for a block;
 * only this CPU uses them, with interrupts masked, so no lock is needed and the invalidation can
 * stay local. A closed entry holds the annotation that it was reserved with.
 */
#include <abi/boot.h>
#include <arch/attributes.h>
#include <arch/cache.h>
#include <arch/features.h>
#include <arch/layout.h>
#include <arch/memory.h>
#include <arch/percpu.h>
#include <el2/hyp_memory.h>
#include <el2/panic.h>

#define CLOSED ((pte_t)OWNER_HYP << PTE_OWNER_SHIFT)

void cache_clean_invalidate(void *addr, uint64_t size, uint64_t line);

static pte_t *pages, *blocks;
static uint64_t zeroed;

bool fixmap_init(unsigned int nr_cpus)
{
	pages = hyp_reserve(FIXMAP_VA, PT_LAST_LEVEL, 2 * nr_cpus);
	blocks = hyp_reserve(FIXBLOCK_VA, PT_L2, 2 * nr_cpus);
	return pages && blocks;
}

/* This CPU's entry for a page or a block, and what it maps. */
struct fixmap {
	pte_t *entry;
	uint64_t va, size;
};

/*
 * Every other entry stays closed: entries are invalidated on their own CPU only, so no two in use
 * may be neighbours.
 */
static struct fixmap this_fixmap(bool block)
{
	uint64_t index = 2 * this_cpu()->index;

	if (block)
		return (struct fixmap){ &blocks[index], FIXBLOCK_VA + index * PT_MAX_RANGE,
					PT_MAX_RANGE };
	return (struct fixmap){ &pages[index], FIXMAP_VA + index * PAGE_SIZE, PAGE_SIZE };
}

static void fixmap_close(const struct fixmap *f)
{
	arch_entry_write(f->entry, CLOSED);
	/* Other CPUs see what was done through the entry before any entry that maps the page. */
	dsb(ishst);
	asm volatile("tlbi vae2, %0" ::"r"(f->va >> PAGE_SHIFT) : "memory");
	dsb(nsh);
	isb();
}

static void *fixmap_open(const struct fixmap *f, uint64_t pa)
{
	/* Open already only in a panic that interrupted its use. */
	if (*f->entry != CLOSED)
		fixmap_close(f);
	arch_entry_write(f->entry,
			 pa | S1_HYP_DATA | PTE_VALID | (f->size == PAGE_SIZE ? PTE_TYPE : 0));
	arch_table_publish();
	return (void *)f->va;
}

static void clean(void *va, uint64_t size)
{
	cache_clean_invalidate(va, size, cpu_features.dcache_line);
}

/* Runs op over the range, through entries as large as possible. */
static void for_range(uint64_t pa, uint64_t size, void (*op)(void *va, uint64_t size))
{
	const struct fixmap f = this_fixmap(size == PT_MAX_RANGE && is_aligned(pa, PT_MAX_RANGE));
	uint64_t off;

	EL2_ASSERT(size <= PT_MAX_RANGE && is_aligned(pa | size, PAGE_SIZE));
	for (off = 0; off < size; off += f.size) {
		op(fixmap_open(&f, pa + off), f.size);
		fixmap_close(&f);
	}
}

void arch_zero_range(uint64_t pa, uint64_t size)
{
	for_range(pa, size, memory_zero);
	__atomic_fetch_add(&zeroed, size >> PAGE_SHIFT, __ATOMIC_RELAXED);
}

void arch_clean_range(uint64_t pa, uint64_t size)
{
	for_range(pa, size, clean);
	arch_invalidate_icache();
}

void arch_fill_page(uint64_t pa, const uint64_t *words, unsigned int n)
{
	const struct fixmap f = this_fixmap(false);
	uint64_t *page = fixmap_open(&f, pa);
	unsigned int i;

	memory_zero(page, PAGE_SIZE);
	for (i = 0; i < n; i++)
		page[i] = words[i];
	fixmap_close(&f);
}

void arch_invalidate_icache(void)
{
	if (cpu_features.dic)
		return;
	dsb(ish);
	asm volatile("ic ialluis" ::: "memory");
	dsb(ish);
	isb();
}

uint64_t arch_zeroed_pages(void)
{
	return __atomic_load_n(&zeroed, __ATOMIC_RELAXED);
}

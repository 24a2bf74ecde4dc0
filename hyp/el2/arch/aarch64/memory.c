// SPDX-License-Identifier: GPL-2.0-only
#include <arch/features.h>
#include <arch/memory.h>

/* cache.S */
void cache_set_zero(void *addr, uint64_t size);
void cache_zero(void *addr, uint64_t size, uint64_t block);

void memory_zero(void *va, uint64_t size)
{
	if (cpu_features.mops)
		cache_set_zero(va, size);
	else
		cache_zero(va, size, cpu_features.zva_size);
}

void arch_clear_page(void *page)
{
	memory_zero(page, PAGE_SIZE);
}

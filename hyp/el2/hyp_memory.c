// SPDX-License-Identifier: GPL-2.0-only
#include <el2/hyp_memory.h>
#include <el2/panic.h>
#include <arch/attributes.h>
#include <arch/memory.h>

struct spinlock hyp_lock;
static struct pgtable hyp;

void hyp_memory_init(pte_t *root, uint64_t root_pa, uint64_t tables)
{
	spin_init(&hyp_lock, LOCK_HYP);
	pgtable_init(&hyp, PGT_HYP, HYP_VA_BITS, 0, root, root_pa, &pool);
	hyp.tables = tables;
}

static struct pt_leaf leaf_for(pa_t pa, enum page_state state)
{
	return (struct pt_leaf){ .valid = true, .pa = pa.v,
				 .attr = S1_HYP_DATA | (uint64_t)state << PTE_STATE_SHIFT };
}

int hyp_expect(pa_t pa, uint64_t size, enum hyp_expected state)
{
	uint64_t va = arch_linear_va(pa.v), end = va + size;
	unsigned int level;
	pte_t pte;

	if (state == HYP_NOTHING) /* up to DONJON_VM_PAGES */
		return pgtable_find(&hyp, va, size, ~0UL, 0) ? -EPERM : 0;
	for (; va < end; va = level_end(va, level)) {
		pte = pgtable_get(&hyp, va, &level);
		if (!pte_valid(pte) || arch_linear_va(pte_output(pte, level, va)) != va ||
		    pte_state(pte) != (state == HYP_OWNED ? PAGE_OWNED : PAGE_SHARED_BORROWED))
			return -EPERM;
	}
	return 0;
}

unsigned int hyp_tables_needed(pa_t pa, uint64_t size)
{
	struct pt_leaf leaf = leaf_for(pa, PAGE_OWNED), none = { .owner = OWNER_HOST };
	unsigned int map = pgtable_tables_needed(&hyp, arch_linear_va(pa.v), size, &leaf);
	unsigned int unmap = pgtable_tables_needed(&hyp, arch_linear_va(pa.v), size, &none);

	return map > unmap ? map : unmap;
}

static void set(pa_t pa, uint64_t size, struct pt_leaf leaf)
{
	EL2_ASSERT(spin_held(LOCK_HYP));
	pgtable_set(&hyp, arch_linear_va(pa.v), size, &leaf);
}

void hyp_map(pa_t pa, uint64_t size, enum page_state state)
{
	set(pa, size, leaf_for(pa, state));
}

void hyp_unmap(pa_t pa, uint64_t size)
{
	set(pa, size, (struct pt_leaf){ .owner = OWNER_HOST });
}

int hyp_map_private(uint64_t va, pa_t pa, uint64_t size, uint64_t attr)
{
	int ret = 0;
	uint64_t off;

	spin_lock(&hyp_lock);
	for (off = 0; !ret && off < size; off += PAGE_SIZE) {
		struct pt_leaf leaf = { .valid = true, .pa = pa.v + off, .attr = attr };

		if (pgtable_tables_needed(&hyp, va + off, PAGE_SIZE, &leaf) > pool.count)
			ret = -ENOMEM;
		else
			pgtable_set(&hyp, va + off, PAGE_SIZE, &leaf);
	}
	spin_unlock(&hyp_lock);
	return ret;
}

pte_t *hyp_reserve(uint64_t va, unsigned int level, unsigned int n)
{
	struct pt_leaf reserved = { .owner = OWNER_HYP };
	unsigned int i, found;
	pte_t *first = NULL;

	spin_lock(&hyp_lock);
	for (i = 0; i < n; i++) {
		if (pgtable_tables_needed(&hyp, va + i * level_size(level), level_size(level),
					  &reserved) > pool.count)
			break;
		pgtable_set(&hyp, va + i * level_size(level), level_size(level), &reserved);
	}
	if (i == n) {
		first = pgtable_entry(&hyp, va, &found);
		EL2_ASSERT(found == level);
	}
	spin_unlock(&hyp_lock);
	return first;
}

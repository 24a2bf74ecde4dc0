// SPDX-License-Identifier: GPL-2.0-only
/*
 * In the place of pgtable.c: its contract (contract.h), on one flat array for each of the three
 * tables.
 */
#include "world.h"
#include "proof.h"
#include <arch/memory.h>
#include <el2/panic.h>

struct flat_table flat_host, flat_guest, flat_hyp;
struct tables_count asked, taken;

static void add_tables(struct tables_count *count, const struct pgtable *pgt,
		       const struct pt_leaf *leaf, unsigned int n)
{
	if (pgt->kind == PGT_HOST)
		count->host += n;
	else if (pgt->kind == PGT_GUEST)
		count->guest += n;
	else if (leaf->valid)
		count->hyp_maps += n;
	else
		count->hyp_unmaps += n;
}

static struct flat_table *table_for(const struct pgtable *pgt)
{
	return pgt->kind == PGT_HOST	? &flat_host
	       : pgt->kind == PGT_GUEST ? &flat_guest
					: &flat_hyp;
}

/*
 * The page of the flat array; proves that there is one. EL2's table is described from its linear
 * map on.
 */
static uint64_t page_for(const struct pgtable *pgt, uint64_t addr)
{
	uint64_t base = pgt->kind == PGT_HYP ? LINEAR_VA : 0;

	prove(addr >= base && !(addr >> pgt->ia_bits),
	      "the address is below the limit of its table");
	assume(addr >= base && !(addr >> pgt->ia_bits));
	return (addr - base) >> PAGE_SHIFT;
}

void pgtable_init(struct pgtable *pgt, enum pgtable_kind kind, unsigned int ia_bits, uint8_t vmid,
		  pte_t *root, uint64_t root_pa, struct page_cache *cache)
{
	*pgt = (struct pgtable){.kind = kind,
				.ia_bits = ia_bits,
				.start_level = 1,
				.vmid = vmid,
				.root = root,
				.root_pa = root_pa,
				.cache = cache};
}

pte_t pgtable_get(const struct pgtable *pgt, uint64_t addr, unsigned int *level)
{
	uint64_t page = page_for(pgt, addr);

	prove(world_panics || spin_held(pgt->kind == PGT_HOST  ? LOCK_HOST
					: pgt->kind == PGT_HYP ? LOCK_HYP
							       : LOCK_VM),
	      "the table's lock is held");
	*level = table_for(pgt)->level[page];
	return flat_get(table_for(pgt), page);
}

pte_t *pgtable_entry(const struct pgtable *pgt, uint64_t addr, unsigned int *level)
{
	prove(false, "the ledger asks for no entry's address");
	return NULL;
}

const pte_t *pgtable_find(const struct pgtable *pgt, uint64_t addr, uint64_t size, pte_t mask,
			  pte_t want)
{
	static pte_t found;
	unsigned int level;
	uint64_t off;

	for (off = 0; off < size; off += PAGE_SIZE) {
		found = pgtable_get(pgt, addr + off, &level);
		if ((found & mask) != want && (found || want != PTE_VALID))
			return &found;
	}
	return NULL;
}

uint64_t pte_output(pte_t pte, unsigned int level, uint64_t addr)
{
	uint64_t page = (addr >> PAGE_SHIFT) & (level_pages(level) - 1);

	return (pte & PTE_ADDR) + (page << PAGE_SHIFT);
}

unsigned int pgtable_tables_needed(const struct pgtable *pgt, uint64_t addr, uint64_t size,
				   const struct pt_leaf *leaf)
{
	unsigned int n =
		flat_needed(table_for(pgt), pgt, page_for(pgt, addr), size >> PAGE_SHIFT, leaf);

	add_tables(&asked, pgt, leaf, n);
	return n;
}

/* The caller's side of the contract. The pool is taken from with the host's lock held (L3). */
static void check_call(const struct pgtable *pgt, uint64_t addr, uint64_t size)
{
	prove(is_aligned(addr | size, PAGE_SIZE) && size <= PT_MAX_RANGE &&
		      range_below(addr, size, 1UL << pgt->ia_bits),
	      "pgtable_set: a range of at most a level-2 entry's size, below the limit");
	prove(spin_held(LOCK_HOST), "the host's lock is held");
	prove(pgt->kind == PGT_HOST || spin_held(pgt->kind == PGT_HYP ? LOCK_HYP : LOCK_VM),
	      "the table's lock is held");
}

void pgtable_set(struct pgtable *pgt, uint64_t addr, uint64_t size, const struct pt_leaf *leaf)
{
	uint64_t used = 0, freed = 0, page = page_for(pgt, addr);
	struct flat_table *t = table_for(pgt);

	check_call(pgt, addr, size);
	prove(flat_needed(t, pgt, page, size >> PAGE_SHIFT, leaf) <= pgt->cache->count,
	      "what was counted is there");
	flat_set(t, pgt, page, size >> PAGE_SHIFT, leaf, &used, &freed);
	add_tables(&taken, pgt, leaf, used);
	pgt->cache->count += freed - used;
	pgt->tables += used - freed;
	pgt->blocks = flat_blocks(t);
	pgt->writes += size >> PAGE_SHIFT;
}

int pgtable_map_lazily(struct pgtable *pgt, uint64_t addr, unsigned int level, uint64_t attr)
{
	uint64_t page = page_for(pgt, addr), needed;

	check_call(pgt, align_down(addr, PAGE_SIZE), PAGE_SIZE);
	prove(pgt->kind == PGT_HOST && level >= PT_BLOCK_LEVEL && level <= PT_LAST_LEVEL &&
		      !flat_host.flat[page] && level >= flat_host.level[page],
	      "pgtable_map_lazily: where nothing is");
	needed = flat_map_needed(&flat_host, page, level);
	asked.host += needed;
	if (needed > pgt->cache->count)
		return -ENOMEM;
	flat_map(&flat_host, page, level, attr);
	taken.host += needed;
	pgt->cache->count -= needed;
	pgt->tables += needed;
	return 0;
}

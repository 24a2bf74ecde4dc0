// SPDX-License-Identifier: GPL-2.0-only
#include "machine.h"
#include "proof.h"
#include <arch/cache.h>
#include <arch/machine.h>
#include <arch/memory.h>
#include <arch/percpu.h>
#include <arch/tlb.h>
#include <el2/panic.h>

struct machine machine;
uint32_t machine_locks_held;
uint64_t machine_pages_short;

#define EACH_PAGE(X) \
	X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define PAGE(n) static pte_t page_##n[PT_ENTRIES];
static pte_t root[MACHINE_ROOT_ENTRIES];
EACH_PAGE(PAGE)

pte_t *machine_table(uint64_t page)
{
	switch (page) {
#define CASE(n) case n: return page_##n;
	EACH_PAGE(CASE)
	}
	return root;
}

/* Any entry of any table page. */
static pte_t *any_word(void)
{
	uint64_t i, j;
	pte_t *word = &root[0];

	for (i = 0; i < MACHINE_PAGES; i++)
		for (j = 0; j < (i ? PT_ENTRIES : MACHINE_ROOT_ENTRIES); j++)
			if (nondet_bool())
				word = &machine_table(i)[j];
	return word;
}

void machine_init(void)
{
	machine = (struct machine){
		.word = any_word(),
		.page = nondet_u8() & ((1UL << (PROOF_IA_BITS - PAGE_SHIFT)) - 1),
		.coherent = nondet_bool(),
	};
	machine_locks_held = 0;
}

_Noreturn void el2_panic(const char *what, const char *file, unsigned int line)
{
	prove(false, "EL2 never panics");
	assume(false);
}

void arch_relax(void)
{
	prove(false, "no lock is waited for");
	assume(false);
}

bool arch_guest_is_coherent(void)
{
	return machine.coherent;
}

uint64_t machine_page(uint64_t pa)
{
	uint64_t page = (pa - MACHINE_BASE) >> PAGE_SHIFT;

	prove(is_aligned(pa, PAGE_SIZE) && page < MACHINE_PAGES,
	      "only table pages are reached by address");
	assume(page < MACHINE_PAGES);
	return page;
}

void *arch_linear(uint64_t pa)
{
	return machine_table(machine_page(pa));
}

void arch_clear_page(void *page)
{
	pte_t *entry = page;
	uint64_t i;

	for (i = 0; i < PT_ENTRIES; i++)
		entry[i] = 0;
}

/* -- Stores to tables -- */

void arch_table_publish(void)
{
	machine.published = true;
}

/*
 * F3. A table starts with all entries or none; a leaf has the access flag, bit 10, which the
 * count reaches only later.
 */
static bool links_table(pte_t value)
{
	uint64_t low = value & ~PAGE_MASK;

	return low == 3 || low == (3 | PT_ENTRIES << PTE_COUNT_SHIFT);
}

void arch_entry_write(uint64_t *entry, uint64_t value)
{
	pte_t old = *entry;

	prove(!pte_valid(old) || !pte_valid(value) || !((old ^ value) & ~PTE_STATE),
	      "F1: break before make");
	prove(pte_valid(old) || !links_table(value) || machine.published,
	      "F3: a table is published before it is linked");
	if (entry == machine.word) {
		prove(!pte_valid(value) || !machine.broken, "F2: TLB invalidation before make");
		if (pte_valid(old) && !pte_valid(value))
			machine.broken = true;
	}
	machine.published = false;
	*entry = value;
}

void arch_count_write(uint64_t *entry, uint64_t value)
{
	prove(!((*entry ^ value) & ~PTE_COUNT) && pte_valid(value),
	      "F1: a change of a count changes nothing else");
	*entry = value;
}

/* -- TLBs -- */

void arch_tlb_invalidate(const struct pgtable *pgt, uint64_t addr, uint64_t size,
			 unsigned int level)
{
	const pte_t *table = pgt->root;
	unsigned int l;

	prove(size && level <= PT_LAST_LEVEL && is_aligned(addr | size, level_size(level)) &&
	      range_below(addr, size, 1UL << pgt->ia_bits), "TLBI: whole entries below the limit");
	for (l = pgt->start_level; l <= level; l++) {
		uint64_t index = addr >> level_shift(l);
		const pte_t *entry =
			&table[l == pgt->start_level ? index : index & (PT_ENTRIES - 1)];

		if (l == level) {
			if (__CPROVER_same_object(entry, machine.word) && machine.word >= entry &&
			    machine.word < entry + (size >> level_shift(level)))
				machine.broken = false;
		} else if (pte_is_table(*entry, l)) {
			table = arch_linear(*entry & PTE_ADDR);
		} else {
			break;
		}
	}
	machine.published = false;
}

/* -- Contents -- */

static bool covers_witness(uint64_t pa, uint64_t size)
{
	prove(size && size <= PT_MAX_RANGE && is_aligned(pa | size, PAGE_SIZE),
	      "F5: whole pages of at most one range");
	prove(!machine.broken, "F2: TLB invalidation before contents change");
	return machine.page - (pa >> PAGE_SHIFT) < size >> PAGE_SHIFT;
}

void arch_zero_range(uint64_t pa, uint64_t size)
{
	machine_meanwhile(pa, size);
	if (covers_witness(pa, size)) {
		machine_contents(true);
		machine.zeroed = true;
		machine.cleaned = false;
	}
}

void arch_fill_page(uint64_t pa, const uint64_t *words, unsigned int n)
{
	if (covers_witness(pa, PAGE_SIZE)) {
		machine_contents(true);
		machine.filled = true;
	}
}

void arch_clean_range(uint64_t pa, uint64_t size)
{
	machine_meanwhile(pa, size);
	if (covers_witness(pa, size)) {
		machine_contents(false);
		machine.cleaned = true;
	}
}

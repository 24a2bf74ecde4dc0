/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model checker's machine. Each table page is an object of its own; number i has the physical
 * address machine_pa(i), outside of what the host's table describes, so that tables and RAM are
 * never confused. Number 0 is the root, of several pages where need be.
 *
 * What must hold for every word or every page is proven for one that is chosen freely before the
 * run, the witness: as nothing restricts the choice, it may be any. The rules are those of
 * arch/fake:
 *
 *   F1  A valid entry becomes another valid entry only through an invalid one, except for its state
 *       bits.
 *   F2  A broken entry is made valid, and memory is zeroed or cleaned, only after a TLB
 *       invalidation of its table that covers it at its level.
 *   F3  A table is linked by a store that comes directly after its publication.
 *   F5  Zeroing and cleaning: page-aligned, 1 to PT_MAX_RANGE bytes.
 */
#pragma once

#include <el2/pgtable.h>

#ifndef MACHINE_PAGES
#define MACHINE_PAGES	16
#endif
#define MACHINE_ROOT_ENTRIES 4
#define MACHINE_BASE	0x4000000000UL

struct machine {
	pte_t *word;		/* witness: an entry */
	uint64_t page;		/* witness: a page of RAM, by number */
	bool broken;		/* the word was a valid entry and the TLBI is missing */
	bool published;		/* nothing was stored to tables since arch_table_publish() */
	bool coherent;		/* arch_guest_is_coherent() */
	bool filled;		/* the page, by arch_fill_page() */
	bool zeroed, cleaned;	/* the page; cleaned: after it was zeroed, if it was */
};

extern struct machine machine;

/* Memory and flags take any value that a machine at rest can have. */
void machine_init(void);

/*
 * Called by arch_zero_range() and arch_clean_range() when they are about to change the witness
 * page. Each harness has its own.
 */
void machine_contents(bool zero);

/* Called first by both, for any pages: where no lock is held, other CPUs do what they may. */
void machine_meanwhile(uint64_t pa, uint64_t size);

/* Of the ledger's operations: all guests' tables are out of use, and nothing follows. */
extern bool machine_ends;

static inline uint64_t machine_pa(uint64_t page)
{
	return MACHINE_BASE + (page << PAGE_SHIFT);
}

/*
 * Table page number page. A constant number gives a constant pointer, which keeps the formula
 * small.
 */
pte_t *machine_table(uint64_t page);

/* The number of the table page at pa; proves that there is one. */
uint64_t machine_page(uint64_t pa);

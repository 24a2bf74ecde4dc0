// SPDX-License-Identifier: GPL-2.0-only
#include <arch/tlb.h>
#include <arch/stage2.h>
#include <arch/sysreg.h>
#include <el2/pgtable.h>

/* From how many pages on it is cheaper to drop all entries of the VMID or of EL2. */
#define MANY_PAGES 16

static bool repeat_tlbi;

void arch_tlb_set_repeat(void)
{
	repeat_tlbi = true;
}

/*
 * TLBI by IPA and by VMID work on the VMID in VTTBR_EL2. While it names another VM than the EL1
 * registers belong to, there are no walks of stage 1.
 */
struct context {
	uint64_t vttbr, sctlr, tcr;
	bool switched;
};

static struct context switch_to(const struct pgtable *pgt)
{
	struct context c = { .vttbr = read_sysreg(vttbr_el2) };

	c.switched = c.vttbr >> VTTBR_VMID_SHIFT != pgt->vmid;
	if (c.switched) {
		c.sctlr = read_sysreg(sctlr_el1);
		c.tcr = read_sysreg(tcr_el1);
		stop_walks();
		write_sysreg(vttbr_el2, vttbr_of(pgt));
		isb();
	}
	return c;
}

static void switch_back(const struct context *c)
{
	if (c->switched) {
		write_sysreg(vttbr_el2, c->vttbr);
		isb();
		start_walks(c->sctlr, c->tcr);
		isb();
	}
}

/* One round: the invalidations of the range, each kind completed before the next. */
static void invalidate(const struct pgtable *pgt, uint64_t addr, uint64_t size, bool whole)
{
	uint64_t off;

	if (pgt->kind == PGT_HYP) {
		if (whole)
			asm volatile("tlbi alle2is" ::: "memory");
		for (off = 0; !whole && off < size; off += PAGE_SIZE)
			asm volatile("tlbi vae2is, %0" ::"r"((addr + off) >> PAGE_SHIFT)
				     : "memory");
	} else if (whole) {
		asm volatile("tlbi vmalls12e1is" ::: "memory");
	} else {
		for (off = 0; off < size; off += PAGE_SIZE)
			asm volatile("tlbi ipas2e1is, %0" ::"r"((addr + off) >> PAGE_SHIFT)
				     : "memory");
		/*
		 * Stage 1 entries, and those of both stages together, are not found by IPA (D8.17).
		 */
		dsb(ish);
		asm volatile("tlbi vmalle1is" ::: "memory");
	}
	dsb(ish);
}

void arch_tlb_invalidate(const struct pgtable *pgt, uint64_t addr, uint64_t size,
			 unsigned int level)
{
	/*
	 * A leaf of a block goes with any address in it; below a table entry there may be many
	 * leaves.
	 */
	bool whole = size > MANY_PAGES * PAGE_SIZE;
	unsigned int rounds;
	struct context c = { 0 };

	if (pgt->unused)
		return;
	dsb(ishst);
	if (pgt->kind != PGT_HYP)
		c = switch_to(pgt);
	for (rounds = 0; rounds <= repeat_tlbi; rounds++)
		invalidate(pgt, addr, size, whole);
	isb();
	switch_back(&c);
}

void arch_tlb_invalidate_all(const struct pgtable *pgt)
{
	arch_tlb_invalidate(pgt, 0, level_size(PT_BLOCK_LEVEL), PT_BLOCK_LEVEL);
}

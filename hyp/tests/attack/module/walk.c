// SPDX-License-Identifier: GPL-2.0-only
/*
 * S5: the kernel's own table, which leads to a guest's page, may lead to where no memory is when
 * EL2 walks it: the walk ends by an external abort. One CPU touches the page, another one changes
 * the entry.
 */
#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>
#include <asm/barrier.h>
#include <asm/sysreg.h>

#include "attack.h"
#include "walk.h"

#define BATCH		1000		/* tries; as long the other CPU does nothing else */
#define PAGES		(2 * SZ_2M / PAGE_SIZE)	/* one aligned block of addresses at least */
#define TABLE		3UL		/* valid, and a table */
#define TABLE_ADDRESS	GENMASK_ULL(47, 12)
#define T1SZ(tcr)	((tcr) >> 16 & 63)
#define FSC(esr)	((esr) & 0x3f)
#define FSC_NO_PAGE	0x07
#define FSC_NO_TABLE	0x17		/* external abort on a walk, level 3 */

/* One at a time. */
static u64 *entry;
static u64 here, nowhere;
static bool stop, stopped;

static void come_and_go(void *unused)
{
	while (!READ_ONCE(stop)) {
		WRITE_ONCE(*entry, nowhere);
		dsb(ishst);
		WRITE_ONCE(*entry, here);
		dsb(ishst);
	}
	smp_store_release(&stopped, true);
}

static u64 access(const u64 *at)
{
	unsigned long flags;
	u64 esr;

	local_irq_save(flags);
	esr = walk_access(at);
	local_irq_restore(flags);
	return esr;
}

/* Counts in *done. */
static int batch(const u64 *at, const struct attack_walk *limit, struct attack_walk *done)
{
	static u64 last = FSC_NO_PAGE;
	unsigned int i, other = cpumask_any_but(cpu_online_mask, get_cpu());
	int ret = -ENODEV;

	stop = false;
	stopped = false;
	if (other < nr_cpu_ids)
		ret = smp_call_function_single(other, come_and_go, NULL, 0);
	if (ret)
		goto out;
	for (i = 0; !ret && i < BATCH && done->changes < limit->changes; i++) {
		u64 fsc = FSC(access(at));

		if (fsc != FSC_NO_PAGE && fsc != FSC_NO_TABLE)
			ret = -EPROTO;
		done->changes += fsc != last;
		done->tries++;
		last = fsc;
	}
	WRITE_ONCE(stop, true);
	while (!smp_load_acquire(&stopped))
		cpu_relax();
out:
	put_cpu();
	return ret;
}

/* The level 2 entry of a kernel address of 48 bits, or of 52: then there is a small level -1. */
static u64 *find_entry(u64 va)
{
	u64 *table = phys_to_virt(read_sysreg(ttbr1_el1) & TABLE_ADDRESS);
	unsigned int shift = 39;

	if (T1SZ(read_sysreg(tcr_el1)) < 16)
		table = phys_to_virt(table[va >> 48 & 15] & TABLE_ADDRESS);
	for (; shift > 21; shift -= 9)
		table = phys_to_virt(table[va >> shift & 511] & TABLE_ADDRESS);
	return &table[va >> 21 & 511];
}

static void *map_many(struct page *page)
{
	struct page **pages = kvmalloc_array(PAGES, sizeof(*pages), GFP_KERNEL);
	unsigned int i;
	void *area;

	if (!pages)
		return NULL;
	for (i = 0; i < PAGES; i++)
		pages[i] = page;
	area = vmap(pages, PAGES, VM_MAP, PAGE_KERNEL);
	kvfree(pages);
	return area;
}

int attack_walk(struct attack_walk *walk)
{
	struct attack_walk done = { .pa = walk->pa, .nowhere = walk->nowhere };
	void *area;
	u64 *at;
	int ret = 0;

	if (!pfn_valid(PHYS_PFN(walk->pa)) || walk->nowhere & ~TABLE_ADDRESS)
		return -EINVAL;
	area = map_many(phys_to_page(walk->pa));
	if (!area)
		return -ENOMEM;
	at = (u64 *)ALIGN((u64)area, SZ_2M);
	entry = find_entry((u64)at);
	here = READ_ONCE(*entry);
	nowhere = walk->nowhere | TABLE;
	while (!ret && done.tries < walk->tries && done.changes < walk->changes) {
		ret = batch(at, walk, &done);
		cond_resched();
	}
	vunmap(area);
	*walk = done;
	return ret;
}

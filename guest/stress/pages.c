// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages shared and taken back by all CPUs at once, by the Realm's calls and by KVM's. Neighbours
 * are different CPUs', so that all change the same tables, and split and fold the same blocks.
 */
#include "stress/stress.h"

#include "abi/smccc.h"
#include "lib/hyp.h"
#include "lib/mmu.h"
#include "lib/page.h"
#include "lib/rsi.h"

#define PAGES_EACH	64

static uint64_t first_page;
static bool by_rsi, by_share;

void pages_init(bool use_rsi, bool use_share)
{
	struct range area = guest_largest_free();
	uint64_t size = nr_cpus * PAGES_EACH * PAGE_SIZE;

	by_rsi = use_rsi;
	by_share = use_share;
	/* From the middle of a block on. */
	first_page = ((area.base + BLOCK_SIZE - 1) & ~(BLOCK_SIZE - 1)) + BLOCK_SIZE - size / 2;
	if (first_page < area.base || first_page + size > area.base + area.size)
		fail("no room for %lu KiB around a 2 MiB boundary: give the VM more memory",
		     size >> 10);
	if (by_rsi)
		rsi_map_shared(first_page & ~(BLOCK_SIZE - 1), 2 * BLOCK_SIZE);
}

static void convert(uint64_t page, uint64_t salt)
{
	uint64_t unprotected = page | rsi_unprotected_bit();

	page_fill(page, page, salt);
	rsi_convert(page, PAGE_SIZE, RIPAS_EMPTY);
	page_check_zero("made EMPTY", unprotected);
	page_fill(unprotected, page, salt + 1);
	page_check("shared", unprotected, page, salt + 1);
	rsi_convert(page, PAGE_SIZE, RIPAS_RAM);
	page_check_zero("made RAM again", page);
}

static void share(uint64_t page, uint64_t salt)
{
	int64_t err;

	page_fill(page, page, salt);
	err = hyp_mem_share(page);
	if (err)
		fail("MEM_SHARE of 0x%lx gives %ld", page, err);
	page_check("shared with contents", page, page, salt);
	page_fill(page, page, salt + 1);
	err = hyp_mem_unshare(page);
	if (err)
		fail("MEM_UNSHARE of 0x%lx gives %ld", page, err);
	page_check("private again with contents", page, page, salt + 1);
}

void page_step(unsigned int nth)
{
	struct cpu *cpu = &cpus[nth];
	uint64_t page = first_page + (random_below(cpu, PAGES_EACH) * nr_cpus + nth) * PAGE_SIZE;
	uint64_t salt = cpu->random & ~1UL;

	if (by_rsi && (!by_share || random_below(cpu, 2))) {
		convert(page, salt);
		cpu->conversions++;
	} else if (by_share) {
		share(page, salt);
		cpu->shares++;
	}
}

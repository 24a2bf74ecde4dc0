// SPDX-License-Identifier: GPL-2.0-only
/*
 * faults: touches what it must not, and looks that each attempt ends as an exception and changes
 * nothing.
 *
 * Bootargs: strict=1 fails when an attempt ends without an exception. Without it that is only
 * reported: a VMM may answer unmapped MMIO with zeroes, and a machine may let its guest have debug
 * registers. What a hypervisor may never allow (memory outside the guest's own that holds data or
 * keeps a write) fails always.
 */
#include "faults/faults.h"

#include "lib/args.h"
#include "lib/console.h"
#include "lib/guest.h"
#include "lib/mmu.h"
#include "lib/sysreg.h"

static unsigned int counts[3], tried;
static bool strict;
static uint64_t vbar, sctlr, ttbr, tcr;

/*
 * The first and the last free page hold a known pattern: a write that wraps around or lands next
 * door shows.
 */
static uint64_t guard_page(unsigned int n)
{
	struct range area = guest_largest_free();

	return n == 0 ? area.base : area.base + area.size - PAGE_SIZE;
}

static uint64_t guard_word(uint64_t addr)
{
	return addr * 0x9e3779b97f4a7c15UL;
}

static void set_guards(void)
{
	for (unsigned int n = 0; n < 2; n++)
		for (uint64_t addr = guard_page(n); addr < guard_page(n) + PAGE_SIZE; addr += 8)
			*(volatile uint64_t *)addr = guard_word(addr);
	vbar = read_sysreg(vbar_el1);
	sctlr = read_sysreg(sctlr_el1);
	ttbr = read_sysreg(ttbr0_el1);
	tcr = read_sysreg(tcr_el1);
}

static void check_guards(const char *what)
{
	for (unsigned int n = 0; n < 2; n++)
		for (uint64_t addr = guard_page(n); addr < guard_page(n) + PAGE_SIZE; addr += 8)
			if (*(volatile uint64_t *)addr != guard_word(addr))
				fail("%s changed RAM at 0x%lx", what, addr);
	if (read_sysreg(vbar_el1) != vbar || read_sysreg(sctlr_el1) != sctlr ||
	    read_sysreg(ttbr0_el1) != ttbr || read_sysreg(tcr_el1) != tcr)
		fail("%s changed a control register", what);
}

static void print_report(const char *what, uint64_t where, const struct trap_report *report)
{
	uint64_t ec = ESR_EC(report->esr);

	printf("%s 0x%lx: %s, EC 0x%02lx ISS 0x%lx", what, where, trap_name(report), ec,
	       report->esr & 0x1ffffff);
	if (ec == ESR_EC_DABT_CURRENT || ec == ESR_EC_IABT_CURRENT)
		printf(" FAR 0x%lx", report->far);
	printf("\n");
}

void conclude(const char *what, uint64_t where, const struct trap_report *report,
	      enum outcome otherwise)
{
	enum outcome outcome = report->count ? OUTCOME_REPORTED : otherwise;

	tried++;
	counts[outcome]++;
	if (outcome == OUTCOME_REPORTED)
		print_report(what, where, report);
	else
		printf("%s 0x%lx: %s\n", what, where,
		       outcome == OUTCOME_HIDDEN ? "reads as zero, ignores writes" : "no abort");
	if (outcome == OUTCOME_NO_ABORT && strict)
		fail("%s 0x%lx ended without an exception, and strict=1", what, where);
	check_guards(what);
}

void guest_main(void)
{
	strict = args_number("strict", 0);
	set_guards();
	try_memory();
	try_registers();
	printf("faults: %u tried, %u reported", tried, counts[OUTCOME_REPORTED]);
	if (counts[OUTCOME_HIDDEN])
		printf(", %u hidden", counts[OUTCOME_HIDDEN]);
	if (counts[OUTCOME_NO_ABORT])
		printf(", %u no abort", counts[OUTCOME_NO_ABORT]);
	printf("\n");
}

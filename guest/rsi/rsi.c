// SPDX-License-Identifier: GPL-2.0-only
/*
 * rsi: a Realm's calls, each with good and bad arguments, and what the guest's memory is before and
 * after.
 *
 * Bootargs: wait=1 ends with the host's turn (wait.c), seconds=N (default 600) how long to wait for
 * it. A hypervisor without the interface is a failure.
 */
#include "rsi/rsi.h"

#include "abi/platform.h"
#include "lib/args.h"
#include "lib/console.h"
#include "lib/mmu.h"
#include "lib/page.h"
#include "lib/sysreg.h"
#include "lib/trap.h"

#define DFSC_EXTERNAL	0x10	/* of ESR_EL1: synchronous external abort, not on a table walk */

static unsigned int checks;

void check(bool ok, const char *what, uint64_t ipa, uint64_t seen)
{
	if (!ok)
		fail("%s, IPA 0x%lx: %ld (0x%lx)", what, ipa, (int64_t)seen, seen);
	checks++;
}

uint64_t shared(uint64_t page)
{
	return page | rsi_unprotected_bit();
}

static void check_abort(const char *what, uint64_t address, struct trap_report report)
{
	check(report.count == 1, what, address, report.count);
	check(report.vector == TRAP_VECTOR_SYNC && ESR_EC(report.esr) == ESR_EC_DABT_CURRENT &&
		      (report.esr & 0x3f) == DFSC_EXTERNAL && report.far == address,
	      what, address, report.esr);
}

void check_aborts(const char *what, uint64_t address)
{
	uint64_t seen;

	trap_expect();
	seen = probe_read64(address, 0x600d);
	check_abort(what, address, trap_done());
	check(seen == 0x600d, what, address, seen);
	trap_expect();
	probe_write64(address, 0xbad);
	check_abort(what, address, trap_done());
}

void check_reads(const char *what, uint64_t address, uint64_t want)
{
	struct trap_report report;
	uint64_t seen;

	trap_expect();
	seen = probe_read64(address, ~want);
	report = trap_done();
	check(report.count == 0, what, address, report.esr);
	check(seen == want, what, address, seen);
}

void check_zero(const char *what, uint64_t page)
{
	page_check_zero(what, page);
	checks++;
}

void fill_page(uint64_t page, uint64_t salt)
{
	page_fill(page, page & ~rsi_unprotected_bit(), salt);
}

void check_page(const char *what, uint64_t page, uint64_t salt)
{
	page_check(what, page, page & ~rsi_unprotected_bit(), salt);
	checks++;
}

/*
 * Versions that there are not are refused with those that there are. The answers are looked at
 * later: there may be no console at the protected IPA any more, and none at the unprotected one
 * yet.
 */
static void negotiate(void)
{
	static const uint64_t wrong[] = { 0,	   0xffff,     0x10001,
					  0x20000, 0xffffffff, 1UL << 32 | 0x10000,
					  ~0UL };
	const unsigned int count = sizeof(wrong) / sizeof(wrong[0]);
	struct smccc_result refused[sizeof(wrong) / sizeof(wrong[0])], good;

	for (unsigned int i = 0; i < count; i++)
		refused[i] = rsi_call(RSI_ABI_VERSION, wrong[i], 0, 0, 0);
	good = rsi_call(RSI_ABI_VERSION, RSI_VERSION_1_0, 0, 0, 0);
	if (!rsi_start())
		fail("the hypervisor does not offer RSI: %ld", (int64_t)good.x[0]);
	check(good.x[0] == RSI_SUCCESS, "ABI_VERSION of 1.0", 0, good.x[0]);
	check(good.x[1] == RSI_VERSION_1_0, "ABI_VERSION's lowest version", 0, good.x[1]);
	check(good.x[2] == RSI_VERSION_1_0, "ABI_VERSION's highest version", 0, good.x[2]);
	for (unsigned int i = 0; i < count; i++) {
		check(refused[i].x[0] == RSI_ERROR_INPUT, "a version that is not 1.0", wrong[i],
		      refused[i].x[0]);
		check(refused[i].x[1] == RSI_VERSION_1_0, "lowest version beside a refusal",
		      wrong[i], refused[i].x[1]);
		check(refused[i].x[2] == RSI_VERSION_1_0, "highest version beside a refusal",
		      wrong[i], refused[i].x[2]);
	}
}

/* A Realm's devices are at unprotected IPAs, so that nothing goes to the host by an accident. */
static void devices(void)
{
	struct trap_report report;

	check_aborts("the UART at its protected IPA", PLAT_UART_BASE + PL011_DR);
	trap_expect();
	probe_read32(shared(PLAT_UART_BASE) + PL011_FR, 0);
	report = trap_done();
	check(report.count == 0, "the UART at its unprotected IPA", shared(PLAT_UART_BASE),
	      report.esr);
	check(rsi_state(PLAT_UART_BASE) == RIPAS_EMPTY, "the UART's state", PLAT_UART_BASE,
	      rsi_state(PLAT_UART_BASE));
}

void guest_main(void)
{
	struct range area = guest_largest_free(), ram = guest_ram();

	negotiate();
	if (ram.base + ram.size > rsi_unprotected_bit())
		fail("RAM 0x%lx + 0x%lx is not below the first unprotected IPA 0x%lx", ram.base,
		     ram.size, rsi_unprotected_bit());
	if (area.size < 8 * BLOCK_SIZE)
		fail("less than 16 MiB of free RAM: give the VM 32M");
	rsi_map_shared(ram.base, ram.size);
	printf("rsi: version 1.0, first unprotected IPA 0x%lx\n", rsi_unprotected_bit());
	devices();
	rsi_arguments(area);
	rsi_states(area);
	if (args_number("wait", 0))
		rsi_wait(area.base + area.size - 3 * PAGE_SIZE);
	printf("rsi: %u checks passed\n", checks);
}

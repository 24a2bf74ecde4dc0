// SPDX-License-Identifier: GPL-2.0-only
#include "faults/faults.h"

#include "abi/platform.h"
#include "lib/console.h"
#include "lib/guest.h"
#include "lib/mmu.h"
#include "lib/sysreg.h"

#define UNMAPPED_IPA	0x30000000UL
#define MARK		0x646f6e6a6f6e2121UL	/* what a refused read leaves in its register */
#define WRITTEN		0x0123456789abcdefUL

/* What a VMM may answer where there is nothing: zeroes or ones. */
static bool is_nothing(uint64_t val)
{
	return val == 0 || val == UINT64_MAX || val == UINT32_MAX;
}

/*
 * Reads, writes and reads again. The address must hold no memory: neither data nor what was
 * written. The attribute matters: a Normal access may come as a cache line fill, a Device access as
 * it is.
 */
static void try_access(const char *what, uint64_t ipa, enum mmu_attr attr)
{
	uint64_t va = mmu_probe(ipa, attr), val;
	struct trap_report report;

	trap_expect();
	val = probe_read64(va, MARK);
	report = trap_done();
	if (report.count && val != MARK)
		fail("%s: the refused read of IPA 0x%lx gave 0x%lx", what, ipa, val);
	if (!report.count && !is_nothing(val))
		fail("%s: IPA 0x%lx holds 0x%lx", what, ipa, val);
	conclude(what, ipa, &report, OUTCOME_NO_ABORT);

	trap_expect();
	probe_write64(va, WRITTEN);
	report = trap_done();
	conclude("write", ipa, &report, OUTCOME_NO_ABORT);

	trap_expect();
	val = probe_read64(va, MARK);
	report = trap_done();
	if (!report.count && val == WRITTEN)
		fail("%s: IPA 0x%lx kept what was written", what, ipa);
}

static void try_exec(const char *what, uint64_t ipa, enum mmu_attr attr)
{
	uint64_t va = mmu_probe(ipa, attr);
	struct trap_report report;

	__asm__ volatile("ic iallu\n\tdsb sy\n\tisb" : : : "memory");
	trap_expect();
	probe_exec(va);
	report = trap_done();
	conclude(what, ipa, &report, OUTCOME_NO_ABORT);
}

/*
 * A Device access must be aligned, whatever lies behind it (DDI 0487 B2.7.2): the VMM must not see
 * this one. It crosses 16 bytes, so that FEAT_LSE2 does not let it pass. No hypervisor can make a
 * CPU check this, so on one that does not (QEMU 10.0's TCG) it is not among those tried.
 */
static void try_unaligned(void)
{
	uint64_t ipa = PLAT_UART_BASE + PL011_FR + 6, va = mmu_probe(ipa, MMU_PROBE_DEVICE);
	struct trap_report report;

	trap_expect();
	probe_read32(va, 0);
	report = trap_done();
	if (!report.count) {
		printf("unaligned device access: this CPU does not check\n");
		return;
	}
	conclude("unaligned device read", ipa, &report, OUTCOME_NO_ABORT);
	trap_expect();
	probe_write32(va, 0);
	report = trap_done();
	conclude("unaligned device write", ipa, &report, OUTCOME_NO_ABORT);
}

/*
 * Where a host's RAM and the hypervisor's memory lie on the usual machines: nothing of it is in
 * this map.
 */
static void try_host_memory(uint64_t ram_end)
{
	static const uint64_t offsets[] = { 0x1000000,	0x4000000,   0x10000000,
					    0x20000000, 0x40000000,  0x7ffff000,
					    0xc0000000, 0x840000000, 0x2000000000 };

	for (unsigned int i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		uint64_t ipa = PLAT_RAM_BASE + offsets[i];

		if (ipa >= ram_end)
			try_access("read where a host's RAM may lie", ipa, MMU_PROBE_NORMAL);
	}
}

void try_memory(void)
{
	struct range ram = guest_ram();
	uint64_t end = ram.base + ram.size;

	try_access("read below RAM", ram.base - PAGE_SIZE, MMU_PROBE_NORMAL);
	try_access("device read below RAM", ram.base - 8, MMU_PROBE_DEVICE);
	try_access("read above RAM", end, MMU_PROBE_NORMAL);
	try_access("device read above RAM", end, MMU_PROBE_DEVICE);
	try_access("read of IPA 0", 0, MMU_PROBE_NORMAL);
	try_access("read of an unmapped IPA", UNMAPPED_IPA, MMU_PROBE_NORMAL);
	try_access("device read of an unmapped IPA", UNMAPPED_IPA, MMU_PROBE_DEVICE);
	try_host_memory(end);
	try_access("read with bit 39", ram.base | 1UL << 39, MMU_PROBE_NORMAL);
	try_access("read with bit 40", ram.base | 1UL << 40, MMU_PROBE_NORMAL);
	try_access("read with bit 44", ram.base | 1UL << 44, MMU_PROBE_NORMAL);
	try_access("read with bit 47", ram.base | 1UL << 47, MMU_PROBE_NORMAL);
	try_access("read of the last IPA", 0xfffffffffff8UL, MMU_PROBE_NORMAL);

	try_exec("execute from the console", PLAT_UART_BASE, MMU_PROBE_DEVICE);
	try_exec("execute from the console as Normal memory", PLAT_UART_BASE, MMU_PROBE_NORMAL);
	try_exec("execute from an unmapped IPA", UNMAPPED_IPA, MMU_PROBE_NORMAL);
	try_exec("execute above RAM", end, MMU_PROBE_NORMAL);
	try_exec("execute at a high IPA", ram.base | 1UL << 39, MMU_PROBE_NORMAL);
	try_unaligned();
}

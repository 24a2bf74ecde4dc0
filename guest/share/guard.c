// SPDX-License-Identifier: GPL-2.0-only
/*
 * S2: MMIO guard: until the guest names a page, an access outside RAM aborts here instead of
 * telling the host. The interrupt controller serves as a device that answers.
 */
#include "share/share.h"

#include "abi/platform.h"
#include "abi/smccc.h"
#include "lib/guest.h"
#include "lib/hyp.h"
#include "lib/mmu.h"
#include "lib/trap.h"

#define GICD_TYPER	(PLAT_GICD_BASE + 4)
#define UNMAPPED_IPA	0x30000000UL
#define MARK		0x646f6e6aU

/* Whether the device answers; *val: what. An abort must leave the register as it was. */
static bool answers(uint64_t ipa, uint32_t *val)
{
	uint64_t va = mmu_probe(ipa, MMU_PROBE_DEVICE);
	struct trap_report report;

	trap_expect();
	*val = probe_read32(va, MARK);
	report = trap_done();
	if (!report.count)
		return true;
	check(ESR_EC(report.esr) == ESR_EC_DABT_CURRENT && *val == MARK,
	      "a refused access must be a data abort", ipa, (int64_t)report.esr);
	return false;
}

static void aborts(uint64_t ipa, const char *what)
{
	uint32_t val;

	check(!answers(ipa, &val), what, ipa, val);
}

static void succeeds(uint64_t id, uint64_t ipa)
{
	int64_t err = (int64_t)smccc_call(id, ipa, 0, 0).x[0];

	check(err == SMCCC_SUCCESS, "MMIO guard must succeed", ipa, err);
}

void share_guard(void)
{
	uint32_t before, val;
	int64_t granule;

	if (!hyp_has_mmio_guard())
		return;
	granule = (int64_t)smccc_call(KVM_VENDOR_MMIO_GUARD_INFO, 0, 0, 0).x[0];
	check(granule == PAGE_SIZE, "MMIO_GUARD_INFO's granule must be 4096", 0, granule);
	check(answers(GICD_TYPER, &before) && before, "the GIC must answer", GICD_TYPER, before);
	/* Before anything else: what is printed from here on needs it. */
	succeeds(KVM_VENDOR_MMIO_GUARD_MAP, PLAT_UART_BASE);
	aborts(GICD_TYPER, "a device that was not named must abort");
	aborts(UNMAPPED_IPA, "an address that was not named must abort");
	aborts(PLAT_UART_BASE + PAGE_SIZE, "the page behind the console must abort");
	succeeds(KVM_VENDOR_MMIO_GUARD_ENROLL, 0);
	succeeds(KVM_VENDOR_MMIO_GUARD_MAP, PLAT_GICD_BASE);
	check(answers(GICD_TYPER, &val) && val == before, "the GIC must answer as before",
	      GICD_TYPER, val);
	aborts(PLAT_GICD_BASE + PAGE_SIZE, "a device's next page must abort");
	succeeds(KVM_VENDOR_MMIO_GUARD_UNMAP, PLAT_GICD_BASE);
	aborts(GICD_TYPER, "a device that was given up must abort");
	refused("MMIO_GUARD_UNMAP of what is not mapped", KVM_VENDOR_MMIO_GUARD_UNMAP,
		PLAT_GICD_BASE, 0, 0);
	refused("MMIO_GUARD_MAP of RAM", KVM_VENDOR_MMIO_GUARD_MAP, guest_ram().base, 0, 0);
	refused("MMIO_GUARD_MAP of an unaligned IPA", KVM_VENDOR_MMIO_GUARD_MAP, GICD_TYPER, 0, 0);
	refused("MMIO_GUARD_MAP above all IPAs", KVM_VENDOR_MMIO_GUARD_MAP, 1UL << 52, 0, 0);
}

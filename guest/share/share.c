// SPDX-License-Identifier: GPL-2.0-only
/*
 * S1: share: shares pages with the host and takes them back by the KVM vendor calls, and checks
 * what this side sees.
 *
 * Bootargs: wait=1 ends with the host's turn (wait.c), seconds=N (default 600) how long to wait for
 * it; strict=1 fails when the hypervisor offers no sharing, and when a bad address is refused by an
 * abort instead of an error code (mainline pKVM gives the VMM a write to an address outside RAM,
 * which answers with an abort).
 */
#include "share/share.h"

#include "abi/platform.h"
#include "abi/smccc.h"
#include "lib/args.h"
#include "lib/console.h"
#include "lib/guest.h"
#include "lib/hyp.h"
#include "lib/mmu.h"
#include "lib/page.h"
#include "lib/sysreg.h"
#include "lib/trap.h"

static unsigned int checks;
static bool strict;

void check(bool ok, const char *what, uint64_t ipa, int64_t code)
{
	if (!ok)
		fail("%s, IPA 0x%lx: %ld (0x%lx)", what, ipa, code, (uint64_t)code);
	checks++;
}

void share_page(uint64_t ipa)
{
	int64_t err = hyp_mem_share(ipa);

	check(err == SMCCC_SUCCESS, "MEM_SHARE must succeed", ipa, err);
}

void unshare_page(uint64_t ipa)
{
	int64_t err = hyp_mem_unshare(ipa);

	check(err == SMCCC_SUCCESS, "MEM_UNSHARE must succeed", ipa, err);
}

void fill_page(uint64_t page, uint64_t salt)
{
	page_fill(page, page, salt);
}

void check_page(uint64_t page, uint64_t salt, const char *when)
{
	page_check(when, page, page, salt);
	checks++;
}

/* INVALID_PARAMETER is the only error that hypercalls.rst documents for these calls. */
void refused(const char *what, uint64_t id, uint64_t ipa, uint64_t x2, uint64_t x3)
{
	struct trap_report report;
	int64_t err;

	trap_expect();
	err = (int64_t)smccc_call(id, ipa, x2, x3).x[0];
	report = trap_done();
	if (report.count) {
		printf("share: %s, IPA 0x%lx: refused by %s, ESR 0x%lx\n", what, ipa,
		       trap_name(&report), report.esr);
		check(!strict, what, ipa, (int64_t)report.esr);
	} else {
		check(err == SMCCC_INVALID_PARAMETER, what, ipa, err);
	}
}

/* Sharing a page that was never touched: it is donated first, and zero. */
static void check_untouched(uint64_t page)
{
	share_page(page);
	page_check_zero("never touched page, shared", page);
	fill_page(page, 1);
	check_page(page, 1, "shared page");
	unshare_page(page);
	check_page(page, 1, "page unshared");
}

/*
 * MEM_UNSHARE with the MMU off, as early code of a kernel might call it: EL2 must not leave it so
 * while it invalidates for others. Nothing is stored meanwhile.
 */
static void unshare_with_mmu_off(uint64_t page)
{
	register uint64_t x0 __asm__("x0") = KVM_VENDOR_MEM_UNSHARE;
	register uint64_t x1 __asm__("x1") = page;
	register uint64_t x2 __asm__("x2") = 0;
	register uint64_t x3 __asm__("x3") = 0;
	register uint64_t on __asm__("x19") = read_sysreg(sctlr_el1);
	register uint64_t off __asm__("x20") = on & ~1UL;

	__asm__ volatile("msr sctlr_el1, %5\n\tisb\n\thvc #0\n\tmsr sctlr_el1, %4\n\tisb"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
			 : "r"(on), "r"(off)
			 : "memory");
	check((int64_t)x0 == SMCCC_SUCCESS, "MEM_UNSHARE with the MMU off must succeed", page,
	      (int64_t)x0);
}

static void check_states(uint64_t page)
{
	fill_page(page, 2);
	refused("unshare of a private page", KVM_VENDOR_MEM_UNSHARE, page, 0, 0);
	share_page(page);
	printf("shared IPA 0x%lx\n", page);
	check_page(page, 2, "page shared with contents");
	refused("second share", KVM_VENDOR_MEM_SHARE, page, 0, 0);
	check_page(page, 2, "page after a refused second share");
	unshare_page(page);
	check_page(page, 2, "page unshared with contents");
	refused("second unshare", KVM_VENDOR_MEM_UNSHARE, page, 0, 0);
	share_page(page);
	fill_page(page, 3);
	unshare_with_mmu_off(page);
	check_page(page, 3, "page unshared after a second round");
	fill_page(page, 4);
	check_page(page, 4, "private page written again");
}

static void check_arguments(uint64_t page)
{
	static const uint64_t ids[] = { KVM_VENDOR_MEM_SHARE, KVM_VENDOR_MEM_UNSHARE };
	static const uint64_t offsets[] = { 1, 8, 0x800, 0xfff };

	for (unsigned int i = 0; i < 2; i++) {
		for (unsigned int j = 0; j < sizeof(offsets) / sizeof(offsets[0]); j++)
			refused("unaligned IPA", ids[i], page + offsets[j], 0, 0);
		refused("x2 not zero", ids[i], page, 1, 0);
		refused("x3 not zero", ids[i], page, 0, 1);
		refused("upper half of x3 not zero", ids[i], page, 0, 1UL << 63);
	}
	refused("MEMINFO with x1 not zero", KVM_VENDOR_MEMINFO, 1, 0, 0);
	refused("MEMINFO with x2 not zero", KVM_VENDOR_MEMINFO, 0, 1, 0);
	refused("MEMINFO with x3 not zero", KVM_VENDOR_MEMINFO, 0, 0, 1);

	/* None of these has shared the page. */
	refused("unshare after refused shares", KVM_VENDOR_MEM_UNSHARE, page, 0, 0);
	check_page(page, 4, "page after refused calls");
}

static void check_outside(void)
{
	struct range ram = guest_ram();
	const uint64_t outside[] = {
		ram.base - PAGE_SIZE, ram.base + ram.size,  0,
		0x30000000UL,	      PLAT_UART_BASE,	    PLAT_GICD_BASE,
		PLAT_VIRTIO_BASE,     ram.base | 1UL << 39, ram.base | 1UL << 47,
		ram.base | 1UL << 52, ram.base | 1UL << 63, ~(PAGE_SIZE - 1),
	};

	for (unsigned int i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		refused("share outside RAM", KVM_VENDOR_MEM_SHARE, outside[i], 0, 0);
		refused("unshare outside RAM", KVM_VENDOR_MEM_UNSHARE, outside[i], 0, 0);
	}
}

/*
 * The first of BULK_PAGES pages with a 2 MiB boundary in their middle, neighbours on both sides
 * included.
 */
static uint64_t bulk_place(struct range area)
{
	const uint64_t half = (BULK_PAGES / 2 + BULK_NEIGHBOURS) * PAGE_SIZE;
	uint64_t boundary = (area.base + half + BLOCK_SIZE - 1) & ~(BLOCK_SIZE - 1);

	if (area.size < 2 * half || boundary + half > area.base + area.size)
		fail("no room for %d pages around a 2 MiB boundary in 0x%lx + 0x%lx: give the VM "
		     "more memory",
		     BULK_PAGES, area.base, area.size);
	return boundary - BULK_PAGES / 2 * PAGE_SIZE;
}

void guest_main(void)
{
	struct range area = guest_largest_free();
	uint64_t granule = hyp_share_granule(), last = area.base + area.size;

	strict = args_number("strict", 0);
	if (!granule) {
		if (strict)
			fail("the hypervisor offers no MEM_SHARE, and strict=1");
		printf("share: not protected, nothing to share\n");
		return;
	}
	check(granule == PAGE_SIZE, "MEMINFO's granule must be 4096", 0, (int64_t)granule);
	if (area.size < 8 * PAGE_SIZE)
		fail("less than 8 free pages");
	/* The pages at the end: the bulk test's come from the start. */
	area.size -= 4 * PAGE_SIZE;

	check_untouched(last - PAGE_SIZE);
	check_states(last - 2 * PAGE_SIZE);
	check_arguments(last - 2 * PAGE_SIZE);
	check_outside();
	share_bulk(bulk_place(area));
	if (strict && !hyp_has_mmio_guard())
		fail("the hypervisor offers no MMIO guard, and strict=1");
	share_guard();
	if (args_number("wait", 0))
		share_wait(last - 3 * PAGE_SIZE, last - 4 * PAGE_SIZE);
	printf("share: %u checks passed\n", checks);
}

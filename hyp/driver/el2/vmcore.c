// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/vmcore asks for each page whether it is memory, and has zeroes for one that is not. EL2
 * answers for Donjon's: its ledger knows whose each page is.
 */
#define pr_fmt(fmt) "donjon: " fmt

#include <linux/crash_dump.h>
#include <linux/pfn.h>
#include <linux/printk.h>
#include <asm/sysreg.h>

#include "abi/boot.h"
#include "call.h"
#include "vmcore.h"

#ifdef CONFIG_PROC_VMCORE
bool vmcore_is_crash_kernel(void)
{
	return is_kdump_kernel();
}

static bool is_readable(struct vmcore_cb *cb, unsigned long pfn)
{
	struct hyp_result r = hyp_call(DONJON_HC_LEDGER, PFN_PHYS(pfn));

	switch (r.x2) {
	case DONJON_PAGE_GUEST:
	case DONJON_PAGE_HYP:
	case DONJON_PAGE_CLEANING:
		return r.code;
	}
	return true;
}

static struct vmcore_cb callback = { .pfn_is_ram = is_readable };

int vmcore_start(void)
{
	struct hyp_result r = { .code = DONJON_E_NOT_SUPPORTED };

	/* Without EL2 an HVC is undefined; at EL2 it would be this kernel's own. */
	if (read_sysreg(CurrentEL) == CurrentEL_EL1 && (read_sysreg(id_aa64pfr0_el1) >> 8 & 0xf))
		r = hyp_call(DONJON_HC_INFO);
	if (r.code || r.x1 != DONJON_ABI_VERSION) {
		pr_info("this is a crash kernel, and EL2 is not this module's: nothing to do\n");
		return -ENODEV;
	}
	register_vmcore_cb(&callback);
	pr_info("this is a crash kernel: EL2's pages and guests' are zeroes in /proc/vmcore\n");
	return 0;
}

void vmcore_stop(void)
{
	unregister_vmcore_cb(&callback);
}
#else
bool vmcore_is_crash_kernel(void)
{
	return false;
}

int vmcore_start(void)
{
	return -ENODEV;
}

void vmcore_stop(void)
{
}
#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test only: sets HCR_EL2.E2H on all CPUs, through Linux's stub at EL2, and CPTR_EL2 and
 * CNTHCTL_EL2, which have other fields then, to what lets the kernel go on: as on a CPU that has
 * only the VHE form of EL2 and a kernel at EL1.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/smp.h>

#define STUB_SOFT_RESTART	1

static struct page *page;

/* Runs at EL2, at its physical address, with the MMU off; returns behind the HVC. */
extern const char e2h_code[], e2h_end[];
asm(".pushsection .rodata\n"
    "e2h_code:\n"
    "	mrs	x9, hcr_el2\n"
    "	orr	x9, x9, #(1 << 34)\n"
    "	mov	x10, #(3 << 20 | 3 << 16)\n"	/* CPTR_EL2.FPEN, ZEN */
    "	orr	x10, x10, #(3 << 24)\n"		/* SMEN */
    "	mrs	x11, cnthctl_el2\n"
    "	orr	x11, x11, #(3 << 10)\n"		/* EL1PCTEN, EL1PTEN */
    "	msr	hcr_el2, x9\n"
    "	isb\n"
    "	msr	cptr_el2, x10\n"
    "	msr	cnthctl_el2, x11\n"
    "	isb\n"
    "	mov	x0, xzr\n"
    "	eret\n"
    "e2h_end:\n"
    ".popsection");

static void set(void *unused)
{
	register u64 x0 asm("x0") = STUB_SOFT_RESTART;
	register u64 x1 asm("x1") = page_to_phys(page);

	asm volatile("hvc #0"
		     : "+r"(x0), "+r"(x1)
		     :
		     : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
		       "x14", "x15", "x16", "x17", "cc", "memory");
	WARN_ON(x0);
}

static int __init donjon_e2h_init(void)
{
	long offset;

	page = alloc_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	memcpy(page_address(page), e2h_code, e2h_end - e2h_code);
	for (offset = 0; offset < e2h_end - e2h_code; offset += 16)
		asm volatile("dc civac, %0" : : "r"(page_address(page) + offset) : "memory");
	asm volatile("dsb sy\n\tic ialluis\n\tdsb sy\n\tisb" : : : "memory");
	on_each_cpu(set, NULL, 1);
	__free_page(page);
	return 0;
}
module_init(donjon_e2h_init);

static void __exit donjon_e2h_exit(void)
{
}
module_exit(donjon_e2h_exit);

MODULE_DESCRIPTION("Test only: CPUs with HCR_EL2.E2H set");
MODULE_LICENSE("GPL");

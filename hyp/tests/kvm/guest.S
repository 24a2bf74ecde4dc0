/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Position-independent guests for kvm_api.c. x0 is given by the test.
 */
	.section .rodata, "a"
	.balign 8

/* Reads 4 bytes of MMIO at x0, writes the sum with 1 to x0 + 8, and powers off. */
	.globl guest_mmio, guest_mmio_end
guest_mmio:
	ldr	w1, [x0]
	add	w1, w1, #1
	str	w1, [x0, #8]
	movz	x0, #0x8400, lsl #16
	movk	x0, #8
	hvc	#0
	b	.
guest_mmio_end:

/*
 * Writes to MMIO at x0 what is in registers that a reset makes zero: VBAR_EL1, TPIDR_EL0,
 * CPACR_EL1, D0, CNTV_CTL_EL0. Then it changes them, and resets the system.
 */
	.globl guest_report, guest_report_end
guest_report:
	mrs	x1, vbar_el1
	str	x1, [x0]
	mrs	x1, tpidr_el0
	str	x1, [x0]
	mrs	x1, cpacr_el1
	str	x1, [x0]
	mov	x1, #0x300000
	msr	cpacr_el1, x1
	isb
	fmov	x1, d0
	str	x1, [x0]
	mrs	x1, cntv_ctl_el0
	str	x1, [x0]
	mov	x1, #0x800
	msr	vbar_el1, x1
	msr	tpidr_el0, x1
	fmov	d0, x1
	mov	x1, #3
	msr	cntv_ctl_el0, x1
	movz	x0, #0x8400, lsl #16
	movk	x0, #9
	hvc	#0
	b	.
guest_report_end:

/*
 * Reads two registers from MMIO at x0 with one instruction, which no syndrome describes; at an
 * exception it writes to x0 + 8.
 */
	.globl guest_pair, guest_pair_end
guest_pair:
	adr	x1, guest_pair + 0x200
	bic	x1, x1, #0x7ff
	msr	vbar_el1, x1
	isb
	ldp	x2, x3, [x0]
	b	.
	.org	guest_pair + 0x200	/* the VMM puts the guest at a multiple of 2 KiB */
	str	x1, [x0, #8]
	b	.
guest_pair_end:

/* Sleeps forever. */
	.globl guest_wfi, guest_wfi_end
guest_wfi:
	wfi
	b	guest_wfi
guest_wfi_end:

/* Spins forever. */
	.globl guest_spin, guest_spin_end
guest_spin:
	b	guest_spin
guest_spin_end:

/* Writes to MMIO at x0 forever. */
	.globl guest_knock, guest_knock_end
guest_knock:
	str	w1, [x0]
	b	guest_knock
guest_knock_end:

/* Touches the 2 MiB that x0 points to page by page, backwards, and resets the system. */
	.globl guest_touch, guest_touch_end
guest_touch:
	mov	x1, #0x200000
1:	sub	x1, x1, #0x1000
	str	x1, [x0, x1]
	cbnz	x1, 1b
	movz	x0, #0x8400, lsl #16
	movk	x0, #9
	hvc	#0
	b	.
guest_touch_end:

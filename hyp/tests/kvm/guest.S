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

/*
 * Steps over five instructions: one, one that traps, MMIO at x0 + 16 of what MDSCR_EL1 keeps of all
 * ones, two more. Then it writes the number of steps to x0 + 8, or -1 if one was not one
 * instruction.
 */
	.globl guest_step, guest_step_end
guest_step:
	adr	x1, guest_step + 0x200
	bic	x1, x1, #0x7ff
	msr	vbar_el1, x1
	isb
	mov	x1, #-1
	msr	mdscr_el1, x1
	isb
	mrs	x3, mdscr_el1
	mov	x4, #0
	adr	x5, 1f
	mov	x1, #0x1c5		/* EL1h; asynchronous exceptions are masked, D is not */
	movk	x1, #0x20, lsl #16	/* SS */
	msr	spsr_el1, x1
	msr	elr_el1, x5
	isb
	eret
1:	add	x2, x2, #1
	mrs	x6, id_aa64pfr0_el1
	str	w3, [x0, #16]
	mrs	x6, mdscr_el1
	nop
2:	str	w4, [x0, #8]
	b	.
	.org	guest_step + 0x200	/* the VMM puts the guest at a multiple of 2 KiB */
	mrs	x6, esr_el1
	lsr	x6, x6, #26
	cmp	x6, #0x33		/* a step at EL1 */
	b.ne	3f
	add	x5, x5, #4
	mrs	x6, elr_el1
	cmp	x6, x5
	b.ne	3f
	add	x4, x4, #1
	adr	x7, 2b
	cmp	x6, x7
	b.eq	4f
	mrs	x6, spsr_el1
	orr	x6, x6, #0x200000
	msr	spsr_el1, x6
	eret
3:	mov	w4, #-1
4:	msr	mdscr_el1, xzr
	isb
	str	w4, [x0, #8]
	b	.
guest_step_end:

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

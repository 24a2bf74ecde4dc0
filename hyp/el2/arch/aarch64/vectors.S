/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exception vectors (DDI 0487, D1.4.1): one table while the host runs, one while a guest does, in
 * the order of enum vectors: a sequence at exceptions from EL1 and EL0 keeps those who trained the
 * CPU's branch predictors there from deciding what it speculates here, or in the next guest.
 * Exceptions from EL2 itself are errors and run on a stack of their own, since the ordinary one may
 * be what went wrong.
 */
#include <arch/layout.h>
#include <arch/asm.h>

	.text
	.altmacro

	/* The four exceptions of one origin, each behind a sequence. */
	.macro	vectors sequence, sync, irq, fiq, serror
	.irp	target, \sync, \irq, \fiq, \serror
	.balign	128
	\sequence
	b	\target
	.endr
	.endm

	/* As many branches as the longest history has that Linux knows (Cortex-X3, Neoverse V2). */
	.macro	loop
	stp	x0, x1, [sp, #-16]!
	mov	x0, #132
1:	b	2f
2:	subs	x0, x0, #1
	b.ne	1b
	dsb	nsh
	isb
	ldp	x0, x1, [sp]
	stp	xzr, xzr, [sp], #16
	.endm

	/* SMCCC_ARCH_WORKAROUND_1 or 3, to which x0 to x3 belong. */
	.macro	firmware function
	stp	x0, x1, [sp, #-32]!
	stp	x2, x3, [sp, #16]
	mov	w0, #\function
	movk	w0, #0x8000, lsl #16
	smc	#0
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp]
	stp	xzr, xzr, [sp], #16
	stp	xzr, xzr, [sp], #16
	.endm

	.macro	tables sequence
	.balign	VECTORS_SIZE
	/* Current EL with SP_EL0, which is not used, and with SP_EL2 */
	vectors	, el2_fault, el2_fault, el2_fault, el2_fault
	vectors	, el2_expected, el2_fault, el2_fault, el2_expected
	/* Lower EL: the host's interrupts and SErrors go to EL1. AArch32 is EL0 */
	vectors	<\sequence>, host_sync, el2_fault, el2_fault, el2_fault
	vectors	<\sequence>, host_sync, el2_fault, el2_fault, el2_fault

	.balign	VECTORS_SIZE
	vectors	, el2_fault, el2_fault, el2_fault, el2_fault
	vectors	, el2_expected, el2_fault, el2_fault, el2_expected
	vectors	<\sequence>, guest_sync, guest_irq, guest_irq, guest_serror
	/*
	 * AArch32 is not offered to guests: HCR_EL2.RW, and ID_AA64PFR0_EL1 says so, but EL0 could
	 * try
	 */
	vectors	<\sequence>, guest_sync, guest_irq, guest_irq, guest_serror
	.endm

	.globl host_vectors
	.balign	VECTORS_SIZE
host_vectors:
	tables
	/* Behind the first: VECTORS_LOOP, _CLEARBHB (CLRBHB, ISB), _FIRMWARE1, _FIRMWARE3. */
	.irp	sequence, loop, <.inst 0xd50322df, 0xd5033fdf>, <firmware 0x8000>, <firmware 0x3fff>
	tables	<\sequence>
	.endr

	/* x2 to x29 to or from an array that begins with x0. */
	.macro	pairs op, base, offset
	.irp	n, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28
	pair	\op, \base, \offset, \n, %(\n + 1)
	.endr
	.endm
	.macro	pair op, base, offset, n, m
	\op	x\n, x\m, [\base, #\offset + 8 * \n]
	.endm

	/* struct host_regs: x0 to x30, one word unused */
host_sync:
	sub	sp, sp, #256
	stp	x0, x1, [sp]
	pairs	stp, sp, 0
	str	x30, [sp, #240]
	mov	x29, xzr
	mov	x0, sp
	bl	host_trap
	pairs	ldp, sp, 0
	ldr	x30, [sp, #240]
	ldp	x0, x1, [sp], #256
	exception_return

	.macro	guest_exit code
	stp	x0, x1, [sp, #-16]!
	mrs	x0, tpidr_el2
	ldr	x0, [x0, #CPU_VCPU]
	mov	w1, #\code
	b	save_guest
	.endm

guest_sync:
	guest_exit GUEST_SYNC
guest_irq:
	guest_exit GUEST_IRQ
guest_serror:
	guest_exit GUEST_SERROR

	/*
	 * x0: vCPU, w1: what happened; the guest's x0 and x1 lie on the stack, under EL2's own
	 * registers
	 */
save_guest:
	pairs	stp, x0, VCPU_X0
	str	x30, [x0, #VCPU_X0 + 240]
	ldp	x2, x3, [sp]
	stp	xzr, xzr, [sp], #16
	stp	x2, x3, [x0, #VCPU_X0]
	/* What the guest had in them would be spilled to EL2's stack, and stay there. */
	ldp	x19, x20, [sp]
	ldp	x21, x22, [sp, #16]
	ldp	x23, x24, [sp, #32]
	ldp	x25, x26, [sp, #48]
	ldp	x27, x28, [sp, #64]
	mov	x29, xzr
	bl	guest_handle_exit
	tbz	w0, #31, 1f		/* RESUME is negative */
	mrs	x0, tpidr_el2
	ldr	x0, [x0, #CPU_VCPU]
	b	load_guest
1:	ldp	x19, x20, [sp], #16
	ldp	x21, x22, [sp], #16
	ldp	x23, x24, [sp], #16
	ldp	x25, x26, [sp], #16
	ldp	x27, x28, [sp], #16
	ldp	x29, x30, [sp], #16
	ret

	/*
	 * int guest_loop(struct vcpu *vcpu): runs the guest until guest_handle_exit() names an exit
	 * for the host, which is returned. EL2's own registers stay on the stack meanwhile: loaded
	 * for each exit, but saved only once.
	 */
	.globl guest_loop
	.type guest_loop, %function
guest_loop:
	stp	x29, x30, [sp, #-16]!
	stp	x27, x28, [sp, #-16]!
	stp	x25, x26, [sp, #-16]!
	stp	x23, x24, [sp, #-16]!
	stp	x21, x22, [sp, #-16]!
	stp	x19, x20, [sp, #-16]!
load_guest:
	pairs	ldp, x0, VCPU_X0
	ldr	x30, [x0, #VCPU_X0 + 240]
	ldp	x0, x1, [x0, #VCPU_X0]
	exception_return

	/* An exception of EL2 itself that may be expected; x18 is nobody's at EL2. */
el2_expected:
	mrs	x18, tpidr_el2
	ldr	x18, [x18, #CPU_FIXUP]
	cbz	x18, el2_fault
	msr	elr_el2, x18
	exception_return

	/* An exception of EL2 itself: el2_fault_panic(SP, x29, x30) on the CPU's second stack. */
el2_fault:
	mrs	x0, tpidr_el2
	ldr	w0, [x0, #CPU_INDEX]
	lsl	x0, x0, #16
	add	x0, x0, #(PANIC_BOTTOM + PANIC_SIZE)
	mov	x1, sp
	mov_imm	x2, STACKS_VA
	add	x0, x0, x2
	mov	sp, x0
	mov	x0, x1
	mov	x1, x29
	mov	x2, x30
	b	el2_fault_panic

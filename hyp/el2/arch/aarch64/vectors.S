/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exception vectors (DDI 0487, D1.4.1): one table while the host runs, one while a guest does. Exceptions from EL2 itself are
 * errors and run on a stack of their own, since the ordinary one may be what went wrong.
 */
#include <arch/layout.h>
#include <arch/offsets.h>
#include <arch/sysreg_asm.h>

	.text

	.macro	vector target
	.balign	128
	b	\target
	.endm

	.macro	vectors_from_el2
	/* Current EL with SP_EL0: not used */
	vector	el2_fault
	vector	el2_fault
	vector	el2_fault
	vector	el2_fault
	/* Current EL with SP_EL2 */
	vector	el2_fault
	vector	el2_fault
	vector	el2_fault
	vector	el2_fault
	.endm

	.balign	2048
	.globl host_vectors
host_vectors:
	vectors_from_el2
	/* Lower EL, AArch64: the host's interrupts and SErrors go to EL1 */
	vector	host_sync
	vector	el2_fault
	vector	el2_fault
	vector	el2_fault
	/* Lower EL, AArch32: EL0 */
	vector	host_sync
	vector	el2_fault
	vector	el2_fault
	vector	el2_fault

	.balign	2048
	.globl guest_vectors
guest_vectors:
	vectors_from_el2
	vector	guest_sync
	vector	guest_irq
	vector	guest_irq
	vector	guest_serror
	/* AArch32 is not offered to guests: HCR_EL2.RW, and ID_AA64PFR0_EL1 says so, but EL0 could try */
	vector	guest_sync
	vector	guest_irq
	vector	guest_irq
	vector	guest_serror

	/* struct host_regs: x0 to x30, one word unused */
host_sync:
	sub	sp, sp, #256
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	str	x30, [sp, #240]
	mov	x29, xzr
	mov	x0, sp
	bl	host_trap
	ldp	x0, x1, [sp]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldr	x30, [sp, #240]
	add	sp, sp, #256
	eret
	/* No speculation past the return (as in Linux and Jailhouse) */
	dsb	nsh
	isb

	.macro	guest_exit code
	stp	x0, x1, [sp, #-16]!
	mrs	x0, tpidr_el2
	ldr	x0, [x0, #CPU_VCPU]
	mov	w1, #\code
	b	save_guest
	.endm

guest_sync:
	guest_exit 0
guest_irq:
	guest_exit 1
guest_serror:
	guest_exit 2

	/* x0: vCPU, w1: what happened; the guest's x0 and x1 lie on the stack, under EL2's own registers */
save_guest:
	stp	x2, x3, [x0, #VCPU_X0 + 16]
	stp	x4, x5, [x0, #VCPU_X0 + 32]
	stp	x6, x7, [x0, #VCPU_X0 + 48]
	stp	x8, x9, [x0, #VCPU_X0 + 64]
	stp	x10, x11, [x0, #VCPU_X0 + 80]
	stp	x12, x13, [x0, #VCPU_X0 + 96]
	stp	x14, x15, [x0, #VCPU_X0 + 112]
	stp	x16, x17, [x0, #VCPU_X0 + 128]
	stp	x18, x19, [x0, #VCPU_X0 + 144]
	stp	x20, x21, [x0, #VCPU_X0 + 160]
	stp	x22, x23, [x0, #VCPU_X0 + 176]
	stp	x24, x25, [x0, #VCPU_X0 + 192]
	stp	x26, x27, [x0, #VCPU_X0 + 208]
	stp	x28, x29, [x0, #VCPU_X0 + 224]
	str	x30, [x0, #VCPU_X0 + 240]
	ldp	x2, x3, [sp]
	stp	xzr, xzr, [sp], #16
	stp	x2, x3, [x0, #VCPU_X0]
	mov	w0, w1
	ldp	x19, x20, [sp], #16
	ldp	x21, x22, [sp], #16
	ldp	x23, x24, [sp], #16
	ldp	x25, x26, [sp], #16
	ldp	x27, x28, [sp], #16
	ldp	x29, x30, [sp], #16
	ret

	/* int guest_enter(struct vcpu *vcpu): runs the guest until the next exception; 0 synchronous, 1 interrupt, 2 SError */
	.globl guest_enter
	.type guest_enter, %function
guest_enter:
	stp	x29, x30, [sp, #-16]!
	stp	x27, x28, [sp, #-16]!
	stp	x25, x26, [sp, #-16]!
	stp	x23, x24, [sp, #-16]!
	stp	x21, x22, [sp, #-16]!
	stp	x19, x20, [sp, #-16]!
	ldp	x2, x3, [x0, #VCPU_X0 + 16]
	ldp	x4, x5, [x0, #VCPU_X0 + 32]
	ldp	x6, x7, [x0, #VCPU_X0 + 48]
	ldp	x8, x9, [x0, #VCPU_X0 + 64]
	ldp	x10, x11, [x0, #VCPU_X0 + 80]
	ldp	x12, x13, [x0, #VCPU_X0 + 96]
	ldp	x14, x15, [x0, #VCPU_X0 + 112]
	ldp	x16, x17, [x0, #VCPU_X0 + 128]
	ldp	x18, x19, [x0, #VCPU_X0 + 144]
	ldp	x20, x21, [x0, #VCPU_X0 + 160]
	ldp	x22, x23, [x0, #VCPU_X0 + 176]
	ldp	x24, x25, [x0, #VCPU_X0 + 192]
	ldp	x26, x27, [x0, #VCPU_X0 + 208]
	ldp	x28, x29, [x0, #VCPU_X0 + 224]
	ldr	x30, [x0, #VCPU_X0 + 240]
	ldp	x0, x1, [x0, #VCPU_X0]
	eret
	dsb	nsh
	isb

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

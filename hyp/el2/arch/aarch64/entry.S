/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The image header, and the way into EL2 and out of it. hyp/abi/boot.h describes the state at the
 * entry: MMU off, Linux's stub vectors in VBAR_EL2, the caller's return state in ELR_EL2 and
 * SPSR_EL2. x18 to x30 are the caller's and are kept.
 */
#include <arch/layout.h>
#include <arch/asm.h>

	.section .head, "a"
	.globl image_start
image_start:
	.quad	DONJON_IMAGE_MAGIC_ASM
	.long	DONJON_ABI_VERSION_ASM
	.long	IMAGE_FLAGS
	.quad	image_file_size
	.quad	image_mem_size
	.quad	image_entry_offset
	.quad	0, 0, 0

	/*
	 * Runs at its physical address, MMU off or on: identity-mapped, and everything is found
	 * relative to the PC.
	 */
	.section .idmap.text, "ax"
	.globl el2_entry
	.type el2_entry, %function
el2_entry:
	/* HCR_EL2.E2H: with it the registers have other fields, so that none is written. */
	mrs	x9, hcr_el2
	tbnz	x9, #34, 3f
	adrp	x9, boot_stack_top
	add	sp, x9, :lo12:boot_stack_top
	msr	tpidr_el2, x30
	/* Later CPUs must not store to the stack: its lines may be dirty in a cache by now. */
	cbnz	x1, 1f
	stp	x0, x1, [sp, #-16]!
	bl	boot_build_tables		/* (boot parameters) -> root, or 0 */
	cbz	x0, 2f
	ldp	x0, x1, [sp], #16
1:	adrp	x9, boot_tables
	ldr	x10, [x9, :lo12:boot_tables]	/* root */

	mrs	x2, sctlr_el2
	mrs	x3, mair_el2
	mrs	x4, tcr_el2
	mrs	x5, ttbr0_el2
	mov_imm	x9, MAIR_EL2_VALUE
	msr	mair_el2, x9
	mrs	x11, id_aa64mmfr0_el1
	and	x11, x11, #0xf
	mov	x12, #5				/* PS: 48 bits at most, as LPA2 is not used */
	cmp	x11, x12
	csel	x11, x11, x12, lo
	mov_imm	x9, TCR_EL2_VALUE
	orr	x9, x9, x11, lsl #16
	msr	tcr_el2, x9
	msr	ttbr0_el2, x10
	dsb	nshst
	isb
	tlbi	alle2
	ic	iallu
	dsb	nsh
	isb
	mov_imm	x9, SCTLR_EL2_ON
	msr	sctlr_el2, x9
	isb
	ldr	x9, =enter_virtual
	br	x9

2:	mov	x0, #DONJON_E_NO_POOL_ASM
	mrs	x30, tpidr_el2
	exception_return
3:	mov	x0, #DONJON_E_CPU_ASM
	exception_return

	/*
	 * x0: the caller's result, x9 to x13: VBAR, SCTLR, MAIR, TCR, TTBR0 as they were at the
	 * entry. Runs at its physical address.
	 */
leave_identity:
	msr	sctlr_el2, x10
	isb
	msr	mair_el2, x11
	msr	tcr_el2, x12
	msr	ttbr0_el2, x13
	isb
	tlbi	alle2
	dsb	nsh
	isb
	msr	vbar_el2, x9
	isb
	.irp	n, 1, 2, 3, 9, 10, 11, 12, 13, 14
	mov	x\n, xzr
	.endr
	exception_return

	.text
	/*
	 * MMU on, at the link address. x0: boot parameters (physical), x1: index of the CPU, x2 to
	 * x5: registers to save.
	 */
enter_virtual:
	ldr	x9, =boot_stack_top
	mov	sp, x9
	mrs	x9, tpidr_el2
	stp	x29, x9, [sp, #-16]!
	bl	el2_cpu_enter
	ldp	x29, x30, [sp], #16
	cbnz	x0, leave

	mrs	x9, tpidr_el2
	ldr	w9, [x9, #CPU_INDEX]
	mov_imm	x10, (STACKS_VA + STACK_BOTTOM + STACK_SIZE)
	mov	x11, #STACK_SPACING
	madd	x9, x9, x11, x10
	mov	sp, x9
	b	clear_and_return

	/* x0: result for the caller; x18 to x30: the caller's. */
leave:
	mrs	x14, tpidr_el2
	ldp	x9, x10, [x14, #CPU_STUB]
	ldp	x11, x12, [x14, #CPU_STUB + 16]
	ldr	x13, [x14, #CPU_STUB + 32]
	adrp	x1, boot_tables
	add	x1, x1, :lo12:boot_tables
	ldr	x1, [x1, #8]			/* physical address of the image */
	ldr	x2, =leave_identity
	ldr	x3, =image_start
	sub	x2, x2, x3
	add	x1, x1, x2
	br	x1

	/*
	 * _Noreturn void el2_release(struct host_regs *regs, uint64_t stack_bottom): gives this CPU
	 * back. The stack is cleared, since it may hold what was a guest's.
	 */
	.globl el2_release
	.type el2_release, %function
el2_release:
	ldp	x18, x19, [x0, #8 * 18]
	ldp	x20, x21, [x0, #8 * 20]
	ldp	x22, x23, [x0, #8 * 22]
	ldp	x24, x25, [x0, #8 * 24]
	ldp	x26, x27, [x0, #8 * 26]
	ldp	x28, x29, [x0, #8 * 28]
	ldr	x30, [x0, #8 * 30]
	add	x2, x1, #STACK_SIZE
1:	stp	xzr, xzr, [x1], #16
	cmp	x1, x2
	b.lo	1b
	mov	x0, xzr
	b	leave

clear_and_return:
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
	mov	x\n, xzr
	.endr
	exception_return

	.section .bss.boot_stack, "aw", %nobits
	.balign 4096
	.skip 4096
	.globl boot_stack_top
boot_stack_top:

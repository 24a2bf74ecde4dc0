/* SPDX-License-Identifier: GPL-2.0-only */
/* Accesses to the registers of arch/impdef.h, which a core may not have after all. */
#include <arch/asm.h>
#include <arch/impdef.h>

	.text
	.macro	stubs reg
	mrs	x0, \reg
	isb
	ret
	msr	\reg, x0
	isb
	ret
	.endm

#define STUBS(core, op0, op1, n, m, op2) stubs s##op0##_##op1##_c##n##_c##m##_##op2;
impdef_stubs:
	IMPDEF_REGISTERS(STUBS)

	/*
	 * struct impdef_result impdef_access(uint64_t stub, uint64_t value): executes a stub by its
	 * number with the value in x0. Returns x0 after it, and in x1 whether there was such a
	 * register. An exception goes on at the fixup (vectors.S).
	 */
	.globl	impdef_access
	.type	impdef_access, %function
impdef_access:
	stp	x29, x30, [sp, #-16]!
	mov	x9, #IMPDEF_STUB_SIZE
	adr	x10, impdef_stubs
	madd	x10, x0, x9, x10
	mrs	x9, tpidr_el2
	mrs	x12, elr_el2
	mrs	x13, spsr_el2
	adr	x11, 1f
	str	x11, [x9, #CPU_FIXUP]
	mov	x0, x1
	blr	x10
	mov	x1, #1
	b	2f
1:	mov	x1, #0
2:	str	xzr, [x9, #CPU_FIXUP]
	/* An exception has overwritten them. */
	msr	elr_el2, x12
	msr	spsr_el2, x13
	ldp	x29, x30, [sp], #16
	ret

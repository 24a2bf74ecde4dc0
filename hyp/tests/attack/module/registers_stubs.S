/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bool attack_mrs(u32 n, u64 *value): reads the n-th of all encodings of system registers with op0
 * 2 and 3; true: it is undefined. Interrupts are masked. While it reads, exceptions come here.
 */
#include <linux/linkage.h>

	.text
	.balign	2048
registers_vectors:
	.rept	4
	.balign	128
	b	.
	.endr
	/* From this exception level: past the instruction, and say so. */
	.balign	128
	mrs	x14, elr_el1
	add	x14, x14, #4
	msr	elr_el1, x14
	mov	x11, #1
	eret
	.balign	2048

/* void attack_simd(u64 words[64]) */
SYM_FUNC_START(attack_simd)
	.arch_extension fp
	.arch_extension simd
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	str	q\n, [x0], #16
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	str	q\n, [x0], #16
	.endr
	ret
SYM_FUNC_END(attack_simd)

SYM_FUNC_START(attack_mrs)
	adr_l	x12, registers_stubs
	add	x12, x12, w0, uxtw #3
	mov	x13, x30
	mov	x11, #0
	mov	x0, #0
	mrs	x9, vbar_el1
	adr_l	x10, registers_vectors
	msr	vbar_el1, x10
	isb
	blr	x12
	msr	vbar_el1, x9
	isb
	str	x0, [x1]
	mov	x0, x11
	ret	x13
SYM_FUNC_END(attack_mrs)

	/* MRS x0, each of them; RET. */
	.balign	8
registers_stubs:
	.set	n, 0
	.rept	32768
	.inst	0xd5300000 + (n << 5)
	ret
	.set	n, n + 1
	.endr

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * void attack_CONDUIT(u64 x[18]): loads x0 to x17, makes the call, and stores what they are
 * afterwards.
 */
#include <linux/linkage.h>

	.macro	attack name, instruction:vararg
SYM_FUNC_START(\name)
	stp	x29, x30, [sp, #-32]!
	mov	x29, sp
	stp	x0, x19, [sp, #16]
	mov	x19, x0
	ldp	x0, x1, [x19]
	ldp	x2, x3, [x19, #16]
	ldp	x4, x5, [x19, #32]
	ldp	x6, x7, [x19, #48]
	ldp	x8, x9, [x19, #64]
	ldp	x10, x11, [x19, #80]
	ldp	x12, x13, [x19, #96]
	ldp	x14, x15, [x19, #112]
	ldp	x16, x17, [x19, #128]
	\instruction
	/* The stack alone must tell where the array is: nothing else need have survived. */
	ldr	x19, [sp, #16]
	stp	x0, x1, [x19]
	stp	x2, x3, [x19, #16]
	stp	x4, x5, [x19, #32]
	stp	x6, x7, [x19, #48]
	stp	x8, x9, [x19, #64]
	stp	x10, x11, [x19, #80]
	stp	x12, x13, [x19, #96]
	stp	x14, x15, [x19, #112]
	stp	x16, x17, [x19, #128]
	ldr	x19, [sp, #24]
	ldp	x29, x30, [sp], #32
	ret
SYM_FUNC_END(\name)
	.endm

	attack	attack_hvc0, hvc #0
	attack	attack_hvc1, hvc #1
	attack	attack_hvcffff, hvc #0xffff
	attack	attack_smc0, smc #0
	attack	attack_smc1, smc #1

/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's FP and SIMD registers. The driver has saved the host's (kernel_neon_begin). */
#include <arch/asm.h>

	.arch_extension fp
	.arch_extension simd
	.text

	.altmacro
	.macro	pair op, n, m
	\op	q\n, q\m, [x0, #16 * \n]
	.endm
	.macro	all_pairs op
	.irp	n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
	pair	\op, \n, %(\n + 1)
	.endr
	.endm

	/* void fpsimd_load(struct vcpu *vcpu) */
	.globl fpsimd_load
	.type fpsimd_load, %function
fpsimd_load:
	add	x0, x0, #VCPU_FP
	all_pairs ldp
	add	x0, x0, #512
	ldp	x1, x2, [x0]
	msr	fpsr, x1
	msr	fpcr, x2
	ret

	/*
	 * void fpsimd_save(struct vcpu *vcpu): and clears the registers, which the host sees next
	 */
	.globl fpsimd_save
	.type fpsimd_save, %function
fpsimd_save:
	add	x0, x0, #VCPU_FP
	all_pairs stp
	add	x0, x0, #512
	mrs	x1, fpsr
	mrs	x2, fpcr
	stp	x1, x2, [x0]
	msr	fpsr, xzr
	msr	fpcr, xzr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	movi	v\n\().2d, #0
	.endr
	ret

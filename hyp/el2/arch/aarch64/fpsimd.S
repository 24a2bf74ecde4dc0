/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's FP and SIMD registers. The driver has saved the host's (kernel_neon_begin). */
#include <arch/offsets.h>

	.arch_extension fp
	.arch_extension simd
	.text

	.macro	all_pairs op
	\op	q0, q1, [x0]
	\op	q2, q3, [x0, #32]
	\op	q4, q5, [x0, #64]
	\op	q6, q7, [x0, #96]
	\op	q8, q9, [x0, #128]
	\op	q10, q11, [x0, #160]
	\op	q12, q13, [x0, #192]
	\op	q14, q15, [x0, #224]
	\op	q16, q17, [x0, #256]
	\op	q18, q19, [x0, #288]
	\op	q20, q21, [x0, #320]
	\op	q22, q23, [x0, #352]
	\op	q24, q25, [x0, #384]
	\op	q26, q27, [x0, #416]
	\op	q28, q29, [x0, #448]
	\op	q30, q31, [x0, #480]
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

	/* void fpsimd_save(struct vcpu *vcpu): and clears the registers, which the host sees next */
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
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	movi	v\n\().2d, #0
	.endr
	ret

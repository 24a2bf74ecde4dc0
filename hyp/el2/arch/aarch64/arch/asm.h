/* SPDX-License-Identifier: GPL-2.0-only */
/* What the assembly needs in its own notation; cpu.c holds each value against the C one. */
#pragma once

#define CPU_INDEX	0
#define CPU_VCPU	16
/* where an expected exception of EL2's goes on; 0: none is expected */
#define CPU_FIXUP	24
#define CPU_STUB	32	/* vbar, sctlr, mair, tcr, ttbr0 */
#define VECTORS_SIZE	2048
#define VCPU_X0		0
#define VCPU_FP		272	/* q0 to q31, then FPSR and FPCR */

#define DONJON_IMAGE_MAGIC_ASM		0x324c454e4f4a4e44
#define DONJON_ABI_VERSION_ASM		1
#define DONJON_E_NO_POOL_ASM		-5
#define DONJON_E_CPU_ASM		-12
#define MAIR_EL2_VALUE			0x04ff	/* 0: Normal write-back, 1: Device-nGnRE */
/* TCR_EL2 with E2H = 0: T0SZ 16, 4 KiB, inner shareable, write-back; PS is added. */
#define TCR_EL2_VALUE	(1 << 31 | 1 << 23 | 3 << 12 | 1 << 10 | 1 << 8 | 16)
/*
 * SCTLR_EL2: the RES1 bits; M, C, SA, I; EOS, WXN, EIS: write-implies-execute-never, exceptions
 * synchronise. DSSBS is 0: nothing is speculated past a store at EL2.
 */
#define SCTLR_EL2_ON	(0x30c50830 | 1 | 1 << 2 | 1 << 3 | 1 << 12 | 1 << 11 | 1 << 19 | 1 << 22)

/* What guest_handle_exit() is told: why the guest was left */
#define GUEST_SYNC	0
#define GUEST_IRQ	1
#define GUEST_SERROR	2

#ifdef __ASSEMBLER__
	.macro	mov_imm reg, value
	movz	\reg, #((\value) & 0xffff)
	movk	\reg, #(((\value) >> 16) & 0xffff), lsl #16
	movk	\reg, #(((\value) >> 32) & 0xffff), lsl #32
	.endm

	/* ERET, and no speculation past it (as in Linux and Jailhouse) */
	.macro	exception_return
	eret
	dsb	nsh
	isb
	.endm
#endif

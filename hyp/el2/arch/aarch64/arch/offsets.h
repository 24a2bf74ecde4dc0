/* SPDX-License-Identifier: GPL-2.0-only */
/* Offsets of what the assembly uses; offsets.c holds them against the structures. */
#ifndef DONJON_ARCH_OFFSETS_H
#define DONJON_ARCH_OFFSETS_H

#define CPU_INDEX	0
#define CPU_VCPU	16
#define CPU_STUB	32	/* vbar, sctlr, mair, tcr, ttbr0 */
#define VCPU_X0		0
#define VCPU_FP		272	/* q0 to q31, then FPSR and FPCR */

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of ESR_ELx and of SPSR_ELx, PSTATE (DDI 0487, D23.2 and C5.2). Constants only: arch/fake
 * uses this header as well.
 */
#pragma once

#include <el2/types.h>

/* SPSR_ELx, PSTATE */
#define PSR_MODE_MASK	MASK(4, 0)
#define PSR_MODE_EL0	0x0UL
#define PSR_MODE_EL1T	0x4UL
#define PSR_MODE_EL1H	0x5UL
#define PSR_MODE32	BIT(4)		/* AArch32; of EL0 only, here */
#define PSR_DAIF	MASK(9, 6)
#define PSR_SSBS	BIT(12)
#define PSR_SS		BIT(21)
#define PSR_PAN		BIT(22)
#define PSR_DIT		BIT(24)
#define SPSR_EL(spsr)	(((spsr) >> 2) & 3)	/* exception level; 0 for AArch32's User mode */

/* ESR_ELx: the class, and what all classes have */
#define ESR_EC_SHIFT	26
#define ESR_EC(esr)	(((esr) >> ESR_EC_SHIFT) & 0x3f)
#define ESR_IL		BIT(25)
#define EC_UNKNOWN	0x00
#define EC_WFX		0x01
#define EC_HVC64	0x16
#define EC_SMC64	0x17
#define EC_SYSREG	0x18
#define EC_IABT_LOWER	0x20
#define EC_DABT_LOWER	0x24
#define EC_SERROR	0x2f

/* HVC and SMC: the instruction's immediate. WFx: which instruction */
#define ISS_IMM16(esr)	((esr) & 0xffff)
#define ISS_TI(esr)	((esr) & 3)
#define TI_WFI		0

/* MSR, MRS and SYS: the direction, the general register, and the encoding of the other one */
#define ISS_READ	BIT(0)
#define ISS_RT(esr)	(((esr) >> 5) & 31)
#define ISS_REG_MASK	(MASK(21, 10) | MASK(4, 1))
#define ISS_REG(op0, op1, crn, crm, op2) \
	((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)

/* Aborts */
#define FSC_TYPE(esr)	(((esr) >> 2) & 0xf)
#define FSC_TRANSLATION	0x1
#define FSC_PERMISSION	0x3
#define FSC_NO_PAGE	0x07		/* whole code: translation fault, level 3 */
#define FSC_EXTERNAL	0x10		/* whole code: synchronous external abort, not on a walk */
#define FSC_ALIGNMENT	0x21
#define ISS_WNR		BIT(6)
#define ISS_S1PTW	BIT(7)
#define ISS_CM		BIT(8)
#define ISS_SF		BIT(15)
#define ISS_SRT(esr)	(((esr) >> 16) & 31)
#define REG_NONE	31		/* XZR */
#define ISS_SSE		BIT(21)
#define ISS_SAS(esr)	(((esr) >> 22) & 3)
#define ISS_ISV		BIT(24)

/* SError, with FEAT_RAS: how the error was contained, if the syndrome is the architecture's */
#define ISS_DFSC(esr)		((esr) & 0x3f)
#define DFSC_SERROR		0x11
#define ISS_AET(esr)		(((esr) >> 10) & 7)
#define AET_UNCONTAINABLE	0
#define AET_CORRECTED		6
#define ISS_IDS			BIT(24)

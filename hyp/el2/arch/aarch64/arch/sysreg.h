/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System registers: access, names that the assembler does not know, and the fields in use (DDI
 * 0487, D23).
 */
#pragma once

#include <arch/esr.h>
#include <el2/types.h>

#define STR_(x) #x
#define STR(x) STR_(x)

#define read_sysreg(name)                                                     \
	({                                                                    \
		uint64_t v_;                                                  \
		asm volatile("mrs %0, " STR(name) : "=r"(v_));                \
		v_;                                                           \
	})
#define write_sysreg(name, value) asm volatile("msr " STR(name) ", %0" ::"r"((uint64_t)(value)))

static inline void isb(void)
{
	asm volatile("isb" ::: "memory");
}

#define dsb(domain) asm volatile("dsb " #domain ::: "memory")

/* For names of registers alone: the compiler still makes code for Armv8.0. */
asm(".arch armv8.8-a+profile+rng+sme");

/* Registers that binutils 2.40 has no name for. */
#define HDFGRTR2_EL2	s3_4_c3_c1_0
#define HDFGWTR2_EL2	s3_4_c3_c1_1
#define HFGRTR2_EL2	s3_4_c3_c1_2
#define HFGWTR2_EL2	s3_4_c3_c1_3
#define HFGITR2_EL2	s3_4_c3_c1_7

/* HCR_EL2 */
#define HCR_VM		BIT(0)
#define HCR_SWIO	BIT(1)
#define HCR_PTW		BIT(2)
#define HCR_FMO		BIT(3)
#define HCR_IMO		BIT(4)
#define HCR_AMO		BIT(5)
#define HCR_VSE		BIT(8)
#define HCR_FB		BIT(9)
#define HCR_BSU_IS	BIT(10)
#define HCR_TWI		BIT(13)
#define HCR_TID3	BIT(18)
#define HCR_TSC		BIT(19)
#define HCR_TIDCP	BIT(20)
#define HCR_TACR	BIT(21)
#define HCR_RW		BIT(31)
#define HCR_TLOR	BIT(35)
#define HCR_TERR	BIT(36)
#define HCR_APK		BIT(40)
#define HCR_API		BIT(41)
#define HCR_FWB		BIT(46)

/* ISR_EL1 */
#define ISR_A		BIT(8)

/* CPTR_EL2 with E2H = 0 */
/* bits 12, 13, 9 and 7 to 0: with TSM (12), without TZ (8) */
#define CPTR_RES1	0x32ffUL
#define CPTR_TZ		BIT(8)
#define CPTR_TSM	BIT(12)
#define CPTR_TTA	BIT(20)
#define CPTR_TAM	BIT(30)

/* MDSCR_EL1 */
#define MDSCR_STEP	(BIT(0) | BIT(13))	/* SS, KDE */
/* MDCR_EL2 */
#define MDCR_HPMN	MASK(4, 0)
#define MDCR_TPMCR	BIT(5)
#define MDCR_TPM	BIT(6)
#define MDCR_TDA	BIT(9)
#define MDCR_TDOSA	BIT(10)
#define MDCR_TDRA	BIT(11)
#define MDCR_TPMS	BIT(14)
#define MDCR_HPMD	BIT(17)	/* from PMUv3p1 on: events at EL2 are not counted */
#define MDCR_TTRF	BIT(19)
#define MDCR_HCCD	BIT(23)	/* from PMUv3p5 on: nor are its cycles */

/* PMSCR_EL2, TRFCR_EL2, BRBCR_EL2: what EL2 does is recorded, and EL0 under HCR_EL2.TGE */
#define RECORDS_EL2	MASK(1, 0)

/* MPAM2_EL2: EL1's accesses to MPAM0_EL1 and MPAM1_EL1 trap */
#define MPAM2_TRAPS	MASK(49, 48)
/* and those to MPAMSM_EL1 do not */
#define MPAM2_EN_MPAMSM	BIT(50)

/* CNTHCTL_EL2 with E2H = 0 */
#define CNTHCTL_EL1PCTEN BIT(0)


/* VTCR_EL2: 4 KiB, inner shareable, write-back, 8-bit VMIDs; T0SZ, SL0 and PS are added. */
#define VTCR_BASE	(BIT(31) | 3UL << 12 | 1UL << 10 | 1UL << 8)

#define VTTBR_VMID_SHIFT 48

/* TCR_EL1: no walks of stage 1 (EPD0, EPD1) */
#define TCR_EPD		(BIT(7) | BIT(23))
#define SCTLR_EL1_M	BIT(0)


/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions that matter for translation tables (DDI 0487, C5 and C6). */
#pragma once

#include <stdint.h>

enum op {
	OP_NONE,
	OP_DSB,
	OP_ISB,
	OP_ERET,
	OP_TLBI,
	OP_DC_ZVA,
	OP_DC_CIVAC,
	OP_IC_IALLUIS,
	OP_SET, /* the first of the three instructions of FEAT_MOPS */
	OP_MSR_TTBR0,
	OP_MSR_VTTBR,
	OP_MSR_VTCR,
	OP_MSR_VBAR,
	OP_UNKNOWN, /* maintenance that is none of these */
};

#define INSN_RT(word)  ((word)&31)
#define INSN_RN(word)  ((word) >> 5 & 31)
#define INSN_CRM(word) ((word) >> 8 & 15)
#define INSN_OP1(word) ((word) >> 16 & 7)
#define INSN_OP2(word) ((word) >> 5 & 7)

/* STLRH: how a ticket lock is released; nothing else at EL2 stores 16 bits with release semantics.
 */
static inline int insn_is_release(uint32_t word)
{
	return (word & 0xfffffc00) == 0x489ffc00;
}

/* STXRH: how a ticket is drawn; nothing else at EL2 stores 16 bits exclusively. */
static inline int insn_is_ticket(uint32_t word)
{
	return (word & 0xffe0fc00) == 0x48007c00;
}

/* DC ZVA and SETP, SETM, SETE: told as a whole, not store by store, as some of QEMU's slow paths
 * would. */
static inline int insn_zeroes(uint32_t word)
{
	return (word & ~31U) == 0xd50b7420 || (word & 0xffe00c00) == 0x19c00400;
}

static inline int insn_reads_dczid(uint32_t word)
{
	return (word & ~31U) == 0xd53b00e0;
}

static inline enum op insn_decode(uint32_t word)
{
	if ((word & 0xfffff0ff) == 0xd503309f)
		return OP_DSB;
	if ((word & 0xfffff0ff) == 0xd50330df)
		return OP_ISB;
	if (word == 0xd69f03e0)
		return OP_ERET;
	if ((word & 0xffe0cc00) == 0x19c00400)
		return OP_SET;
	switch (word & ~31U) {
	case 0xd50b7420:
		return OP_DC_ZVA;
	case 0xd50b7e20:
		return OP_DC_CIVAC;
	case 0xd5087620: /* DC IVAC: the boot code's */
	case 0xd5087500: /* IC IALLU: this CPU's only */
		return OP_NONE;
	case 0xd5087100:
		return OP_IC_IALLUIS;
	case 0xd51c2000:
		return OP_MSR_TTBR0;
	case 0xd51c2100:
		return OP_MSR_VTTBR;
	case 0xd51c2140:
		return OP_MSR_VTCR;
	case 0xd51cc000:
		return OP_MSR_VBAR;
	}
	if ((word & 0xfff8f000) == 0xd5088000)
		return OP_TLBI;
	/* TLBI with nXS, DC, IC */
	if ((word & 0xfff8f000) == 0xd5089000 ||
	    ((word & 0xfff8f000) == 0xd5087000 && INSN_CRM(word) != 8))
		return OP_UNKNOWN;
	return OP_NONE;
}

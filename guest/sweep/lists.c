// SPDX-License-Identifier: GPL-2.0-only
#include "sweep/lists.h"

#define REG(op0, op1, crn, crm, op2) \
	((uint32_t)((op0) - 2) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)

static const struct {
	uint32_t reg;
	uint64_t may_be_set;
	bool keeps;
} list[] = {
	/*
	 * The payload runs by these: its start-up code has set them, and EL2 loads them at each
	 * entry (world_switch.c).
	 */
	{ REG(3, 0, 1, 0, 0), ~0UL, true },	/* SCTLR_EL1 */
	{ REG(3, 0, 2, 0, 0), ~0UL, true },	/* TTBR0_EL1 */
	{ REG(3, 0, 2, 0, 2), ~0UL, true },	/* TCR_EL1 */
	{ REG(3, 0, 10, 2, 0), ~0UL, true },	/* MAIR_EL1 */
	{ REG(3, 0, 12, 0, 0), ~0UL, true },	/* VBAR_EL1 */
	{ REG(3, 0, 1, 0, 2), 3UL << 20, false },	/* CPACR_EL1: FPEN */
	{ REG(3, 3, 4, 2, 1), 0xfUL << 6, false },	/* DAIF: masked */
	{ REG(3, 0, 4, 2, 0), 1, false },		/* SPSel */
	/* Condition flags of the sweep's own code. */
	{ REG(3, 3, 4, 2, 0), 0xfUL << 28, false },	/* NZCV */
	/*
	 * The sweep's own exceptions write these; guest_main() has looked at them before the first
	 * one.
	 */
	{ REG(3, 0, 4, 0, 0), ~0UL, false },	/* SPSR_EL1 */
	{ REG(3, 0, 4, 0, 1), ~0UL, false },	/* ELR_EL1 */
	{ REG(3, 0, 5, 2, 0), ~0UL, false },	/* ESR_EL1 */
	{ REG(3, 0, 6, 0, 0), ~0UL, false },	/* FAR_EL1 */
	/* AT instructions of the sweep write it: sweep_instructions() runs first. */
	{ REG(3, 0, 7, 4, 0), ~0UL, false },	/* PAR_EL1 */
	/* A view of CNTV_CVAL_EL0, which is checked, against the running counter. */
	{ REG(3, 3, 14, 3, 0), ~0UL, true },	/* CNTV_TVAL_EL0 */
	/* Reset values and read-only fields of the GIC's virtual CPU interface (IHI 0069, 12.2). */
	{ REG(3, 0, 12, 8, 3), 3, false },	/* ICC_BPR0_EL1: the least that there is */
	{ REG(3, 0, 12, 12, 3), 3, false },	/* ICC_BPR1_EL1 */
	/* ICC_CTLR_EL1: RSS, A3V, SEIS, IDbits, PRIbits */
	{ REG(3, 0, 12, 12, 4), 0xcff00UL, false },
	{ REG(3, 0, 12, 12, 5), 7, false },	/* ICC_SRE_EL1: system registers only */
};

static int find(uint32_t reg)
{
	for (unsigned int i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (list[i].reg == reg)
			return i;
	return -1;
}

bool sweep_list_keeps(uint32_t reg)
{
	int i = find(reg);

	return i >= 0 && list[i].keeps;
}

uint64_t sweep_list_may_be_set(uint32_t reg)
{
	int i = find(reg);

	return i < 0 ? 0 : list[i].may_be_set;
}

#define OP2(n) (1U << (n))
/* VMALLE1, VAE1, ASIDE1, VAAE1, VALE1, VAALE1; of ranges VAE1, VAAE1, VALE1, VAALE1 */
#define TLBI_RANGE (OP2(1) | OP2(3) | OP2(5) | OP2(7))
#define TLBI (TLBI_RANGE | OP2(0) | OP2(2))

/*
 * SYS instructions that do not trap, and why each may be left to a guest. Those of EL1 (op1 0) and
 * of EL0 (op1 3); none of EL2, none of op1 1 (BRB), none in CRn 11 and 15, which are a CPU's own.
 */
static const struct {
	uint8_t op1, crn, crm, op2s;
} instructions[] = {
	/* IC IALLUIS, IALLU: contents are not changed; HCR_EL2.FB makes IALLU reach all CPUs. */
	{ 0, 7, 1, OP2(0) },
	{ 0, 7, 5, OP2(0) },
	/*
	 * DC IVAC: by an address of the guest's own; with HCR_EL2.VM it cleans, too. DC ISW:
	 * HCR_EL2.SWIO makes it clean, so that it loses nothing of anybody else's.
	 */
	{ 0, 7, 6, OP2(1) | OP2(2) },
	/* DC IGVAC, IGSW, IGDVAC, IGDSW: with tags, of which a guest has none (ATA is 0). */
	{ 0, 7, 6, OP2(3) | OP2(4) | OP2(5) | OP2(6) },
	/* AT S1E1R, S1E1W, S1E0R, S1E0W; S1E1RP, S1E1WP, S1E1A: of its own tables, into PAR_EL1. */
	{ 0, 7, 8, OP2(0) | OP2(1) | OP2(2) | OP2(3) },
	{ 0, 7, 9, OP2(0) | OP2(1) | OP2(2) },
	/* DC CSW, CISW: lines of others are written back, which nobody can see. */
	{ 0, 7, 10, OP2(2) },
	{ 0, 7, 14, OP2(2) },
	/* DC CGSW, CGDSW, CIGSW, CIGDSW: the same with tags. */
	{ 0, 7, 10, OP2(4) | OP2(6) },
	{ 0, 7, 14, OP2(4) | OP2(6) },
	/* CFP, DVP, COSP, CPP RCTX: forget what is predicted for this VMID at EL1 and EL0. */
	{ 3, 7, 3, OP2(4) | OP2(5) | OP2(6) | OP2(7) },
	/* DC ZVA, GVA, GZVA: stores to the guest's own addresses. */
	{ 3, 7, 4, OP2(1) | OP2(3) | OP2(4) },
	/* IC IVAU, DC CVAC, CVAU, CVAP, CVADP, CIVAC, with tags or without: its own addresses. */
	{ 3, 7, 5, OP2(1) },
	{ 3, 7, 10, OP2(1) | OP2(3) | OP2(5) },
	{ 3, 7, 11, OP2(1) },
	{ 3, 7, 12, OP2(1) | OP2(3) | OP2(5) },
	{ 3, 7, 13, OP2(1) | OP2(3) | OP2(5) },
	{ 3, 7, 14, OP2(1) | OP2(3) | OP2(5) },
	/*
	 * TLBI of the current VMID. OS, IS, and local, which HCR_EL2.FB makes reach all CPUs; then
	 * their ranges; then all of these with nXS.
	 */
	{ 0, 8, 1, TLBI },
	{ 0, 8, 3, TLBI },
	{ 0, 8, 7, TLBI },
	{ 0, 8, 2, TLBI_RANGE },
	{ 0, 8, 5, TLBI_RANGE },
	{ 0, 8, 6, TLBI_RANGE },
	{ 0, 9, 1, TLBI },
	{ 0, 9, 3, TLBI },
	{ 0, 9, 7, TLBI },
	{ 0, 9, 2, TLBI_RANGE },
	{ 0, 9, 5, TLBI_RANGE },
	{ 0, 9, 6, TLBI_RANGE },
};

bool sweep_list_instruction(uint32_t insn)
{
	for (unsigned int i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++)
		if (instructions[i].op1 == (insn >> 16 & 7) &&
		    instructions[i].crn == (insn >> 12 & 15) &&
		    instructions[i].crm == (insn >> 8 & 15) &&
		    instructions[i].op2s & OP2(insn >> 5 & 7))
			return true;
	return false;
}

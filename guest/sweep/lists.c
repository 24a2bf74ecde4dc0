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

/*
 * IC, DC, AT and prediction restrictions (CRn 7) and TLBI (CRn 8 and, with FEAT_XS, 9) of EL1 (op1
 * 0) and EL0 (op1 3).
 */
bool sweep_list_instruction(uint32_t insn)
{
	uint32_t op1 = insn >> 16 & 7, crn = insn >> 12 & 15;

	return (op1 == 0 && crn >= 7 && crn <= 9) || (op1 == 3 && crn == 7);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * IMPLEMENTATION DEFINED system registers and instructions of the host trap (HCR_EL2.TIDCP): on
 * some cores they read the caches' RAMs (RAMINDEX of Cortex-A57 and A72), past every stage of
 * translation, or take a core out of the broadcast of TLB invalidations (CPUECTLR_EL1.SMPEN). A
 * short list is passed on, so that stock drivers which need it do not oops.
 */
#include <arch/cpu.h>
#include <arch/esr.h>
#include <arch/impdef.h>
#include <arch/sysreg.h>
#include <el2/errata.h>

enum core { CORE_OTHER, CORE_DSU, CORE_A72, CORE_CARMEL, CORE_EL2 };

static const struct {
	uint32_t reg;
	uint32_t core;
} registers[] = {
#define ENTRY(core, op0, op1, crn, crm, op2)                                                       \
	{ ISS_REG(op0, op1, crn, crm, op2), CORE_##core },
	IMPDEF_REGISTERS(ENTRY)
};

/* Arm's cores that come with a DynamIQ Shared Unit, by MIDR_EL1.PartNum. */
static const uint16_t dsu_parts[] = {
	0xd05, 0xd06, 0xd0a, 0xd0b, 0xd0c, 0xd0d, 0xd0e, 0xd40, 0xd41, 0xd42, 0xd44, 0xd46, 0xd47,
	0xd48, 0xd49, 0xd4a, 0xd4b, 0xd4c, 0xd4d, 0xd4e, 0xd4f, 0xd80, 0xd81, 0xd82, 0xd85, 0xd87,
};

static enum core impdef_core(void)
{
	uint64_t model = read_sysreg(midr_el1) & MIDR_MODEL;
	unsigned int i;

	if (model == MODEL(0x4e, 0x004))
		return CORE_CARMEL;
	if (model == ARM(0xd08))
		return CORE_A72;
	for (i = 0; i < ARRAY_SIZE(dsu_parts); i++)
		if (model == ARM((uint64_t)dsu_parts[i]))
			return CORE_DSU;
	return CORE_OTHER;
}

bool host_impdef(struct host_regs *regs, uint64_t esr)
{
	bool read = esr & ISS_READ;
	unsigned int rt = ISS_RT(esr), i;
	struct impdef_result result;

	for (i = 0; i < ARRAY_SIZE(registers); i++)
		if (registers[i].reg == (esr & ISS_REG_MASK))
			break;
	/* From EL0 nothing of this is allowed. */
	if (i == ARRAY_SIZE(registers) || registers[i].core != impdef_core() ||
	    SPSR_EL(read_sysreg(spsr_el2)) == 0)
		return false;
	result = impdef_access(2 * i + !read, read || rt == 31 ? 0 : regs->x[rt]);
	if (!result.exists)
		return false;
	if (read && rt != 31)
		regs->x[rt] = result.value;
	write_sysreg(elr_el2, read_sysreg(elr_el2) + 4);
	return true;
}

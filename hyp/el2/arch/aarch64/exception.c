// SPDX-License-Identifier: GPL-2.0-only
/*
 * Injects exceptions into EL1, as the CPU would take them there (DDI 0487, AArch64.TakeException).
 */
#include <arch/guest.h>
#include <arch/sysreg.h>

#define SCTLR_EL1_SPAN	BIT(23)
#define SCTLR_EL1_DSSBS	BIT(44)

#define VECTOR_SYNC	0x000
#define VECTOR_SERROR	0x180

static void enter_el1(uint64_t vector)
{
	uint64_t old = read_sysreg(spsr_el2), sctlr = read_sysreg(sctlr_el1);
	uint64_t new = PSR_MODE_EL1H | PSR_DAIF | (old & (PSR_PAN | PSR_DIT));

	if (old & PSR_MODE32)
		vector += 0x600;
	else if (SPSR_EL(old) == 0)
		vector += 0x400;
	else if ((old & PSR_MODE_MASK) == PSR_MODE_EL1H)
		vector += 0x200;
	if (!(sctlr & SCTLR_EL1_SPAN))
		new |= PSR_PAN;
	if (sctlr & SCTLR_EL1_DSSBS)
		new |= PSR_SSBS;
	write_sysreg(spsr_el1, old);
	write_sysreg(elr_el1, read_sysreg(elr_el2));
	write_sysreg(elr_el2, read_sysreg(vbar_el1) + vector);
	write_sysreg(spsr_el2, new);
}

void inject_sync(uint64_t esr, bool set_far, uint64_t far)
{
	write_sysreg(esr_el1, esr);
	if (set_far)
		write_sysreg(far_el1, far);
	enter_el1(VECTOR_SYNC);
}

void inject_serror(uint64_t esr)
{
	write_sysreg(esr_el1, esr);
	enter_el1(VECTOR_SERROR);
}

void inject_undefined(void)
{
	inject_sync((uint64_t)EC_UNKNOWN << ESR_EC_SHIFT | ESR_IL, false, 0);
}

void inject_abort(uint64_t esr, uint64_t far, uint64_t fsc)
{
	uint64_t ec = ESR_EC(esr) == EC_IABT_LOWER ? EC_IABT_LOWER : EC_DABT_LOWER;

	/* From the same level, the class is the next one. */
	ec += SPSR_EL(read_sysreg(spsr_el2)) ? 1 : 0;
	inject_sync(ec << ESR_EC_SHIFT | ESR_IL | (ec >= EC_DABT_LOWER ? esr & ISS_WNR : 0) | fsc,
		    true, far);
}

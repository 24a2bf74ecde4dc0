// SPDX-License-Identifier: GPL-2.0-only
/* Exceptions that the host takes to EL2: decodes them (docs/design.md, "Faults of the host"). */
#include <abi/hypercall.h>
#include <abi/smccc.h>
#include <arch/cpu.h>
#include <arch/esr.h>
#include <arch/guest.h>
#include <arch/machine.h>
#include <arch/sysreg.h>
#include <el2/host.h>

#define STUB_CALLS	5		/* HVC_SET_VECTORS to HVC_GET_ICH_VTR_EL2 */

static void host_hvc(struct host_regs *regs, uint64_t esr)
{
	if (ISS_IMM16(esr))
		regs->x[0] = SMCCC_NOT_SUPPORTED;
	else if (regs->x[0] < STUB_CALLS)
		regs->x[0] = DONJON_STUB_ERR;
	else
		host_call(regs);
}

/* Called by vectors.S with the host's registers saved. */
void host_trap(struct host_regs *regs)
{
	uint64_t esr = read_sysreg(esr_el2);

	switch (ESR_EC(esr)) {
	case EC_HVC64:
		host_hvc(regs, esr);
		break;
	case EC_SMC64:
		arch_skip_instruction();
		host_smc(regs->x, ISS_IMM16(esr));
		break;
	case EC_DABT_LOWER:
	case EC_IABT_LOWER:
		host_abort(esr, regs->x);
		break;
	case EC_SYSREG:
		if (!host_impdef(regs, esr))
			inject_undefined();
		break;
	default:
		/*
		 * Nothing else of the host's is trapped; what Linux's own settings trap is
		 * undefined.
		 */
		inject_undefined();
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exceptions that a guest takes to EL2. Each is handled here, or becomes an exit that tells the
 * host only what hyp/abi/run.h names for it. What the guest must not do becomes an exception in the
 * guest.
 */
#include <arch/asm.h>
#include <arch/esr.h>
#include <arch/guest.h>
#include <arch/sysreg.h>
#include <el2/guest_exit.h>

static int handle_sync(struct vcpu *vcpu)
{
	uint64_t esr = read_sysreg(esr_el2);

	switch (ESR_EC(esr)) {
	case EC_SMC64:
		arch_skip_instruction();
		/* fall through */
	case EC_HVC64:
		/* Only HVC #0 and SMC #0 are calls of the SMC calling convention. */
		return ISS_IMM16(esr) ? guest_call_unknown(vcpu) : guest_call(vcpu);
	case EC_DABT_LOWER:
	case EC_IABT_LOWER:
		return guest_abort(vcpu, esr);
	case EC_WFX:
		arch_skip_instruction();
		/* WFE, WFIT and WFET may end at any time; only WFI sleeps. */
		return ISS_TI(esr) == TI_WFI ? DONJON_EXIT_WFI : RESUME;
	case EC_SYSREG:
		return guest_sysreg(vcpu, esr);
	}
	/* What is not offered does not exist: SVE, SME, AArch32, debug, ... */
	inject_undefined();
	return RESUME;
}

int guest_handle_exit(struct vcpu *vcpu, int what)
{
	switch (what) {
	case GUEST_SYNC:
		return handle_sync(vcpu);
	case GUEST_IRQ:
		return DONJON_EXIT_INTERRUPT;
	default:
		vcpu->serror_esr = read_sysreg(esr_el2);
		return DONJON_EXIT_INTERRUPT;
	}
}

// SPDX-License-Identifier: GPL-2.0-only
#include <arch/esr.h>
#include <arch/features.h>
#include <el2/guest_exit.h>
#include <el2/panic.h>

void guest_serror(struct vcpu *vcpu)
{
	uint64_t esr = vcpu->serror_esr;

	vcpu->serror_esr = 0;
	/* Without FEAT_RAS, and with IDS set, the syndrome says nothing that is defined. */
	if (cpu_features.ras && !(esr & ISS_IDS) && ISS_DFSC(esr) == DFSC_SERROR) {
		if (ISS_AET(esr) == AET_CORRECTED)
			return;
		if (ISS_AET(esr) == AET_UNCONTAINABLE)
			EL2_PANIC("uncontainable error");
	}
	vcpu->serror = true;
}

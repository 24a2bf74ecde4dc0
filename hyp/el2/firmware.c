// SPDX-License-Identifier: GPL-2.0-only
#include <abi/smccc.h>
#include <arch/machine.h>
#include <el2/host.h>

void firmware_protect_memory(bool on)
{
	uint64_t args[8] = { PSCI_FEATURES, PSCI_MEM_PROTECT };

	arch_smc(args);
	if ((int32_t)args[0] != PSCI_RET_SUCCESS)
		return;
	args[0] = PSCI_MEM_PROTECT;
	args[1] = on;
	arch_smc(args);
}

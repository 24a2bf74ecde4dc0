// SPDX-License-Identifier: GPL-2.0-only
#include <abi/smccc.h>
#include <arch/machine.h>
#include <el2/host.h>

bool firmware_answers;

int32_t firmware_call(uint64_t function, uint64_t argument)
{
	uint64_t args[8] = { function, argument };

	if (!firmware_answers && !(function & MASK(29, 24)))
		return SMCCC_NOT_SUPPORTED;
	arch_smc(args);
	return args[0];
}

void firmware_protect_memory(bool on)
{
	if (firmware_call(PSCI_FEATURES, PSCI_MEM_PROTECT) == PSCI_RET_SUCCESS)
		firmware_call(PSCI_MEM_PROTECT, on);
}

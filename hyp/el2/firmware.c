// SPDX-License-Identifier: GPL-2.0-only
#include <abi/smccc.h>
#include <arch/machine.h>
#include <el2/console.h>
#include <el2/host.h>
#include <el2/init.h>
#include <el2/spinlock.h>

bool firmware_answers;

static struct spinlock lock;
static bool protects_memory;	/* has been asked to */

int32_t firmware_call(uint64_t function, uint64_t argument)
{
	uint64_t args[8] = { function, argument };

	if (!firmware_answers && !(function & MASK(29, 24)))
		return SMCCC_NOT_SUPPORTED;
	arch_smc(args);
	return args[0];
}

void firmware_init(void)
{
	spin_init(&lock, LOCK_FIRMWARE);
	protects_memory = false;
}

void firmware_protect_memory(bool on)
{
	int32_t ret = 0;

	spin_lock(&lock);
	if (protects_memory != on && (!on || phase_get() == DONJON_PHASE_RUNNING)) {
		protects_memory = on;
		if (firmware_call(PSCI_FEATURES, PSCI_MEM_PROTECT) == PSCI_RET_SUCCESS)
			ret = firmware_call(PSCI_MEM_PROTECT, on);
		if (ret < 0)
			printk("the firmware refuses MEM_PROTECT(%lu): a reset that EL2 does not "
			       "see may leave guests' memory readable\n", (uint64_t)on);
	}
	spin_unlock(&lock);
}

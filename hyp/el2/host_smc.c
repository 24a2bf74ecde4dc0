// SPDX-License-Identifier: GPL-2.0-only
#include <abi/smccc.h>
#include <arch/machine.h>
#include <el2/console.h>
#include <el2/host.h>
#include <el2/vm.h>

enum smc_kind {
	SMC_UNKNOWN,
	SMC_DENIED,		/* a CPU that the firmware starts would begin at EL2 */
	SMC_FORWARD,		/* reaches the firmware as it is */
	SMC_ENDS_MACHINE,	/* the same, after the guests' secrets are gone */
};

struct donjon_firmware_calls host_firmware_calls;

static enum smc_kind smc_kind(uint64_t function, uint64_t argument)
{
	unsigned int i;

	switch (function) {
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_SYSTEM_RESET2:
	case PSCI_SYSTEM_RESET2 | SMCCC_64:
		return SMC_ENDS_MACHINE;
	}
	switch (function & ~SMCCC_64) {
	case SMCCC_VERSION:
	case SMCCC_ARCH_FEATURES:
	case SMCCC_ARCH_SOC_ID:
	case SMCCC_ARCH_WORKAROUND_1:
	case SMCCC_ARCH_WORKAROUND_3:
	case PSCI_VERSION:
	case PSCI_FEATURES:
	case PSCI_AFFINITY_INFO:
	case PSCI_MIGRATE_INFO_TYPE:
	case TRNG_VERSION:
	case TRNG_FEATURES:
	case TRNG_GET_UUID:
	case TRNG_RND32:
		return SMC_FORWARD;
	case PSCI_CPU_ON:
	case PSCI_CPU_OFF:
	case PSCI_SYSTEM_SUSPEND:
		return SMC_DENIED;
	case PSCI_CPU_SUSPEND:
		return argument & PSCI_POWER_DOWN ? SMC_DENIED : SMC_FORWARD;
	}
	for (i = 0; i < DONJON_MAX_FIRMWARE_CALLS && smccc_may_be_listed(function); i++)
		if (host_firmware_calls.function[i] == function)
			return SMC_FORWARD;
	return SMC_UNKNOWN;
}

/*
 * Says that a function is refused: once, unless two CPUs meet here, and of so many functions at
 * most. The driver adds what can be done about it.
 */
static void tell(uint64_t function)
{
	static uint64_t told[32];
	unsigned int i = 0;

	while (i < ARRAY_SIZE(told) && told[i] && told[i] != function + 1)
		i++;
	if (i < ARRAY_SIZE(told) && !__atomic_exchange_n(&told[i], function + 1, __ATOMIC_RELAXED))
		printk("SMC 0x%lx is refused\n", function);
}

/*
 * Nothing is destroyed for a call that the firmware would refuse. SYSTEM_OFF and SYSTEM_RESET are
 * mandatory; of SYSTEM_RESET2, where the firmware has it, only the architectural warm reset, type
 * 0, is let through.
 */
static bool firmware_will(uint64_t function, uint64_t type)
{
	if ((function & ~SMCCC_64) != PSCI_SYSTEM_RESET2)
		return true;
	if ((uint32_t)type != PSCI_RESET2_WARM)
		return false;
	return firmware_call(PSCI_FEATURES, function) == PSCI_RET_SUCCESS;
}

void host_smc(uint64_t x[8], uint32_t immediate)
{
	/* Without the hint, which older firmware does not know. */
	uint64_t function = x[0] & ~SMCCC_SVE_HINT, asked = (uint32_t)x[1];
	enum smc_kind kind = immediate ? SMC_UNKNOWN : smc_kind(function, x[1]);
	bool features = (function & ~SMCCC_64) == PSCI_FEATURES;

	if (kind == SMC_ENDS_MACHINE && !firmware_will(function, x[1]))
		kind = SMC_UNKNOWN;
	if (kind <= SMC_DENIED && !immediate)
		tell(function);
	/* Nor does the firmware know what is refused here. */
	if (features && smc_kind(asked, 0) <= SMC_DENIED)
		kind = SMC_UNKNOWN;
	if (kind <= SMC_DENIED) {
		x[0] = kind == SMC_DENIED ? PSCI_RET_DENIED : SMCCC_NOT_SUPPORTED;
		return;
	}
	if (kind == SMC_ENDS_MACHINE) {
		vms_stop();	/* without VMs the firmware need not zero memory, either */
		vms_destroy_secrets(true);
	}
	x[0] = function;
	/* From a standby state the CPU goes on behind the call, not at an address of the host's. */
	if ((function & ~SMCCC_64) == PSCI_CPU_SUSPEND)
		x[2] = 0;
	arch_smc(x);
	/* SET_SUSPEND_MODE is refused, so there is one mode. */
	if (features && (asked & ~SMCCC_64) == PSCI_CPU_SUSPEND && (int32_t)x[0] > 0)
		x[0] &= ~PSCI_OS_INITIATED;
	/* The firmware has returned: nothing but a reset helps now. */
	if (kind == SMC_ENDS_MACHINE)
		firmware_call(PSCI_SYSTEM_RESET, 0);
}

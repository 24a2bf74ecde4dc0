// SPDX-License-Identifier: GPL-2.0-only
/* What the host takes to EL2: its calls, its SMCs, its faults (docs/design.md, "Faults of the host"). */
#include <abi/hypercall.h>
#include <abi/smccc.h>
#include <arch/cpu.h>
#include <arch/guest.h>
#include <arch/machine.h>
#include <arch/sysreg.h>
#include <el2/hypercall.h>
#include <el2/ledger.h>
#include <el2/vm.h>

#define STUB_CALLS	5		/* HVC_SET_VECTORS to HVC_GET_ICH_VTR_EL2 */
#define KERNEL_ADDRESS	BIT(55)		/* which half of the address space (TTBR1) */

static uint64_t refusals;

uint64_t host_refusals(void)
{
	return __atomic_load_n(&refusals, __ATOMIC_RELAXED);
}

static void host_hvc(struct host_regs *regs, uint64_t esr)
{
	if (esr & 0xffff)
		regs->x[0] = SMCCC_NOT_SUPPORTED;
	else if (regs->x[0] < STUB_CALLS)
		regs->x[0] = DONJON_STUB_ERR;
	else
		host_call(regs);
}

enum smc_kind {
	SMC_UNKNOWN,
	SMC_FORWARD,		/* reaches the firmware as it is */
	SMC_ENDS_MACHINE,	/* the same, after the guests' secrets are gone */
	SMC_DENIED,		/* CPUs stay as they are: one that the firmware starts would begin at EL2 (S6) */
};

static enum smc_kind smc_kind(uint64_t function)
{
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
	case SMCCC_ARCH_WORKAROUND_2:
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
	case PSCI_CPU_SUSPEND:
	case PSCI_SYSTEM_SUSPEND:
		return SMC_DENIED;
	}
	return SMC_UNKNOWN;
}

/*
 * Before everything is destroyed for it: will the firmware do it? SYSTEM_OFF and SYSTEM_RESET are mandatory; of SYSTEM_RESET2 only the
 * architectural warm reset, type 0, is let through, if it is there.
 */
static bool firmware_will(uint64_t function, uint64_t type)
{
	uint64_t args[8] = { PSCI_FEATURES, function };

	if ((function & ~SMCCC_64) != PSCI_SYSTEM_RESET2)
		return true;
	arch_smc(args);
	return (int32_t)args[0] == PSCI_RET_SUCCESS && !(uint32_t)type;
}

static void host_smc(struct host_regs *regs, uint64_t esr)
{
	uint64_t function = regs->x[0] & ~SMCCC_SVE_HINT, args[8], i;
	enum smc_kind kind = esr & 0xffff ? SMC_UNKNOWN : smc_kind(function);

	write_sysreg(elr_el2, read_sysreg(elr_el2) + 4);
	if (kind == SMC_ENDS_MACHINE && !firmware_will(function, regs->x[1]))
		kind = SMC_UNKNOWN;
	if (kind == SMC_UNKNOWN || kind == SMC_DENIED) {
		regs->x[0] = kind == SMC_DENIED ? PSCI_RET_DENIED : SMCCC_NOT_SUPPORTED;
		return;
	}
	if (kind == SMC_ENDS_MACHINE)
		vms_destroy_secrets(true);
	args[0] = function;	/* without the hint, which older firmware does not know */
	for (i = 1; i < 8; i++)
		args[i] = regs->x[i];
	arch_smc(args);
	if (kind == SMC_ENDS_MACHINE) {		/* it should not have come back: nothing but a reset helps now */
		args[0] = PSCI_SYSTEM_RESET;
		arch_smc(args);
	}
	for (i = 0; i < 4; i++)
		regs->x[i] = args[i];
}

/*
 * The host touched what is not its own. Linux sees an alignment fault: a signal for user space, -EFAULT for a copy from or
 * to user space, an oops for anything else.
 */
static void refuse(uint64_t esr)
{
	bool from_el0 = (read_sysreg(spsr_el2) & PSR_MODE_MASK & ~BIT(4)) == PSR_MODE_EL0;
	uint64_t ec = ESR_EC(esr) + (from_el0 ? 0 : 1);

	__atomic_fetch_add(&refusals, 1, __ATOMIC_RELAXED);
	inject_sync(ec << ESR_EC_SHIFT | ESR_IL | (ESR_EC(esr) == EC_DABT_LOWER ? esr & ISS_WNR : 0) | FSC_ALIGNMENT, true,
		    read_sysreg(far_el2));
}

static void host_abort(uint64_t esr)
{
	uint64_t page = (read_sysreg(hpfar_el2) >> 4) << PAGE_SHIFT;
	bool from_el1 = read_sysreg(spsr_el2) & PSR_MODE_EL1T && !(read_sysreg(spsr_el2) & BIT(4));
	bool kernel = from_el1 && (read_sysreg(far_el2) & KERNEL_ADDRESS);
	unsigned int owner;

	/* All that is mapped has all rights but execution from devices: only a missing entry can be cured. */
	if (FSC_TYPE(esr) != FSC_TRANSLATION) {
		refuse(esr);
		return;
	}
	if (!ledger_host_fault(pa(page), &owner))
		return;
	/* A page table of the host's, or an address that only its kernel has: Linux could not recover. Take the page from the guest. */
	if ((kernel || esr & ISS_S1PTW) && owner >= OWNER_GUEST && !ledger_force_reclaim(pa(page)))
		return;
	refuse(esr);
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
		host_smc(regs, esr);
		break;
	case EC_DABT_LOWER:
	case EC_IABT_LOWER:
		host_abort(esr);
		break;
	default:
		/* Nothing else of the host's is trapped; what Linux's own settings trap is undefined for it. */
		inject_undefined();
	}
}

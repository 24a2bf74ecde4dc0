// SPDX-License-Identifier: GPL-2.0-only
#include <arch/esr.h>
#include <arch/guest.h>
#include <arch/machine.h>
#include <el2/host.h>
#include <el2/ledger.h>

#define KERNEL_ADDRESS	BIT(55)		/* which half of the virtual addresses (TTBR1) */

static uint64_t refusals;

uint64_t host_refusals(void)
{
	return __atomic_load_n(&refusals, __ATOMIC_RELAXED);
}

/*
 * Linux takes an alignment fault: a signal for user space, -EFAULT for a copy from or to user
 * space, an oops for anything else.
 */
static void refuse(uint64_t esr)
{
	__atomic_fetch_add(&refusals, 1, __ATOMIC_RELAXED);
	inject_abort(esr, arch_fault_va(), FSC_ALIGNMENT);
}

/*
 * A device that is kept from the host is as good as absent: it reads as zero and ignores writes, so
 * that no driver of the host's oopses. False: the syndrome does not describe the access.
 */
static bool ignore(uint64_t esr, uint64_t x[31])
{
	if (ESR_EC(esr) != EC_DABT_LOWER || !(esr & ISS_ISV))
		return false;
	if (!(esr & ISS_WNR) && ISS_SRT(esr) != REG_NONE)
		x[ISS_SRT(esr)] = 0;
	arch_skip_instruction();
	return true;
}

/*
 * An address of the host's kernel, or an entry of the host's own tables: Linux could not recover.
 */
static bool is_fatal(uint64_t esr)
{
	return esr & ISS_S1PTW ||
	       (SPSR_EL(arch_fault_pstate()) && (arch_fault_va() & KERNEL_ADDRESS));
}

void host_abort(uint64_t esr, uint64_t x[31])
{
	pa_t page = pa(arch_fault_page());
	unsigned int owner;
	int ret;

	/* All that is mapped has all rights but execution from devices: only a missing entry can
	 * be mapped. */
	if (FSC_TYPE(esr) == FSC_TRANSLATION) {
		ret = ledger_host_fault(page, &owner);
		if (!ret || (ret == -ENOENT && ignore(esr, x)))
			return;
		if (is_fatal(esr) && owner >= OWNER_GUEST && !ledger_force_reclaim(page))
			return;
	}
	refuse(esr);
}

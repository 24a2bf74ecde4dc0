// SPDX-License-Identifier: GPL-2.0-only
#include <arch/esr.h>
#include <arch/guest.h>
#include <arch/machine.h>
#include <el2/console.h>
#include <el2/host.h>
#include <el2/ledger.h>
#include <el2/vm.h>

#define KERNEL_ADDRESS	BIT(55)		/* which half of the virtual addresses (TTBR1) */

bool host_has_fixups;
static uint64_t refusals;

uint64_t host_refusals(void)
{
	return __atomic_load_n(&refusals, __ATOMIC_RELAXED);
}

/*
 * Linux takes an alignment fault: a signal for user space, -EFAULT for a copy from or to user
 * space, an oops for anything else that has no fixup. Or another one, see ask_linux().
 */
static void refuse(uint64_t esr, uint64_t fsc)
{
	__atomic_fetch_add(&refusals, 1, __ATOMIC_RELAXED);
	inject_abort(esr, arch_fault_va(), fsc);
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
 * An address of the host's kernel, or an entry of the host's own tables: Linux could not recover,
 * if it has no fixup.
 */
static bool is_fatal(uint64_t esr)
{
	return esr & ISS_S1PTW ||
	       (SPSR_EL(arch_fault_pstate()) && (arch_fault_va() & KERNEL_ADDRESS));
}

/*
 * Linux shall look for a fixup first. It takes a translation fault; where it has no fixup, it asks
 * the MMU (AT S1E1R), hears that the address translates well, and repeats the access. So the page
 * in PAR_EL1 tells that it has looked, once what was there before is gone. An address that leads
 * elsewhere than to the page, as the first one of an access to two pages may, would repeat for
 * ever. False: the page is to be taken now.
 */
static bool ask_linux(uint64_t esr, uint64_t page)
{
	uint64_t asked = arch_take_translation(), seen;

	if (!host_has_fixups || ESR_EC(esr) != EC_DABT_LOWER || esr & ISS_S1PTW || asked == page)
		return false;
	seen = arch_translate(arch_fault_va());
	if (seen != page && !(seen & NO_PAGE))
		return false;
	refuse(esr, FSC_NO_PAGE);
	return true;
}

/* By force; and the log says who has touched it. */
static bool take(pa_t page, unsigned int owner, uint64_t ipa)
{
	uint64_t task, when, pc = arch_fault_from(&task, &when);

	if (ledger_force_reclaim(page))
		return false;
	printk("VM %lu loses its page at IPA 0x%lx, touched by {<%lx,%lx>} at [<%lx>]\n",
	       vm_handle_of(owner), ipa, task, when, pc);
	return true;
}

void host_abort(uint64_t esr, uint64_t x[31])
{
	pa_t page = pa(arch_fault_page());
	unsigned int owner;
	uint64_t ipa = 0;
	int ret;

	/* All that is mapped has all rights but execution from devices: only a missing entry can
	 * be mapped. */
	if (FSC_TYPE(esr) == FSC_TRANSLATION) {
		ret = ledger_host_fault(page, &owner, &ipa);
		if (!ret || (ret == -ENOENT && ignore(esr, x)))
			return;
		if (is_fatal(esr) && owner >= OWNER_GUEST &&
		    (ask_linux(esr, page.v) || take(page, owner, ipa)))
			return;
	}
	refuse(esr, FSC_ALIGNMENT);
}

// SPDX-License-Identifier: GPL-2.0-only
#include <arch/esr.h>
#include <arch/guest.h>
#include <el2/guest_exit.h>

static int abort_guest(uint64_t esr)
{
	inject_abort(esr, arch_fault_va(), FSC_EXTERNAL);
	return RESUME;
}

/* The low bits of value that an access of size bytes has. */
static uint64_t cut(uint64_t value, uint64_t size)
{
	return value & (~0UL >> (64 - 8 * size));
}

/*
 * An access outside RAM. The syndrome describes it, and the host emulates it; or it does not (two
 * registers, an index that is written back), and the VMM of an unprotected guest is told.
 */
static int mmio_exit(struct vcpu *vcpu, uint64_t esr, uint64_t addr)
{
	struct donjon_run *run = vcpu->run;
	uint64_t size = 1UL << ISS_SAS(esr), reg = ISS_SRT(esr), data = 0;
	bool write = esr & ISS_WNR;

	if (!(esr & ISS_ISV) && !vcpu->vm->mem.protected) {
		run->ipa = addr;
		return DONJON_EXIT_NO_SYNDROME;
	}
	if (!(esr & ISS_ISV) || !is_aligned(addr, size))
		return abort_guest(esr);
	vcpu->abort_esr = esr;
	vcpu->abort_far = arch_fault_va();
	vcpu->pending = PENDING_MMIO;
	if (write && reg != REG_NONE)
		data = cut(vcpu->x[reg], size);
	run->ipa = addr;
	run->size = size;
	run->write = write;
	run->mmio_data = data;
	return DONJON_EXIT_MMIO;
}

static void set_mmio_result(struct vcpu *vcpu, uint64_t data)
{
	uint64_t esr = vcpu->abort_esr, size = 1UL << ISS_SAS(esr), reg = ISS_SRT(esr);
	uint64_t sign = BIT(8 * size - 1);

	if (esr & ISS_WNR || reg == REG_NONE)
		return;
	data = cut(data, size);
	if (esr & ISS_SSE)
		data = (data ^ sign) - sign;
	vcpu->x[reg] = esr & ISS_SF ? data : (uint32_t)data;
}

bool guest_complete_exit(struct vcpu *vcpu, uint64_t flags)
{
	bool due = vcpu->pending == PENDING_MMIO;

	if (vcpu->pending != PENDING_RECALL || !(flags & DONJON_ENTRY_RELEASED))
		vcpu->recalled.size = 0;
	vcpu->pending = PENDING_NOTHING;
	if (!due || !(flags & (DONJON_ENTRY_MMIO | DONJON_ENTRY_ABORT)))
		return false;
	if (flags & DONJON_ENTRY_ABORT)
		return true;
	set_mmio_result(vcpu, READ_ONCE(vcpu->run->mmio_data));
	vcpu->pc += 4;
	vcpu->pstate &= ~PSR_SS;	/* a debugger steps over it */
	return false;
}

/*
 * A page of RAM is missing at page, whose protected IPA is named. The host learns the number of the
 * page, and nothing of the guest's registers. An EMPTY page is not at its protected IPA, and no
 * other page is at its unprotected one.
 */
static int memory_exit(struct vcpu *vcpu, uint64_t esr, uint64_t page, uint64_t protected)
{
	struct guest_memory *mem = &vcpu->vm->mem;
	int there = ledger_guest_lookup(mem, ipa(page));

	if (!there)
		return RESUME;	/* another vCPU was quicker */
	if (there == -EPERM || (there != -EHWPOISON && page != protected &&
				ledger_guest_lookup(mem, ipa(protected)) != -EPERM))
		return abort_guest(esr);
	vcpu->run->write = ESR_EC(esr) == EC_DABT_LOWER && (esr & (ISS_WNR | ISS_S1PTW)) == ISS_WNR;
	return guest_exit_for_page(
		vcpu, there == -EHWPOISON ? DONJON_EXIT_POISONED : DONJON_EXIT_MEMORY, protected);
}

int guest_abort(struct vcpu *vcpu, uint64_t esr)
{
	struct vm *vm = vcpu->vm;
	bool rom = FSC_TYPE(esr) == FSC_PERMISSION && !(esr & ISS_S1PTW) && !vm->mem.protected;
	uint64_t page = rom ? arch_translate(arch_fault_va()) : arch_fault_page(), protected = page;
	bool ram, device;

	/*
	 * An entry is missing, or an unprotected guest writes to a read-only range: all else is
	 * mapped with all rights. Of the latter fault the CPU does not tell the page.
	 */
	if (page & NO_PAGE)
		return RESUME;	/* another vCPU has changed the guest's tables */
	if ((FSC_TYPE(esr) != FSC_TRANSLATION && !rom) || page >> vm->mem.pgt.ia_bits)
		return abort_guest(esr);
	if (vm->mem.protected)
		protected &= ~BIT(vm->mem.pgt.ia_bits - 1);
	spin_lock(&vm->mem.lock);
	ram = vm_is_ram(vm, protected, PAGE_SIZE) && !rom;
	device = guest_may_access(vm, page);
	spin_unlock(&vm->mem.lock);
	if (ram)
		return memory_exit(vcpu, esr, page, protected);
	if (ESR_EC(esr) != EC_DABT_LOWER || esr & ISS_S1PTW)
		return abort_guest(esr);
	/* A Realm names by an unprotected IPA what the host is to see, and a guest that uses MMIO
	 * guard by a call: anything else is a mistake, and stays in the guest. */
	if (!device || (READ_ONCE(vm->uses) == USES_RSI && page == protected))
		return abort_guest(esr);
	if (esr & ISS_CM) {
		arch_skip_instruction();
		return RESUME;
	}
	return mmio_exit(vcpu, esr, protected | (arch_fault_va() & ~PAGE_MASK));
}

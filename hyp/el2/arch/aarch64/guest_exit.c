// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exceptions that a guest takes to EL2. Each is handled here, or becomes an exit that tells the host only what its
 * description in hyp/abi/run.h names. What the guest has no right to do becomes an exception in the guest.
 */
#include <abi/run.h>
#include <arch/guest.h>
#include <arch/sysreg.h>
#include <el2/guest_call.h>
#include <el2/panic.h>
#include <el2/vcpu.h>

#define RESUME (-1)

#define PAR_F		BIT(0)
#define ISS_SAS(esr)	(((esr) >> 22) & 3)
#define ISS_SSE		BIT(21)
#define ISS_SRT(esr)	(((esr) >> 16) & 31)
#define ISS_SF		BIT(15)

static void skip_instruction(void)
{
	write_sysreg(elr_el2, read_sysreg(elr_el2) + 4);
}

static int abort_guest(uint64_t esr)
{
	inject_external_abort(esr, read_sysreg(far_el2));
	return RESUME;
}

/* An access outside RAM that the syndrome describes: the host emulates it. */
static int mmio_exit(struct vcpu *vcpu, uint64_t esr, uint64_t ipa)
{
	struct donjon_run *run = vcpu->run;
	uint64_t size = 1UL << ISS_SAS(esr), reg = ISS_SRT(esr), data = 0;

	if (!(esr & ISS_ISV) || ipa & (size - 1))
		return abort_guest(esr);
	vcpu->mmio.reg = reg;
	vcpu->mmio.size = size;
	vcpu->mmio.write = esr & ISS_WNR;
	vcpu->mmio.sign_extend = esr & ISS_SSE;
	vcpu->mmio.wide = esr & ISS_SF;
	vcpu->abort_esr = esr;
	vcpu->abort_far = read_sysreg(far_el2);
	vcpu->pending = PENDING_MMIO;
	if (vcpu->mmio.write && reg != 31)
		data = size == 8 ? vcpu->x[reg] : vcpu->x[reg] & (BIT(size * 8) - 1);
	run->ipa = ipa;
	run->size = size;
	run->write = vcpu->mmio.write;
	run->mmio_data = data;
	return DONJON_EXIT_MMIO;
}

/*
 * RAM without a page, at page; plain: its address without the alias bit. Nothing of the guest's registers goes out, only the number of the
 * page. What is EMPTY is not there at the plain address, and nothing else is at the alias.
 */
static int memory_exit(struct vcpu *vcpu, uint64_t esr, uint64_t page, uint64_t plain)
{
	int there = ledger_guest_lookup(&vcpu->vm->mem, ipa(page));

	if (!there)
		return RESUME;	/* another vCPU was quicker */
	vcpu->run->ipa = plain;
	vcpu->run->size = PAGE_SIZE;
	vcpu->run->write = ESR_EC(esr) == EC_DABT_LOWER && (esr & ISS_WNR) && !(esr & ISS_S1PTW);
	if (there == -EHWPOISON)
		return DONJON_EXIT_POISONED;
	if (there == -EPERM || (page != plain && ledger_guest_lookup(&vcpu->vm->mem, ipa(plain)) != -EPERM))
		return abort_guest(esr);
	return DONJON_EXIT_MEMORY;
}

static int handle_abort(struct vcpu *vcpu, uint64_t esr)
{
	const struct guest_memory *mem = &vcpu->vm->mem;
	uint64_t page = (read_sysreg(hpfar_el2) >> 4) << PAGE_SHIFT, plain = page;
	bool ram;

	/* Every page is mapped with all rights, so nothing but a missing one is expected. HPFAR_EL2 is valid for these. */
	if (FSC_TYPE(esr) != FSC_TRANSLATION || page >> mem->pgt.ia_bits)
		return abort_guest(esr);
	if (mem->protected)
		plain &= ~BIT(mem->pgt.ia_bits - 1);
	spin_lock(&vcpu->vm->mem.lock);
	ram = vm_is_ram(vcpu->vm, plain, PAGE_SIZE);
	spin_unlock(&vcpu->vm->mem.lock);
	if (ram)
		return memory_exit(vcpu, esr, page, plain);
	if (ESR_EC(esr) != EC_DABT_LOWER || esr & ISS_S1PTW)
		return abort_guest(esr);
	/* Who knows the alias names what the host is to see by it: anything else is a mistake, and stays in the guest. */
	if (READ_ONCE(vcpu->vm->realm) && page == plain)
		return abort_guest(esr);
	if (esr & ISS_CM) {
		skip_instruction();
		return RESUME;
	}
	return mmio_exit(vcpu, esr, plain | (read_sysreg(far_el2) & ~PAGE_MASK));
}

static int handle_sync(struct vcpu *vcpu)
{
	uint64_t esr = read_sysreg(esr_el2);
	int exit = RESUME;

	switch (ESR_EC(esr)) {
	case EC_HVC64:
		/* Only HVC #0 and SMC #0 are calls of the SMC calling convention. */
		return esr & 0xffff ? guest_call_unknown(vcpu) : guest_call(vcpu);
	case EC_SMC64:
		skip_instruction();
		exit = esr & 0xffff ? guest_call_unknown(vcpu) : guest_call(vcpu);
		break;
	case EC_DABT_LOWER:
	case EC_IABT_LOWER:
		return handle_abort(vcpu, esr);
	case EC_WFX:
		skip_instruction();
		/* WFE, WFIT and WFET may end at any time; only WFI sleeps. */
		return esr & 3 ? RESUME : DONJON_EXIT_WFI;
	case EC_SYSREG:
		if (guest_sysreg(vcpu, esr, &exit)) {
			skip_instruction();
			return exit;
		}
		inject_undefined();
		return RESUME;
	default:
		/* What is not offered does not exist: SVE, SME, AArch32, debug, ... */
		inject_undefined();
		return RESUME;
	}
	return exit;
}

int guest_handle_exit(struct vcpu *vcpu, int what)
{
	switch (what) {
	case 0:
		return handle_sync(vcpu);
	case 1:
		return DONJON_EXIT_INTERRUPT;
	default:
		/* An SError while the guest ran: the host deals with hardware errors, it gets one when it runs again. */
		vcpu->serror = true;
		return DONJON_EXIT_INTERRUPT;
	}
}

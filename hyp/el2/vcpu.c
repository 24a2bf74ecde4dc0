// SPDX-License-Identifier: GPL-2.0-only
#include <arch/cache.h>
#include <arch/esr.h>
#include <arch/features.h>
#include <arch/guest.h>
#include <arch/machine.h>
#include <arch/memory.h>
#include <el2/vcpu.h>

#define SCTLR_EL1_RESET	0x30d00800UL	/* RES1: MMU and caches off, little endian */

/*
 * Architectural reset state at EL1, MMU off, no SError pending; keeps identity, power state and run
 * page.
 */
static void reset_registers(struct vcpu *vcpu)
{
	vcpu_zero_to(vcpu, &vcpu->on_entry);
	vcpu->pstate = PSR_MODE_EL1H | PSR_DAIF;
	vcpu->el1.reg[REG_sctlr_el1] = SCTLR_EL1_RESET;
}

/*
 * Both or neither. One lock section each: every one of them may split two of the host's entries.
 */
static int take_vcpu_pages(pa_t page, pa_t run)
{
	int ret = ledger_host_share_hyp(run), undone;

	if (ret)
		return ret;
	ret = ledger_host_donate_hyp(page, PAGE_SIZE, NULL);
	if (ret) {
		/* Nobody else can change what EL2 has borrowed. */
		undone = ledger_host_unshare_hyp(run);
		EL2_ASSERT(!undone);
	}
	return ret;
}

int vcpu_create(uint64_t handle, uint64_t index, pa_t page, pa_t run)
{
	struct vcpu *vcpu;
	struct vm *vm;
	int ret = 0;

	if (index >= DONJON_MAX_VCPUS || page.v == run.v || !run.v)
		return -EINVAL;
	spin_lock(&vms_lock);
	vm = vm_find(handle);
	if (!vm)
		ret = -ENOENT;
	else if (vm->vcpu_pa[index])
		ret = -EEXIST;
	else if (READ_ONCE(vm->mem.dying))
		ret = -ESHUTDOWN;
	else if (READ_ONCE(vm->mem.activated))
		ret = -EPERM;
	ret = ret ?: take_vcpu_pages(page, run);
	if (!ret) {
		vcpu = arch_linear(page.v);
		arch_clear_page(vcpu);
		vcpu->vm = vm;
		vcpu->run = arch_linear(run.v);
		vcpu->index = index;
		reset_registers(vcpu);
		vm->vcpu_pa[index] = page.v;
		vm->run_pa[index] = run.v;
		__atomic_store_n(&vm->vcpus[index], vcpu, __ATOMIC_RELEASE);
	}
	spin_unlock(&vms_lock);
	return ret;
}

static bool is_feature(uint64_t reg)
{
	return reg >= DONJON_REG_ID(1, 0);
}

/* reg is below DONJON_NR_REGS, also where the check is only speculated to have passed. */
static uint64_t *reg_of(struct vcpu *vcpu, uint64_t reg)
{
	reg = arch_index_nospec(reg, DONJON_NR_REGS);
	if (reg <= DONJON_REG_X(30))
		return &vcpu->x[reg];
	switch (reg) {
	case DONJON_REG_PC:
		return &vcpu->pc;
	case DONJON_REG_PSTATE:
		return &vcpu->pstate;
	case DONJON_REG_CNTV_CTL:
		return &vcpu->cntv_ctl;
	case DONJON_REG_FPSR:
		return &vcpu->fp.fpsr;
	case DONJON_REG_FPCR:
		return &vcpu->fp.fpcr;
	}
	if (reg >= DONJON_REG_V(0, 0))
		return (uint64_t *)vcpu->fp.q + (reg - DONJON_REG_V(0, 0));
	return guest_el1_reg(vcpu, reg);
}

/*
 * mem.lock held. Whether the host may read or change this register. Of a protected vCPU it may set
 * what a boot loader sets, before the first run.
 */
static int host_access(struct vm *vm, struct vcpu *vcpu, uint64_t reg)
{
	bool initial = reg <= DONJON_REG_X(30) || reg == DONJON_REG_PC ||
		       reg == DONJON_REG_PSTATE || reg == DONJON_REG_SP_EL1;

	if (vcpu->loaded)
		return -EBUSY;
	return vm->mem.protected && (vm->mem.activated || !initial) ? -EPERM : 0;
}

int vcpu_set_reg(struct vm *vm, struct vcpu *vcpu, uint64_t reg, uint64_t value)
{
	uint64_t mode = value & PSR_MODE_MASK;
	int ret;

	if (reg >= DONJON_NR_REGS || reg == DONJON_REG_MPIDR || is_feature(reg))
		return -EINVAL;
	/* Only what EL1 could set: no mode above EL1, AArch32, single step or illegal state. */
	if (reg == DONJON_REG_PSTATE)
		value = (value & (MASK(31, 28) | PSR_DAIF)) |
			(mode == PSR_MODE_EL0 || mode == PSR_MODE_EL1T ? mode : PSR_MODE_EL1H);
	spin_lock(&vm->mem.lock);
	ret = host_access(vm, vcpu, reg);
	if (!ret)
		*reg_of(vcpu, reg) = value;
	spin_unlock(&vm->mem.lock);
	return ret;
}

int vcpu_get_reg(struct vm *vm, struct vcpu *vcpu, uint64_t reg, uint64_t *value)
{
	int ret;

	if (reg >= DONJON_NR_REGS)
		return -EINVAL;
	if (reg == DONJON_REG_MPIDR) {
		*value = vcpu_mpidr(vcpu->index);
		return 0;
	}
	spin_lock(&vm->mem.lock);
	ret = host_access(vm, vcpu, reg);
	if (!ret)
		*value = is_feature(reg) ? guest_feature(reg - DONJON_REG_ID(1, 0))
					 : *reg_of(vcpu, reg);
	spin_unlock(&vm->mem.lock);
	return ret;
}

int vcpu_power(struct vm *vm, struct vcpu *vcpu, uint64_t on)
{
	int ret;

	if (on > 1)
		return -EINVAL;
	spin_lock(&vm->mem.lock);
	ret = host_access(vm, vcpu, DONJON_REG_PC);
	if (!ret)
		vcpu->power = on ? VCPU_ON : VCPU_OFF;
	spin_unlock(&vm->mem.lock);
	return ret;
}

/* mem.lock held. A stopped VM begins again as it was created: nothing runs on behind the reset. */
static void leave_stopped(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < DONJON_MAX_VCPUS; i++)
		if (vm_vcpu(vm, i))
			vm_vcpu(vm, i)->power = VCPU_OFF;
	vm->stopped = false;
}

int vcpu_reset(struct vm *vm, struct vcpu *vcpu, uint64_t *restarted)
{
	int ret;

	spin_lock(&vm->mem.lock);
	ret = host_access(vm, vcpu, DONJON_REG_PC);
	if (!ret && vm->stopped && vm->running)
		ret = -EBUSY;
	if (!ret) {
		*restarted = vm->stopped;
		if (vm->stopped)
			leave_stopped(vm);
		reset_registers(vcpu);
		vcpu->power = VCPU_OFF;
	}
	spin_unlock(&vm->mem.lock);
	return ret;
}

/* What the host says in the run page: each field is read once and checked. */
static int read_entry(const struct donjon_run *run, struct guest_entry *entry)
{
	uint64_t i;

	entry->flags = READ_ONCE(run->entry_flags);
	entry->nr_lrs = READ_ONCE(run->nr_lrs);
	if (entry->flags & ~DONJON_ENTRY_FLAGS || entry->nr_lrs > cpu_features.nr_lrs)
		return -EINVAL;
	for (i = 0; i < entry->nr_lrs; i++)
		entry->lr[i] = READ_ONCE(run->lr[i]);
	for (; i < cpu_features.nr_lrs; i++)
		entry->lr[i] = 0;
	return 0;
}

int vcpu_run(struct vm *vm, struct vcpu *vcpu)
{
	bool first = !READ_ONCE(vm->mem.activated);
	struct guest_entry entry;
	int ret = read_entry(vcpu->run, &entry);

	if (ret)
		return ret;
	/* No vCPU is being created, then, while the VM is activated. */
	if (first)
		spin_lock(&vms_lock);
	spin_lock(&vm->mem.lock);
	if (vm->mem.dying)
		ret = -ESHUTDOWN;
	else if (vcpu->loaded)
		ret = -EBUSY;
	else if (vm->stopped || vcpu->power == VCPU_OFF)
		ret = -EHOSTDOWN;
	if (!ret) {
		/*
		 * The host wrote the first contents as data. No vCPU runs, on any CPU, before
		 * nobody can fetch what was there earlier.
		 */
		if (!vm->mem.activated)
			arch_invalidate_icache();
		vm->mem.activated = true;
		vcpu->loaded = true;
		vm->running++;
		if (vcpu->power == VCPU_ON_PENDING) {
			reset_registers(vcpu);
			vcpu->pc = vcpu->on_entry;
			vcpu->x[0] = vcpu->on_context;
			vcpu->power = VCPU_ON;
		}
	}
	spin_unlock(&vm->mem.lock);
	if (first)
		spin_unlock(&vms_lock);
	if (ret)
		return ret;

	guest_run(vcpu, &entry);

	spin_lock(&vm->mem.lock);
	/* vms_destroy_secrets() may not have waited for these registers. */
	if (vm->mem.dying) {
		vcpu_forget(vcpu);
		arch_clean_range(vm->vcpu_pa[vcpu->index], PAGE_SIZE);
	}
	/* If another vCPU has powered it on again since its request, it stays on. */
	if (vcpu->exit_off && vcpu->power == VCPU_ON)
		vcpu->power = VCPU_OFF;
	vcpu->exit_off = false;
	vcpu->loaded = false;
	vm->running--;
	spin_unlock(&vm->mem.lock);
	return ret;
}

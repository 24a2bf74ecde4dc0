// SPDX-License-Identifier: GPL-2.0-only
/* What is left of the machine: features, guests, phases, and a console that nobody reads. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <abi/hypercall.h>
#include <abi/run.h>
#include <abi/smccc.h>
#include <el2/arch/fake/fake.h>
#include <arch/cpu.h>
#include <arch/esr.h>
#include <arch/features.h>
#include <arch/guest.h>
#include <arch/machine.h>
#include <el2/console.h>
#include <el2/guest_exit.h>
#include <el2/host.h>
#include <el2/init.h>
#include <el2/panic.h>
#include <el2/vcpu.h>

struct cpu_features cpu_features;

bool init_done(void)
{
	return fake.initialised;
}

/* The life cycle's calls say that they were called: each has an answer of its own. */
int init_machine(void)
{
	return -EEXIST;
}

int init_commit(void)
{
	return -EBUSY;
}

int init_start(void)
{
	phase_set(DONJON_PHASE_RUNNING);
	return 0;
}

void cpu_release(struct host_regs *regs)
{
	EL2_PANIC("fake: the CPU was released");
}

void init_cpu_counts(uint64_t *entered, uint64_t *committed)
{
	*entered = 4;
	*committed = 3;
}

void printk(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(fake.printed, sizeof(fake.printed), format, args);
	va_end(args);
}

uint64_t guest_hcr(void)
{
	return 0;
}

uint64_t guest_feature(uint64_t n)
{
	return 0x1d00 + n;
}

uint64_t *guest_el1_reg(struct vcpu *vcpu, uint64_t reg)
{
	switch (reg) {
	case DONJON_REG_SP_EL0:
		return &vcpu->el1.reg[0];
	case DONJON_REG_SP_EL1:
		return &vcpu->el1.reg[1];
	case DONJON_REG_ELR_EL1:
		return &vcpu->el1.reg[2];
	case DONJON_REG_SPSR_EL1:
		return &vcpu->el1.reg[3];
	}
	if (reg >= DONJON_REG_SCTLR_EL1 && reg <= DONJON_REG_CNTV_CVAL)
		return &vcpu->el1.reg[REG_sctlr_el1 + reg - DONJON_REG_SCTLR_EL1];
	EL2_PANIC("fake: no such register");
}

void guest_run(struct vcpu *vcpu, struct guest_entry *entry)
{
	this_cpu()->vcpu = vcpu;
	EL2_ASSERT(!vcpu->vm->mem.pgt.unused);
	fake.flushed[vcpu->vm->mem.pgt.vmid] = false;
	if (guest_complete_exit(vcpu, entry->flags))
		inject_abort(vcpu->abort_esr, vcpu->abort_far, FSC_EXTERNAL);
	vcpu->run->exit = fake.guest ? fake.guest(vcpu) : DONJON_EXIT_INTERRUPT;
	this_cpu()->vcpu = NULL;
}

bool arch_has_random(void)
{
	return cpu_features.rng;
}

bool arch_random(uint64_t *value)
{
	static uint64_t last;

	if (!fake.random_left)
		return false;
	fake.random_left--;
	fake.random_at = value;
	last += 0x1111111111111111UL;
	*value = last;
	return true;
}

void arch_repeat_call(void)
{
	fake.repeats++;
}

void arch_skip_instruction(void)
{
	fake.skips++;
}

int ledger_reclaim(struct guest_memory *guest, ipa_t ipa, uint64_t *size, uint64_t *done)
{
	return ledger_return(guest, ipa, size, done, true);
}

int ledger_host_unshare_guest(struct guest_memory *guest, ipa_t ipa, uint64_t *size, uint64_t *done)
{
	return ledger_return(guest, ipa, size, done, false);
}

int fake_return(fake_return_t first, struct guest_memory *guest, ipa_t addr, uint64_t size,
		uint64_t *done)
{
	uint64_t off, part, bytes;
	int ret = 0;

	*done = 0;
	for (off = 0; off < size && !ret; off += part) {
		part = size - off;
		bytes = 0;
		ret = first(guest, ipa(addr.v + off), &part, &bytes);
		*done += ret ? 0 : bytes;
	}
	return ret;
}

void fake_host_call(struct host_regs *regs)
{
	uint64_t id = regs->x[0];
	unsigned int before = fake.repeats;

	host_call(regs);
	while (fake.repeats != before && regs->x[0] == id) {
		fake.repeats = before;	/* the host's own: tests count those of guests */
		host_call(regs);
	}
}

uint64_t arch_fault_va(void)
{
	return fake.fault.va;
}

uint64_t arch_fault_page(void)
{
	return fake.fault.page;
}

uint64_t arch_translate(uint64_t va)
{
	return fake.stage1;
}

uint64_t arch_take_translation(void)
{
	uint64_t page = fake.par;

	fake.par = NO_PAGE;
	return page;
}

uint64_t arch_fault_pstate(void)
{
	return fake.fault.pstate;
}

uint64_t arch_fault_from(uint64_t *task, uint64_t *when)
{
	*task = fake.fault.task;
	*when = fake.fault.when;
	return fake.fault.pc;
}

void inject_abort(uint64_t esr, uint64_t far, uint64_t fsc)
{
	fake.injected++;
	fake.injected_esr = esr;
	fake.injected_far = far;
	fake.injected_fsc = fsc;
}

void arch_smc(uint64_t args[8])
{
	if (fake.smcs < FAKE_SMCS)
		memcpy(fake.smc[fake.smcs], args, sizeof(fake.smc[0]));
	fake.smcs++;
	if (fake.firmware)
		fake.firmware(args);
	else
		args[0] = SMCCC_NOT_SUPPORTED;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * One CPU's way into EL2, under stage 2, and back to Linux's stub. hyp/abi/boot.h and hypercall.h
 * have the sequence.
 */
#include <abi/boot.h>
#include <abi/hypercall.h>
#include <abi/smccc.h>
#include <arch/cpu.h>
#include <arch/features.h>
#include <arch/guest.h>
#include <arch/impdef.h>
#include <arch/layout.h>
#include <arch/asm.h>
#include <arch/percpu.h>
#include <arch/stage2.h>
#include <arch/sysreg.h>
#include <arch/tlb.h>
#include <el2/errata.h>
#include <el2/host.h>
#include <el2/init.h>
#include <el2/ledger.h>
#include <el2/vcpu.h>

_Static_assert(offsetof(struct cpu, index) == CPU_INDEX && offsetof(struct cpu, vcpu) == CPU_VCPU &&
	       offsetof(struct cpu, fixup) == CPU_FIXUP && offsetof(struct cpu, stub) == CPU_STUB &&
	       offsetof(struct vcpu, x) == VCPU_X0 && offsetof(struct vcpu, fp) == VCPU_FP &&
	       offsetof(struct host_el2_state, ttbr0) == 32, "asm.h");
_Static_assert(DONJON_IMAGE_MAGIC == DONJON_IMAGE_MAGIC_ASM &&
	       DONJON_ABI_VERSION == DONJON_ABI_VERSION_ASM &&
	       DONJON_E_NO_POOL == DONJON_E_NO_POOL_ASM &&
	       DONJON_E_CPU == DONJON_E_CPU_ASM, "asm.h");

extern char host_vectors[];

static void save_stub_state(struct host_el2_state *s)
{
#define SAVE(name) s->name = read_sysreg(name##_el2);
	HOST_TRAPS(SAVE)
	SAVE(vbar) SAVE(hcr) SAVE(vttbr) SAVE(vtcr)
	s->icc_sre = read_sysreg(ICC_SRE_EL2);
	s->ich_hcr = read_sysreg(ICH_HCR_EL2);
	if (cpu_features.hcx)
		s->hcrx = read_sysreg(HCRX_EL2);
	fgt_save(s->fgt);
}

/*
 * Called by entry.S with the MMU just on. Returns 0 or a DONJON_E* code; then the caller goes back
 * to the stub.
 */
int64_t el2_cpu_enter(uint64_t params, uint64_t index, uint64_t sctlr, uint64_t mair, uint64_t tcr,
		      uint64_t ttbr0)
{
	struct cpu *cpu = &cpus[index < DONJON_MAX_CPUS ? index : 0];
	int64_t ret;

	write_sysreg(tpidr_el2, cpu);
	cpu->index = cpu - cpus;
	cpu->locks_held = 0;
	cpu->fixup = 0;
	cpu->stub =
		(struct host_el2_state){ .sctlr = sctlr, .mair = mair, .tcr = tcr, .ttbr0 = ttbr0 };
	cpu->stub.vbar = read_sysreg(vbar_el2);
	if (features_init(index == 0))
		return DONJON_E_CPU;
	if (errata_repeat_tlbi(read_sysreg(midr_el1)))
		arch_tlb_set_repeat();
	save_stub_state(&cpu->stub);
	ret = init_enter(params, index);
	if (ret)
		return ret;
	cpu->host_hcr = cpu->stub.hcr;
	cpu->vectors = host_vectors + 2 * VECTORS_SIZE *
		errata_vectors(read_sysreg(midr_el1), read_sysreg(id_aa64pfr0_el1),
			       read_sysreg(id_aa64mmfr1_el1), read_sysreg(id_aa64isar2_el1));
	write_sysreg(vbar_el2, cpu->vectors);
	isb();
	cpu->entered = true;
	return 0;
}

void cpu_commit(const struct pgtable *host)
{
	struct cpu *cpu = this_cpu();
	struct host_el2_state *stub = &cpu->stub;
	struct impdef_result mpam = impdef_access(IMPDEF_MPAM2_READ, 0);

	cpu->host_vtcr = vtcr_of(host);
	cpu->host_vttbr = vttbr_of(host);
	write_sysreg(vtcr_el2, cpu->host_vtcr);
	write_sysreg(vttbr_el2, cpu->host_vttbr);
	isb();
	cpu->host_hcr = cpu->stub.hcr | HCR_VM | HCR_TSC | HCR_TIDCP;
	write_sysreg(hcr_el2, cpu->host_hcr);
#define TAKE(n, have, reg, clear, set)                                      \
	if (have) {                                                         \
		stub->control[n] = read_sysreg(reg);                        \
		write_sysreg(reg, (stub->control[n] & ~(clear)) | (set));   \
	}
	CONTROLS(TAKE)
	/* The world switch gives it to the host. */
	stub->mdcr = read_sysreg(mdcr_el2);
	/* With MPAM a guest could change the host's partition identifiers. */
	stub->mpam = mpam.value;
	if (mpam.exists)
		impdef_access(IMPDEF_MPAM2_WRITE, (stub->mpam & ~MPAM2_EN_MPAMSM) | MPAM2_TRAPS);
	isb();
	/*
	 * Whatever is cached for VMID 0 came without stage 2; for the others it is from whoever had
	 * EL2 before, such as a kernel with KVM that has booted this one.
	 */
	asm volatile("tlbi alle1" ::: "memory");
	dsb(nsh);
	isb();
	/* Spectre v4: on for good, where the firmware has a switch. */
	firmware_call(SMCCC_ARCH_WORKAROUND_2, true);
	cpu->committed = true;
}

_Noreturn void el2_release(struct host_regs *regs, uint64_t stack_bottom);

_Noreturn void cpu_release(struct host_regs *regs)
{
	struct cpu *cpu = this_cpu();

	write_sysreg(hcr_el2, cpu->stub.hcr);
#define GIVE(n, have, reg, clear, set) if (have) write_sysreg(reg, cpu->stub.control[n]);
	if (cpu->committed) {
		CONTROLS(GIVE)
		impdef_access(IMPDEF_MPAM2_WRITE, cpu->stub.mpam);
	}
	isb();
	write_sysreg(vttbr_el2, cpu->stub.vttbr);
	write_sysreg(vtcr_el2, cpu->stub.vtcr);
	isb();
	asm volatile("tlbi vmalls12e1" ::: "memory");
	dsb(nsh);
	isb();
	cpu->entered = false;
	cpu->committed = false;
	/* The frame lies at the top of the stack that is cleared: entry.S loads it first. */
	el2_release(regs, STACKS_VA + (uint64_t)cpu->index * STACK_SPACING + STACK_BOTTOM);
}

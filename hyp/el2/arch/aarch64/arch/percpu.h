/* SPDX-License-Identifier: GPL-2.0-only */
/* What belongs to one CPU. TPIDR_EL2 points to it from the CPU's entry on. */
#pragma once

#include <el2/types.h>
#include <arch/sysreg.h>

struct vcpu;

/*
 * EL1 and EL0 registers that are switched between the host and a guest. SCTLR and TCR are loaded
 * last; CNTV_CTL_EL0 is the host's only, a vCPU has it apart.
 */
#define EL1_REGS(op)                                                                             \
	op(ttbr0_el1) op(ttbr1_el1) op(cpacr_el1) op(esr_el1) op(afsr0_el1) op(afsr1_el1)        \
	op(far_el1) op(mair_el1) op(amair_el1) op(vbar_el1) op(contextidr_el1) op(tpidr_el0)     \
	op(tpidrro_el0) op(tpidr_el1) op(cntkctl_el1) op(par_el1) op(elr_el1) op(spsr_el1)       \
	op(sp_el1) op(sp_el0) op(csselr_el1) op(mdscr_el1) op(cntv_cval_el0)

#define AS_ENUM(name) REG_##name,
enum { EL1_REGS(AS_ENUM) REG_sctlr_el1, REG_tcr_el1, REG_cntv_ctl_el0, NR_EL1_REGS };

struct el1_state {
	uint64_t reg[NR_EL1_REGS];
	uint64_t key[10];		/* pointer authentication */
};

/* EL2 registers that Linux has set for itself, and that are others while a guest runs. */
#define HOST_TRAPS(op) op(cptr) op(mdcr) op(cnthctl) op(cntvoff) op(hstr) op(vmpidr)

/* EL2 registers as Linux left them: restored, never made up (docs/design.md, "Takeover"). */
struct host_el2_state {
	uint64_t vbar, sctlr, mair, tcr, ttbr0;
	uint64_t hcr, cptr, mdcr, cnthctl, hstr, vttbr, vtcr, vmpidr, icc_sre, ich_hcr, cntvoff,
		hcrx;
	uint64_t fgt[11], control[5], mpam;
};

/*
 * EL2's controls that are Donjon's as long as a CPU is committed: where to keep what was there,
 * whether the CPU has it, bits to clear, bits to set. ACTLR_EL2 gives EL1 CPUACTLR_EL1 and its like
 * on some cores. Others are switched, or as Linux or the firmware has left them:
 * scripts/tests/registers.txt has them all, with reasons.
 */
#define CONTROLS(op)                                                                               \
	op(0, true, actlr_el2, ~0UL, 0)                                                            \
	op(1, cpu_features.pmu, mdcr_el2, 0,                                                       \
	   (cpu_features.pmu < 4 ? 0 : MDCR_HPMD) | (cpu_features.pmu < 6 ? 0 : MDCR_HCCD))        \
	op(2, cpu_features.spe, PMSCR_EL2, RECORDS_EL2, 0)                                         \
	op(3, cpu_features.trace_filter, TRFCR_EL2, RECORDS_EL2, 0)                                \
	op(4, cpu_features.brbe, BRBCR_EL2, RECORDS_EL2, 0)

struct cpu {
	uint32_t index;
	uint32_t locks_held;
	bool entered;
	bool committed;
	struct vcpu *vcpu;		/* loaded now */
	/* where an expected exception of EL2's goes on; 0: none is expected */
	uint64_t fixup;
	struct host_el2_state stub;
	char *vectors;		/* while the host runs; those for guests follow */
	uint64_t host_hcr, host_vttbr, host_vtcr;	/* what the host runs with */
	struct el1_state host;
	uint64_t host_profiling[4];
	uint64_t pages_short;
};

extern struct cpu cpus[];

static inline struct cpu *this_cpu(void)
{
	return (struct cpu *)read_sysreg(tpidr_el2);
}

static inline uint32_t *arch_locks_held(void)
{
	return &this_cpu()->locks_held;
}

/*
 * How many pages the last refusal for want of memory on this CPU was short of; see cache_expect().
 */
static inline uint64_t *arch_pages_short(void)
{
	return &this_cpu()->pages_short;
}

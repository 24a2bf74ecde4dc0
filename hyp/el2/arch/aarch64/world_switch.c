// SPDX-License-Identifier: GPL-2.0-only
/*
 * World switch. While a guest's translation tables or registers are half loaded, there are no walks
 * of stage 1 (arch/stage2.h).
 */
#include <arch/asm.h>
#include <arch/features.h>
#include <arch/guest.h>
#include <arch/stage2.h>
#include <arch/sysreg.h>
#include <el2/panic.h>
#include <el2/guest_exit.h>

#define PAUTH_KEYS(op)                                                                      \
	{ op(APIAKEYLO_EL1) op(APIAKEYHI_EL1) op(APIBKEYLO_EL1) op(APIBKEYHI_EL1)           \
	  op(APDAKEYLO_EL1) op(APDAKEYHI_EL1) op(APDBKEYLO_EL1) op(APDBKEYHI_EL1)           \
	  op(APGAKEYLO_EL1) op(APGAKEYHI_EL1) }

#define ICH_HCR_EN	BIT(0)
#define ICC_SRE_ENABLE	BIT(3)

void fpsimd_load(struct vcpu *vcpu);
void fpsimd_save(struct vcpu *vcpu);

uint64_t guest_hcr(void)
{
	return HCR_VM | HCR_SWIO | HCR_PTW | HCR_FMO | HCR_IMO | HCR_AMO | HCR_FB | HCR_BSU_IS |
	       HCR_TWI | HCR_TID3 | HCR_TSC | HCR_TIDCP | HCR_TACR | HCR_RW | HCR_TLOR | HCR_TERR |
	       (cpu_features.pauth ? HCR_API | HCR_APK : 0) | (cpu_features.fwb ? HCR_FWB : 0);
}

uint64_t *guest_el1_reg(struct vcpu *vcpu, uint64_t reg)
{
#define AT(NAME, name) [DONJON_REG_##NAME - DONJON_REG_SP_EL0] = 1 + REG_##name
	static const uint8_t at[] = {
		AT(SP_EL0, sp_el0), AT(SP_EL1, sp_el1), AT(ELR_EL1, elr_el1),
		AT(SPSR_EL1, spsr_el1), AT(SCTLR_EL1, sctlr_el1), AT(TTBR0_EL1, ttbr0_el1),
		AT(TTBR1_EL1, ttbr1_el1), AT(TCR_EL1, tcr_el1), AT(MAIR_EL1, mair_el1),
		AT(AMAIR_EL1, amair_el1), AT(VBAR_EL1, vbar_el1), AT(CPACR_EL1, cpacr_el1),
		AT(CONTEXTIDR_EL1, contextidr_el1), AT(TPIDR_EL0, tpidr_el0),
		AT(TPIDRRO_EL0, tpidrro_el0), AT(TPIDR_EL1, tpidr_el1), AT(ESR_EL1, esr_el1),
		AT(AFSR0_EL1, afsr0_el1), AT(AFSR1_EL1, afsr1_el1), AT(FAR_EL1, far_el1),
		AT(PAR_EL1, par_el1), AT(CNTKCTL_EL1, cntkctl_el1), AT(CSSELR_EL1, csselr_el1),
		AT(CNTV_CVAL, cntv_cval_el0),
	};
	uint64_t i = arch_index_nospec(reg - DONJON_REG_SP_EL0, ARRAY_SIZE(at));

	if (!at[i])
		EL2_PANIC("no such register");
	return &vcpu->el1.reg[at[i] - 1];
}

/* Registers to and from an array, in the order of a list. */
#define SAVE_NEXT(name) *next++ = read_sysreg(name);
#define LOAD_NEXT(name) write_sysreg(name, *next++);

static void save_el1(struct el1_state *s)
{
	uint64_t *next = s->reg;

	EL1_REGS(SAVE_NEXT) SAVE_NEXT(sctlr_el1) SAVE_NEXT(tcr_el1)
	next = s->key;
	if (cpu_features.pauth)
		PAUTH_KEYS(SAVE_NEXT)
}

/* All but SCTLR and TCR, with which walks begin again. */
static void load_el1(const struct el1_state *s)
{
	const uint64_t *next = s->reg;

	EL1_REGS(LOAD_NEXT)
	next = s->key;
	if (cpu_features.pauth)
		PAUTH_KEYS(LOAD_NEXT)
}

/*
 * All accesses of whoever ran are complete behind this: some cores want that, and the change seen,
 * around a write to HCR_EL2 (AmpereOne AC03_CPU_38), and an abort that they cause is pending now if
 * it ever will be.
 */
static void set_stage2(uint64_t vttbr, uint64_t vtcr)
{
	write_sysreg(vtcr_el2, vtcr);
	write_sysreg(vttbr_el2, vttbr);
	dsb(sy);
}

static bool serror_pending(void)
{
	isb();
	return read_sysreg(isr_el1) & ISR_A;
}

/*
 * Takes the SError that is pending for EL2; vectors.S comes back to the fixup. Returns its
 * syndrome; EC 0: there was none after all.
 */
static uint64_t take_serror(struct cpu *cpu)
{
	uint64_t fixup;

	write_sysreg(esr_el2, 0);
	asm volatile("adr	%0, 1f\n\t"
		     "str	%0, [%1]\n\t"
		     "msr	daifclr, #4\n\t"
		     "isb\n"
		     "1:	msr	daifset, #4\n\t"
		     "str	xzr, [%1]"
		     : "=&r"(fixup)
		     : "r"(&cpu->fixup)
		     : "memory");
	return read_sysreg(esr_el2);
}

static uint64_t hcr_of(const struct vcpu *vcpu)
{
	if (!vcpu->serror)
		return vcpu->vm->hcr;
	/* Its syndrome: implementation defined, and nothing in it. */
	if (cpu_features.ras)
		write_sysreg(VSESR_EL2, ISS_IDS);
	return vcpu->vm->hcr | HCR_VSE;
}

/* Fine-grained traps: ten registers, where the CPU has them. */
#define FGT(n, op) { op(HFGRTR##n) op(HFGWTR##n) op(HFGITR##n) op(HDFGRTR##n) op(HDFGWTR##n) }

void fgt_save(uint64_t *next)
{
	if (cpu_features.fgt)
		FGT(_EL2, SAVE_NEXT)
	if (cpu_features.fgt2)
		FGT(2_EL2, SAVE_NEXT)
}

void fgt_load(const uint64_t *next)
{
	if (cpu_features.fgt)
		FGT(_EL2, LOAD_NEXT)
	if (cpu_features.fgt2)
		FGT(2_EL2, LOAD_NEXT)
}

static void set_guest_traps(const struct host_el2_state *stub, uint32_t index)
{
	static const uint64_t no_fgt[11];

	write_sysreg(cptr_el2, CPTR_RES1 | CPTR_TZ | CPTR_TTA | CPTR_TAM);
	write_sysreg(mdcr_el2, (stub->mdcr & MDCR_HPMN) | MDCR_TPM | MDCR_TPMCR | MDCR_TDA |
				       MDCR_TDOSA | MDCR_TDRA | MDCR_TPMS | MDCR_TTRF);
	write_sysreg(cnthctl_el2, CNTHCTL_EL1PCTEN);
	write_sysreg(cntvoff_el2, 0);
	write_sysreg(hstr_el2, 0);
	write_sysreg(vmpidr_el2, vcpu_mpidr(index));
	if (cpu_features.hcx)
		write_sysreg(HCRX_EL2, 0);
	fgt_load(no_fgt);
}

static void restore_host_traps(const struct host_el2_state *stub)
{
#define RESTORE(name) write_sysreg(name##_el2, stub->name);
	HOST_TRAPS(RESTORE)
	if (cpu_features.hcx)
		write_sysreg(HCRX_EL2, stub->hcrx);
	fgt_load(stub->fgt);
}

/*
 * List and active-priority registers have numbers in their names. A switch jumps to the last one
 * and falls through to the first.
 */
#define LRS(op)                                                                              \
	op(15, s3_4_c12_c13_7) op(14, s3_4_c12_c13_6) op(13, s3_4_c12_c13_5)                 \
	op(12, s3_4_c12_c13_4) op(11, s3_4_c12_c13_3) op(10, s3_4_c12_c13_2)                 \
	op(9, s3_4_c12_c13_1) op(8, s3_4_c12_c13_0) op(7, s3_4_c12_c12_7)                    \
	op(6, s3_4_c12_c12_6) op(5, s3_4_c12_c12_5) op(4, s3_4_c12_c12_4)                    \
	op(3, s3_4_c12_c12_3) op(2, s3_4_c12_c12_2) op(1, s3_4_c12_c12_1) op(0, s3_4_c12_c12_0)
#define AP0RS(op)                                                                            \
	op(3, s3_4_c12_c8_3) op(2, s3_4_c12_c8_2) op(1, s3_4_c12_c8_1) op(0, s3_4_c12_c8_0)
#define AP1RS(op)                                                                            \
	op(3, s3_4_c12_c9_3) op(2, s3_4_c12_c9_2) op(1, s3_4_c12_c9_1) op(0, s3_4_c12_c9_0)
#define LOAD_NUMBERED(n, reg)                        \
	case n + 1:                                  \
		write_sysreg(reg, values[n]);        \
		__attribute__((fallthrough));
#define SAVE_NUMBERED(n, reg)                        \
	case n + 1:                                  \
		values[n] = read_sysreg(reg);        \
		__attribute__((fallthrough));
#define NUMBERED(name, registers, op, type)                   \
	static void name(type *values, unsigned int count)    \
	{                                                     \
		switch (count) {                              \
		registers(op)                                 \
		case 0:                                       \
			break;                                \
		}                                             \
	}
NUMBERED(load_lrs, LRS, LOAD_NUMBERED, const uint64_t)
NUMBERED(load_ap0rs, AP0RS, LOAD_NUMBERED, const uint64_t)
NUMBERED(load_ap1rs, AP1RS, LOAD_NUMBERED, const uint64_t)
NUMBERED(save_lrs, LRS, SAVE_NUMBERED, uint64_t)
NUMBERED(save_ap0rs, AP0RS, SAVE_NUMBERED, uint64_t)
NUMBERED(save_ap1rs, AP1RS, SAVE_NUMBERED, uint64_t)

/* lrs: as many as the CPU has. */
static void load_gic(const struct vcpu *vcpu, const uint64_t *lrs)
{
	/* System registers only, and the guest cannot change that: ICC_SRE_EL1 traps. */
	write_sysreg(ICC_SRE_EL2, read_sysreg(ICC_SRE_EL2) & ~ICC_SRE_ENABLE);
	write_sysreg(ICH_VMCR_EL2, vcpu->ich_vmcr);
	load_ap0rs(vcpu->ich_ap0r, cpu_features.nr_aprs);
	load_ap1rs(vcpu->ich_ap1r, cpu_features.nr_aprs);
	load_lrs(lrs, cpu_features.nr_lrs);
	write_sysreg(ICH_HCR_EL2, ICH_HCR_EN);
}

static void save_gic(struct vcpu *vcpu, uint64_t *lrs, unsigned int nr_lrs,
		     const struct host_el2_state *stub)
{
	struct donjon_run *run = vcpu->run;

	run->elrsr = read_sysreg(ICH_ELRSR_EL2);
	run->misr = read_sysreg(ICH_MISR_EL2);
	vcpu->ich_vmcr = read_sysreg(ICH_VMCR_EL2);
	save_ap0rs(vcpu->ich_ap0r, cpu_features.nr_aprs);
	save_ap1rs(vcpu->ich_ap1r, cpu_features.nr_aprs);
	save_lrs(lrs, nr_lrs);
	write_sysreg(ICH_HCR_EL2, stub->ich_hcr);
	write_sysreg(ICC_SRE_EL2, stub->icc_sre);
}

/*
 * Profiling and tracing that the host has set up must not see the guest, nor write through its
 * tables or EL2's: they are stopped, and what they have buffered is written, before the translation
 * changes (DDI 0487, D17.7 and D6.4). Nor are events of a guest counted.
 */
#define PROFILERS(op)                                                                         \
	op(spe, PMSCR_EL1, 0) op(trace_filter, TRFCR_EL1, 1) op(brbe, BRBCR_EL1, 2)           \
	op(pmu, pmcr_el0, 3)

static void stop_profiling(struct cpu *cpu)
{
#define STOP(feature, reg, n)                                  \
	if (cpu_features.feature) {                            \
		cpu->host_profiling[n] = read_sysreg(reg);     \
		write_sysreg(reg, 0);                          \
	}
	PROFILERS(STOP)
	if (cpu_features.spe || cpu_features.trace_filter) {
		isb();
		/* PSB CSYNC, and TSB CSYNC twice (Arm errata 2054223, 2067961). */
		asm volatile("hint #17\n\thint #18\n\thint #18" ::: "memory");
		dsb(nsh);
	}
}

static void resume_profiling(const struct cpu *cpu)
{
#define RESTART(feature, reg, n)                                \
	if (cpu_features.feature)                              \
		write_sysreg(reg, cpu->host_profiling[n]);
	PROFILERS(RESTART)
}

/* Two vCPUs of a VM share its VMID, but not what they privately map in stage 1. */
static void separate_vcpus(struct vcpu *vcpu)
{
	uint8_t *last = &vcpu->vm->last_vcpu[this_cpu()->index];

	if (*last && *last != vcpu->index + 1) {
		asm volatile("tlbi vmalle1\n\tic iallu" ::: "memory");
		dsb(nsh);
		isb();
	}
	*last = vcpu->index + 1;
}

bool world_enter(struct vcpu *vcpu, const uint64_t *lrs)
{
	struct cpu *cpu = this_cpu();
	const struct pgtable *pgt = &vcpu->vm->mem.pgt;
	bool hosts_serror;

	/*
	 * In streaming mode EL2 could not load the guest's registers; the driver has saved the
	 * host's.
	 */
	if (cpu_features.sme && !(cpu->stub.cptr & CPTR_TSM))
		write_sysreg(SVCR, 0);
	/* The host's locks would switch the guest's single steps off, too. */
	write_sysreg(oslar_el1, 0);
	write_sysreg(osdlr_el1, 0);
	stop_profiling(cpu);
	save_el1(&cpu->host);
	cpu->host.reg[REG_cntv_ctl_el0] = read_sysreg(cntv_ctl_el0);
	cpu->vcpu = vcpu;	/* a panic does not enter EL1 until the host's state is back */
	stop_walks();
	load_el1(&vcpu->el1);
	set_guest_traps(&cpu->stub, vcpu->index);
	set_stage2(vttbr_of(pgt), vcpu->vm->vtcr);
	hosts_serror = serror_pending();
	write_sysreg(hcr_el2, hcr_of(vcpu));
	isb();
	separate_vcpus(vcpu);
	start_walks(vcpu->el1.reg[REG_sctlr_el1], vcpu->el1.reg[REG_tcr_el1]);
	load_gic(vcpu, lrs);
	if (cpu_features.ras)
		write_sysreg(VDISR_EL2, vcpu->vdisr);
	fpsimd_load(vcpu);
	write_sysreg(cntv_ctl_el0, vcpu->cntv_ctl);
	write_sysreg(elr_el2, vcpu->pc);
	write_sysreg(spsr_el2, vcpu->pstate);
	write_sysreg(vbar_el2, cpu->vectors + VECTORS_SIZE);
	isb();
	return hosts_serror;
}

void world_leave(struct vcpu *vcpu, uint64_t *lrs, unsigned int nr_lrs, bool hosts_serror)
{
	struct cpu *cpu = this_cpu();

	write_sysreg(vbar_el2, cpu->vectors);
	vcpu->pc = read_sysreg(elr_el2);
	vcpu->pstate = read_sysreg(spsr_el2);
	vcpu->cntv_ctl = read_sysreg(cntv_ctl_el0);
	fpsimd_save(vcpu);
	if (cpu_features.ras)
		vcpu->vdisr = read_sysreg(VDISR_EL2);
	save_gic(vcpu, lrs, nr_lrs, &cpu->stub);
	save_el1(&vcpu->el1);
	vcpu->run->cntv_ctl = vcpu->cntv_ctl;
	vcpu->run->cntv_cval = vcpu->el1.reg[REG_cntv_cval_el0];
	write_sysreg(cntv_ctl_el0, cpu->host.reg[REG_cntv_ctl_el0]);
	stop_walks();
	load_el1(&cpu->host);
	restore_host_traps(&cpu->stub);
	set_stage2(cpu->host_vttbr, cpu->host_vtcr);
	/* The CPU forgets VSE when the guest takes the SError. */
	if (vcpu->serror)
		vcpu->serror = read_sysreg(hcr_el2) & HCR_VSE;
	if (serror_pending() && !hosts_serror && !vcpu->serror_esr)
		vcpu->serror_esr = take_serror(cpu);
	write_sysreg(hcr_el2, cpu->host_hcr);
	isb();
	start_walks(cpu->host.reg[REG_sctlr_el1], cpu->host.reg[REG_tcr_el1]);
	cpu->vcpu = NULL;
	resume_profiling(cpu);
	isb();
}

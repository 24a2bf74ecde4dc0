// SPDX-License-Identifier: GPL-2.0-only
#include "faults/faults.h"

#include "lib/guest.h"
#include "lib/sysreg.h"

#define MARK	0x646f6e6a6f6e2121UL

/*
 * Registers by encoding (S op0 op1 CRn CRm op2), so that the assembler needs no extension switched
 * on.
 */
struct reg {
	const char *name;
	uint64_t (*read)(uint64_t otherwise);
	void (*write)(uint64_t val);
	uint64_t try_val;
};

/*
 * Two one-instruction functions per register, as the encoding is part of the instruction. The value
 * comes in and out, so a read that is skipped leaves what was there.
 */
#define REG_FUNCTIONS(id, sys)								\
static uint64_t read_##id(uint64_t val)							\
{											\
	__asm__ volatile("mrs %0, " sys : "+r"(val) : : "memory");			\
	return val;									\
}											\
static void write_##id(uint64_t val)							\
{											\
	__asm__ volatile("msr " sys ", %0\n\tisb" : : "r"(val) : "memory");		\
}

/* Of EL2 and EL3. */
REG_FUNCTIONS(hcr_el2, "s3_4_c1_c1_0")
REG_FUNCTIONS(sctlr_el2, "s3_4_c1_c0_0")
REG_FUNCTIONS(vttbr_el2, "s3_4_c2_c1_0")
REG_FUNCTIONS(vtcr_el2, "s3_4_c2_c1_2")
REG_FUNCTIONS(ttbr0_el2, "s3_4_c2_c0_0")
REG_FUNCTIONS(vbar_el2, "s3_4_c12_c0_0")
REG_FUNCTIONS(cptr_el2, "s3_4_c1_c1_2")
REG_FUNCTIONS(mdcr_el2, "s3_4_c1_c1_1")
REG_FUNCTIONS(tpidr_el2, "s3_4_c13_c0_2")
REG_FUNCTIONS(cntvoff_el2, "s3_4_c14_c0_3")
REG_FUNCTIONS(cnthctl_el2, "s3_4_c14_c1_0")
REG_FUNCTIONS(ich_hcr_el2, "s3_4_c12_c11_0")
REG_FUNCTIONS(ich_lr0_el2, "s3_4_c12_c12_0")
REG_FUNCTIONS(scr_el3, "s3_6_c1_c1_0")
REG_FUNCTIONS(vbar_el3, "s3_6_c12_c0_0")

/* Performance monitors. */
REG_FUNCTIONS(pmcr_el0, "s3_3_c9_c12_0")
REG_FUNCTIONS(pmcntenset_el0, "s3_3_c9_c12_1")
REG_FUNCTIONS(pmccntr_el0, "s3_3_c9_c13_0")
REG_FUNCTIONS(pmintenset_el1, "s3_0_c9_c14_1")
REG_FUNCTIONS(pmevtyper0_el0, "s3_3_c14_c12_0")

/* Debug. */
REG_FUNCTIONS(dbgbvr0_el1, "s2_0_c0_c0_4")
REG_FUNCTIONS(dbgbcr0_el1, "s2_0_c0_c0_5")
REG_FUNCTIONS(dbgwvr0_el1, "s2_0_c0_c0_6")
REG_FUNCTIONS(dbgwcr0_el1, "s2_0_c0_c0_7")

/* Extensions that a guest is not offered. */
REG_FUNCTIONS(zcr_el1, "s3_0_c1_c2_0")
REG_FUNCTIONS(smcr_el1, "s3_0_c1_c2_6")
REG_FUNCTIONS(gcr_el1, "s3_0_c1_c0_6")
REG_FUNCTIONS(rgsr_el1, "s3_0_c1_c0_5")
REG_FUNCTIONS(tfsr_el1, "s3_0_c5_c6_0")
REG_FUNCTIONS(pmscr_el1, "s3_0_c9_c9_0")
REG_FUNCTIONS(trblimitr_el1, "s3_0_c9_c11_0")
REG_FUNCTIONS(trfcr_el1, "s3_0_c1_c2_1")
REG_FUNCTIONS(lorc_el1, "s3_0_c10_c4_3")
REG_FUNCTIONS(amcr_el0, "s3_3_c13_c2_0")
REG_FUNCTIONS(impdef, "s3_1_c15_c2_1")

#define REG(id, val) { #id, read_##id, write_##id, val }

static const struct reg regs[] = {
	REG(hcr_el2, 0),
	REG(sctlr_el2, 0),
	REG(vttbr_el2, 0),
	REG(vtcr_el2, 0),
	REG(ttbr0_el2, 0),
	REG(vbar_el2, 0x800),
	REG(cptr_el2, 0),
	REG(mdcr_el2, 0),
	REG(tpidr_el2, 0x800),
	REG(cntvoff_el2, 0x800),
	REG(cnthctl_el2, 3),
	REG(ich_hcr_el2, 0),
	REG(ich_lr0_el2, 0),
	REG(scr_el3, 1),
	REG(vbar_el3, 0x800),
	REG(pmcr_el0, 0),
	REG(pmcntenset_el0, 1),
	REG(pmccntr_el0, 0x800),
	REG(pmintenset_el1, 1),
	REG(pmevtyper0_el0, 0x11),
	REG(dbgbvr0_el1, 0x800),
	REG(dbgbcr0_el1, 0x1e4),
	REG(dbgwvr0_el1, 0x800),
	REG(dbgwcr0_el1, 0x1ff4),
	REG(zcr_el1, 0xf),
	REG(smcr_el1, 0xf),
	REG(gcr_el1, 0xff),
	REG(rgsr_el1, 0xf),
	REG(tfsr_el1, 1),
	REG(pmscr_el1, 3),
	REG(trblimitr_el1, 0x1000),
	REG(trfcr_el1, 1),
	REG(lorc_el1, 4),
	REG(amcr_el0, 0x400),
	REG(impdef, 2),
};

static void try_register(const struct reg *reg)
{
	struct trap_report report;
	uint64_t before, after;
	bool zero;

	trap_expect();
	before = reg->read(MARK);
	report = trap_done();
	if (report.count && before != MARK)
		fail("the refused read of %s gave 0x%lx", reg->name, before);
	zero = !report.count && before == 0;

	/* Without an exception the register may be real: put its value back. */
	trap_expect();
	reg->write(reg->try_val);
	after = reg->read(MARK);
	if (!report.count)
		reg->write(before);
	report = trap_done();
	conclude(reg->name, reg->try_val, &report,
		 zero && after == 0 && reg->try_val ? OUTCOME_HIDDEN : OUTCOME_NO_ABORT);
}

/* ID registers have no MSR form at all: undefined, and what they say does not change. */
REG_FUNCTIONS(id_aa64pfr0_el1, "s3_0_c0_c4_0")
REG_FUNCTIONS(id_aa64isar0_el1, "s3_0_c0_c6_0")
REG_FUNCTIONS(id_aa64mmfr0_el1, "s3_0_c0_c7_0")
REG_FUNCTIONS(id_aa64dfr0_el1, "s3_0_c0_c5_0")
REG_FUNCTIONS(id_aa64pfr1_el1, "s3_0_c0_c4_1")
REG_FUNCTIONS(id_aa64mmfr1_el1, "s3_0_c0_c7_1")
REG_FUNCTIONS(midr_el1, "s3_0_c0_c0_0")
REG_FUNCTIONS(mpidr_el1, "s3_0_c0_c0_5")

static const struct reg id_regs[] = {
	REG(id_aa64pfr0_el1, 0), REG(id_aa64isar0_el1, 0), REG(id_aa64mmfr0_el1, 0),
	REG(id_aa64dfr0_el1, 0), REG(id_aa64pfr1_el1, 0),  REG(id_aa64mmfr1_el1, 0),
	REG(midr_el1, 0),	 REG(mpidr_el1, 0),
};

static void try_id_register(const struct reg *reg)
{
	uint64_t before = reg->read(0);
	struct trap_report report;

	trap_expect();
	reg->write(before ^ 0x10);
	report = trap_done();
	if (reg->read(0) != before)
		fail("%s changed from 0x%lx to 0x%lx", reg->name, before, reg->read(0));
	conclude(reg->name, before ^ 0x10, &report, OUTCOME_NO_ABORT);
}

/*
 * Fields of four bits that say that what is refused here is not there, whatever the hardware has.
 */
static const struct hidden {
	const char *name;
	uint64_t (*read)(uint64_t otherwise);
	unsigned int low;
} hidden[] = {
	{ "SVE", read_id_aa64pfr0_el1, 32 },
	{ "AMU", read_id_aa64pfr0_el1, 44 },
	{ "MTE", read_id_aa64pfr1_el1, 8 },
	{ "SME", read_id_aa64pfr1_el1, 24 },
	{ "PMU", read_id_aa64dfr0_el1, 8 },
	{ "statistical profiling", read_id_aa64dfr0_el1, 32 },
	{ "trace buffers", read_id_aa64dfr0_el1, 44 },
	{ "limited ordering regions", read_id_aa64mmfr1_el1, 16 },
};

static void check_hidden(void)
{
	for (unsigned int i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		uint64_t value = hidden[i].read(0);

		if (value >> hidden[i].low & 0xf)
			fail("the feature register 0x%lx offers %s", value, hidden[i].name);
	}
}

/* Instructions of EL2: maintenance and translation of what lies below the guest. */
static void tlbi_alle1(void)
{
	__asm__ volatile(".inst 0xd50c879f" : : : "memory");
}

static void tlbi_vmalls12e1(void)
{
	__asm__ volatile(".inst 0xd50c87df" : : : "memory");
}

static void tlbi_ipas2e1(void)
{
	__asm__ volatile("sys #4, c8, c4, #1, xzr" : : : "memory");
}

static void tlbi_alle2(void)
{
	__asm__ volatile(".inst 0xd50c871f" : : : "memory");
}

static void at_s12e1r(void)
{
	__asm__ volatile("sys #4, c7, c8, #4, xzr" : : : "memory");
}

/*
 * RDVL x0, #1: SVE. CPACR_EL1.ZEN is set by the caller, so that only the hypervisor can refuse it.
 */
static void sve_rdvl(void)
{
	__asm__ volatile(".inst 0x04bf5020" : : : "x0", "memory");
}

struct instruction {
	const char *name;
	void (*run)(void);
};

static const struct instruction instructions[] = {
	{ "TLBI ALLE1", tlbi_alle1 },
	{ "TLBI VMALLS12E1", tlbi_vmalls12e1 },
	{ "TLBI IPAS2E1", tlbi_ipas2e1 },
	{ "TLBI ALLE2", tlbi_alle2 },
	{ "AT S12E1R", at_s12e1r },
	{ "SVE RDVL", sve_rdvl },
};

void try_registers(void)
{
	uint64_t cpacr = read_sysreg(cpacr_el1);

	for (unsigned int i = 0; i < sizeof(id_regs) / sizeof(id_regs[0]); i++)
		try_id_register(&id_regs[i]);
	check_hidden();

	/* ZEN and SMEN: this guest itself allows SVE and SME. */
	write_sysreg(cpacr_el1, cpacr | 3UL << 16 | 3UL << 24);
	isb();
	for (unsigned int i = 0; i < sizeof(regs) / sizeof(regs[0]); i++)
		try_register(&regs[i]);
	for (unsigned int i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++) {
		struct trap_report report;

		trap_expect();
		instructions[i].run();
		report = trap_done();
		conclude(instructions[i].name, 0, &report, OUTCOME_NO_ABORT);
	}
	write_sysreg(cpacr_el1, cpacr);
	isb();
}

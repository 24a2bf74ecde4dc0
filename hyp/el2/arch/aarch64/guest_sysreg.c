// SPDX-License-Identifier: GPL-2.0-only
/*
 * System registers that trap: feature registers by an allow list, a few that read as zero, SGIs.
 * Everything else is undefined for the guest.
 */
#include <arch/guest.h>
#include <arch/sysreg.h>
#include <el2/guest_exit.h>

#define REG(op0, op1, crn, crm, op2)	ISS_REG(op0##UL, op1, crn, crm, op2)
#define F(low)		(0xfUL << (low))	/* one field of four bits */

/* The field at low, but no more than max: the rest of the feature is not offered. */
static uint64_t at_most(uint64_t reg, unsigned int low, uint64_t max)
{
	return min_u64((reg >> low) & 0xf, max) << low;
}

/*
 * For each feature register: the hardware's bits that pass, and what is set in addition. Others
 * read as zero.
 */
static uint64_t feature_register(uint64_t reg, bool *known)
{
	uint64_t v;

	*known = true;
	switch (reg) {
	/* PFR0: AArch64 only at EL1 and EL0; FP, SIMD, GIC, DIT, CSV2, CSV3 */
	case REG(3, 0, 0, 4, 0):
		v = read_sysreg(id_aa64pfr0_el1);
		return (v & (F(16) | F(20) | F(48) | F(60))) | at_most(v, 56, 1) | 1 << 24 |
		       1 << 4 | 1;
	case REG(3, 0, 0, 4, 1):	/* PFR1: BT, SSBS */
		return read_sysreg(id_aa64pfr1_el1) & (F(0) | F(4));
	/* DFR0: no debug registers, PMU, tracing, profiling; DoubleLock and MTPMU say so by -1 */
	case REG(3, 0, 0, 5, 0):
		return F(36) | F(48);
	case REG(3, 0, 0, 6, 0):	/* ISAR0: all but transactional memory */
		return read_sysreg(id_aa64isar0_el1) & ~F(24);
	case REG(3, 0, 0, 6, 1):	/* ISAR1: all but LS64 */
		return read_sysreg(id_aa64isar1_el1) & ~F(60);
	case REG(3, 0, 0, 6, 2):	/* ISAR2: RPRES, GPA3, APA3, BC */
		return read_sysreg(id_aa64isar2_el1) & (F(4) | F(8) | F(12) | F(20));
	/* MMFR0: PARange at most 48 bits, ASIDs, endianness, granules */
	case REG(3, 0, 0, 7, 0):
		v = read_sysreg(id_aa64mmfr0_el1);
		return (v & (F(4) | F(8) | F(12) | F(16) | F(20) | F(24) | F(28))) |
		       at_most(v, 0, 5);
	case REG(3, 0, 0, 7, 1):	/* MMFR1: HAFDBS, HPDS, PAN, ETS, AFP */
		v = read_sysreg(id_aa64mmfr1_el1);
		return (v & (F(12) | F(20) | F(36) | F(44))) | at_most(v, 0, 2);
	case REG(3, 0, 0, 7, 2):	/* MMFR2: CnP, UAO, LSM, VARange, ST, AT, BBM, E0PD */
		return read_sysreg(id_aa64mmfr2_el1) &
		       (F(0) | F(4) | F(8) | F(16) | F(28) | F(32) | F(52) | F(60));
	}
	/* op1 0, CRn 0: all others are zero */
	*known = (reg & ~(7UL << 17 | 15UL << 1)) == REG(3, 0, 0, 0, 0);
	return 0;
}

uint64_t guest_feature(uint64_t n)
{
	bool known;

	return feature_register(REG(3, 0, 0, 1 + (n >> 3), n & 7), &known);
}

/*
 * Registers without effect: they read as zero and ignore writes, as the architecture allows or as
 * Linux expects.
 */
static bool ignored(uint64_t reg)
{
	/*
	 * ACTLR_EL1; OSLAR, OSLSR, OSDLR, DBGPRCR, which are op2 4 of CRn 1; and DBGBVR<n>,
	 * DBGBCR<n>, DBGWVR<n>, DBGWCR<n>, op2 4 to 7 of CRn 0
	 */
	return reg == REG(3, 0, 1, 0, 1) || (reg & ~(15UL << 1)) == REG(2, 0, 1, 0, 4) ||
	       (reg & ~(3UL << 17 | 15UL << 1)) == REG(2, 0, 0, 0, 4);
}

/* Reads, writes or ignores a write; false: the register does not exist for the guest. */
static bool access_register(uint64_t reg, bool read, uint64_t *value)
{
	uint64_t written = *value;
	bool known;

	/* ICC_SRE_EL1: system registers, no bypass */
	*value = reg == REG(3, 0, 12, 12, 5) ? 7 : 0;
	/* MDSCR_EL1: single steps. Without MDE no breakpoint of the host's ends in the guest. */
	if (reg == REG(2, 0, 0, 2, 2)) {
		if (!read)
			write_sysreg(mdscr_el1, written & MDSCR_STEP);
		*value = read_sysreg(mdscr_el1);
		return true;
	}
	if (*value || ignored(reg))
		return true;
	*value = feature_register(reg, &known);
	return known && read;
}

int guest_sysreg(struct vcpu *vcpu, uint64_t esr)
{
	uint64_t reg = esr & ISS_REG_MASK, rt = ISS_RT(esr);
	uint64_t value = rt == REG_NONE ? 0 : vcpu->x[rt];
	bool read = esr & ISS_READ;

	if (reg == REG(3, 0, 12, 11, 5) && !read) {	/* ICC_SGI1R_EL1 */
		vcpu->run->arg[0] = value;
		arch_skip_instruction();
		return DONJON_EXIT_SGI;
	}
	if (!access_register(reg, read, &value)) {
		inject_undefined();
		return RESUME;
	}
	if (read && rt != REG_NONE)
		vcpu->x[rt] = value;
	arch_skip_instruction();
	return RESUME;
}

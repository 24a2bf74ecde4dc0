/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers that name a stage-2 table, and what must hold while they change. */
#pragma once

#include <arch/sysreg.h>
#include <el2/pgtable.h>

/* VTCR_EL2. SL0 is 2 less the level of the first lookup. */
static inline uint64_t vtcr_of(const struct pgtable *pgt)
{
	uint64_t ps = min_u64(read_sysreg(id_aa64mmfr0_el1) & 0xf, 5);

	return VTCR_BASE | (64 - pgt->ia_bits) | (2UL - pgt->start_level) << 6 | ps << 16;
}

static inline uint64_t vttbr_of(const struct pgtable *pgt)
{
	return pgt->root_pa | (uint64_t)pgt->vmid << VTTBR_VMID_SHIFT;
}

/*
 * No walk of stage 1 begins any more, and none that is speculated, as some cores do even at EL2,
 * mixes registers of two contexts (Arm errata 1165522, 1319367). With the MMU off there would be
 * none either, but a speculated AT would put a flat entry into the TLB (1530923, 1319537): it must
 * be on, with its walks off.
 */
static inline void stop_walks(void)
{
	uint64_t sctlr = read_sysreg(sctlr_el1);

	write_sysreg(tcr_el1, read_sysreg(tcr_el1) | TCR_EPD);
	isb();
	if (!(sctlr & SCTLR_EL1_M)) {
		write_sysreg(sctlr_el1, sctlr | SCTLR_EL1_M);
		isb();
	}
}

/* All else that decides about walks is in effect: the caller has executed an ISB. */
static inline void start_walks(uint64_t sctlr, uint64_t tcr)
{
	write_sysreg(sctlr_el1, sctlr);
	isb();
	write_sysreg(tcr_el1, tcr);
}


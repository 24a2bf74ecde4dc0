/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers that name a stage-2 table. */
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

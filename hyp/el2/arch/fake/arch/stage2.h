/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DONJON_ARCH_STAGE2_H
#define DONJON_ARCH_STAGE2_H

#include <el2/pgtable.h>

static inline uint64_t vtcr_of(const struct pgtable *pgt)
{
	return pgt->ia_bits;
}

#endif

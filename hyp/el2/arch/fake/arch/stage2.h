/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

#include <el2/pgtable.h>

static inline uint64_t vtcr_of(const struct pgtable *pgt)
{
	return pgt->ia_bits;
}

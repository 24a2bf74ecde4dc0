/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attributes of leaf entries: values of their own for each use, in the bits that the format has for
 * them.
 */
#pragma once

#include <el2/types.h>

#define S2_HOST_RAM		0x7fcUL
#define S2_HOST_FIRMWARE	0x7ecUL
#define S2_HOST_DEVICE		(BIT(54) | 0x7fcUL)
#define S2_GUEST_RAM		arch_guest_ram()
#define S2_GUEST_ROM		(arch_guest_ram() & ~BIT(7))
#define S1_HYP_DATA		(BIT(54) | 0x740UL)

/* FEAT_S2FWB, as the test has set it. */
bool arch_guest_is_coherent(void);

static inline uint64_t arch_guest_ram(void)
{
	return arch_guest_is_coherent() ? 0x7d8UL : 0x7dcUL;
}

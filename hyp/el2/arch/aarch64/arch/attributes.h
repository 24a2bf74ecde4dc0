/* SPDX-License-Identifier: GPL-2.0-only */
/* Attributes of leaf entries (DDI 0487, D8.5 and D8.6). */
#pragma once

#include <arch/features.h>
#include <el2/types.h>

/* Stage 2: MemAttr [5:2], S2AP [7:6], SH [9:8], AF, XN [54:53]. */
#define S2_NORMAL	(0xfUL << 2)
#define S2_NORMAL_FWB	(0x6UL << 2)	/* with HCR_EL2.FWB: write-back, whatever stage 1 says */
#define S2_RW		(3UL << 6)
#define S2_INNER	(3UL << 8)
#define S2_AF		BIT(10)
#define S2_XN		BIT(54)

#define S2_HOST_RAM	(S2_NORMAL | S2_RW | S2_INNER | S2_AF)
#define S2_HOST_FIRMWARE S2_HOST_RAM
#define S2_HOST_DEVICE	(S2_HOST_RAM | S2_XN)	/* the memory type is the one of stage 1 */
#define S2_GUEST_RAM	arch_guest_ram()
#define S2_GUEST_ROM	(arch_guest_ram() & ~BIT(7))

/* Stage 1 of EL2: AttrIndx [4:2], AP[1] is RES1, AP[2] read-only, SH, AF, XN. */
#define S1_AP_RES1	BIT(6)
#define S1_READ_ONLY	BIT(7)
#define S1_XN		BIT(54)
#define S1_COMMON	(S1_AP_RES1 | S2_INNER | S2_AF)
#define S1_HYP_DATA	(S1_COMMON | S1_XN)
#define S1_HYP_RODATA	(S1_COMMON | S1_READ_ONLY | S1_XN)
#define S1_HYP_TEXT	(S1_COMMON | S1_READ_ONLY)
#define S1_HYP_DEVICE	(S1_AP_RES1 | S2_AF | S1_XN | 1UL << 2)

_Static_assert(S2_HOST_RAM == 0x7fc, "stage 2, Normal write-back, read-write, executable");
_Static_assert(S2_HOST_DEVICE == 0x400000000007fc, "the same, execute-never");
_Static_assert(S1_HYP_DATA == 0x40000000000740, "stage 1, Normal, read-write, execute-never");

/*
 * With FEAT_S2FWB a guest cannot map its memory non-cacheable, and with CTR_EL0.DIC instruction
 * caches follow what is stored: then no cache maintenance is needed on donation.
 */
bool arch_guest_is_coherent(void);

static inline uint64_t arch_guest_ram(void)
{
	return (cpu_features.fwb ? S2_NORMAL_FWB : S2_NORMAL) | S2_RW | S2_INNER | S2_AF;
}

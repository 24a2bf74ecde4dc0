/* SPDX-License-Identifier: GPL-2.0-only */
/* Errata of CPUs that EL2 works around, by MIDR_EL1. docs/errata.md has all that were looked at. */
#pragma once

#include <el2/types.h>

/* MIDR_EL1: implementer [31:24], variant [23:20], part number [15:4], revision [3:0]. */
#define MIDR_MODEL		(MASK(31, 24) | MASK(15, 4))
#define MODEL(implementer, part) (implementer##UL << 24 | (part) << 4)
#define ARM(part)		MODEL(0x41, part)

/*
 * What the vectors do about branch predictors before anything else, in vectors.S's order: nothing,
 * branches that fill the history, CLRBHB, SMCCC_ARCH_WORKAROUND_1 or _3 of the firmware.
 */
enum vectors {
	VECTORS_PLAIN, VECTORS_LOOP, VECTORS_CLEARBHB, VECTORS_FIRMWARE1, VECTORS_FIRMWARE3
};

/*
 * Against Spectre v2 and BHB, for the CPU that asks: its MIDR_EL1, ID_AA64PFR0_EL1,
 * ID_AA64MMFR1_EL1 and ID_AA64ISAR2_EL1, and its firmware, decide.
 */
enum vectors errata_vectors(uint64_t midr, uint64_t pfr0, uint64_t mmfr1, uint64_t isar2);

/* What ARCH_FEATURES tells guests of SMCCC_ARCH_WORKAROUND_1 to 3; of others, NOT_SUPPORTED. */
int64_t errata_workaround(uint32_t function);

/* Whether a broadcast TLBI and the DSB after it must be executed twice on this core. */
bool errata_repeat_tlbi(uint64_t midr);

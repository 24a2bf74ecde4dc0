// SPDX-License-Identifier: GPL-2.0-only
#include <el2/errata.h>

/* MIDR_EL1: implementer [31:24], variant [23:20], part number [15:4], revision [3:0]. */
#define MIDR_MODEL		(MASK(31, 24) | MASK(15, 4))
#define MIDR_MODEL_FAMILY	(MASK(31, 24) | MASK(15, 12))	/* all parts 0x2xx and so on */
#define MIDR_VERSION(midr)	(((midr) >> 16 & 0xf0) | ((midr) & 0xf))

#define ARM(part)	(0x41UL << 24 | (part) << 4)
#define QUALCOMM(part)	(0x51UL << 24 | (part) << 4)
#define NVIDIA(part)	(0x4eUL << 24 | (part) << 4)
#define MICROSOFT(part) (0x6dUL << 24 | (part) << 4)

/* Versions first to last, variant << 4 | revision: 0x31 is r3p1. */
struct midr_range {
	uint64_t model;
	uint64_t mask;
	uint8_t first, last;
};

#define VERSIONS(model, first, last)	{ model, MIDR_MODEL, first, last }

/*
 * The numbers are those of Linux's list for ARM64_WORKAROUND_REPEAT_TLBI: Arm's 1286807, 2441007,
 * 2441009, 4118414 and its siblings (CVE-2025-10263), Qualcomm's 1009.
 */
static const struct midr_range repeat_tlbi[] = {
	VERSIONS(QUALCOMM(0x800), 0x00, 0x00),			/* Falkor v1 */
	{ QUALCOMM(0x200), MIDR_MODEL_FAMILY, 0x00, 0xff },	/* Kryo */
	VERSIONS(QUALCOMM(0x804), 0xce, 0xfe),			/* Kryo 4xx Gold */
	VERSIONS(ARM(0xd46), 0x00, 0x11),			/* Cortex-A510, fixed in r1p2 */
	VERSIONS(NVIDIA(0x010), 0x00, 0xff),			/* Olympus */
	VERSIONS(MICROSOFT(0xd49), 0x00, 0xff),			/* Azure Cobalt 100 */
};

/* The same, for all versions of Arm's cores. */
static const uint16_t repeat_tlbi_arm[] = {
	0xd05, 0xd0b, 0xd0e, 0xd0d,			/* Cortex-A55, A76, A76AE, A77 */
	0xd41, 0xd42, 0xd4b, 0xd47,			/* Cortex-A78, A78AE, A78C, A710 */
	0xd44, 0xd4c, 0xd48, 0xd4e, 0xd82, 0xd85,	/* Cortex-X1, X1C, X2, X3, X4, X925 */
	0xd8c, 0xd90,					/* C1-Ultra, C1-Premium */
	0xd0c, 0xd49, 0xd40, 0xd4f, 0xd84, 0xd83,	/* Neoverse N1, N2, V1, V2, V3, V3AE */
};

bool errata_repeat_tlbi(uint64_t midr)
{
	const struct midr_range *range;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(repeat_tlbi_arm); i++)
		if ((midr & MIDR_MODEL) == ARM((uint64_t)repeat_tlbi_arm[i]))
			return true;
	for (range = repeat_tlbi; range < repeat_tlbi + ARRAY_SIZE(repeat_tlbi); range++)
		if ((midr & range->mask) == range->model && MIDR_VERSION(midr) >= range->first &&
		    MIDR_VERSION(midr) <= range->last)
			return true;
	return false;
}

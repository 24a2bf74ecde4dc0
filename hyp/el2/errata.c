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

#define ALL_VERSIONS(model)		{ model, MIDR_MODEL, 0x00, 0xff }
#define VERSIONS(model, first, last)	{ model, MIDR_MODEL, first, last }

/*
 * The numbers are those of Linux's list for ARM64_WORKAROUND_REPEAT_TLBI: Arm's 1286807, 2441007
 * and 2441009, 4118414 and its siblings (CVE-2025-10263), Qualcomm's 1009.
 */
static const struct midr_range repeat_tlbi[] = {
	VERSIONS(QUALCOMM(0x800), 0x00, 0x00),			/* Falkor v1 */
	{ QUALCOMM(0x200), MIDR_MODEL_FAMILY, 0x00, 0xff },	/* Kryo */
	VERSIONS(QUALCOMM(0x804), 0xce, 0xfe),			/* Kryo 4xx Gold */
	ALL_VERSIONS(ARM(0xd05)),				/* Cortex-A55 */
	VERSIONS(ARM(0xd46), 0x00, 0x11),			/* Cortex-A510, fixed in r1p2 */
	ALL_VERSIONS(ARM(0xd0b)),				/* Cortex-A76 */
	ALL_VERSIONS(ARM(0xd0e)),				/* Cortex-A76AE */
	ALL_VERSIONS(ARM(0xd0d)),				/* Cortex-A77 */
	ALL_VERSIONS(ARM(0xd41)),				/* Cortex-A78 */
	ALL_VERSIONS(ARM(0xd42)),				/* Cortex-A78AE */
	ALL_VERSIONS(ARM(0xd4b)),				/* Cortex-A78C */
	ALL_VERSIONS(ARM(0xd47)),				/* Cortex-A710 */
	ALL_VERSIONS(ARM(0xd44)),				/* Cortex-X1 */
	ALL_VERSIONS(ARM(0xd4c)),				/* Cortex-X1C */
	ALL_VERSIONS(ARM(0xd48)),				/* Cortex-X2 */
	ALL_VERSIONS(ARM(0xd4e)),				/* Cortex-X3 */
	ALL_VERSIONS(ARM(0xd82)),				/* Cortex-X4 */
	ALL_VERSIONS(ARM(0xd85)),				/* Cortex-X925 */
	ALL_VERSIONS(ARM(0xd8c)),				/* C1-Ultra */
	ALL_VERSIONS(ARM(0xd90)),				/* C1-Premium */
	ALL_VERSIONS(ARM(0xd0c)),				/* Neoverse N1 */
	ALL_VERSIONS(ARM(0xd49)),				/* Neoverse N2 */
	ALL_VERSIONS(ARM(0xd40)),				/* Neoverse V1 */
	ALL_VERSIONS(ARM(0xd4f)),				/* Neoverse V2 */
	ALL_VERSIONS(ARM(0xd84)),				/* Neoverse V3 */
	ALL_VERSIONS(ARM(0xd83)),				/* Neoverse V3AE */
	ALL_VERSIONS(NVIDIA(0x010)),				/* Olympus */
	ALL_VERSIONS(MICROSOFT(0xd49)),				/* Azure Cobalt 100 */
};

bool errata_repeat_tlbi(uint64_t midr)
{
	const struct midr_range *range;

	for (range = repeat_tlbi; range < repeat_tlbi + ARRAY_SIZE(repeat_tlbi); range++)
		if ((midr & range->mask) == range->model && MIDR_VERSION(midr) >= range->first &&
		    MIDR_VERSION(midr) <= range->last)
			return true;
	return false;
}

// SPDX-License-Identifier: GPL-2.0-only
#include <abi/smccc.h>
#include <el2/errata.h>
#include <el2/host.h>

#define MIDR_MODEL_FAMILY	(MASK(31, 24) | MASK(15, 12))	/* all parts 0x2xx and so on */
#define MIDR_VERSION(midr)	(((midr) >> 16 & 0xf0) | ((midr) & 0xf))

#define QUALCOMM(part)	MODEL(0x51, part)

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
	VERSIONS(MODEL(0x4e, 0x010), 0x00, 0xff),			/* Olympus */
	VERSIONS(MODEL(0x6d, 0xd49), 0x00, 0xff),			/* Azure Cobalt 100 */
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

/* In order, so that nothing is speculated by history: Cortex-A35, A53, A55, A510, A520. */
static const uint16_t in_order_arm[] = { 0xd04, 0xd03, 0xd05, 0xd46, 0xd80 };

static bool forgets_history;	/* EL2, on each exception */

enum vectors errata_vectors(uint64_t midr, uint64_t pfr0, uint64_t mmfr1, uint64_t isar2)
{
	int32_t w1 = firmware_call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_1);
	int32_t w3 = firmware_call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_3);
	uint64_t csv2 = pfr0 >> 56 & 0xf;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(in_order_arm); i++)
		if ((midr & MIDR_MODEL) == ARM((uint64_t)in_order_arm[i]))
			return VECTORS_PLAIN;
	/* Without CSV2 predictions come from anywhere, below 3 by history; ECBHB drops that. */
	if (csv2 >= 3 || (csv2 && mmfr1 & MASK(63, 60)))
		return VECTORS_PLAIN;
	forgets_history = true;
	if (!csv2 && (!w1 || !w3))
		return w3 ? VECTORS_FIRMWARE1 : VECTORS_FIRMWARE3;
	return isar2 & MASK(31, 28) ? VECTORS_CLEARBHB : VECTORS_LOOP;
}

int64_t errata_workaround(uint32_t function)
{
	int32_t firmware;

	if (function != SMCCC_ARCH_WORKAROUND_1 && function != SMCCC_ARCH_WORKAROUND_2 &&
	    function != SMCCC_ARCH_WORKAROUND_3)
		return SMCCC_NOT_SUPPORTED;
	firmware = firmware_call(SMCCC_ARCH_FEATURES, function);
	/* That of Spectre v4 is on, where the firmware has one; BHB's may be EL2's own. */
	if (function == SMCCC_ARCH_WORKAROUND_2)
		return firmware < 0 ? firmware : SMCCC_NOT_REQUIRED;
	return function == SMCCC_ARCH_WORKAROUND_3 && firmware < 0 && forgets_history ?
		       SMCCC_SUCCESS : firmware;
}

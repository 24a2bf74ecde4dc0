// SPDX-License-Identifier: GPL-2.0-only
/* Which cores need what, by MIDR_EL1. */
#include "world.h"
#include <string.h>
#include <abi/smccc.h>
#include <el2/errata.h>
#include <el2/host.h>

static uint64_t midr(uint64_t implementer, uint64_t part, uint64_t variant, uint64_t revision)
{
	return implementer << 24 | variant << 20 | 0xfUL << 16 | part << 4 | revision;
}

static void affected_cores_repeat_tlbi(void **state)
{
	static const struct {
		const char *core;
		uint8_t implementer;
		uint16_t part;
		uint8_t variant, revision;
		bool repeats;
	} cores[] = {
		{ "Cortex-A53 r0p4", 0x41, 0xd03, 0, 4, false },
		{ "Cortex-A57 r1p3", 0x41, 0xd07, 1, 3, false },
		{ "Cortex-A72 r0p3", 0x41, 0xd08, 0, 3, false },
		{ "Cortex-A55 r2p0", 0x41, 0xd05, 2, 0, true },
		{ "Cortex-A76 r0p0", 0x41, 0xd0b, 0, 0, true },
		{ "Cortex-A76 r4p1", 0x41, 0xd0b, 4, 1, true },
		{ "Cortex-A510 r0p0", 0x41, 0xd46, 0, 0, true },
		{ "Cortex-A510 r1p1", 0x41, 0xd46, 1, 1, true },
		{ "Cortex-A510 r1p2", 0x41, 0xd46, 1, 2, false },
		{ "Neoverse N1 r3p1", 0x41, 0xd0c, 3, 1, true },
		{ "Neoverse V1 r1p2", 0x41, 0xd40, 1, 2, true },
		{ "Cobalt 100", 0x6d, 0xd49, 0, 0, true },
		{ "another's 0xd49", 0x48, 0xd49, 0, 0, false },
		{ "Falkor v1 r0p0", 0x51, 0x800, 0, 0, true },
		{ "Falkor v1 r1p0", 0x51, 0x800, 1, 0, false },
		{ "Kryo 0x205", 0x51, 0x205, 3, 1, true },
		{ "Kryo 4xx Gold rbpf", 0x51, 0x804, 0xb, 0xf, false },
		{ "Kryo 4xx Gold rcpe", 0x51, 0x804, 0xc, 0xe, true },
		{ "Olympus", 0x4e, 0x010, 1, 0, true },
		{ "A64FX", 0x46, 0x001, 1, 0, false },
		{ "QEMU's max", 0x00, 0x051, 0, 0, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cores); i++)
		if (errata_repeat_tlbi(midr(cores[i].implementer, cores[i].part, cores[i].variant,
					    cores[i].revision)) != cores[i].repeats)
			fail_msg("%s: %s", cores[i].core,
				 cores[i].repeats ? "does not repeat" : "repeats");
}

static int32_t firmware_says[3];	/* of SMCCC_ARCH_WORKAROUND_1 to 3 */

static void firmware(uint64_t args[8])
{
	assert_int_equal(args[0], SMCCC_ARCH_FEATURES);
	args[0] = (uint32_t)(args[1] == SMCCC_ARCH_WORKAROUND_1	  ? firmware_says[0]
			     : args[1] == SMCCC_ARCH_WORKAROUND_2 ? firmware_says[1]
								  : firmware_says[2]);
}

#define CSV2(n)	 ((uint64_t)(n) << 56)
#define ECBHB	 (1UL << 60)
#define CLRBHB	 (1UL << 28)
#define NONE	 { -1, -1, -1 }

static void each_core_has_the_vectors_that_it_needs(void **state)
{
	static const struct {
		const char *core;
		uint16_t part;
		uint64_t pfr0, mmfr1, isar2;
		int32_t firmware[3];
		enum vectors vectors;
		int32_t told[3];
	} cores[] = {
		{ "Cortex-A53", 0xd03, 0, 0, 0, NONE, VECTORS_PLAIN, NONE },
		{ "Cortex-A55", 0xd05, 0, 0, 0, { 1, 1, 1 }, VECTORS_PLAIN, { 1, -2, 1 } },
		{ "Cortex-A72, old firmware", 0xd08, 0, 0, 0, NONE, VECTORS_LOOP, { -1, -1, 0 } },
		{ "Cortex-A72", 0xd08, 0, 0, 0, { 0, 0, -1 }, VECTORS_FIRMWARE1, { 0, -2, 0 } },
		{ "Cortex-A72, new", 0xd08, 0, 0, 0, { 0, 0, 0 }, VECTORS_FIRMWARE3, { 0, -2, 0 } },
		{ "Cortex-A72 r1", 0xd08, CSV2(1), 0, 0, { 1, 0, 0 }, VECTORS_LOOP, { 1, -2, 0 } },
		{ "Neoverse N1", 0xd0c, CSV2(1), 0, 0, { 1, -1, 1 }, VECTORS_LOOP, { 1, -1, 1 } },
		{ "Neoverse N1, mute", 0xd0c, CSV2(2), 0, 0, NONE, VECTORS_LOOP, { -1, -1, 0 } },
		{ "with CLRBHB", 0xd82, CSV2(2), 0, CLRBHB, NONE, VECTORS_CLEARBHB, { -1, -1, 0 } },
		{ "with ECBHB", 0xd84, CSV2(2), ECBHB, CLRBHB, { 1, 1, 1 }, VECTORS_PLAIN,
		  { 1, -2, 1 } },
		{ "with CSV2_3", 0xd85, CSV2(3), 0, 0, { 1, 1, 1 }, VECTORS_PLAIN, { 1, -2, 1 } },
	};
	static const uint32_t calls[] = { SMCCC_ARCH_WORKAROUND_1, SMCCC_ARCH_WORKAROUND_2,
					  SMCCC_ARCH_WORKAROUND_3 };
	unsigned int i, j;

	fake.firmware = firmware;
	for (i = 0; i < ARRAY_SIZE(cores); i++) {
		memcpy(firmware_says, cores[i].firmware, sizeof(firmware_says));
		if (errata_vectors(midr(0x41, cores[i].part, 0, 0), cores[i].pfr0, cores[i].mmfr1,
				   cores[i].isar2) != cores[i].vectors)
			fail_msg("%s has other vectors", cores[i].core);
		for (j = 0; j < ARRAY_SIZE(calls); j++)
			if (errata_workaround(calls[j]) != cores[i].told[j])
				fail_msg("%s: guests are told %ld of workaround %u", cores[i].core,
					 errata_workaround(calls[j]), j + 1);
		assert_int_equal(errata_workaround(SMCCC_ARCH_SOC_ID), SMCCC_NOT_SUPPORTED);
	}
	/* Firmware that has no SMCCC 1.1 is not asked. */
	fake.smcs = 0;
	firmware_answers = false;
	assert_int_equal(errata_vectors(midr(0x41, 0xd08, 0, 0), 0, 0, 0), VECTORS_LOOP);
	assert_int_equal(errata_workaround(SMCCC_ARCH_WORKAROUND_1), SMCCC_NOT_SUPPORTED);
	assert_int_equal(fake.smcs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE("errata: each core that must repeats its TLBIs, and no other",
			affected_cores_repeat_tlbi),
		PROMISE("S2: errata: each core has the vectors that it needs; guests hear of it",
			each_core_has_the_vectors_that_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* Which cores need what, by MIDR_EL1. */
#include "world.h"
#include <el2/errata.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE("errata: each core that must repeats its TLBIs, and no other",
			affected_cores_repeat_tlbi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

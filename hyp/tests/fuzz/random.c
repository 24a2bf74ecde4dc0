// SPDX-License-Identifier: GPL-2.0-only
/*
 * random-NAME [SEED]
 *
 * Runs random inputs through the target, without libFuzzer: the same ones each time, but for
 * another SEED. One TAP result. It needs no corpus and no luck: each kind of operation must have
 * succeeded often, or the sequences were worth nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif
#include <tests/spec/spec.h>
#include "harness.h"

#define OPERATIONS 400
#define SOME	   6
#define LENGTH	   (1 + 4 * OPERATIONS) /* the first byte: of the machine */

static uint64_t state = 0x2545f4914f6cdd1dUL;

static uint8_t random_8(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint8_t)(state >> 11);
}

/*
 * An operation of the ledger's target. Half are about pages of one before, which has come to
 * something; three of four are of the few kinds that this input is mostly about.
 */
static void random_operation(uint8_t bytes[4], const uint8_t some[SOME])
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		bytes[i] = random_8();
	if (random_8() & 3)
		bytes[0] = (bytes[0] & 0xe0) | (some[random_8() % SOME] & 0x1f);
	if (random_8() & 1)
		bytes[1] = (bytes[1] & 0x8f) | 4 << 4;
}

int main(int argc, char **argv)
{
	unsigned int input, i, bad = 0;
	char name[80];

#ifdef __SANITIZE_ADDRESS__
	__sanitizer_set_death_callback(fuzz_say_input);
#endif
	if (argc > 1)
		state = strtoull(argv[1], NULL, 0) | 1;
	fuzz_input = name;
	for (input = 0; input < FUZZ_INPUTS; input++) {
		uint8_t *bytes = malloc(LENGTH), some[SOME];

		/* The seed that begins with this very input. */
		snprintf(name, sizeof(name), "number %u: random-" FUZZ_NAME " 0x%lx", input, state);
		for (i = 0; i < SOME; i++)
			some[i] = random_8();
		bytes[0] = random_8();
		for (i = 0; i < OPERATIONS; i++)
			random_operation(&bytes[1 + 4 * i], some);
		LLVMFuzzerTestOneInput(bytes, LENGTH);
		free(bytes);
	}
	for (i = 0; i < SPEC_NR_OPS; i++) {
		printf("# %-26s %u times\n", spec_op_name(i), fuzz_successes[i]);
		bad += fuzz_successes[i] < FUZZ_INPUTS / 20;
	}
	printf("# memory was short %u times\n", fuzz_shortages);
	bad += fuzz_shortages < FUZZ_INPUTS / 20;
	printf("1..1\n%sok 1 - fuzz: %u random inputs do what " FUZZ_NAME
	       " expects, and each operation succeeds often\n",
	       bad ? "not " : "", FUZZ_INPUTS);
	return bad != 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Random numbers for guests: the cipher, what seeds it, and what is left of it. */
#include "world.h"
#include <abi/smccc.h>
#include <arch/features.h>
#include <arch/memory.h>
#include <el2/host.h>
#include <el2/random.h>

#define NR 3

static uint64_t page;

/* RFC 8439, 2.3.2. */
static void the_cipher_is_the_rfcs(void **state)
{
	static const uint32_t in[CHACHA_WORDS] = {
		0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, 0x03020100, 0x07060504,
		0x0b0a0908, 0x0f0e0d0c, 0x13121110, 0x17161514, 0x1b1a1918, 0x1f1e1d1c,
		0x00000001, 0x09000000, 0x4a000000, 0x00000000,
	}, expected[CHACHA_WORDS] = {
		0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033,
		0x9aaa2204, 0x4e6cd4c3, 0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9,
		0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2,
	};
	uint32_t out[CHACHA_WORDS];

	chacha20_block(in, out);
	assert_memory_equal(out, expected, sizeof(out));
}

static void seeded(uint64_t word, uint64_t words[NR])
{
	uint64_t seed[RANDOM_SEED_WORDS] = { 1, 2, 3, word };

	memset(fake_page(page), 0, PAGE_SIZE);
	random_init(pa(page), seed);
	assert_int_equal(seed[0] | seed[1] | seed[2] | seed[3], 0);
	random_words(words);
}

static void expect_others(const uint64_t a[NR], const uint64_t b[NR])
{
	unsigned int i, j;

	for (i = 0; i < NR; i++)
		for (j = 0; j < NR; j++)
			assert_int_not_equal(a[i], b[j]);
}

static void each_source_counts(void **state)
{
	uint64_t words[NR], other[NR];

	cpu_features.rng = false;
	seeded(4, words);
	seeded(4, other);
	assert_memory_equal(words, other, sizeof(words));
	random_words(other);
	expect_others(words, other);
	seeded(5, other);
	expect_others(words, other);
	cpu_features.rng = true;
	fake.random_left = 1;
	seeded(4, other);
	assert_int_equal(fake.random_left, 0);
	expect_others(words, other);
	/* A source that fails costs nothing. */
	seeded(4, other);
	assert_memory_equal(words, other, sizeof(words));
}

static void firmware(uint64_t x[8])
{
	bool asked = x[0] == TRNG_RND64 && x[1] == 192;

	x[0] = asked ? SMCCC_SUCCESS : SMCCC_NOT_SUPPORTED;
	x[1] = 7;
}

static void the_firmware_is_asked(void **state)
{
	uint64_t words[NR], other[NR];

	cpu_features.rng = false;
	firmware_answers = true;
	seeded(4, words);	/* it does not have it */
	assert_int_equal(fake.smcs, 1);
	fake.firmware = firmware;
	seeded(4, other);
	expect_others(words, other);
	firmware_answers = false;
	seeded(4, other);
	assert_int_equal(fake.smcs, 2);
	assert_memory_equal(words, other, sizeof(words));
}

/* Wherever in the page they lie. */
static bool is_in_page(uint64_t word)
{
	const uint8_t *at = fake_page(page);
	unsigned int off;

	for (off = 0; off + sizeof(word) <= PAGE_SIZE; off++)
		if (!memcmp(at + off, &word, sizeof(word)))
			return true;
	return false;
}

static void nothing_is_left(void **state)
{
	uint64_t words[NR];
	unsigned int i;

	seeded(4, words);
	for (i = 0; i < NR; i++)
		assert_false(is_in_page(words[i]));
	fake_log_clear();
	random_forget();
	assert_true(world_is_zero(page, PAGE_SIZE));
	assert_int_equal(fake_count(FAKE_CLEAN), 1);
	assert_int_equal(fake.log[fake_find(FAKE_CLEAN, 0)].addr, page);
}

static int setup(void **state)
{
	int ret = world_setup(state);

	page = world_pages(1);
	return ret;
}

#define RANDOM(text, function) { text, function, setup, world_teardown, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		RANDOM("S1: random numbers: the cipher is RFC 8439's", the_cipher_is_the_rfcs),
		RANDOM("S1: random numbers: each source counts", each_source_counts),
		RANDOM("S1: random numbers: the firmware is asked", the_firmware_is_asked),
		RANDOM("S3: random numbers: nothing is left of them", nothing_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

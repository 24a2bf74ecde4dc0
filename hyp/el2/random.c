// SPDX-License-Identifier: GPL-2.0-only
#include <abi/smccc.h>
#include <arch/cache.h>
#include <arch/machine.h>
#include <arch/memory.h>
#include <el2/host.h>
#include <el2/random.h>
#include <el2/spinlock.h>

#define KEY		4	/* the key's words of the state */
#define KEY_WORDS	8

static struct generator {
	uint32_t state[CHACHA_WORDS], block[CHACHA_WORDS];
} *generator;	/* a page of its own, which can be cleaned */
static pa_t generator_pa;
static struct spinlock random_lock;

static void quarter_round(uint32_t *x, unsigned int a, unsigned int b, unsigned int c,
			  unsigned int d)
{
	static const uint8_t by[] = { 16, 12, 8, 7 };
	unsigned int i;

	for (i = 0; i < sizeof(by); i++) {
		unsigned int to = i & 1 ? b : d, from = i & 1 ? c : a, other = i & 1 ? d : b;

		x[from] += x[other];
		x[to] ^= x[from];
		x[to] = x[to] << by[i] | x[to] >> (32 - by[i]);
	}
}

void chacha20_block(const uint32_t state[CHACHA_WORDS], uint32_t out[CHACHA_WORDS])
{
	unsigned int round, i;

	for (i = 0; i < CHACHA_WORDS; i++)
		out[i] = state[i];
	for (round = 0; round < 20; round++)
		for (i = 0; i < 4; i++)
			quarter_round(out, i, 4 + ((i + (round & 1)) & 3),
				      8 + ((i + 2 * (round & 1)) & 3),
				      12 + ((i + 3 * (round & 1)) & 3));
	for (i = 0; i < CHACHA_WORDS; i++)
		out[i] += state[i];
}

/* The next key is the first half of the block; the other half may be given out. */
static void next_block(void)
{
	unsigned int i;

	chacha20_block(generator->state, generator->block);
	for (i = 0; i < KEY_WORDS; i++)
		generator->state[KEY + i] = generator->block[i];
}

static void mix_in(const uint64_t *entropy, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		generator->state[KEY + 2 * i] ^= entropy[i];
		generator->state[KEY + 2 * i + 1] ^= entropy[i] >> 32;
	}
	next_block();
}

void random_init(pa_t page, uint64_t seed[RANDOM_SEED_WORDS])
{
	static const uint32_t constants[KEY] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
	uint64_t firmware[8] = { TRNG_RND64, 192 };
	unsigned int i;

	generator_pa = page;
	generator = arch_linear(page.v);
	spin_init(&random_lock, LOCK_RANDOM);
	for (i = 0; i < KEY; i++)
		generator->state[i] = constants[i];
	mix_in(seed, RANDOM_SEED_WORDS);
	for (i = 0; i < RANDOM_SEED_WORDS; i++)
		seed[i] = 0;
	if (!firmware_answers)
		return;
	arch_smc(firmware);
	if (!firmware[0])
		mix_in(&firmware[1], 3);
}

void random_words(uint64_t words[3])
{
	const uint32_t *block = &generator->block[KEY_WORDS];
	unsigned int i;

	spin_lock(&random_lock);
	if (arch_has_random() && arch_random(words))
		mix_in(words, 1);
	next_block();
	for (i = 0; i < 3; i++)
		words[i] = block[2 * i] | (uint64_t)block[2 * i + 1] << 32;
	for (i = 0; i < CHACHA_WORDS; i++)
		generator->block[i] = 0;
	spin_unlock(&random_lock);
}

void random_forget(void)
{
	arch_clear_page(generator);
	arch_clean_range(generator_pa.v, PAGE_SIZE);
}

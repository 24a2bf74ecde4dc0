/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers for guests, which must not depend on what the host tells them: ChaCha20 (RFC 8439)
 * with fast key erasure. What is given out comes from a block whose first half is the next key, so
 * that what EL2 holds tells nothing of earlier numbers. Seeded by what Linux gives at the takeover,
 * while it is still trusted, by the firmware's TRNG and, each time, by FEAT_RNG.
 */
#pragma once

#include <el2/types.h>

#define CHACHA_WORDS	16
#define RANDOM_SEED_WORDS 4

/* out: the key stream's block for this state (RFC 8439, 2.3). They must not overlap. */
void chacha20_block(const uint32_t state[CHACHA_WORDS], uint32_t out[CHACHA_WORDS]);

/*
 * Once, before there are guests. page: EL2's and zeroed, for the state; seed[] is zeroed. Asks the
 * firmware, too.
 */
void random_init(pa_t page, uint64_t seed[RANDOM_SEED_WORDS]);

/* Three words of 64 random bits each, stored without a copy on the stack. No lock is held. */
void random_words(uint64_t words[3]);

/* The guests' secrets are being destroyed: so is the state. No words are asked for any more. */
void random_forget(void);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a fuzz target has around it. One source, two programs: fuzz-NAME with libFuzzer, and
 * replay-NAME, which runs the inputs it is given, can say what they mean, and needs no libFuzzer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The target. Always 0; what is wrong ends the process. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/*
 * What the inputs so far have come to: how often each kind of operation succeeded, by the target's
 * own numbers, and how often memory was short. random-NAME asserts that its inputs are worth
 * something.
 */
#define FUZZ_KINDS 64
extern unsigned int fuzz_successes[FUZZ_KINDS], fuzz_shortages;

/* replay-NAME --show: operations are to be printed as they are made. */
extern bool fuzz_show;

/* replay-NAME: the input that runs, for the message of a failure. NULL: not known. */
extern const char *fuzz_input;
void fuzz_say_input(void);

/* Prints if fuzz_show. The text is flushed at once: the next operation may be the last. */
void show(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says what was expected and seen, and aborts: libFuzzer keeps the input. */
#define FUZZ_FAIL(...) fuzz_fail(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void fuzz_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define FUZZ_CHECK(cond, ...)                                                                      \
	do {                                                                                       \
		if (!(cond))                                                                       \
			FUZZ_FAIL(__VA_ARGS__);                                                    \
	} while (0)

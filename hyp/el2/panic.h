/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EL2 panics only when its own invariants are broken, never on an argument of the host or a guest:
 * those are refused with an error. An assertion is a statement about EL2's own state.
 */
#pragma once

#include <el2/types.h>

/*
 * Prints the message, registers and a back trace, scrubs the guests' memory and leaves the rest to
 * the host.
 */
_Noreturn void el2_panic(const char *what, const char *file, unsigned int line);

#define EL2_ASSERT(cond)                                                      \
	do {                                                                  \
		if (__builtin_expect(!(cond), 0))                             \
			el2_panic("assertion failed: " #cond, __FILE__, __LINE__); \
	} while (0)

#define EL2_PANIC(what) el2_panic(what, __FILE__, __LINE__)

/* SPDX-License-Identifier: GPL-2.0-only */
/* The words of the model checker that the harnesses use. */
#pragma once

#include <el2/types.h>

#define assume(cond)		__CPROVER_assume(cond)
#define prove(cond, what)	__CPROVER_assert(cond, what)

/*
 * A goal that some run must reach: it is reached when the checker refutes its negation. "run"
 * demands that each goal fails and every other property holds, so an assumption that leaves nothing
 * to prove is seen.
 */
#define reachable(cond, what)	__CPROVER_assert(!(cond), "cover: " what)

/* Any value. */
bool nondet_bool(void);
uint8_t nondet_u8(void);
uint64_t nondet_u64(void);

/* Any value below n. */
static inline uint64_t any_below(uint64_t n)
{
	uint64_t v = nondet_u64();

	assume(v < n);
	return v;
}

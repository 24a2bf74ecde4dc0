/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls to EL2, as abi/hypercall.h defines them.
 */
#ifndef DONJON_DRIVER_HYPERCALL_H
#define DONJON_DRIVER_HYPERCALL_H

#include <linux/types.h>

#include "abi/hypercall.h"

/* What a call answers: a DONJON_E* code (0: done) and its results x1 to x4. */
struct hyp_result {
	long code;
	u64 x1, x2, x3, x4;
};

/*
 * HVC #0 with up to five arguments. Before the take-over this reaches Linux's stub, whose
 * HVC_SOFT_RESTART loses x1 to x17: so all of them are named here, although EL2 itself preserves x5
 * to x17.
 */
static __always_inline struct hyp_result hyp_call5(u64 fn, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	register u64 x0 asm("x0") = fn;
	register u64 x1 asm("x1") = a1;
	register u64 x2 asm("x2") = a2;
	register u64 x3 asm("x3") = a3;
	register u64 x4 asm("x4") = a4;
	register u64 x5 asm("x5") = a5;

	asm volatile("hvc #0"
		     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)
		     :
		     : "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",
		       "cc", "memory");
	return (struct hyp_result){ .code = (long)x0, .x1 = x1, .x2 = x2, .x3 = x3, .x4 = x4 };
}

/* The same with three arguments, and with the answer's code alone. */
static __always_inline struct hyp_result hyp_call(u64 fn, u64 a1, u64 a2, u64 a3)
{
	return hyp_call5(fn, a1, a2, a3, 0, 0);
}

static __always_inline long hyp_do(u64 fn, u64 a1, u64 a2, u64 a3, u64 a4)
{
	return hyp_call5(fn, a1, a2, a3, a4, 0).code;
}

#endif

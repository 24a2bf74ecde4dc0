/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls to EL2, as abi/hypercall.h defines them.
 */
#pragma once

#include <linux/types.h>

#include "abi/hypercall.h"

/* The result of a call: a DONJON_E* code (0: done), and x1 to x4. */
struct hyp_result {
	long code;
	u64 x1, x2, x3, x4;
};

/*
 * hyp_call(function, ...): HVC #0 with up to four arguments; those that are left out are 0. Returns
 * struct hyp_result. Any context.
 */
#define hyp_call(...)	HYP_CALL_FILLED(__VA_ARGS__, 0, 0, 0, 0, 0)
#define HYP_CALL_FILLED(fn, a1, a2, a3, a4, ...)	hyp_call_regs(fn, a1, a2, a3, a4)

/*
 * Before the take-over a call reaches Linux's stub, whose HVC_SOFT_RESTART loses x1 to x17: so all
 * of them are named here, although EL2 itself preserves x5 to x17.
 */
static __always_inline struct hyp_result hyp_call_regs(u64 fn, u64 a1, u64 a2, u64 a3, u64 a4)
{
	register u64 x0 asm("x0") = fn;
	register u64 x1 asm("x1") = a1;
	register u64 x2 asm("x2") = a2;
	register u64 x3 asm("x3") = a3;
	register u64 x4 asm("x4") = a4;

	asm volatile("hvc #0"
		     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4)
		     :
		     : "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
		       "x16", "x17", "cc", "memory");
	return (struct hyp_result){ .code = (long)x0, .x1 = x1, .x2 = x2, .x3 = x3, .x4 = x4 };
}

/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

#include <el2/types.h>

struct host_regs {
	uint64_t x[31];
	uint64_t unused;
};

/* The CPU would go back to Linux's stub: the fake panics, saying so. */
_Noreturn void cpu_release(struct host_regs *regs);

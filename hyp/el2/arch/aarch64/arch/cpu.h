/* SPDX-License-Identifier: GPL-2.0-only */
/* A CPU's life under EL2, and the host's registers as the vectors save them. */
#pragma once

#include <el2/types.h>

struct pgtable;

struct host_regs {
	uint64_t x[31];
	uint64_t unused;
};

/* Puts the host behind its stage 2 on this CPU and traps its SMCs. */
void cpu_commit(const struct pgtable *host);

/*
 * A trapped system register or SYS instruction of the host. True: it is one of those that are
 * passed on, and the host goes on behind it.
 */
bool host_impdef(struct host_regs *regs, uint64_t esr);

/* Hands this CPU's EL2 back to Linux's stub; returns to the host, not to the caller. */
_Noreturn void cpu_release(struct host_regs *regs);

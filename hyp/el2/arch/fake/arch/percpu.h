/* SPDX-License-Identifier: GPL-2.0-only */
/* What belongs to one CPU. fake_cpu says which one the test plays. */
#pragma once

#include <el2/types.h>
#include <arch/esr.h>

struct vcpu;

#define FAKE_CPUS 4

/* SP_EL0, SP_EL1, ELR_EL1, SPSR_EL1, then SCTLR_EL1 and what follows it in the ABI */
enum { REG_sctlr_el1 = 4, NR_EL1_REGS = 24 };

struct el1_state {
	uint64_t reg[NR_EL1_REGS];
};

struct cpu {
	uint32_t index;
	uint32_t locks_held;
	bool entered;
	bool committed;
	struct vcpu *vcpu;
	uint64_t pages_short;
};

extern struct cpu cpus[FAKE_CPUS];
extern unsigned int fake_cpu;

static inline struct cpu *this_cpu(void)
{
	return &cpus[fake_cpu];
}

static inline uint32_t *arch_locks_held(void)
{
	return &this_cpu()->locks_held;
}

/*
 * How many pages the last refusal for want of memory on this CPU was short of; see cache_expect().
 */
static inline uint64_t *arch_pages_short(void)
{
	return &this_cpu()->pages_short;
}

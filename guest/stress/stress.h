/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the `stress` payload have in common. */
#pragma once

#include <stdbool.h>
#include "abi/platform.h"
#include "lib/guest.h"
#include "lib/limit.h"
#include "lib/sysreg.h"

#define MAX_CPUS	PLAT_MAX_VCPUS

/* What one CPU has done, and where its random numbers come from. */
struct cpu {
	uint64_t random;
	uint64_t mpidr;
	uint64_t ipis;
	uint64_t timers;
	uint64_t conversions;
	uint64_t shares;
	uint64_t starts;
} __attribute__((aligned(64)));

extern struct cpu cpus[MAX_CPUS];
extern unsigned int nr_cpus;

/* A number below limit, of this CPU's sequence. */
uint64_t random_below(struct cpu *cpu, uint64_t limit);

static inline uint64_t deadline(void)
{
	return counter() + LIMIT_SECONDS * counter_frequency();
}

static inline void interrupts_on(void)
{
	__asm__ volatile("msr daifclr, #2" : : : "memory");
}

static inline void interrupts_off(void)
{
	__asm__ volatile("msr daifset, #2" : : : "memory");
}

/*
 * interrupts.c. The nth CPU gets its interrupts on and tells the others; before it goes off, it
 * takes leave of them.
 */
void interrupts_start(unsigned int nth);
void interrupts_stop(unsigned int nth);

/* One IPI to another CPU that is on, and its answer; nothing when that one is not. */
void ipi_step(unsigned int nth);

/* A timer up to two milliseconds away, waited for by WFI. */
void timer_step(unsigned int nth);

/* pages.c. Which calls there are for it; the pages, which are each CPU's by turns. */
void pages_init(bool use_rsi, bool use_share);
void page_step(unsigned int nth);

/* SPDX-License-Identifier: GPL-2.0-only */
/* Odds and ends of the machine that the core uses. */
#pragma once

#include <arch/sysreg.h>
#include <el2/types.h>

/* FEAT_RNG. arch_random() fails when the entropy source is slow. */
bool arch_has_random(void);
bool arch_random(uint64_t *value);

/* The loaded guest executes its HVC or SMC again when it runs next. */
void arch_repeat_call(void);

/* The instruction that trapped is done; also for a debugger that steps over it. */
static inline void arch_skip_instruction(void)
{
	write_sysreg(elr_el2, read_sysreg(elr_el2) + 4);
	write_sysreg(spsr_el2, read_sysreg(spsr_el2) & ~PSR_SS);
}

/* Of the stage-2 abort that is being handled: the virtual address, the page of the (guest-)physical
 * one, and the saved program state. The page is valid for translation faults. */
static inline uint64_t arch_fault_va(void)
{
	return read_sysreg(far_el2);
}

static inline uint64_t arch_fault_page(void)
{
	return (read_sysreg(hpfar_el2) >> 4) << PAGE_SHIFT;
}

/* The page at a virtual address of the loaded EL1, by its own stage 1, or with this bit. */
#define NO_PAGE	1
uint64_t arch_translate(uint64_t va);

/* The same of what EL1 itself has translated last; once: it is forgotten, PAR_EL1 says NO_PAGE. */
static inline uint64_t arch_take_translation(void)
{
	uint64_t par = read_sysreg(par_el1);

	write_sysreg(par_el1, NO_PAGE);
	return par & (MASK(47, 12) | NO_PAGE);
}

static inline uint64_t arch_fault_pstate(void)
{
	return read_sysreg(spsr_el2);
}

/* The instruction, Linux's current task, if its kernel executed it, and the time (CNTVCT_EL0). */
static inline uint64_t arch_fault_from(uint64_t *task, uint64_t *when)
{
	*task = read_sysreg(sp_el0);
	*when = read_sysreg(cntvct_el0);
	return read_sysreg(elr_el2);
}

/* An SMC to the firmware with x0 to x7 from args; x0 to x3 come back there. */
void arch_smc(uint64_t args[8]);

/* While waiting for another CPU. */
static inline void arch_relax(void)
{
	asm volatile("yield" ::: "memory");
}

/*
 * index if it is below size, else 0, also when the CPU speculates: for an index of the host's that
 * was checked.
 */
static inline uint64_t arch_index_nospec(uint64_t index, uint64_t size)
{
	uint64_t mask;

	/* CSDB */
	asm volatile("cmp %1, %2\n\tsbc %0, xzr, xzr\n\thint #20"
		     : "=r"(mask)
		     : "r"(index), "r"(size)
		     : "cc");
	return index & mask;
}

// SPDX-License-Identifier: GPL-2.0-only
#include <abi/boot.h>
#include <arch/features.h>
#include <arch/machine.h>
#include <arch/percpu.h>
#include <arch/sysreg.h>

struct cpu cpus[DONJON_MAX_CPUS];

bool arch_has_random(void)
{
	return cpu_features.rng;
}

bool arch_random(uint64_t *value)
{
	uint64_t ok;

	/* Z is set on failure (DDI 0487, RNDR). */
	asm volatile("mrs %0, " STR(RNDR) "\n\tcset %1, ne" : "=r"(*value), "=r"(ok)::"cc");
	return ok;
}

void arch_repeat_call(void)
{
	write_sysreg(elr_el2, read_sysreg(elr_el2) - 4);
}

uint64_t arch_translate(uint64_t va)
{
	uint64_t par = read_sysreg(par_el1), elr = read_sysreg(elr_el2),
		 spsr = read_sysreg(spsr_el2), far = read_sysreg(far_el2), page = NO_PAGE, fixup;

	/* A walk that meets an external abort is an exception at EL2 and leaves no answer. */
	asm volatile("adr	%0, 1f\n\t"
		     "str	%0, [%2]\n\t"
		     "at	s1e1r, %3\n\t"
		     "isb\n\t"
		     "mrs	%1, par_el1\n"
		     "1:	str	xzr, [%2]"
		     : "=&r"(fixup), "+&r"(page)
		     : "r"(&this_cpu()->fixup), "r"(va)
		     : "memory");
	write_sysreg(par_el1, par);
	/* An exception has overwritten them. */
	write_sysreg(elr_el2, elr);
	write_sysreg(spsr_el2, spsr);
	write_sysreg(far_el2, far);
	return page & (MASK(47, 12) | NO_PAGE);
}

void arch_smc(uint64_t args[8])
{
	asm volatile("ldp	x0, x1, [%0]\n\t"
		     "ldp	x2, x3, [%0, #16]\n\t"
		     "ldp	x4, x5, [%0, #32]\n\t"
		     "ldp	x6, x7, [%0, #48]\n\t"
		     "smc	#0\n\t"
		     "stp	x0, x1, [%0]\n\t"
		     "stp	x2, x3, [%0, #16]"
		     :
		     : "r"(args)
		     : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
		       "x12", "x13", "x14", "x15", "x16", "x17", "memory");
}

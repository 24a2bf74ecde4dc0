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

void arch_smc(uint64_t args[8])
{
	register uint64_t x0 asm("x0") = args[0];
	register uint64_t x1 asm("x1") = args[1];
	register uint64_t x2 asm("x2") = args[2];
	register uint64_t x3 asm("x3") = args[3];
	register uint64_t x4 asm("x4") = args[4];
	register uint64_t x5 asm("x5") = args[5];
	register uint64_t x6 asm("x6") = args[6];
	register uint64_t x7 asm("x7") = args[7];

	asm volatile(
		"smc #0"
		: "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x7)
		:
		: "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");
	args[0] = x0;
	args[1] = x1;
	args[2] = x2;
	args[3] = x3;
}

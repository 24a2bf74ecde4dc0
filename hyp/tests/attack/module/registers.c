// SPDX-License-Identifier: GPL-2.0-only
/* All system registers that EL1 can read, before a call to EL2 and after it. */
#include <linux/irqflags.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/neon.h>
#include <asm/sysreg.h>

#include "attack.h"
#include "compat.h"
#include "registers.h"

#define CPACR_ALL (3UL << 16 | 3UL << 20 | 3UL << 24) /* SVE, FP, SME */

bool attack_mrs(u32 n, u64 *value);
void attack_simd(u64 *words);
void attack_hvc0(u64 *x);

#define N(op0, op1, crn, crm, op2) \
	((op0 - 2) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

/* Reading them does something: interrupts are taken, or a word of the debugger's. */
static bool reading_does_something(u32 n)
{
	return n == N(3, 0, 12, 8, 0) || n == N(3, 0, 12, 12, 0) || n == N(3, 0, 12, 9, 5) ||
	       n == N(2, 3, 0, 5, 0) || n == N(2, 0, 0, 0, 2);
}

/* What the exceptions of read_all() write: these have a value of their own around the call. */
#define EXCEPTION_REGS(op)                                              \
	op(elr_el1, N(3, 0, 4, 0, 1), 0x656c72UL)                       \
	op(spsr_el1, N(3, 0, 4, 0, 0), 0x200003c5UL)                    \
	op(esr_el1, N(3, 0, 5, 2, 0), 0x657372UL)                       \
	op(far_el1, N(3, 0, 6, 0, 0), 0x666172UL)
#define PREPARE(name, n, value)                \
	write_sysreg(value, name);             \
	before[n] = read_sysreg(name);
#define LOOK_AT(name, n, value) after[n] = read_sysreg(name);
#define LEAVE_OUT(name, number, value) n == (number) ||

/* All but these. */
static void read_all(u64 *values)
{
	u32 n;

	for (n = 0; n < ATTACK_ENCODINGS; n++)
		if (!(EXCEPTION_REGS(LEAVE_OUT) false) &&
		    (reading_does_something(n) || attack_mrs(n, &values[n])))
			values[n] = ATTACK_UNDEFINED;
}

/*
 * All of this takes longer than a tick, and an interrupt that waits keeps the guest out: so they
 * are masked by priority, too. A guest that does not end hangs the machine, then.
 */
static void read_around(u64 *x, u64 *before, u64 *after, u64 *simd)
{
	u64 pmr, cpacr = read_sysreg(cpacr_el1);
	fpsimd_area_t fpsimd;
	unsigned long flags;

	fpsimd_begin(&fpsimd);
	local_irq_save(flags);
	pmr = read_sysreg_s(SYS_ICC_PMR_EL1);
	write_sysreg_s(0, SYS_ICC_PMR_EL1);
	write_sysreg(cpacr | CPACR_ALL, cpacr_el1);
	isb();
	/* EL2 clears them with the guest's SIMD registers. */
	write_sysreg_s(0, sys_reg(3, 3, 4, 4, 0));
	write_sysreg_s(0, sys_reg(3, 3, 4, 4, 1));
	isb();
	read_all(before);
	EXCEPTION_REGS(PREPARE)
	attack_hvc0(x);
	EXCEPTION_REGS(LOOK_AT)
	attack_simd(simd);
	read_all(after);
	write_sysreg(cpacr, cpacr_el1);
	write_sysreg_s(pmr, SYS_ICC_PMR_EL1);
	isb();
	local_irq_restore(flags);
	fpsimd_end(&fpsimd);
}

static int give(u64 user, const void *from, size_t size)
{
	return copy_to_user(u64_to_user_ptr(user), from, size) ? -EFAULT : 0;
}

int attack_registers(struct attack_registers *registers)
{
	size_t size = ATTACK_ENCODINGS * sizeof(u64);
	u64 *before = vzalloc(size), *after = vzalloc(size), simd[ATTACK_SIMD_WORDS];
	int ret = -ENOMEM;

	if (before && after) {
		read_around((u64 *)registers->x, before, after, simd);
		ret = give(registers->before, before, size) ?:
		      give(registers->after, after, size) ?:
		      give(registers->simd, simd, sizeof(simd));
	}
	vfree(before);
	vfree(after);
	return ret;
}

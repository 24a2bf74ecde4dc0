// SPDX-License-Identifier: GPL-2.0-only
/*
 * IMPLEMENTATION DEFINED registers and instructions of the CPU, executed at EL1. Where they are
 * undefined Linux would end the caller: the last of its notifiers, ours, steps over the
 * instruction.
 */
#include <linux/kdebug.h>
#include <linux/notifier.h>
#include <linux/sched.h>

#include "attack.h"
#include "impdef.h"

static struct task_struct *caller;
static bool undefined;

static int on_die(struct notifier_block *block, unsigned long event, void *data)
{
	struct die_args *args = data;

	if (READ_ONCE(caller) != current)
		return NOTIFY_DONE;
	undefined = true;
	args->regs->pc += 4;
	return NOTIFY_STOP;
}

static struct notifier_block die_block = { .notifier_call = on_die };

#define DO_MRS(register)	asm volatile("mrs %0, " register : "+r"(*value) : : "memory")
#define DO_MSR(register)	asm volatile("msr " register ", %0" : : "r"(*value) : "memory")
#define CASE(name, register)            \
	case name:                      \
		if (write)              \
			DO_MSR(register); \
		else                    \
			DO_MRS(register); \
		break

static void execute(u32 what, bool write, u64 *value)
{
	switch (what) {
	case ATTACK_RAMINDEX:
		asm volatile("sys #0, c15, c4, #0, %0" : : "r"(*value) : "memory");
		break;
	CASE(ATTACK_IL1DATA0, "s3_0_c15_c0_0");
	CASE(ATTACK_DL1DATA0, "s3_0_c15_c1_0");
	CASE(ATTACK_L2CTLR, "s3_1_c11_c0_2");
	CASE(ATTACK_CPUACTLR, "s3_1_c15_c2_0");
	CASE(ATTACK_CPUECTLR, "s3_1_c15_c2_1");
	CASE(ATTACK_CPUMERRSR, "s3_1_c15_c2_2");
	CASE(ATTACK_CLUSTERPMCR, "s3_0_c15_c5_0");
	}
}

int attack_impdef(struct attack_impdef *access)
{
	if (access->what >= ATTACK_IMPDEFS)
		return -EINVAL;
	undefined = false;
	register_die_notifier(&die_block);
	WRITE_ONCE(caller, current);
	execute(access->what, access->write, &access->value);
	WRITE_ONCE(caller, NULL);
	unregister_die_notifier(&die_block);
	return undefined ? -EFAULT : 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest whose vCPUs do what the test says, one operation at a time (puppet.S).
 */
#ifndef DRIVER_TESTS_PUPPET_H
#define DRIVER_TESTS_PUPPET_H

#include "test_vm.h"

#define PUPPET_STEP	0x100UL		/* between the vCPUs' channels */
#define PUPPET_FAILED	(~0UL)		/* the vCPU did something else, or nothing for too long */
#define PUPPET_PATIENCE	20		/* seconds */

enum puppet_op {
	PUPPET_NOP,
	PUPPET_WRITE32,		/* (address, value) */
	PUPPET_READ32,		/* (address) */
	PUPPET_WRITE64,
	PUPPET_UNMASK,
	PUPPET_MASK,
	PUPPET_SGI,		/* (ICC_SGI1R_EL1) */
	PUPPET_TIMER,		/* (CNTV_CVAL_EL0, CNTV_CTL_EL0) */
	PUPPET_NOW,		/* CNTVCT_EL0 */
	PUPPET_SPIN_UNTIL,	/* (interrupts taken in all) */
	PUPPET_SLEEP_UNTIL,	/* the same with WFI */
	PUPPET_CALL,		/* (x0, x1): HVC #0, with x2 and x3 from puppet.more */
	PUPPET_LEAVE_ACTIVE,	/* (not 0: interrupts taken are not ended) */
	PUPPET_END,		/* (INTID) */
	PUPPET_TAKEN,		/* interrupts taken in all */
	PUPPET_TAKEN_AT,	/* CNTVCT_EL0 at the last one */
	PUPPET_WRITE8,
	PUPPET_WRITE16,
};

struct puppet {
	struct test_vm vm;
	__u64 more[2];
	unsigned int exits;	/* writes outside of the channel that reached the VMM */
	__u64 last_write;
};

/* Builds the VM, with the distributor on. Secondary vCPUs are powered off. False: a line was printed. */
bool puppet_start(struct puppet *p, unsigned int cpus);
/* A protected one: its notes can't be read. */
bool puppet_start_protected(struct puppet *p, unsigned int cpus);
void puppet_end(struct puppet *p);

/*
 * One operation on a vCPU, by any thread, one at a time for each vCPU. The result, 0 for an operation
 * that has none, or PUPPET_FAILED.
 */
__u64 puppet_do(struct puppet *p, unsigned int cpu, enum puppet_op op, __u64 a, __u64 b);

/* The n-th interrupt that the vCPU took, of at most 512, and the low half of CNTVCT_EL0 at that time. */
__u32 puppet_noted(const struct puppet *p, unsigned int cpu, unsigned int n);
__u32 puppet_noted_time(const struct puppet *p, unsigned int cpu, unsigned int n);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest whose vCPUs do what the test says, one operation at a time (stepped_guest.S).
 */
#pragma once

#include "abi/rsi.h"
#include "small_vm.h"

#define STEPPED_CHANNEL	0x100UL		/* between the vCPUs' channels */
#define UNPROTECTED	(1UL << 39)	/* of 40 bits of IPA: the unprotected one */
#define STEPPED_FAILED	(~0UL)		/* the vCPU did something else, or nothing for too long */

enum step {
	STEP_NOP,
	STEP_WRITE32,		/* (address, value) */
	STEP_READ32,		/* (address) */
	STEP_WRITE64,
	STEP_UNMASK,
	STEP_MASK,
	STEP_SGI,		/* (ICC_SGI1R_EL1) */
	STEP_TIMER,		/* (CNTV_CVAL_EL0, CNTV_CTL_EL0) */
	STEP_NOW,		/* CNTVCT_EL0 */
	STEP_SPIN_UNTIL,	/* (interrupts taken in all) */
	STEP_SLEEP_UNTIL,	/* the same with WFI */
	STEP_CALL,		/* (x0, x1): HVC #0, with x2 and x3 from stepped.more */
	STEP_LEAVE_ACTIVE,	/* (not 0: interrupts taken are not ended) */
	STEP_END,		/* (INTID) */
	STEP_TAKEN,		/* interrupts taken in all */
	STEP_TAKEN_AT,	/* CNTVCT_EL0 at the last one */
	STEP_WRITE8,
	STEP_WRITE16,
};

struct stepped {
	struct kvm_vm vm;
	__u64 more[2];
	unsigned int exits;	/* writes outside of the channel that reached the VMM */
	__u64 last_write;
};

/*
 * Builds the VM, with the distributor on. Secondary vCPUs are powered off. False: a line was
 * printed.
 */
bool stepped_start(struct stepped *p, unsigned int cpus);
/* A protected one: its log cannot be read. */
bool stepped_start_protected(struct stepped *p, unsigned int cpus);
/* The same on a guest_memfd. Nothing has run, and no line is printed. False: errno says why. */
bool stepped_make_gmem(struct stepped *p, unsigned int cpus);
void stepped_end(struct stepped *p);

/*
 * One operation on a vCPU, by any thread, one at a time for each vCPU. The result, 0 for an
 * operation that has none, or STEPPED_FAILED.
 */
__u64 stepped_do(struct stepped *p, unsigned int cpu, enum step op, __u64 a, __u64 b);

/*
 * The n-th interrupt that the vCPU took, of at most 512, and the low half of CNTVCT_EL0 at that
 * time.
 */
__u32 stepped_logged(const struct stepped *p, unsigned int cpu, unsigned int n);
__u32 stepped_logged_time(const struct stepped *p, unsigned int cpu, unsigned int n);

/* Accesses by vCPU 0. */
static inline __u32 guest_reads(struct stepped *p, __u64 addr)
{
	return stepped_do(p, 0, STEP_READ32, addr, 0);
}

static inline bool guest_writes(struct stepped *p, __u64 addr, __u32 value)
{
	return !stepped_do(p, 0, STEP_WRITE32, addr, value);
}

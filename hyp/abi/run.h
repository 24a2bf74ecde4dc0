/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page that the driver and EL2 share for a vCPU. It holds all that the host learns of a
 * protected vCPU, and all that it may say to it. EL2 reads each field of the first part once per
 * entry and checks it; it never reads the second part.
 */
#pragma once

#include "types.h"

#define DONJON_MAX_LRS		16

/* donjon_run.entry_flags: the answer to an EXIT_MMIO or EXIT_RECALL, at the run that follows it;
 * without one the guest repeats what it did. Ignored otherwise. */
#define DONJON_ENTRY_MMIO	1UL	/* done; mmio_data holds what a read got */
#define DONJON_ENTRY_ABORT	2UL	/* nothing there: the guest takes an external abort */
#define DONJON_ENTRY_RELEASED	4UL	/* the host has let go of the pages, until this run ends */
#define DONJON_ENTRY_FLAGS	7UL	/* all that exist */

enum donjon_exit {
	DONJON_EXIT_INTERRUPT = 0,	/* a physical interrupt is pending */
	DONJON_EXIT_MEMORY = 1,		/* ipa (protected), write: a page is missing: VM_MAP */
	DONJON_EXIT_MMIO = 2,		/* ipa (protected), size (1, 2, 4, 8), write, mmio_data */
	DONJON_EXIT_WFI = 3,		/* waits for an interrupt; see cntv_ctl and cntv_cval */
	DONJON_EXIT_CPU_ON = 4,		/* arg[0] = index of the vCPU that was powered on; run on */
	DONJON_EXIT_CPU_OFF = 5,	/* this vCPU is off until another powers it on */
	DONJON_EXIT_SYSTEM_OFF = 6,	/* the VM has stopped */
	DONJON_EXIT_SYSTEM_RESET = 7,	/* the same; arg[0] = 1: by SYSTEM_RESET2, a warm one */
	DONJON_EXIT_TOPUP = 8,		/* VM_TOPUP arg[0] pages or POOL_DONATE arg[1], run again */
	DONJON_EXIT_SGI = 9,		/* arg[0] = value written to ICC_SGI1R_EL1; run on */
	DONJON_EXIT_POISONED = 10,	/* the guest touched, at ipa, a page taken by force */
	DONJON_EXIT_SHARE = 11,		/* ipa: the guest shares the page from now on */
	DONJON_EXIT_NO_SYNDROME = 12,	/* ipa: MMIO by an instruction that nobody can emulate */
	DONJON_EXIT_RECALL = 13,	/* ipa (protected), size: it takes back what it shares */
	DONJON_NR_EXITS
};

struct donjon_run {
	/* host -> EL2 */
	uint64_t entry_flags;
	uint64_t nr_lrs;		/* list registers to load, at most what the CPU has */

	/* both ways */
	uint64_t mmio_data;
	uint64_t lr[DONJON_MAX_LRS];	/* ICH_LR<n>_EL2, architectural format */

	/* EL2 -> host */
	uint64_t exit;			/* enum donjon_exit */
	uint64_t ipa;			/* MEMORY: page-aligned; MMIO: exact */
	uint64_t size;
	uint64_t write;
	uint64_t arg[4];
	uint64_t cntv_ctl;		/* the guest's CNTV_CTL_EL0 at the exit, with ISTATUS */
	uint64_t cntv_cval;		/* CNTV_CVAL_EL0: CNTVCT_EL0 has no offset to the host's */
	uint64_t elrsr;			/* ICH_ELRSR_EL2: which list registers are empty */
	uint64_t misr;			/* ICH_MISR_EL2 */
};
_Static_assert(sizeof(struct donjon_run) <= 4096, "the run page is one page");
_Static_assert(offsetof(struct donjon_run, lr) == 24, "layout");
_Static_assert(offsetof(struct donjon_run, exit) == 152, "layout");

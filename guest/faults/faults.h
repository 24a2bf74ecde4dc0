/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the `faults` payload have in common. */
#pragma once

#include <stdbool.h>
#include "lib/trap.h"

enum outcome {
	OUTCOME_REPORTED,	/* an exception */
	OUTCOME_HIDDEN,		/* a register that reads as zero and ignores writes */
	OUTCOME_NO_ABORT,	/* neither: the VMM or the hypervisor answered something harmless */
};

/*
 * Counts and prints the outcome of one probe. With a fault in report it is REPORTED, whatever
 * otherwise says. Then looks whether the guard pages and the registers that a fault could have
 * damaged are as they were.
 */
void conclude(const char *what, uint64_t where, const struct trap_report *report,
	      enum outcome otherwise);

/* memory.c: accesses and fetches outside the guest's memory map. */
void try_memory(void);

/* registers.c: registers and instructions that belong to others. */
void try_registers(void);

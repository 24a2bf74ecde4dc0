/* SPDX-License-Identifier: GPL-2.0-only */
/* One run of a script on the target. */
#pragma once

#include "oracle.h"

struct run {
	const struct script *script;
	bool trace;
	bool reversed; /* the second of two statements at once goes first */
	bool failed;
	const struct statement *at; /* for messages */
	struct script_vm vms[SCRIPT_VMS];
	uint64_t range[SCRIPT_RANGES]; /* physical address, 0: not there yet */
	uint64_t mark[DONJON_NR_COUNTERS];
	bool marked;
	uint64_t rounds[4], depth; /* of the "repeat"s around */
};

/* Runs it from a fresh world to nothing left. True: all was as expected; else what was not has been
 * printed. */
bool run_script(const struct script *script, bool trace, bool reversed);

/* For objects.c and run.c: says what is wrong, with file, line and statement; the script is over
 * then. Returns false. */
bool run_fail(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether the step has ended as its statement and the specification say. */
bool run_check(struct run *run, const struct step *step);

/* -- objects.c: VMs -- */

/* The VM of a declaration, with all that the runner puts into it. False: failed. */
bool vm_make(struct run *run, const struct statement *statement);

/* Gives the VM n pages of the runner's for its tables. False: failed. */
bool vm_feed(struct run *run, struct script_vm *vm, uint64_t n);

/* VM_DESTROY until the VM is gone; what comes back is checked. vm_gone() then frees what is the
 * runner's. */
void vm_dissolve(struct run *run, struct step *step);
void vm_gone(struct script_vm *vm);

/* Ends all VMs that there are; without a word where the script has failed. */
void vms_end(struct run *run);

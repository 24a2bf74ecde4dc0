/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands that need a whole machine: run, check, dtb. All return an exit code. */
#pragma once

#include "config/settings.h"

struct run_options {
	unsigned int timeout; /* seconds, 0: none */
	const char *pid_file; /* NULL: none */
};

/* Runs the guest until it, the user or the time-out ends it. */
int machine_run(const struct config *config, const struct run_options *options);

/*
 * Prints what a run would use: backend, RLIMIT_MEMLOCK, memory map. Files and host are looked at,
 * nothing is started.
 */
int machine_check(const struct config *config);

/* Writes the guest's device tree to @path, or to standard output when it is NULL. Needs no KVM. */
int machine_dtb(const struct config *config, const char *path);

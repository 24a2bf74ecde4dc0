/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a host does in its ordinary life. Each function is a command of donjon-life, takes its
 * arguments and returns an exit status; pid is a running VMM's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PAGE	4096UL
#define BLOCK	(2UL << 20)
#define MANY	64	/* CPUs, threads */

/*
 * Others read a guest's memory. 0: the pattern of `secret` was in none of it; 2: it was. Prints how
 * many pages were read and how many refused.
 */
int read_by_vm(char **args);	/* pid: process_vm_readv(2) */
int read_by_ptrace(char **args);	/* pid: PTRACE_PEEKDATA of each page's first word */
int write_core(char **args);	/* pid, file: all that the process may read, as gcore(1) does it */
int search(char **args);	/* file: the same for a file, as a core that the kernel wrote */

/* Makes the VMM call madvise(2) for its guest's memory: prints what came of it. */
int advise(char **args);	/* pid, number of the advice */

int move_threads(char **args);	/* pid, rounds: its threads go from CPU to CPU */
int sample(char **args);	/* number: until there are so many samples of each event and CPU */
int wait_last(char **args);	/* command: runs when nobody else wants to, as by nice(1) */
int merge(char **args);		/* command: the same, and with PR_SET_MEMORY_MERGE */

int fill(char **args);		/* takes memory until it is killed */
int twins(char **args);		/* MiB: pages that are all alike, for KSM, until killed */

/*
 * Stops all threads of the process, as a debugger, or lets them go on. False: not all could be
 * stopped, errno says why.
 */
struct stopped {
	pid_t thread[MANY];
	unsigned int count;
};
bool stop_all(pid_t pid, struct stopped *s);
void go_on(struct stopped *s);

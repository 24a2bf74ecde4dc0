/* SPDX-License-Identifier: GPL-2.0-only */
/* A running donjon, seen from another process. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

/*
 * Where the guest's RAM is in that process: the VMM has named it, or it is the largest private
 * mapping. 0: there is no such process.
 */
uint64_t vmm_ram(const char *pid, uint64_t *size);

/*
 * Code of that process that is never executed again: the first instructions of the program. 0: not
 * found.
 */
uint64_t vmm_entry(const char *pid);

/*
 * Executes two instructions, the second of which is brk, at the address code of the process, which
 * this one traces and has stopped. *regs are set before, but for the PC, and are what came of it;
 * the process has its own again. *number: the signal that it stopped with, SIGTRAP when brk was
 * reached. False: it could not be done.
 */
bool vmm_execute(pid_t pid, uint64_t code, uint64_t instructions, struct user_regs_struct *regs,
		 int *number);

/* The registers of such a process. */
bool vmm_registers(pid_t pid, struct user_regs_struct *regs);

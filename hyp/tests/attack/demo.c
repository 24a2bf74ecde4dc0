// SPDX-License-Identifier: GPL-2.0-only
/*
 * S1: for the demonstration: stops the VMM like a debugger does, makes it execute a load from its
 * guest's memory, and shows what came of it. The VMM goes on afterwards as if nothing had been.
 */
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/platform.h"
#include "guest.h"
#include "suites.h"
#include "vmm.h"

#define LDR_X0_X1_BRK 0xd4200000f9400020UL /* ldr x0, [x1]; brk #0 */
#define PAGE_OFFSET   0x100000UL	   /* a page that `secret` has filled */

/* Code of that process that is never executed again: the first instructions of the program. 0: not
 * found. */
static uint64_t find_entry(const char *pid)
{
	uint64_t pair[2], entry = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/auxv", pid);
	file = fopen(path, "r");
	while (file && !entry && fread(pair, sizeof(pair), 1, file) == 1)
		if (pair[0] == AT_ENTRY)
			entry = pair[1];
	if (file)
		fclose(file);
	return entry;
}

static int fail(const char *what)
{
	fprintf(stderr, "donjon-attack: %s: %s\n", what, strerror(errno));
	return 1;
}

static bool registers(pid_t pid, bool set, struct user_regs_struct *regs)
{
	struct iovec iov = {regs, sizeof(*regs)};

	return !ptrace(set ? PTRACE_SETREGSET : PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov);
}

/* Executes the load in the stopped process. *number: the signal that it stopped with, SIGTRAP when
 * the load was done. */
static bool load_there(pid_t pid, uint64_t code, uint64_t address, int *number, uint64_t *value)
{
	struct user_regs_struct saved, regs;
	bool good = false;
	long text;
	int status;

	if (!registers(pid, false, &saved))
		return false;
	regs = saved;
	regs.regs[1] = address;
	regs.pc = code;
	errno = 0;
	text = ptrace(PTRACE_PEEKTEXT, pid, code, 0);
	if (errno || ptrace(PTRACE_POKETEXT, pid, code, LDR_X0_X1_BRK))
		return false;
	if (registers(pid, true, &regs) && !ptrace(PTRACE_CONT, pid, 0, 0) &&
	    waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status) &&
	    registers(pid, false, &regs)) {
		*number = WSTOPSIG(status);
		*value = regs.regs[0];
		good = true;
	}
	ptrace(PTRACE_POKETEXT, pid, code, text);
	registers(pid, true, &saved);
	return good;
}

int demo(const char *text)
{
	pid_t pid = (pid_t)atol(text);
	uint64_t size, ram = vmm_ram(text, &size), code = find_entry(text), value = 0;
	int number = 0, status;

	if (pid <= 0 || !ram || !code) {
		fprintf(stderr, "donjon-attack: no VMM with guest memory has process id %s\n",
			text);
		return 2;
	}
	if (ptrace(PTRACE_SEIZE, pid, 0, 0) || ptrace(PTRACE_INTERRUPT, pid, 0, 0))
		return fail("the VMM cannot be stopped");
	if (waitpid(pid, &status, __WALL) != pid)
		return fail("the VMM does not stop");
	if (!load_there(pid, code, ram + PAGE_OFFSET, &number, &value))
		return fail("the VMM cannot be made to read");
	ptrace(PTRACE_DETACH, pid, 0, 0);
	if (number == SIGTRAP) {
		printf("host read of guest page at IPA 0x%lx: 0x%" PRIx64 "\n",
		       PLAT_RAM_BASE + PAGE_OFFSET, value);
		return 1;
	}
	printf("host read of guest page at IPA 0x%lx: refused (%s)\n", PLAT_RAM_BASE + PAGE_OFFSET,
	       number == SIGBUS ? "SIGBUS" : strsignal(number));
	return number == SIGBUS || number == SIGSEGV ? 0 : 1;
}

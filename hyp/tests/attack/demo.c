// SPDX-License-Identifier: GPL-2.0-only
/*
 * S1: for the demonstration: stops the VMM like a debugger does, makes it execute a load from its
 * guest's memory, and shows what came of it. The VMM goes on afterwards as if nothing had been.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/platform.h"
#include "guest.h"
#include "suites.h"
#include "vmm.h"

#define LDR_X0_X1_BRK 0xd4200000f9400020UL /* ldr x0, [x1]; brk #0 */
#define PAGE_OFFSET   0x100000UL	   /* a page that `secret` has filled */

static int fail(const char *what)
{
	fprintf(stderr, "donjon-attack: %s: %s\n", what, strerror(errno));
	return 1;
}

int demo(const char *text)
{
	pid_t pid = (pid_t)atol(text);
	uint64_t size, ram = vmm_ram(text, &size), code = vmm_entry(text);
	struct user_regs_struct regs;
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
	if (!vmm_registers(pid, &regs))
		return fail("the VMM's registers cannot be read");
	regs.regs[1] = ram + PAGE_OFFSET;
	if (!vmm_execute(pid, code, LDR_X0_X1_BRK, &regs, &number))
		return fail("the VMM cannot be made to read");
	ptrace(PTRACE_DETACH, pid, 0, 0);
	if (number == SIGTRAP) {
		printf("host read of guest page at IPA 0x%lx: 0x%" PRIx64 "\n",
		       PLAT_RAM_BASE + PAGE_OFFSET, (uint64_t)regs.regs[0]);
		return 1;
	}
	printf("host read of guest page at IPA 0x%lx: refused (%s)\n", PLAT_RAM_BASE + PAGE_OFFSET,
	       number == SIGBUS ? "SIGBUS" : strsignal(number));
	return number == SIGBUS || number == SIGSEGV ? 0 : 1;
}

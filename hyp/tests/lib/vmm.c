// SPDX-License-Identifier: GPL-2.0-only
#include "vmm.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

/* A guest_memfd's name is the kernel's, other memory's the VMM's. */
static bool is_guest_ram(const char *line)
{
	return strstr(line, "[kvm-gmem]") || strstr(line, "donjon-guest-ram");
}

uint64_t vmm_ram(const char *pid, uint64_t *size)
{
	char path[64], line[512];
	uint64_t best = 0;
	FILE *file;

	*size = 0;
	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file)) {
		uint64_t start, end;

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " rw", &start, &end) != 2 ||
		    !strstr(line, " rw"))
			continue;
		if (end - start > *size || is_guest_ram(line)) {
			*size = end - start;
			best = start;
		}
		if (is_guest_ram(line))
			break;
	}
	if (file)
		fclose(file);
	return best;
}

uint64_t vmm_entry(const char *pid)
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

static bool registers(pid_t pid, bool set, struct user_regs_struct *regs)
{
	struct iovec iov = {regs, sizeof(*regs)};

	return !ptrace(set ? PTRACE_SETREGSET : PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov);
}

bool vmm_registers(pid_t pid, struct user_regs_struct *regs)
{
	return registers(pid, false, regs);
}

bool vmm_execute(pid_t pid, uint64_t code, uint64_t instructions, struct user_regs_struct *regs,
		 int *number)
{
	struct user_regs_struct saved;
	bool good = false;
	long text;
	int status;

	errno = 0;
	text = ptrace(PTRACE_PEEKTEXT, pid, code, 0);
	if (errno || !registers(pid, false, &saved) ||
	    ptrace(PTRACE_POKETEXT, pid, code, instructions))
		return false;
	regs->pc = code;
	if (registers(pid, true, regs) && !ptrace(PTRACE_CONT, pid, 0, 0) &&
	    waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status) &&
	    registers(pid, false, regs)) {
		*number = WSTOPSIG(status);
		good = true;
	}
	ptrace(PTRACE_POKETEXT, pid, code, text);
	registers(pid, true, &saved);
	return good;
}

// SPDX-License-Identifier: GPL-2.0-only
/* What debuggers do: process_vm_readv(2), ptrace(2), /proc/PID/mem, a core file. */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "life.h"
#include "vmm.h"

#define MAX_AREAS	256U
#define SVC_BRK		0xd4200000d4000001UL	/* svc #0; brk #0 */
#define SYS_MADVISE	233UL

static uint8_t page[PAGE];
static unsigned long got, refused, secret;

static int fail(const char *what)
{
	fprintf(stderr, "donjon-life: %s: %s\n", what, strerror(errno));
	return 1;
}

static void look(bool good, const void *bytes, size_t size)
{
	got += good;
	refused += !good;
	secret += good && has_pattern(bytes, size);
}

static int tell(const char *how)
{
	printf("# %s: %lu pages read, %lu refused, the secret is in %lu\n", how, got, refused,
	       secret);
	return secret ? 2 : got + refused == 0;
}

int read_by_vm(char **args)
{
	uint64_t size, start = vmm_ram(args[0], &size), at;
	pid_t pid = (pid_t)atol(args[0]);

	for (at = start; at < start + size; at += PAGE) {
		struct iovec mine = { page, PAGE }, theirs = { (void *)at, PAGE };

		look(process_vm_readv(pid, &mine, 1, &theirs, 1, 0) == (ssize_t)PAGE, page, PAGE);
	}
	return tell("process_vm_readv");
}

/* -- ptrace -- */

bool stop_all(pid_t pid, struct stopped *s)
{
	char path[64];
	struct dirent *entry;
	DIR *folder;
	int status;

	s->count = 0;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder)) && s->count < MANY) {
		pid_t thread = (pid_t)atol(entry->d_name);

		if (thread <= 0)
			continue;
		if (ptrace(PTRACE_SEIZE, thread, 0, 0) ||
		    ptrace(PTRACE_INTERRUPT, thread, 0, 0) ||
		    waitpid(thread, &status, __WALL) != thread || !WIFSTOPPED(status))
			break;
		s->thread[s->count++] = thread;
	}
	if (folder)
		closedir(folder);
	return folder && !entry && s->count;
}

void go_on(struct stopped *s)
{
	while (s->count)
		ptrace(PTRACE_DETACH, s->thread[--s->count], 0, 0);
}

int read_by_ptrace(char **args)
{
	uint64_t size, start = vmm_ram(args[0], &size), at;
	pid_t pid = (pid_t)atol(args[0]);
	struct stopped s;
	long word;

	if (!stop_all(pid, &s))
		return fail("the VMM cannot be stopped");
	for (at = start; at < start + size; at += PAGE) {
		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, pid, at, 0);
		look(!errno, &word, sizeof(word));
	}
	go_on(&s);
	return tell("PTRACE_PEEKDATA");
}

/* The call's answer in the stopped process; ENOSYS where it could not be made. */
static long call_there(pid_t pid, uint64_t code, const uint64_t a[4])
{
	struct user_regs_struct regs;
	int number;

	if (!vmm_registers(pid, &regs))
		return -ENOSYS;
	regs.regs[8] = a[0];
	for (unsigned int i = 0; i < 3; i++)
		regs.regs[i] = a[i + 1];
	if (!vmm_execute(pid, code, SVC_BRK, &regs, &number) || number != SIGTRAP)
		return -ENOSYS;
	return (long)regs.regs[0];
}

int advise(char **args)
{
	uint64_t size, start = vmm_ram(args[0], &size), code = vmm_entry(args[0]);
	uint64_t call[4] = { SYS_MADVISE, start, size, strtoul(args[1], NULL, 0) };
	struct stopped s;
	long ret;

	if (!start || !code || !stop_all((pid_t)atol(args[0]), &s))
		return fail("the VMM cannot be stopped");
	ret = call_there((pid_t)atol(args[0]), code, call);
	go_on(&s);
	printf("# madvise(%s) of its guest's memory: %s\n", args[1],
	       ret ? strerror((int)-ret) : "done");
	return ret == -ENOSYS;
}

/* -- A core file -- */

static struct area {
	uint64_t start, end;
} areas[MAX_AREAS];

static unsigned int find_areas(const char *pid)
{
	char path[64], line[512], rights[8];
	unsigned int n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	file = fopen(path, "r");
	while (file && n < MAX_AREAS && fgets(line, sizeof(line), file))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &areas[n].start, &areas[n].end,
			   rights) == 3 &&
		    rights[0] == 'r')
			n++;
	if (file)
		fclose(file);
	return n;
}

static bool write_headers(int out, unsigned int n)
{
	off_t at = sizeof(Elf64_Ehdr), contents = PAGE * 8;
	Elf64_Ehdr e = {
		.e_ident = ELFMAG "\x02\x01\x01", .e_type = ET_CORE, .e_machine = EM_AARCH64,
		.e_version = EV_CURRENT, .e_phoff = sizeof(e), .e_ehsize = sizeof(e),
		.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = (Elf64_Half)n,
	};

	if (pwrite(out, &e, sizeof(e), 0) != sizeof(e))
		return false;
	for (unsigned int i = 0; i < n; i++, at += sizeof(Elf64_Phdr)) {
		uint64_t size = areas[i].end - areas[i].start;
		Elf64_Phdr p = {
			.p_type = PT_LOAD, .p_flags = PF_R, .p_offset = (Elf64_Off)contents,
			.p_vaddr = areas[i].start, .p_filesz = size, .p_memsz = size,
			.p_align = PAGE,
		};

		if (pwrite(out, &p, sizeof(p), at) != sizeof(p))
			return false;
		contents += (off_t)size;
	}
	return true;
}

/* What cannot be read is a hole, as gdb has it. */
static bool write_areas(int mem, int out, unsigned int n)
{
	off_t contents = PAGE * 8;

	for (unsigned int i = 0; i < n; i++)
		for (uint64_t at = areas[i].start; at < areas[i].end; at += PAGE) {
			bool good = pread(mem, page, PAGE, (off_t)at) == (ssize_t)PAGE;

			look(good, page, PAGE);
			if (good && first_nonzero(page, PAGE) < PAGE &&
			    pwrite(out, page, PAGE, contents) != (ssize_t)PAGE)
				return false;
			contents += PAGE;
		}
	return !ftruncate(out, contents);
}

int write_core(char **args)
{
	char path[64];
	struct stopped s;
	unsigned int n;
	int mem, out;
	bool good;

	snprintf(path, sizeof(path), "/proc/%s/mem", args[0]);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	out = open(args[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (mem < 0 || out < 0 || !stop_all((pid_t)atol(args[0]), &s))
		return fail("the VMM cannot be stopped");
	n = find_areas(args[0]);
	good = n && sizeof(Elf64_Ehdr) + n * sizeof(Elf64_Phdr) <= PAGE * 8 &&
	       write_headers(out, n) && write_areas(mem, out, n);
	go_on(&s);
	close(mem);
	close(out);
	return good ? tell("a core file") : fail("the core file cannot be written");
}

int search(char **args)
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	ssize_t size;

	while ((size = read(fd, page, PAGE)) > 0)
		look(true, page, (size_t)size);
	close(fd);
	return size ? fail(args[0]) : tell(args[0]);
}

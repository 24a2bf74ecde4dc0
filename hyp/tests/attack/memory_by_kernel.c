// SPDX-License-Identifier: GPL-2.0-only
/*
 * S1, S3: attacks on a guest's memory in which the host's kernel uses its own address of the page.
 * Linux could not survive a refusal there, so EL2 takes the page from the guest: what the host
 * finds is zeros.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"
#include "tap.h"
#include "try_access.h"

#define PAGE 4096UL

static uint8_t buffer[PAGE] __attribute__((aligned(PAGE)));

/* Nothing, or zeros. */
static bool hidden(const char *name, ssize_t got)
{
	if (got < 0) {
		tap_note("%s: %s", name, strerror(errno));
		return true;
	}
	return !has_pattern(buffer, (size_t)got) &&
	       first_nonzero(buffer, (size_t)got) == (size_t)got;
}

static bool vm_readv(struct guest *g, const char *name)
{
	struct iovec to = {buffer, PAGE}, from = {secret_page(g), PAGE};

	memset(buffer, 0, PAGE);
	return hidden(name, process_vm_readv(getpid(), &to, 1, &from, 1, 0));
}

static bool vm_writev(struct guest *g, const char *name)
{
	struct iovec from = {buffer, PAGE}, to = {secret_page(g), PAGE};
	ssize_t got;

	memset(buffer, 0x41, PAGE);
	got = process_vm_writev(getpid(), &from, 1, &to, 1, 0);
	if (got < 0)
		tap_note("%s: %s", name, strerror(errno));
	return true;
}

/* Another process, which is root like us. */
static bool vm_readv_from_child(struct guest *g, const char *name)
{
	int status = 1;
	pid_t parent = getpid(), child;

	madvise(g->ram, g->size, MADV_DONTFORK);
	child = fork();
	if (!child) {
		struct iovec to = {buffer, PAGE}, from = {secret_page(g), PAGE};
		ssize_t got;

		memset(buffer, 0, PAGE);
		got = process_vm_readv(parent, &to, 1, &from, 1, 0);
		_exit(!hidden(name, got));
	}
	waitpid(child, &status, 0);
	return !status;
}

static bool proc_mem_read(struct guest *g, const char *name)
{
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	ssize_t got;

	memset(buffer, 0, PAGE);
	got = pread(fd, buffer, PAGE, (off_t)(uintptr_t)secret_page(g));
	close(fd);
	return hidden(name, got);
}

static bool proc_mem_write(struct guest *g, const char *name)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	memset(buffer, 0x41, PAGE);
	if (pwrite(fd, buffer, PAGE, (off_t)(uintptr_t)secret_page(g)) < 0)
		tap_note("%s: %s", name, strerror(errno));
	close(fd);
	return true;
}

/* A debugger. */
static bool peek(struct guest *g, const char *name)
{
	pid_t parent = getpid(), child;
	int status = 1;

	madvise(g->ram, g->size, MADV_DONTFORK);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	child = fork();
	if (!child) {
		long word;

		if (ptrace(PTRACE_SEIZE, parent, 0, 0) || ptrace(PTRACE_INTERRUPT, parent, 0, 0))
			_exit(2);
		while (waitpid(parent, &status, __WALL) != parent)
			;
		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, parent, secret_page(g), 0);
		memset(buffer, 0, PAGE);
		memcpy(buffer, &word, sizeof(word));
		if (errno)
			memset(buffer, 0, PAGE);
		ptrace(PTRACE_DETACH, parent, 0, 0);
		_exit(!hidden(name, sizeof(word)));
	}
	while (waitpid(child, &status, 0) != child && errno == EINTR)
		;
	if (WEXITSTATUS(status) > 1)
		tap_note("%s: the child could not trace", name);
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

/* Past the page cache: the block device's driver copies by the kernel's address. tmpfs cannot, a
 * RAM disk can. */
static bool direct_write(struct guest *g, const char *name)
{
	int fd = open("/dev/ram0", O_RDWR | O_DIRECT | O_CLOEXEC);
	ssize_t got;

	if (fd < 0) {
		tap_note("%s: /dev/ram0: %s", name, strerror(errno));
		return false;
	}
	memset(buffer, 0, PAGE);
	got = pwrite(fd, secret_page(g), PAGE, 0);
	if (got == (ssize_t)PAGE)
		got = pread(fd, buffer, PAGE, 0);
	close(fd);
	return hidden(name, got);
}

static bool direct_read(struct guest *g, const char *name)
{
	int fd = open("/dev/ram0", O_RDWR | O_DIRECT | O_CLOEXEC);

	if (fd < 0) {
		tap_note("%s: /dev/ram0: %s", name, strerror(errno));
		return false;
	}
	memset(buffer, 0x41, PAGE);
	if (pwrite(fd, buffer, PAGE, 0) != (ssize_t)PAGE)
		tap_note("%s: the RAM disk cannot be written: %s", name, strerror(errno));
	if (pread(fd, secret_page(g), PAGE, 0) < 0)
		tap_note("%s: %s", name, strerror(errno));
	close(fd);
	return true;
}

/* The page goes into a pipe as it is, and is copied when it is read. */
static bool vmsplice_it(struct guest *g, const char *name)
{
	struct iovec from = {secret_page(g), PAGE};
	ssize_t got;
	int fds[2];

	if (pipe2(fds, O_NONBLOCK))
		return false;
	memset(buffer, 0, PAGE);
	got = vmsplice(fds[1], &from, 1, SPLICE_F_NONBLOCK);
	if (got > 0)
		got = read(fds[0], buffer, PAGE);
	close(fds[0]);
	close(fds[1]);
	return hidden(name, got);
}

/* fork() copies pinned pages at once. */
static bool fork_it(struct guest *g, const char *name)
{
	int status = 1;
	pid_t child;

	madvise(secret_page(g), PAGE, MADV_DOFORK);
	madvise(secret_page(g) + PAGE, g->size / 2 - PAGE, MADV_DONTFORK);
	madvise(g->ram, g->size / 2, MADV_DONTFORK);
	child = fork();
	if (!child) {
		memset(buffer, 0, PAGE);
		try_copy(buffer, secret_page(g), PAGE);
		_exit(!hidden(name, PAGE));
	}
	if (child < 0) {
		tap_note("%s: %s", name, strerror(errno));
		return true;
	}
	waitpid(child, &status, 0);
	return !status;
}

/* Page tables that lie: a hole that the kernel fills, under the guest's feet. */
static bool remap_over(struct guest *g, const char *name)
{
	uint8_t *page = mmap(secret_page(g), PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (page == MAP_FAILED)
		return false;
	memset(page, 0x41, PAGE);
	memcpy(buffer, page, PAGE);
	memset(page, 0, PAGE);
	(void)name;
	return !has_pattern(buffer, PAGE);
}

const struct attack kernel_attacks[] = {
	{.name = "process_vm_readv(2) of itself",
	 .run = vm_readv,
	 .control = true,
	 .also_huge = true},
	{.name = "process_vm_writev(2)", .run = vm_writev, .writes = true, .also_huge = true},
	{.name = "process_vm_readv(2) by another process",
	 .run = vm_readv_from_child,
	 .control = true},
	{.name = "/proc/self/mem, read", .run = proc_mem_read, .control = true},
	{.name = "/proc/self/mem, write", .run = proc_mem_write, .writes = true},
	{.name = "a debugger (PTRACE_PEEKDATA)", .run = peek, .control = true},
	{.name = "O_DIRECT, write(2) from the page",
	 .run = direct_write,
	 .control = true,
	 .also_huge = true},
	{.name = "O_DIRECT, read(2) into the page", .run = direct_read, .writes = true},
	{.name = "vmsplice(2)", .run = vmsplice_it, .control = true},
	{.name = "fork(2)", .run = fork_it, .control = true, .also_huge = true},
	{.name = "mmap(2) over the page", .run = remap_over},
	{0},
};

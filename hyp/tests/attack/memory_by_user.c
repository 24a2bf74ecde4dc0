// SPDX-License-Identifier: GPL-2.0-only
/* S1: attacks on a guest's memory by user addresses: each must be refused, and the guest must not
 * notice. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"
#include "tap.h"
#include "try_access.h"

#define PAGE 4096UL

static bool refused(const char *what, int number)
{
	if (number != SIGBUS && number != SIGSEGV)
		tap_note("%s: signal %d, want SIGBUS", what, number);
	return number == SIGBUS || number == SIGSEGV;
}

static bool efault(const char *what, ssize_t ret)
{
	if (ret != -1 || errno != EFAULT)
		tap_note("%s: returned %zd (%s), want EFAULT", what, ret,
			 ret < 0 ? strerror(errno) : "no error");
	return ret == -1 && errno == EFAULT;
}

static bool user_read(struct guest *g, const char *name)
{
	uint64_t value = 0;

	return refused(name, try_read(secret_page(g), &value)) && !has_pattern(&value, 8);
}

static bool user_read_all(struct guest *g, const char *name)
{
	static uint8_t copy[GUEST_RAM_SIZE];
	size_t pages = try_copy(copy, g->ram, g->size);

	tap_note("%s: %zu of %zu pages refused", name, pages, g->size / PAGE);
	/* The guest has filled its memory, so nothing of it is the host's any more. */
	return pages == g->size / PAGE && !has_pattern(copy, sizeof(copy));
}

static bool user_write(struct guest *g, const char *name)
{
	return refused(name, try_write(secret_page(g), 0x41414141));
}

static bool user_execute(struct guest *g, const char *name)
{
	bool good;

	if (mprotect(secret_page(g), PAGE, PROT_READ | PROT_WRITE | PROT_EXEC)) {
		tap_note("%s: mprotect: %s", name, strerror(errno));
		return false;
	}
	good = refused(name, try_execute(secret_page(g)));
	mprotect(secret_page(g), PAGE, PROT_READ | PROT_WRITE);
	return good;
}

static bool write_to_pipe(struct guest *g, const char *name)
{
	char got[64];
	int fds[2];
	bool good;

	if (pipe2(fds, O_NONBLOCK))
		return false;
	good = efault(name, write(fds[1], secret_page(g), PAGE)) &&
	       read(fds[0], got, sizeof(got)) <= 0;
	close(fds[0]);
	close(fds[1]);
	return good;
}

static bool write_to_file(struct guest *g, const char *name)
{
	static char got[PAGE];
	int fd = open("/tmp/attack", O_RDWR | O_CREAT | O_TRUNC, 0600);
	ssize_t ret = write(fd, secret_page(g), PAGE);
	bool good = ret == -1 && errno == EFAULT;

	if (!good)
		tap_note("%s: returned %zd (%s), want EFAULT", name, ret, strerror(errno));
	ret = pread(fd, got, sizeof(got), 0);
	good = good && !has_pattern(got, ret > 0 ? (size_t)ret : 0);
	close(fd);
	unlink("/tmp/attack");
	return good;
}

static bool read_from_file(struct guest *g, const char *name)
{
	int fd = open("/proc/version", O_RDONLY);
	bool good = efault(name, read(fd, secret_page(g), 16));

	close(fd);
	return good;
}

static bool read_from_zero(struct guest *g, const char *name)
{
	int fd = open("/dev/zero", O_RDONLY);
	bool good = efault(name, read(fd, secret_page(g), PAGE));

	close(fd);
	return good;
}

static bool send_to_socket(struct guest *g, const char *name)
{
	int fds[2];
	bool good;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds))
		return false;
	good = efault(name, send(fds[0], secret_page(g), PAGE, 0));
	close(fds[0]);
	close(fds[1]);
	return good;
}

static bool as_path(struct guest *g, const char *name)
{
	return efault(name, open((const char *)secret_page(g), O_RDONLY));
}

static bool as_structure(struct guest *g, const char *name)
{
	/* One is filled in by the kernel, one is read by it. */
	return efault(name, stat("/", (struct stat *)secret_page(g))) &&
	       efault(name, writev(1, (struct iovec *)secret_page(g), 2));
}

static bool as_kvm_structure(struct guest *g, const char *name)
{
	int ret = kvm(g->vm.fd, KVM_SET_USER_MEMORY_REGION, (unsigned long)secret_page(g));

	if (ret != -EFAULT)
		tap_note("%s: %d, want EFAULT", name, ret);
	return ret == -EFAULT;
}

/* The page moves in the address space only; what it is stays. */
static bool mremap_it(struct guest *g, const char *name)
{
	uint8_t *from = secret_page(g) + 8 * PAGE,
		*to = mremap(from, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
	uint64_t value = 0;
	bool good;

	if (to == MAP_FAILED) {
		/* Pinned anonymous memory may be refused. */
		tap_note("%s: mremap: %s", name, strerror(errno));
		return true;
	}
	good = refused(name, try_read(to, &value)) && !has_pattern(&value, 8);
	if (mremap(to, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, from) == MAP_FAILED)
		tap_note("%s: back: %s", name, strerror(errno));
	return good;
}

static bool advise(struct guest *g, const char *name, int advice, bool may_read)
{
	uint8_t *page = secret_page(g) + 16 * PAGE;
	uint64_t value = 0;
	int number, ret = madvise(page, PAGE, advice);

	if (ret)
		tap_note("%s: %s", name, strerror(errno));
	number = try_read(page, &value);
	if (number)
		return refused(name, number);
	/* The mapping may have got another page: a fresh one. */
	return may_read && !ret && !value;
}

static bool madvise_dontneed(struct guest *g, const char *name)
{
	return advise(g, name, MADV_DONTNEED, true);
}

static bool madvise_free(struct guest *g, const char *name)
{
	return advise(g, name, MADV_FREE, true);
}

static bool madvise_pageout(struct guest *g, const char *name)
{
	return advise(g, name, 21 /* MADV_PAGEOUT */, false);
}

static bool madvise_mergeable(struct guest *g, const char *name)
{
	return advise(g, name, MADV_MERGEABLE, false);
}

/* Pinned pages do not move, however much the kernel would like to. */
static bool compaction(struct guest *g, const char *name)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < 2; i++) {
		const char *files[] = {"/proc/sys/vm/compact_memory", "/proc/sys/vm/drop_caches"};
		int fd = open(files[i], O_WRONLY);

		if (fd < 0 || write(fd, "1", 1) != 1)
			tap_note("%s: %s: %s", name, files[i], strerror(errno));
		close(fd);
	}
	return refused(name, try_read(secret_page(g), &value));
}

/* A child must not have the memory either; with MADV_DONTFORK it has none. */
static bool fork_without(struct guest *g, const char *name)
{
	int status = 0;
	pid_t child;

	if (madvise(g->ram, g->size, MADV_DONTFORK))
		return false;
	child = fork();
	if (!child) {
		uint64_t value = 0;

		_exit(try_read(secret_page(g), &value) ? 0 : 1);
	}
	waitpid(child, &status, 0);
	if (status)
		tap_note("%s: the child read the page", name);
	return !status;
}

/* The last one: the VMM throws the mapping away while the guest runs. The pages are pinned. */
static bool munmap_it(struct guest *g, const char *name)
{
	uint64_t value = 0;

	if (munmap(g->ram, g->size)) {
		tap_note("%s: %s", name, strerror(errno));
		return false;
	}
	return try_read(secret_page(g), &value) == SIGSEGV && (g->size = 0, g->ram = NULL, true);
}

const struct attack user_attacks[] = {
	{.name = "the VMM reads a page of its guest", .run = user_read},
	{.name = "the VMM reads all of its guest's memory", .run = user_read_all},
	{.name = "the VMM writes", .run = user_write},
	{.name = "the VMM executes", .run = user_execute},
	{.name = "write(2) from the page to a pipe", .run = write_to_pipe},
	{.name = "write(2) from the page to a file", .run = write_to_file},
	{.name = "read(2) from a file into the page", .run = read_from_file},
	{.name = "read(2) from /dev/zero into the page", .run = read_from_zero},
	{.name = "send(2) from the page", .run = send_to_socket},
	{.name = "the page as a path", .run = as_path},
	{.name = "the page as a structure of a system call", .run = as_structure},
	{.name = "the page as an argument of a KVM ioctl", .run = as_kvm_structure},
	{.name = "mremap(2) of the page", .run = mremap_it},
	{.name = "madvise(MADV_FREE) of the page", .run = madvise_free},
	{.name = "madvise(MADV_PAGEOUT) of the page", .run = madvise_pageout},
	{.name = "madvise(MADV_MERGEABLE) of the page", .run = madvise_mergeable},
	{.name = "madvise(MADV_DONTNEED) of the page", .run = madvise_dontneed},
	{.name = "compaction of the host's memory", .run = compaction},
	{.name = "fork(2) with MADV_DONTFORK", .run = fork_without},
	{.name = "munmap(2) of all of it while the guest runs", .run = munmap_it},
	{0},
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the memory of a guest_memfd goes: back to the host when its VMM ends, whoever holds a
 * descriptor; to the memory cgroup of the VMM, which is never killed for it.
 */
#include "kvm_gmem.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stepped.h"

#define CGROUPS		"/sys/fs/cgroup"
#define GROUP_MAX	CGROUPS "/vmm/memory.max"
#define GROUP_LIMIT	(24UL << 20)
#define GROUP_LIMIT_TEXT "25165824"
#define FILE_SIZE	(64UL << 20)

/* -- The end of the VMM -- */

static void send_fds(int to, const int *fds, unsigned int n)
{
	union {
		char bytes[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} control = {};
	char byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(head), fds, n * sizeof(int));
	if (sendmsg(to, &message, 0) != 1)
		_exit(1);
}

static bool receive_fds(int from, int *fds, unsigned int n)
{
	union {
		char bytes[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} control = {};
	char byte;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	if (recvmsg(from, &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
		return false;
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&message)), n * sizeof(int));
	return true;
}

/* Pages in a state that belong to a VM, by the view in debugfs. */
static unsigned long guest_kib(void)
{
	FILE *f = popen("awk '$4 == \"guest\" { k += $3 } END { print k + 0 }' "
			"/sys/kernel/debug/donjon/ledger", "r");
	unsigned long kib = ~0UL;

	if (!f || fscanf(f, "%lu", &kib) != 1)
		kib = ~0UL;
	if (f)
		pclose(f);
	return kib;
}

/* A VMM that gives all of its descriptors away, and waits to be killed. */
static void doomed_vmm(int to)
{
	struct stepped p;
	int fds[4];

	if (!stepped_make_gmem(&p, 1) || stepped_do(&p, 0, STEP_WRITE32, RAM + 2 * MB2, 1))
		_exit(1);
	fds[0] = p.vm.fd;
	fds[1] = p.vm.vcpu[0];
	fds[2] = p.vm.gic;
	fds[3] = p.vm.gmem;
	send_fds(to, fds, 4);
	for (;;)
		pause();
}

static void killed_vmm(void)
{
	unsigned long before = counter("vms");
	int sockets[2], fds[4] = { -1, -1, -1, -1 }, status, i;
	char *ram;
	pid_t child;

	fflush(stdout);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		return;
	child = fork();
	if (!child)
		doomed_vmm(sockets[1]);
	close(sockets[1]);
	if (!tap_ok(receive_fds(sockets[0], fds, 4), "a VMM gives all of its descriptors away"))
		goto end;
	ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fds[3], 0);
	tap_ok(ram != MAP_FAILED && !touch(ram + 3 * MB2) && peek(ram + 2 * MB2) == SIGBUS &&
		       guest_kib() > 0,
	       "another process maps its memory, but for what the guest has");
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	tap_ok(counter("vms") == before && !guest_kib(),
	       "killed, its VM is over at EL2 and its memory the host's at once");
	tap_ok(peek(ram + 3 * MB2) == SIGBUS && peek(ram) == SIGBUS, "nothing is mapped any more");
	refused(fallocate(fds[3], FALLOC_FL_KEEP_SIZE, 0, GMEM_PAGE), EIO,
		"nor can anything be allocated");
	refused(ioctl(fds[0], KVM_CHECK_EXTENSION, KVM_CAP_GUEST_MEMFD), EIO, "the VM is no use");
	refused(ioctl(fds[1], KVM_RUN, 0), EIO, "nor is the vCPU");
	munmap(ram, RAM_SIZE);
end:
	for (i = 0; i < 4; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	close(sockets[0]);
}

/* Descriptors are closed in an unusual order. */
static void closed_early(void)
{
	unsigned long before = counter("vms");
	struct stepped p;

	if (!tap_ok(stepped_make_gmem(&p, 1) &&
			    !stepped_do(&p, 0, STEP_WRITE32, RAM + MB2, 5),
		    "a VM on a guest_memfd"))
		return;
	munmap(p.vm.ram, RAM_SIZE);
	close(p.vm.gmem);
	p.vm.gmem = -1;
	tap_ok(stepped_do(&p, 0, STEP_READ32, RAM + MB2, 0) == 5,
	       "its file is closed, and the guest has what it had");
	errno = 0;
	tap_ok(stepped_do(&p, 0, STEP_READ32, RAM + 3 * MB2, 0) == STEPPED_FAILED &&
		       errno == EFAULT,
	       "and gets nothing more: %s", strerror(errno));
	kvm_vm_close(&p.vm);
	tap_ok(counter("vms") == before, "its VM comes to an end at EL2");
}

/* -- Who pays -- */

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

static bool enter_group(const char *name)
{
	char path[80];

	snprintf(path, sizeof(path), CGROUPS "/%s/cgroup.procs", name);
	return write_file(path, "0");
}

static unsigned long group_value(const char *name, const char *file, const char *key)
{
	char path[80], line[128], word[64];
	unsigned long n = ~0UL, value;
	FILE *f;

	snprintf(path, sizeof(path), CGROUPS "/%s/%s", name, file);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (!key && sscanf(line, "%lu", &value) == 1)
			n = value;
		else if (key && sscanf(line, "%63s %lu", word, &value) == 2 && !strcmp(word, key))
			n = value;
	}
	if (f)
		fclose(f);
	return n;
}

static bool make_groups(void)
{
	mkdir(CGROUPS, 0755);
	mount("cgroup2", CGROUPS, "cgroup2", 0, NULL);
	write_file(CGROUPS "/cgroup.subtree_control", "+memory");
	mkdir(CGROUPS "/vmm", 0755);
	mkdir(CGROUPS "/other", 0755);
	mkdir(CGROUPS "/single", 0755);
	return write_file(GROUP_MAX, GROUP_LIMIT_TEXT);
}

/*
 * In children that have all of their own memory, mlockall(), as they must not want a page of it
 * when their cgroup is full.
 */

/* A VM's file, made in the cgroup of a VMM, filled by its VMM and by another process. */
static int fills_a_file(void)
{
	unsigned long i, other;
	int vm, fd, ret = 0, status;
	char *p;
	pid_t child;

	if (!enter_group("vmm") || mlockall(MCL_CURRENT))
		return 1;
	vm = ioctl(kvm_dev, KVM_CREATE_VM, KVM_VM_TYPE_ARM_PROTECTED);
	fd = kvm_create_gmem(vm, FILE_SIZE, KVM_GMEM_SHARED);
	p = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return 2;
	other = group_value("other", "memory.current", NULL);
	child = fork();
	if (!child) {
		if (!enter_group("other"))
			_exit(1);
		for (i = 0; i < 8UL << 20; i += GMEM_PAGE)
			p[i] = 1;
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child || status)
		return 3;
	ret |= (group_value("vmm", "memory.current", NULL) < 8UL << 20) << 2;
	ret |= (group_value("other", "memory.current", NULL) > other + (2UL << 20)) << 3;
	ret |= (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, FILE_SIZE) >= 0 || errno != ENOMEM) << 4;
	/* Tables for what is there already would be the kernel's, which kills for them. */
	fallocate(fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, 0, FILE_SIZE);
	for (i = 0; i < FILE_SIZE && !touch(p + i); i += GMEM_PAGE)
		;
	ret |= (i > GROUP_LIMIT) << 5;
	return ret;
}

/* What the first page of each of four blocks costs the cgroup. ~0: it cannot be told. */
static unsigned long first_pages(bool single)
{
	int vm = ioctl(kvm_dev, KVM_CREATE_VM, KVM_VM_TYPE_ARM_PROTECTED);
	int fd = kvm_create_gmem(vm, 4 * MB2, KVM_GMEM_SHARED);
	char *p = mmap(NULL, 4 * MB2, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	unsigned long before, i;

	if (p == MAP_FAILED || (single && madvise(p, 4 * MB2, MADV_NOHUGEPAGE)) ||
	    kvm_set_gmem(vm, 0, 0, RAM, 4 * MB2, p, fd, 0))
		return ~0UL;
	before = group_value("single", "memory.current", NULL);
	for (i = 0; i < 4; i++)
		p[i * MB2] = 1;
	return group_value("single", "memory.current", NULL) - before;
}

static int has_single_pages(void)
{
	unsigned long blocks, single;

	/* A group in which no other test's memory is still being freed. */
	if (!enter_group("single"))
		return 1;
	blocks = first_pages(false);
	single = first_pages(true);
	if (blocks >= 4 * MB2 && single < MB2)
		return 0;
	printf("# %lu bytes in blocks, %lu in single pages\n", blocks, single);
	fflush(stdout);
	return 2;
}

/* A guest that touches 2 MiB, of which its VMM may have only one from now on. */
static bool little_memory(struct kvm_vm *vm)
{
	char limit[32];

	if (!write_file(GROUP_MAX, GROUP_LIMIT_TEXT) || !enter_group("vmm") ||
	    mlockall(MCL_CURRENT) || !build_gmem(vm, 1, CODE(touch), RAM + MB2, 0))
		return false;
	snprintf(limit, sizeof(limit), "%lu", group_value("vmm", "memory.current", NULL) + MB2 / 2);
	return write_file(GROUP_MAX, limit);
}

static int fills_a_guest(void)
{
	struct kvm_vm vm;

	if (!little_memory(&vm))
		return 1;
	return ioctl(vm.vcpu[0], KVM_RUN, 0) && errno == ENOMEM ? 0 : 2;
}

/*
 * Gives the group its memory again when it has little and has asked for more; half a second later,
 * since the kernel itself looks for memory a little while.
 */
static void relent(void)
{
	unsigned long before;

	while (group_value("vmm", "memory.max", NULL) == GROUP_LIMIT)
		usleep(1000);
	before = group_value("vmm", "memory.events", "max");
	while (group_value("vmm", "memory.events", "max") == before)
		usleep(1000);
	usleep(500000);
	_exit(!write_file(GROUP_MAX, GROUP_LIMIT_TEXT));
}

static int waits_for_memory(void)
{
	struct kvm_vm vm;
	pid_t other;
	int status;

	if (!write_file(GROUP_MAX, GROUP_LIMIT_TEXT))
		return 1;
	other = fork();
	if (!other)
		relent();
	if (!little_memory(&vm) || ioctl(vm.vcpu[0], KVM_RUN, 0)) {
		kill(other, SIGKILL);
		return 2;
	}
	return vm.run[0]->exit_reason != KVM_EXIT_SYSTEM_EVENT ||
	       waitpid(other, &status, 0) != other || status;
}

static void in_child(int (*what)(void), const char *text)
{
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (!child)
		_exit(what());
	waitpid(child, &status, 0);
	tap_ok(!status, "%s (status 0x%x)", text, status);
}

static void cgroups(void)
{
	if (!make_groups()) {
		tap_skip("memory cgroups", "there are none");
		return;
	}
	in_child(fills_a_file, "the VMM's cgroup pays, also for what another touches; its limit is "
			       "ENOMEM for fallocate and SIGBUS for a touch");
	in_child(has_single_pages, "madvise(MADV_NOHUGEPAGE): its pages are single ones");
	in_child(fills_a_guest, "a guest that touches more ends with ENOMEM of KVM_RUN");
	in_child(waits_for_memory, "a guest goes on when its VMM has more memory within 5 s");
	tap_ok(!group_value("vmm", "memory.events", "oom_kill"), "nobody was killed for it");
}

void test_gmem_life(void)
{
	closed_early();
	killed_vmm();
	cgroups();
}

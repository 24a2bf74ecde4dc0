// SPDX-License-Identifier: GPL-2.0-only
/*
 * guest_memfd by nothing but Linux's documented KVM calls: their answers, who reaches a guest's
 * page, and where the memory goes. Runs in the nested host, prints TAP. With the argument "api" it
 * only compares answers, also on stock Linux.
 */
#include "abi/smccc.h"
#include "kvm_gmem.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stepped.h"

#define PATTERN			0x600dc0deUL
#define LOADED			(RAM + MB2)	/* the VMM has written there before the run */
#define SECRET			(RAM + 2 * MB2)	/* the guest has */
#define FRESH			(RAM + 3 * MB2)	/* nobody has */

static sigjmp_buf after;
static volatile sig_atomic_t caught;

static void on_fault(int signal)
{
	caught = signal;
	siglongjmp(after, 1);
}

int touch(volatile char *p)
{
	caught = 0;
	if (!sigsetjmp(after, 1))
		*p = 1;
	return caught;
}

int peek(const volatile char *p)
{
	caught = 0;
	if (!sigsetjmp(after, 1))
		(void)*p;
	return caught;
}

unsigned long counter(const char *name)
{
	unsigned long n = ~0UL, value;
	char line[128], word[64];
	FILE *f;

	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	f = fopen("/sys/kernel/debug/donjon/counters", "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %lu", word, &value) == 2 && !strcmp(word, name))
			n = value;
	if (f)
		fclose(f);
	return n;
}

bool set_pages(struct stepped *p, __u64 addr, unsigned int n, __u64 state)
{
	p->more[0] = addr + n * GMEM_PAGE;
	p->more[1] = state;
	errno = 0;
	return !stepped_do(p, 0, STEP_CALL, RSI_IPA_STATE_SET, addr);
}

static bool set_state(struct stepped *p, __u64 addr, __u64 state)
{
	return set_pages(p, addr, 1, state);
}

/* A guest that has a secret, and can read what the VMM has loaded. */
static bool start(struct stepped *p)
{
	if (!tap_ok(stepped_make_gmem(p, 1), "a VM on a guest_memfd"))
		return false;
	*(__u32 *)at(p, LOADED) = PATTERN;
	return tap_ok(guest_reads(p, LOADED) == PATTERN && guest_writes(p, SECRET, PATTERN),
		      "it runs, and reads what the VMM has loaded");
}

/* -- Who reaches a private page -- */

/* From another process: what gdb and gcore do. */
static int others_see(const char *page)
{
	struct iovec mine = { .iov_len = 8 };
	struct iovec theirs = { (char *)(unsigned long)page, 8 };
	char bytes[8], path[40];
	int mem, ret = 0;

	mine.iov_base = bytes;
	snprintf(path, sizeof(path), "/proc/%d/mem", getppid());
	mem = open(path, O_RDONLY);
	ret |= process_vm_readv(getppid(), &mine, 1, &theirs, 1, 0) >= 0 || errno != EFAULT;
	ret |= (pread(mem, bytes, 8, (off_t)(unsigned long)page) > 0) << 1;
	/* Its own copy of the mapping. */
	ret |= (peek(page) != SIGBUS) << 2;
	return ret;
}

static void kernel_refuses(char *page)
{
	struct iovec mine = { .iov_len = 8 }, theirs = { page, 8 };
	int mem = open("/proc/self/mem", O_RDWR), pipes[2], direct;
	char bytes[8] = "";

	mine.iov_base = bytes;
	refused((int)process_vm_readv(getpid(), &mine, 1, &theirs, 1, 0), EFAULT,
		"process_vm_readv of a private page");
	refused((int)process_vm_writev(getpid(), &mine, 1, &theirs, 1, 0), EFAULT,
		"process_vm_writev");
	refused((int)pread(mem, bytes, 8, (off_t)(unsigned long)page), EIO, "/proc/self/mem, read");
	refused((int)pwrite(mem, bytes, 8, (off_t)(unsigned long)page), EIO, "and written");
	close(mem);
	tap_ok(!pipe(pipes), "a pipe");
	refused((int)write(pipes[1], page, 8), EFAULT, "write(2) from it");
	tap_ok(write(pipes[1], bytes, 8) == 8, "8 bytes in the pipe");
	refused((int)read(pipes[0], page, 8), EFAULT, "read(2) to it");
	close(pipes[0]);
	close(pipes[1]);
	refused(open(page, O_RDONLY), EFAULT, "a path in it");
	refused(madvise(page, GMEM_PAGE, MADV_POPULATE_READ), EFAULT, "MADV_POPULATE_READ");
	direct = open("/dev/vda", O_RDONLY | O_DIRECT);
	if (direct < 0)
		tap_skip("O_DIRECT to it", "there is no disk");
	else
		refused((int)pread(direct, page, GMEM_PAGE, 0), EFAULT, "O_DIRECT to it");
	close(direct);
}

/* All of RAM by /proc/kcore, but for errors, which are fine. True: it was there. */
static bool read_kcore(void)
{
	static char buffer[1 << 20];
	int fd = open("/proc/kcore", O_RDONLY);
	unsigned char head[64];
	__u64 phdr[7], done;
	unsigned int i, n;

	if (fd < 0 || pread(fd, head, 64, 0) != 64)
		return false;
	n = head[56] | head[57] << 8;
	for (i = 0; i < n; i++) {
		/* p_type 1 is LOAD; offset, vaddr, paddr, filesz. RAM has a physical address. */
		if (pread(fd, phdr, 56, (off_t)(64 + i * 56)) != 56 || (__u32)phdr[0] != 1 ||
		    phdr[3] == ~0UL || phdr[4] > 1UL << 40)
			continue;
		for (done = 0; done < phdr[4]; done += sizeof(buffer))
			if (pread(fd, buffer, sizeof(buffer), (off_t)(phdr[1] + done)) < 0)
				continue;
	}
	close(fd);
	return n > 0;
}

static void nobody_reaches(struct stepped *p)
{
	unsigned long forced = counter("forced_reclaims");
	char *page = at(p, SECRET);
	int status;
	pid_t child;

	tap_ok(peek(page) == SIGBUS && touch(page) == SIGBUS, "a private page is SIGBUS");
	tap_ok(peek(at(p, LOADED)) == SIGBUS, "also one that the VMM had loaded");
	kernel_refuses(page);
	fflush(stdout);
	child = fork();
	if (!child)
		_exit(others_see(page));
	tap_ok(waitpid(child, &status, 0) == child && !status,
	       "nor does another process see it (%d)", WEXITSTATUS(status));
	tap_ok(guest_reads(p, SECRET) == PATTERN && counter("forced_reclaims") == forced,
	       "and the guest has lost nothing");
	if (read_kcore() && read_kcore())
		tap_ok(guest_reads(p, SECRET) == PATTERN &&
			       counter("forced_reclaims") == forced,
		       "all of /proc/kcore is read twice, and the guest has lost nothing");
	else
		tap_skip("/proc/kcore is read", "there is none");
}

/* -- Pages that the guest shares -- */

static void sharing(struct stepped *p)
{
	volatile __u32 *page = (__u32 *)at(p, SECRET);
	unsigned int round;
	bool good = true;

	tap_ok(set_state(p, SECRET, RIPAS_EMPTY) && !peek(at(p, SECRET)) && !*page,
	       "a page that the guest makes empty is there, and zero");
	*page = PATTERN + 1;
	tap_ok(guest_reads(p, UNPROTECTED | SECRET) == PATTERN + 1 &&
		       guest_writes(p, UNPROTECTED | SECRET, PATTERN + 2) && *page == PATTERN + 2,
	       "both write and read it");
	tap_ok(set_state(p, SECRET, RIPAS_RAM) && guest_writes(p, SECRET, PATTERN) &&
		       peek(at(p, SECRET)) == SIGBUS,
	       "taken back it is SIGBUS again");
	for (round = 0; round < 20; round++) {
		good &= set_state(p, SECRET, RIPAS_EMPTY) && !touch(at(p, SECRET));
		good &= set_state(p, SECRET, RIPAS_RAM) && peek(at(p, SECRET)) == SIGBUS;
	}
	tap_ok(good && guest_writes(p, SECRET, PATTERN), "twenty times to and fro");
	tap_ok(set_state(p, FRESH, RIPAS_EMPTY) && !touch(at(p, FRESH) + 1) &&
		       (guest_reads(p, UNPROTECTED | FRESH) & 0xffff) == 0x100 &&
		       !touch(at(p, FRESH) + 2),
	       "what nobody had is there for the VMM first, then for both");
	/* Not the next one, which it may have got with the one before. */
	tap_ok(!peek(at(p, FRESH) + 4 * GMEM_PAGE) && !guest_reads(p, FRESH + 4 * GMEM_PAGE) &&
		       peek(at(p, FRESH) + 4 * GMEM_PAGE) == SIGBUS,
	       "a page that nobody has is there until the guest touches it");
}

static void holes(struct stepped *p)
{
	refused(fallocate(p->vm.gmem, 3, SECRET - RAM, GMEM_PAGE), EPERM,
		"a hole where the guest has a page");
	refused(fallocate(p->vm.gmem, 3, 3 * MB2 + 8 * GMEM_PAGE, GMEM_PAGE), 0,
		"a hole where it has none");
	tap_ok(guest_reads(p, SECRET) == PATTERN, "the guest has lost nothing");
}

/*
 * The host's kernel has a reference to the page, as for DMA: the guest that wants it waits, and
 * what is written by that reference later does not reach the guest's page.
 */
static void waits_for_the_host(struct stepped *p)
{
	char *page = at(p, FRESH) + 16 * GMEM_PAGE, bytes[GMEM_PAGE];
	struct iovec part = { page, GMEM_PAGE };
	__u64 ipa = FRESH + 16 * GMEM_PAGE;
	int pipes[2];

	if (!tap_ok(!touch(page) && !pipe(pipes) &&
			    vmsplice(pipes[1], &part, 1, 0) == (ssize_t)GMEM_PAGE,
		    "a page of the VMM's is in a pipe"))
		return;
	errno = 0;
	tap_ok(stepped_do(p, 0, STEP_READ32, ipa, 0) == STEPPED_FAILED && errno == EAGAIN,
	       "the guest that wants it does not get it yet: %s", strerror(errno));
	tap_ok(read(pipes[0], bytes, GMEM_PAGE) == (ssize_t)GMEM_PAGE && bytes[0] == 1,
	       "the pipe is read");
	/* The operation goes on where it was: its result is that of the read. */
	tap_ok(stepped_do(p, 0, STEP_NOP, 0, 0) == 0 && peek(page) == SIGBUS,
	       "and the guest has the page, zeroed");
	close(pipes[0]);
	close(pipes[1]);
}

static void test_guest(void)
{
	unsigned long before = counter("vms");
	struct stepped p;

	if (!start(&p))
		return;
	nobody_reaches(&p);
	sharing(&p);
	holes(&p);
	waits_for_the_host(&p);
	stepped_end(&p);
	tap_ok(counter("vms") == before && before != ~0UL, "its VM comes to an end at EL2");
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };
	bool ours;

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	if (!kvm_open())
		tap_give_up("/dev/kvm: %s", strerror(errno));
	ours = !access("/sys/module/donjon", F_OK);
	test_gmem_api(ours);
	if (argc < 2 && ours) {
		test_guest();
		test_gmem_life();
		/* Last: its threads leave memory of theirs to the process. */
		test_gmem_recall();
	}
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest takes back pages that it shares. The host's users lose them first, and where the kernel
 * still uses one, for I/O for instance, the guest waits: what is written by that use never reaches
 * a private page, and the kernel never touches one.
 */
#include "abi/smccc.h"
#include "kvm_gmem.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/lib/limit.h"

#define CPU_ON		0xc4000003UL
#define PATTERN		0x600dc0deU
#define DISK		"/dev/vda"
#define SLOW_DISK	"/dev/vdb"
#define SLOW_INFLIGHT	"/sys/block/vdb/inflight"
#define SHARED		(RAM + 2 * MB2)		/* what it shares by IPA_STATE_SET */
#define KEPT		(RAM + 3 * MB2)		/* by MEM_SHARE, with its contents */
#define BATCH		32U			/* pages that one call converts */
#define ROUNDS		30
#define BIG		(1UL << 20)		/* one request, four seconds of the slow disk */

static unsigned long forced;

/* The page is in the pipe: the kernel has a reference to it. */
static bool put_into(const int *pipes, char *page)
{
	struct iovec part = { page, GMEM_PAGE };

	return vmsplice(pipes[1], &part, 1, 0) == (ssize_t)GMEM_PAGE;
}

static bool drain(const int *pipes, __u32 expected)
{
	__u32 words[GMEM_PAGE / 4];

	return read(pipes[0], words, GMEM_PAGE) == (ssize_t)GMEM_PAGE && *words == expected;
}

/* A vCPU's operation that has begun goes on until it is done. How often it had to wait, or ~0. */
static unsigned int finish(struct stepped *p, unsigned int cpu)
{
	time_t end = limit_begin();
	unsigned int n;
	__u64 result;

	for (n = 0; !limit_over(end); n++) {
		errno = 0;
		result = stepped_do(p, cpu, STEP_NOP, 0, 0);
		if (result != STEPPED_FAILED || errno != EAGAIN)
			return result ? ~0U : n;
	}
	return ~0U;
}

static bool waits(bool done)
{
	return !done && errno == EAGAIN;
}

static bool unharmed(void)
{
	return counter("forced_reclaims") == forced;
}

/* -- Pages in a pipe -- */

static void on_alarm(int signal)
{
}

/* While the guest waits: by a signal, and by what KVM_RUN is told before. */
static void waiting_can_be_interrupted(struct stepped *p)
{
	struct itimerval every = { .it_interval = { .tv_usec = 2000 },
				   .it_value = { .tv_usec = 2000 } }, never = {};
	struct sigaction action = { .sa_handler = on_alarm };
	time_t end = limit_begin();
	int ret;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	do {
		ret = ioctl(p->vm.vcpu[0], KVM_RUN, 0);
	} while (ret < 0 && errno == EAGAIN && !limit_over(end));
	tap_ok(ret < 0 && errno == EINTR && p->vm.run[0]->exit_reason == KVM_EXIT_INTR,
	       "a signal ends its waiting: %s", strerror(errno));
	setitimer(ITIMER_REAL, &never, NULL);
	p->vm.run[0]->immediate_exit = 1;
	refused(ioctl(p->vm.vcpu[0], KVM_RUN, 0), EINTR, "with immediate_exit it does not begin");
	p->vm.run[0]->immediate_exit = 0;
}

static void shared_page_in_a_pipe(struct stepped *p, const int *pipes)
{
	char *page = at(p, SHARED);
	bool done;

	tap_ok(set_pages(p, SHARED, 1, RIPAS_EMPTY), "a page is shared");
	*(volatile __u32 *)page = PATTERN;
	if (!tap_ok(put_into(pipes, page), "it is in a pipe"))
		return;
	done = set_pages(p, SHARED, 1, RIPAS_RAM);
	tap_ok(waits(done), "the guest that takes it back has to wait: %s", strerror(errno));
	tap_ok(!peek(page) && *(volatile __u32 *)page == PATTERN, "it is shared as long as that");
	waiting_can_be_interrupted(p);
	tap_ok(drain(pipes, PATTERN), "the pipe is read, and has what was there");
	tap_ok(finish(p, 0) != ~0U && peek(page) == SIGBUS && !guest_reads(p, SHARED),
	       "then the guest has it, zeroed, and the VMM has not");
	tap_ok(unharmed(), "the kernel has taken nothing by force");
}

/* By KVM's call, which keeps the contents. */
static void kept_page_in_a_pipe(struct stepped *p, const int *pipes)
{
	char *page = at(p, KEPT);
	__u64 answer;

	p->more[0] = p->more[1] = 0;
	tap_ok(guest_writes(p, KEPT, PATTERN) &&
		       !stepped_do(p, 0, STEP_CALL, KVM_VENDOR_MEM_SHARE, KEPT) && !peek(page) &&
		       *(volatile __u32 *)page == PATTERN && put_into(pipes, page),
	       "MEM_SHARE: the VMM sees the page, and it is in a pipe");
	errno = 0;
	answer = stepped_do(p, 0, STEP_CALL, KVM_VENDOR_MEM_UNSHARE, KEPT);
	tap_ok(waits(answer != STEPPED_FAILED), "MEM_UNSHARE has to wait: %s", strerror(errno));
	tap_ok(drain(pipes, PATTERN) && finish(p, 0) != ~0U && peek(page) == SIGBUS &&
		       guest_reads(p, KEPT) == PATTERN,
	       "the pipe is read: the page is the guest's, with what was there");
	tap_ok(!stepped_do(p, 0, STEP_CALL, KVM_VENDOR_MEM_SHARE, KEPT) && !peek(page) &&
		       !stepped_do(p, 0, STEP_CALL, KVM_VENDOR_MEM_UNSHARE, KEPT) &&
		       peek(page) == SIGBUS,
	       "when nobody uses it nobody waits");
	tap_ok(unharmed(), "the kernel has taken nothing by force");
}

/* How many of the pages the VMM can see. */
static unsigned int visible(const struct stepped *p, __u64 ipa, unsigned int count)
{
	unsigned int n, seen = 0;

	for (n = 0; n < count; n++)
		seen += !peek(at(p, ipa + n * GMEM_PAGE));
	return seen;
}

static void batch_in_a_pipe(struct stepped *p, const int *pipes)
{
	char *page = at(p, SHARED + 20 * GMEM_PAGE);
	bool done;

	tap_ok(set_pages(p, SHARED, BATCH, RIPAS_EMPTY) && visible(p, SHARED, BATCH) == BATCH &&
		       !touch(page) && put_into(pipes, page),
	       "%u pages are shared at once, one of them is in a pipe", BATCH);
	done = set_pages(p, SHARED, BATCH, RIPAS_RAM);
	tap_ok(waits(done) && visible(p, SHARED, BATCH) == BATCH,
	       "taken back at once, all are shared until that one is free: %s", strerror(errno));
	tap_ok(drain(pipes, 1) && finish(p, 0) != ~0U && !visible(p, SHARED, BATCH),
	       "the pipe is read, and all are the guest's");
	tap_ok(unharmed(), "the kernel has taken nothing by force");
}

/* -- I/O without copies -- */

static bool is_filled(const char *page, char with)
{
	unsigned long i;

	for (i = 0; i < GMEM_PAGE && page[i] == with; i++)
		;
	return i == GMEM_PAGE;
}

static void direct_io(struct stepped *p, int disk)
{
	char *page = at(p, SHARED);

	tap_ok(set_pages(p, SHARED, 1, RIPAS_EMPTY), "a page is shared");
	memset(page, 0x77, GMEM_PAGE);
	tap_ok(pread(disk, page, GMEM_PAGE, 0) == (ssize_t)GMEM_PAGE && is_filled(page, 0),
	       "a disk's block is read into it with O_DIRECT");
	tap_ok(pwrite(disk, page, GMEM_PAGE, 0) == (ssize_t)GMEM_PAGE, "and written");
	tap_ok(set_pages(p, SHARED, 1, RIPAS_RAM), "taken back it is not in use any more");
	refused((int)pread(disk, page, GMEM_PAGE, 0), EFAULT, "O_DIRECT to the private page");
	refused((int)pwrite(disk, page, GMEM_PAGE, 0), EFAULT, "and from it");
}

/* -- A device that writes late -- */

struct slow_read {
	int disk;
	char *big, *page;
	pid_t reader;		/* once it reads */
	bool done;
	ssize_t got;
};

/* The disk puts it off, since it has just read more than it may in that time. */
static void *read_slowly(void *argument)
{
	struct slow_read *r = argument;
	struct iovec parts[2] = { { r->big, BIG }, { r->page, GMEM_PAGE } };

	__atomic_store_n(&r->reader, gettid(), __ATOMIC_RELEASE);
	r->got = preadv(r->disk, parts, 2, 0);
	__atomic_store_n(&r->done, true, __ATOMIC_RELEASE);
	return NULL;
}

/* All of it is the disk's: it has requests, and the reader waits for them, in state D. */
static bool in_flight(const struct slow_read *r)
{
	pid_t reader = __atomic_load_n(&r->reader, __ATOMIC_ACQUIRE);
	unsigned int reads = 0;
	char path[40], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", reader);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	if (f)
		fclose(f);
	f = fopen(SLOW_INFLIGHT, "r");
	if (!f || fscanf(f, "%u", &reads) != 1)
		reads = 0;
	if (f)
		fclose(f);
	return reads && state == 'D';
}

/* The read has begun, and waits for the disk; or it is over, where nobody looked in time. */
static bool begin_slow_read(struct stepped *p, struct slow_read *r, pthread_t *thread, time_t end)
{
	r->reader = 0;
	r->done = false;
	if (!set_pages(p, SHARED, 1, RIPAS_EMPTY) || touch(r->page) ||
	    pread(r->disk, r->big, BIG, 0) != (ssize_t)BIG ||
	    pthread_create(thread, NULL, read_slowly, r))
		return false;
	while (!in_flight(r) && !__atomic_load_n(&r->done, __ATOMIC_ACQUIRE) && !limit_over(end))
		usleep(1000);
	return true;
}

static void page_under_dma(struct stepped *p)
{
	struct slow_read r = { .disk = open(SLOW_DISK, O_RDONLY | O_DIRECT) };
	time_t end = limit_begin();
	bool done = false, begun;
	unsigned int waited;
	pthread_t thread;

	r.page = at(p, SHARED);
	r.big = mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (r.disk < 0) {
		tap_skip("a page under DMA", "there is no slow disk");
		return;
	}
	begun = begin_slow_read(p, &r, &thread, end);
	if (begun)
		done = set_pages(p, SHARED, 1, RIPAS_RAM);
	/* A disk that was done before says nothing of those that are not. */
	while (begun && done && __atomic_load_n(&r.done, __ATOMIC_ACQUIRE) && !limit_over(end)) {
		pthread_join(thread, NULL);
		begun = begin_slow_read(p, &r, &thread, end);
		done = begun && set_pages(p, SHARED, 1, RIPAS_RAM);
	}
	if (!tap_ok(begun, "a slow disk reads to a shared page"))
		return;
	tap_ok(waits(done), "the guest takes it back meanwhile, and has to wait: %s",
	       strerror(errno));
	waited = done ? 0 : finish(p, 0);
	tap_ok(waited != ~0U && guest_writes(p, SHARED, PATTERN), "then it has it (%u)", waited);
	pthread_join(thread, NULL);
	tap_ok(r.got == (ssize_t)(BIG + GMEM_PAGE) && guest_reads(p, SHARED) == PATTERN,
	       "the disk has written before, not to what is the guest's");
	munmap(r.big, BIG);
	close(r.disk);
}

struct writer {
	const struct stepped *p;
	int disk;		/* or -1 */
	bool stop;
	unsigned long done;	/* transfers that took place */
};

/* Uses the page without end as the host's kernel does: by its own mapping, and by DMA. */
static void *use_page(void *argument)
{
	struct writer *w = argument;
	static char bytes[GMEM_PAGE];
	struct iovec mine = { bytes, GMEM_PAGE };
	struct iovec theirs = { at(w->p, SHARED), GMEM_PAGE };

	memset(bytes, 0xee, sizeof(bytes));
	while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED)) {
		w->done += process_vm_writev(getpid(), &mine, 1, &theirs, 1, 0) > 0;
		if (w->disk >= 0)
			w->done += pread(w->disk, at(w->p, SHARED), GMEM_PAGE, 0) > 0;
		w->done += process_vm_readv(getpid(), &mine, 1, &theirs, 1, 0) > 0;
		memset(bytes, 0xee, sizeof(bytes));
	}
	return NULL;
}

/* Converts until it is done. False: it fails for another reason than that it must wait. */
static bool convert(struct stepped *p, unsigned int cpu, __u64 state)
{
	__u64 ret;

	p->more[0] = SHARED + GMEM_PAGE;
	p->more[1] = state;
	errno = 0;
	ret = stepped_do(p, cpu, STEP_CALL, 0xc4000197, SHARED);
	return !ret || (ret == STEPPED_FAILED && errno == EAGAIN && finish(p, cpu) != ~0U);
}

/* Nothing of what the host's kernel writes is in the page once it is the guest's. */
static void one_vcpu_against_io(struct stepped *p, int disk)
{
	struct writer w = { p, disk, false, 0 };
	unsigned int round, bad = 0, i;
	pthread_t thread;

	if (pthread_create(&thread, NULL, use_page, &w))
		return;
	for (round = 0; round < ROUNDS && !bad; round++) {
		bad += !convert(p, 0, RIPAS_EMPTY) || !convert(p, 0, RIPAS_RAM);
		bad += !guest_writes(p, SHARED, PATTERN);
		for (i = 0; i < 4; i++)
			bad += guest_reads(p, SHARED) != PATTERN ||
			       guest_reads(p, SHARED + GMEM_PAGE - 4 - 64 * i);
	}
	__atomic_store_n(&w.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	tap_ok(!bad && w.done && unharmed(),
	       "to and fro %u times under %lu transfers: no foreign byte, nothing by force (%u)",
	       round, w.done, bad);
}

struct second {
	struct stepped p;
	bool stop;
	unsigned int rounds, bad;
};

static void *second_vcpu(void *argument)
{
	struct second *s = argument;

	while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED)) {
		s->bad += !convert(&s->p, 1, RIPAS_EMPTY) || !convert(&s->p, 1, RIPAS_RAM);
		s->rounds++;
	}
	return NULL;
}

static void two_vcpus_against_io(struct stepped *p, int disk)
{
	struct writer w = { p, disk, false, 0 };
	struct second s = {};
	pthread_t threads[2];
	unsigned int round, bad = 0;

	p->more[0] = RAM;
	p->more[1] = MMIO + STEPPED_CHANNEL;
	if (!tap_ok(!stepped_do(p, 0, STEP_CALL, CPU_ON, 1), "the other vCPU is on"))
		return;
	s.p = *p;
	if (pthread_create(&threads[0], NULL, use_page, &w) ||
	    pthread_create(&threads[1], NULL, second_vcpu, &s))
		return;
	for (round = 0; round < ROUNDS && !bad; round++)
		bad += !convert(p, 0, RIPAS_EMPTY) || !convert(p, 0, RIPAS_RAM);
	__atomic_store_n(&s.stop, true, __ATOMIC_RELAXED);
	__atomic_store_n(&w.stop, true, __ATOMIC_RELAXED);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	tap_ok(!bad && !s.bad && s.rounds && unharmed(),
	       "two vCPUs want the same page (%u and %u times), nothing is taken by force",
	       round, s.rounds);
}

/* A guest that waits does not keep its VM from ending. */
static void ends_while_it_waits(struct stepped *p, const int *pipes)
{
	unsigned long vms = counter("vms");
	char *page = at(p, SHARED);
	bool done;

	tap_ok(convert(p, 0, RIPAS_EMPTY) && !touch(page) && put_into(pipes, page),
	       "once more a shared page is in a pipe");
	done = set_pages(p, SHARED, 1, RIPAS_RAM);
	tap_ok(waits(done), "the guest has to wait");
	stepped_end(p);
	tap_ok(counter("vms") == vms - 1, "its VM ends");
	tap_ok(drain(pipes, 1), "and the pipe has what was there");
}

void test_gmem_recall(void)
{
	int pipes[2], disk = open(DISK, O_RDWR | O_DIRECT);
	struct stepped p;

	if (!tap_ok(stepped_make_gmem(&p, 2) && !pipe(pipes) && !guest_reads(&p, SHARED),
		    "a VM on a guest_memfd that shares and takes back"))
		return;
	forced = counter("forced_reclaims");
	shared_page_in_a_pipe(&p, pipes);
	kept_page_in_a_pipe(&p, pipes);
	batch_in_a_pipe(&p, pipes);
	if (disk < 0)
		tap_skip("O_DIRECT", "there is no disk");
	else
		direct_io(&p, disk);
	page_under_dma(&p);
	one_vcpu_against_io(&p, disk);
	two_vcpus_against_io(&p, disk);
	ends_while_it_waits(&p, pipes);
	close(pipes[0]);
	close(pipes[1]);
	close(disk);
}

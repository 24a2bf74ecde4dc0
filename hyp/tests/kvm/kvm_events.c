// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_IRQFD and KVM_IOEVENTFD: what they do, what they refuse, and the end of each part in any
 * order.
 */
#include "../lib/limit.h"
#include "kvm_irq.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#define DOORBELL	(MMIO + 0x100000UL)
#define STRESS_ROUNDS	3000
#define SIGNALS		40
#define IRQFDS_MAX	1000U	/* of a VM: hyp/driver/irq/irqfd.c */

static int irqfd(int vm, int fd, unsigned int gsi, unsigned int flags, int resample)
{
	struct kvm_irqfd arg = { .fd = fd, .gsi = gsi, .flags = flags, .resamplefd = resample };

	return ioctl(vm, KVM_IRQFD, &arg);
}

static int ioeventfd(int vm, int fd, __u64 addr, unsigned int len, unsigned int flags, __u64 data)
{
	struct kvm_ioeventfd arg = {
		.fd = fd, .addr = addr, .len = len, .flags = flags, .datamatch = data
	};

	return ioctl(vm, KVM_IOEVENTFD, &arg);
}

static void signal_fd(int fd)
{
	eventfd_write(fd, 1);
}

/* How often it was signalled since the last look. */
static unsigned int signals(int fd)
{
	eventfd_t value = 0;

	return eventfd_read(fd, &value) ? 0 : value;
}

static void irqfd_errors(struct stepped *p, int fd)
{
	int bare = ioctl(kvm_dev, KVM_CREATE_VM, 0UL);

	refused(irqfd(bare, fd, 8, 0, 0), EAGAIN, "an irqfd without an interrupt controller");
	close(bare);
	refused(irqfd(p->vm.fd, fd, 64, 0, 0), EINVAL, "an irqfd for an SPI that is not there");
	refused(irqfd(p->vm.fd, fd, ~0U, 0, 0), EINVAL, "for the last number of all");
	refused(irqfd(p->vm.fd, fd, 8, 0x80, 0), EINVAL, "with an unknown flag");
	refused(irqfd(p->vm.fd, kvm_dev, 8, 0, 0), EINVAL, "with what is no eventfd");
	refused(irqfd(p->vm.fd, -1, 8, 0, 0), EBADF, "with no descriptor");
	refused(irqfd(p->vm.fd, fd, 8, KVM_IRQFD_FLAG_RESAMPLE, kvm_dev), EINVAL,
		"with resample to what is no eventfd");
	refused(ioctl(p->vm.fd, KVM_IRQFD, NULL), EFAULT, "without an argument");
}

/* Interrupts by which a CPU is asked to do something, so far, on all CPUs. */
static unsigned long requests(void)
{
	FILE *f = fopen("/proc/interrupts", "r");
	unsigned long a, b, sum = 0;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "Function call") && sscanf(line, "%*[^:]: %lu %lu", &a, &b) == 2)
			sum = a + b;
	if (f)
		fclose(f);
	return sum;
}

/* A guest that runs is interrupted for each signal, and not only at the host's next tick. */
static void running_guest(struct stepped *p, int fd)
{
	unsigned int first = taken(p, 0), i;
	time_t end = limit_begin();
	unsigned long before;
	struct waiter w;

	wait_begin(&w, p, 0, STEP_SPIN_UNTIL, first + SIGNALS);
	usleep(100000);
	before = requests();
	for (i = 0; i < SIGNALS; i++) {
		signal_fd(fd);
		while (!stepped_logged(p, 0, first + i) && !limit_over(end))
			usleep(100);
	}
	before = requests() - before;
	tap_ok(wait_end(&w) && before > SIGNALS / 2,
	   "it interrupts one that runs: %lu requests for %u signals", before, SIGNALS);
}

/* KiB of the kernel's own objects. */
static long objects(void)
{
	FILE *f = fopen("/proc/meminfo", "r");
	long kib = 0;
	char line[128];

	while (f && fgets(line, sizeof(line), f) && sscanf(line, "SUnreclaim: %ld", &kib) != 1)
		;
	if (f)
		fclose(f);
	return kib;
}

/* The end of an eventfd is the end of its irqfd: else these would take more than 3 MiB. */
static void closed_eventfds(struct stepped *p)
{
	time_t end = limit_begin();
	long before = objects();
	unsigned int i, good = 0;
	int fd;

	for (i = 0; i < 20000; i++) {
		fd = eventfd(0, EFD_CLOEXEC);
		good += !irqfd(p->vm.fd, fd, 13, 0, 0);
		close(fd);
	}
	while (objects() - before >= 1024 && !limit_over(end))
		usleep(100000);
	tap_ok(good == i && objects() - before < 1024,
	       "%u eventfds that are closed take their irqfds along: %ld KiB", i,
	       objects() - before);
}

/* With more of them the end of the VM, and each EOI, would take as long as the VMM likes. */
static void too_many(struct stepped *p)
{
	static int fd[IRQFDS_MAX + 1];
	struct rlimit files = { 2 * IRQFDS_MAX, 2 * IRQFDS_MAX };
	int resample = eventfd(0, EFD_CLOEXEC);
	unsigned int i, n = 0;

	setrlimit(RLIMIT_NOFILE, &files);
	for (i = 0; i <= IRQFDS_MAX; i++) {
		fd[i] = eventfd(0, EFD_CLOEXEC);
		if (n == i && !irqfd(p->vm.fd, fd[i], i % 32, KVM_IRQFD_FLAG_RESAMPLE, resample))
			n++;
	}
	tap_ok(n == IRQFDS_MAX && errno == ENOSPC, "a VM has at most %u irqfds: %u, %s", IRQFDS_MAX,
	       n, strerror(errno));
	close(fd[0]);
	tap_ok(!irqfd(p->vm.fd, fd[IRQFDS_MAX], 8, 0, 0), "one more when an eventfd is closed");
	for (i = 1; i <= IRQFDS_MAX; i++)
		close(fd[i]);
	close(resample);
}

void test_irqfd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
	    other = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	unsigned int have;
	struct stepped p;
	struct waiter w;

	if (!stepped_start(&p, 1))
		return;
	setup_spis(&p, true);
	irqfd_errors(&p, fd);
	tap_ok(!irqfd(p.vm.fd, fd, 8, 0, 0), "an irqfd");
	refused(irqfd(p.vm.fd, fd, 9, 0, 0), EBUSY, "the same eventfd again");
	signal_fd(fd);
	tap_ok(takes(&p, 0, 1) && stepped_logged(&p, 0, 0) == 40,
	       "its signal is the SPI of that number");
	tap_ok(!signals(fd), "and is consumed");
	wait_begin(&w, &p, 0, STEP_SLEEP_UNTIL, 2);
	usleep(100000);
	signal_fd(fd);
	tap_ok(wait_end(&w), "it wakes a guest that sleeps");

	running_guest(&p, fd);
	have = taken(&p, 0);

	signal_fd(other);
	tap_ok(!irqfd(p.vm.fd, other, 10, 0, 0) && takes(&p, 0, have + 1) &&
		       stepped_logged(&p, 0, have) == 42,
	       "a signal from before it was assigned counts");
	tap_ok(!irqfd(p.vm.fd, other, 11, KVM_IRQFD_FLAG_DEASSIGN, 0),
	       "deassigned with another number");
	signal_fd(other);
	tap_ok(takes(&p, 0, have + 2), "it is still there");
	tap_ok(!irqfd(p.vm.fd, other, 10, KVM_IRQFD_FLAG_DEASSIGN, 0), "deassigned");
	signal_fd(other);
	tap_ok(takes(&p, 0, have + 2), "it is gone");
	close(fd);
	closed_eventfds(&p);
	too_many(&p);
	irqfd(p.vm.fd, other, 12, 0, 0);
	stepped_end(&p);
	signal_fd(other);
	tap_ok(signals(other) > 0, "without a VM a signal stays in the eventfd");
	close(other);
}

/* Level-sensitive: up until the guest has ended it, which the other eventfd tells. */
void test_resample(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
	    resample = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
	    second = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct stepped p;

	if (!stepped_start(&p, 1))
		return;
	setup_spis(&p, false);
	tap_ok(!irqfd(p.vm.fd, fd, 8, KVM_IRQFD_FLAG_RESAMPLE, resample), "an irqfd with resample");
	stepped_do(&p, 0, STEP_MASK, 0, 0);
	signal_fd(fd);
	tap_ok(stepped_do(&p, 0, STEP_READ32, GICD + GICD_ISPENDR + 4, 0) == 1 << 8 &&
		       !signals(resample),
	       "its signal raises the line");
	tap_ok(takes(&p, 0, 1), "it is taken once");
	tap_ok(signals(resample) == 1, "its end is told");
	signal_fd(fd);
	tap_ok(takes(&p, 0, 2) && signals(resample) == 1, "so it is again");
	stepped_do(&p, 0, STEP_MASK, 0, 0);
	signal_fd(fd);
	irqfd(p.vm.fd, second, 8, KVM_IRQFD_FLAG_RESAMPLE, resample);
	irqfd(p.vm.fd, second, 8, KVM_IRQFD_FLAG_DEASSIGN, 0);
	tap_ok(stepped_do(&p, 0, STEP_READ32, GICD + GICD_ISPENDR + 4, 0) == 1 << 8,
	       "it stays up when another for the same line goes");
	tap_ok(!irqfd(p.vm.fd, fd, 8, KVM_IRQFD_FLAG_DEASSIGN, 0),
	       "deassigned while the line is up");
	tap_ok(!stepped_do(&p, 0, STEP_READ32, GICD + GICD_ISPENDR + 4, 0), "it is down");
	set_line(&p, 40, true);
	usleep(10000);
	set_line(&p, 40, false);
	stepped_do(&p, 0, STEP_NOP, 0, 0);
	tap_ok(!signals(resample), "it hears nothing any more");
	stepped_end(&p);
	close(second);
	close(fd);
	close(resample);
}

/*
 * Level-sensitive without resample: a signal while the guest works on the one before is another
 * one.
 */
void test_pulses(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct stepped p;

	if (!stepped_start(&p, 1))
		return;
	setup_spis(&p, false);
	tap_ok(!irqfd(p.vm.fd, fd, 8, 0, 0),
	       "an irqfd without resample for a level-sensitive interrupt");
	stepped_do(&p, 0, STEP_UNMASK, 0, 0);
	stepped_do(&p, 0, STEP_LEAVE_ACTIVE, 1, 0);
	signal_fd(fd);
	tap_ok(takes(&p, 0, 1), "its signal is taken");
	signal_fd(fd);
	tap_ok(takes(&p, 0, 1), "a second one waits for the first one's end");
	stepped_do(&p, 0, STEP_END, 40, 0);
	tap_ok(takes(&p, 0, 2), "and comes then");
	stepped_do(&p, 0, STEP_END, 40, 0);
	tap_ok(takes(&p, 0, 2), "once");
	signal_fd(fd);
	tap_ok(takes(&p, 0, 3), "the next one comes, too");
	stepped_do(&p, 0, STEP_WRITE32, GICD + GICD_ISPENDR + 4, 1 << 8);
	stepped_do(&p, 0, STEP_WRITE32, GICD + GICD_ICPENDR + 4, 1 << 8);
	stepped_do(&p, 0, STEP_END, 40, 0);
	tap_ok(takes(&p, 0, 3), "what the guest clears does not");
	stepped_end(&p);
	close(fd);
}

static void ioeventfd_errors(int vm, int fd)
{
	unsigned int match = KVM_IOEVENTFD_FLAG_DATAMATCH;

	refused(ioeventfd(vm, fd, DOORBELL, 3, 0, 0), EINVAL, "an ioeventfd of 3 bytes");
	refused(ioeventfd(vm, fd, DOORBELL, 16, 0, 0), EINVAL, "of 16 bytes");
	refused(ioeventfd(vm, fd, ~0UL, 8, 0, 0), EINVAL, "at the end of all addresses");
	refused(ioeventfd(vm, fd, DOORBELL, 0, match, 1), EINVAL, "of any length for certain data");
	refused(ioeventfd(vm, fd, DOORBELL, 4, KVM_IOEVENTFD_FLAG_PIO, 0), EINVAL,
		"for an I/O port");
	refused(ioeventfd(vm, fd, DOORBELL, 4, 0x80, 0), EINVAL, "with an unknown flag");
	refused(ioeventfd(vm, kvm_dev, DOORBELL, 4, 0, 0), EINVAL, "with what is no eventfd");
	refused(ioeventfd(vm, -1, DOORBELL, 4, 0, 0), EBADF, "with no descriptor");
	refused(ioeventfd(vm, fd, DOORBELL, 4, KVM_IOEVENTFD_FLAG_DEASSIGN, 0), ENOENT,
		"deassigned before it is there");
}

void test_ioeventfd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
	    any = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	unsigned int match = KVM_IOEVENTFD_FLAG_DATAMATCH;
	struct stepped p;

	if (!stepped_start(&p, 1))
		return;
	setup_spis(&p, true);
	ioeventfd_errors(p.vm.fd, fd);
	tap_ok(!ioeventfd(p.vm.fd, fd, DOORBELL, 4, match, 7), "an ioeventfd for the data 7");
	refused(ioeventfd(p.vm.fd, any, DOORBELL, 4, match, 7), EEXIST, "another for the same");
	refused(ioeventfd(p.vm.fd, any, DOORBELL, 4, 0, 0), EEXIST, "or for any data there");
	p.exits = 0;
	stepped_do(&p, 0, STEP_WRITE32, DOORBELL, 7);
	tap_ok(signals(fd) == 1 && !p.exits, "a write of 7 is a signal and no exit");
	stepped_do(&p, 0, STEP_WRITE32, DOORBELL, 8);
	stepped_do(&p, 0, STEP_WRITE16, DOORBELL, 7);
	stepped_do(&p, 0, STEP_WRITE32, DOORBELL + 4, 7);
	tap_ok(!signals(fd) && p.exits == 3,
	       "other data, another width, another address are exits");
	tap_ok(stepped_do(&p, 0, STEP_READ32, DOORBELL, 0) == 0 && !signals(fd),
	       "a read is an exit");
	tap_ok(!ioeventfd(p.vm.fd, any, DOORBELL + 8, 0, 0, 0), "one of any length");
	p.exits = 0;
	stepped_do(&p, 0, STEP_WRITE8, DOORBELL + 8, 1);
	stepped_do(&p, 0, STEP_WRITE16, DOORBELL + 8, 2);
	stepped_do(&p, 0, STEP_WRITE32, DOORBELL + 8, 3);
	stepped_do(&p, 0, STEP_WRITE64, DOORBELL + 8, 4);
	tap_ok(signals(any) == 4 && !p.exits, "catches all four");
	tap_ok(!irqfd(p.vm.fd, any, 20, 0, 0), "the same eventfd as an irqfd");
	stepped_do(&p, 0, STEP_WRITE32, DOORBELL + 8, 3);
	tap_ok(takes(&p, 0, 1) && stepped_logged(&p, 0, 0) == 52,
	       "the guest's write is its own interrupt");
	tap_ok(!ioeventfd(p.vm.fd, fd, DOORBELL, 4, match | KVM_IOEVENTFD_FLAG_DEASSIGN, 7),
	       "deassigned");
	stepped_do(&p, 0, STEP_WRITE32, DOORBELL, 7);
	tap_ok(!signals(fd) && p.exits == 1, "it is an exit again");
	close(any);
	stepped_do(&p, 0, STEP_WRITE32, DOORBELL + 8, 3);
	tap_ok(p.exits == 1, "a closed eventfd is still written to");
	stepped_end(&p);
	close(fd);
}

/* -- Everything at once -- */

struct stress {
	struct stepped p;
	int fd[4];
	bool over;
};

static void *assign_and_close(void *arg)
{
	struct stress *s = arg;
	unsigned int n;
	int fd;

	for (n = 0; n < STRESS_ROUNDS; n++) {
		fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		irqfd(s->p.vm.fd, fd, n % 32, n & 1 ? KVM_IRQFD_FLAG_RESAMPLE : 0, s->fd[3]);
		signal_fd(fd);
		ioeventfd(s->p.vm.fd, fd, DOORBELL + n % 4 * 8, 4, 0, 0);
		if (n & 2)
			irqfd(s->p.vm.fd, fd, n % 32, KVM_IRQFD_FLAG_DEASSIGN, 0);
		ioeventfd(s->p.vm.fd, fd, DOORBELL + n % 4 * 8, 4, KVM_IOEVENTFD_FLAG_DEASSIGN, 0);
		close(fd);
	}
	__atomic_store_n(&s->over, true, __ATOMIC_RELEASE);
	return NULL;
}

static void *assign_shared(void *arg)
{
	struct stress *s = arg;
	unsigned int n;

	for (n = 0; !__atomic_load_n(&s->over, __ATOMIC_ACQUIRE); n++) {
		irqfd(s->p.vm.fd, s->fd[n % 3], n % 3, n & 8 ? KVM_IRQFD_FLAG_DEASSIGN : 0, 0);
		signal_fd(s->fd[n % 3]);
		signals(s->fd[(n + 1) % 3]);
	}
	return NULL;
}

/*
 * Irqfds come and go while they are signalled, from three threads, and the guest takes what there
 * is.
 */
void test_event_stress(void)
{
	struct stress s = {};
	pthread_t a, b, c;
	unsigned int i;

	if (!stepped_start(&s.p, 1))
		return;
	setup_spis(&s.p, true);
	stepped_do(&s.p, 0, STEP_UNMASK, 0, 0);
	for (i = 0; i < 4; i++)
		s.fd[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pthread_create(&a, NULL, assign_and_close, &s);
	pthread_create(&b, NULL, assign_shared, &s);
	pthread_create(&c, NULL, assign_shared, &s);
	while (!__atomic_load_n(&s.over, __ATOMIC_ACQUIRE))
		stepped_do(&s.p, 0, STEP_WRITE32, DOORBELL, 1);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	pthread_join(c, NULL);
	i = taken(&s.p, 0);
	tap_ok(i > 100 && i < ~0U, "irqfds and ioeventfds come and go under signals: %u interrupts",
	       i);
	/* The VM's own descriptor first. */
	for (i = 0; i < 3; i++)
		irqfd(s.p.vm.fd, s.fd[i], 30 + i, 0, 0);
	stepped_end(&s.p);
	for (i = 0; i < 4; i++) {
		signal_fd(s.fd[i]);
		close(s.fd[i]);
	}
	tap_ok(true, "signals after the VM's end reach nobody");
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_IRQFD and KVM_IOEVENTFD: what they do, what they refuse, and the end of each part in any order.
 */
#define _GNU_SOURCE
#include "kvm_irq.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define DOORBELL	(MMIO + 0x100000UL)
#define STORM_ROUNDS	3000
#define SIGNALS		40

static int irqfd(int vm, int fd, unsigned int gsi, unsigned int flags, int resample)
{
	struct kvm_irqfd arg = { .fd = fd, .gsi = gsi, .flags = flags, .resamplefd = resample };

	return ioctl(vm, KVM_IRQFD, &arg);
}

static int ioeventfd(int vm, int fd, __u64 addr, unsigned int len, unsigned int flags, __u64 data)
{
	struct kvm_ioeventfd arg = { .fd = fd, .addr = addr, .len = len, .flags = flags, .datamatch = data };

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

static void irqfd_errors(struct puppet *p, int fd)
{
	int bare = ioctl(kvm, KVM_CREATE_VM, 0UL);

	refused(irqfd(bare, fd, 8, 0, 0), EAGAIN, "an irqfd without an interrupt controller");
	close(bare);
	refused(irqfd(p->vm.fd, fd, 64, 0, 0), EINVAL, "an irqfd for an SPI that isn't there");
	refused(irqfd(p->vm.fd, fd, ~0U, 0, 0), EINVAL, "for the last number of all");
	refused(irqfd(p->vm.fd, fd, 8, 0x80, 0), EINVAL, "with an unknown flag");
	refused(irqfd(p->vm.fd, kvm, 8, 0, 0), EINVAL, "with what is no eventfd");
	refused(irqfd(p->vm.fd, -1, 8, 0, 0), EBADF, "with no descriptor");
	refused(irqfd(p->vm.fd, fd, 8, KVM_IRQFD_FLAG_RESAMPLE, kvm), EINVAL, "with resample to what is no eventfd");
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
static void running_guest(struct puppet *p, int fd)
{
	unsigned int first = taken(p, 0), i, waited = 0;
	unsigned long before;
	struct waiter w;

	wait_begin(&w, p, 0, PUPPET_SPIN_UNTIL, first + SIGNALS);
	usleep(100000);
	before = requests();
	for (i = 0; i < SIGNALS; i++) {
		signal_fd(fd);
		for (waited = 0; waited < 10000 && !puppet_noted(p, 0, first + i); waited++)
			usleep(100);
	}
	before = requests() - before;
	ok(wait_end(&w) && before > SIGNALS / 2,
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
static void closed_eventfds(struct puppet *p)
{
	long before = objects();
	unsigned int i, good = 0;
	int fd;

	for (i = 0; i < 20000; i++) {
		fd = eventfd(0, EFD_CLOEXEC);
		good += !irqfd(p->vm.fd, fd, 13, 0, 0);
		close(fd);
	}
	usleep(200000);
	ok(good == i && objects() - before < 1024, "%u eventfds that are closed take their irqfds along: %ld KiB", i,
	   objects() - before);
}

void test_irqfd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), other = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	unsigned int have;
	struct puppet p;
	struct waiter w;

	if (!puppet_start(&p, 1))
		return;
	setup_spis(&p, true);
	irqfd_errors(&p, fd);
	ok(!irqfd(p.vm.fd, fd, 8, 0, 0), "an irqfd");
	refused(irqfd(p.vm.fd, fd, 9, 0, 0), EBUSY, "the same eventfd again");
	signal_fd(fd);
	ok(takes(&p, 0, 1) && puppet_noted(&p, 0, 0) == 40, "its signal is the SPI of that number");
	ok(!signals(fd), "and is consumed");
	wait_begin(&w, &p, 0, PUPPET_SLEEP_UNTIL, 2);
	usleep(100000);
	signal_fd(fd);
	ok(wait_end(&w), "it wakes a guest that sleeps");

	running_guest(&p, fd);
	have = taken(&p, 0);

	signal_fd(other);
	ok(!irqfd(p.vm.fd, other, 10, 0, 0) && takes(&p, 0, have + 1) && puppet_noted(&p, 0, have) == 42,
	   "a signal from before it was assigned counts");
	ok(!irqfd(p.vm.fd, other, 11, KVM_IRQFD_FLAG_DEASSIGN, 0), "deassigned with another number");
	signal_fd(other);
	ok(takes(&p, 0, have + 2), "it is still there");
	ok(!irqfd(p.vm.fd, other, 10, KVM_IRQFD_FLAG_DEASSIGN, 0), "deassigned");
	signal_fd(other);
	ok(takes(&p, 0, have + 2), "it is gone");
	close(fd);
	closed_eventfds(&p);
	irqfd(p.vm.fd, other, 12, 0, 0);
	puppet_end(&p);
	signal_fd(other);
	ok(signals(other) > 0, "without a VM a signal stays in the eventfd");
	close(other);
}

/* Level-sensitive: up until the guest has ended it, which the other eventfd tells. */
void test_resample(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), resample = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct puppet p;

	if (!puppet_start(&p, 1))
		return;
	setup_spis(&p, false);
	ok(!irqfd(p.vm.fd, fd, 8, KVM_IRQFD_FLAG_RESAMPLE, resample), "an irqfd with resample");
	puppet_do(&p, 0, PUPPET_MASK, 0, 0);
	signal_fd(fd);
	ok(puppet_do(&p, 0, PUPPET_READ32, GICD + GICD_ISPENDR + 4, 0) == 1 << 8 && !signals(resample),
	   "its signal raises the line");
	ok(takes(&p, 0, 1), "it is taken once");
	ok(signals(resample) == 1, "its end is told");
	signal_fd(fd);
	ok(takes(&p, 0, 2) && signals(resample) == 1, "so it is again");
	puppet_do(&p, 0, PUPPET_MASK, 0, 0);
	signal_fd(fd);
	ok(!irqfd(p.vm.fd, fd, 8, KVM_IRQFD_FLAG_DEASSIGN, 0), "deassigned while the line is up");
	ok(!puppet_do(&p, 0, PUPPET_READ32, GICD + GICD_ISPENDR + 4, 0), "it is down");
	set_line(&p, 40, true);
	usleep(10000);
	set_line(&p, 40, false);
	puppet_do(&p, 0, PUPPET_NOP, 0, 0);
	ok(!signals(resample), "it hears nothing any more");
	puppet_end(&p);
	close(fd);
	close(resample);
}

/* Level-sensitive without resample: a signal while the guest works on the one before is another one. */
void test_pulses(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct puppet p;

	if (!puppet_start(&p, 1))
		return;
	setup_spis(&p, false);
	ok(!irqfd(p.vm.fd, fd, 8, 0, 0), "an irqfd without resample for a level-sensitive interrupt");
	puppet_do(&p, 0, PUPPET_UNMASK, 0, 0);
	puppet_do(&p, 0, PUPPET_LEAVE_ACTIVE, 1, 0);
	signal_fd(fd);
	ok(takes(&p, 0, 1), "its signal is taken");
	signal_fd(fd);
	ok(takes(&p, 0, 1), "a second one waits for the first one's end");
	puppet_do(&p, 0, PUPPET_END, 40, 0);
	ok(takes(&p, 0, 2), "and comes then");
	puppet_do(&p, 0, PUPPET_END, 40, 0);
	ok(takes(&p, 0, 2), "once");
	signal_fd(fd);
	ok(takes(&p, 0, 3), "the next one comes, too");
	puppet_do(&p, 0, PUPPET_WRITE32, GICD + GICD_ISPENDR + 4, 1 << 8);
	puppet_do(&p, 0, PUPPET_WRITE32, GICD + GICD_ICPENDR + 4, 1 << 8);
	puppet_do(&p, 0, PUPPET_END, 40, 0);
	ok(takes(&p, 0, 3), "what the guest clears does not");
	puppet_end(&p);
	close(fd);
}

static void ioeventfd_errors(int vm, int fd)
{
	unsigned int match = KVM_IOEVENTFD_FLAG_DATAMATCH;

	refused(ioeventfd(vm, fd, DOORBELL, 3, 0, 0), EINVAL, "an ioeventfd of 3 bytes");
	refused(ioeventfd(vm, fd, DOORBELL, 16, 0, 0), EINVAL, "of 16 bytes");
	refused(ioeventfd(vm, fd, ~0UL, 8, 0, 0), EINVAL, "at the end of all addresses");
	refused(ioeventfd(vm, fd, DOORBELL, 0, match, 1), EINVAL, "of any length for certain data");
	refused(ioeventfd(vm, fd, DOORBELL, 4, KVM_IOEVENTFD_FLAG_PIO, 0), EINVAL, "for an I/O port");
	refused(ioeventfd(vm, fd, DOORBELL, 4, 0x80, 0), EINVAL, "with an unknown flag");
	refused(ioeventfd(vm, kvm, DOORBELL, 4, 0, 0), EINVAL, "with what is no eventfd");
	refused(ioeventfd(vm, -1, DOORBELL, 4, 0, 0), EBADF, "with no descriptor");
	refused(ioeventfd(vm, fd, DOORBELL, 4, KVM_IOEVENTFD_FLAG_DEASSIGN, 0), ENOENT,
		"deassigned before it is there");
}

void test_ioeventfd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), any = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	unsigned int match = KVM_IOEVENTFD_FLAG_DATAMATCH;
	struct puppet p;

	if (!puppet_start(&p, 1))
		return;
	setup_spis(&p, true);
	ioeventfd_errors(p.vm.fd, fd);
	ok(!ioeventfd(p.vm.fd, fd, DOORBELL, 4, match, 7), "an ioeventfd for the data 7");
	refused(ioeventfd(p.vm.fd, any, DOORBELL, 4, match, 7), EEXIST, "another for the same");
	refused(ioeventfd(p.vm.fd, any, DOORBELL, 4, 0, 0), EEXIST, "or for any data there");
	p.exits = 0;
	puppet_do(&p, 0, PUPPET_WRITE32, DOORBELL, 7);
	ok(signals(fd) == 1 && !p.exits, "a write of 7 is a signal and no exit");
	puppet_do(&p, 0, PUPPET_WRITE32, DOORBELL, 8);
	puppet_do(&p, 0, PUPPET_WRITE16, DOORBELL, 7);
	puppet_do(&p, 0, PUPPET_WRITE32, DOORBELL + 4, 7);
	ok(!signals(fd) && p.exits == 3, "other data, another width, another address are exits");
	ok(puppet_do(&p, 0, PUPPET_READ32, DOORBELL, 0) == 0 && !signals(fd), "a read is an exit");
	ok(!ioeventfd(p.vm.fd, any, DOORBELL + 8, 0, 0, 0), "one of any length");
	p.exits = 0;
	puppet_do(&p, 0, PUPPET_WRITE8, DOORBELL + 8, 1);
	puppet_do(&p, 0, PUPPET_WRITE16, DOORBELL + 8, 2);
	puppet_do(&p, 0, PUPPET_WRITE32, DOORBELL + 8, 3);
	puppet_do(&p, 0, PUPPET_WRITE64, DOORBELL + 8, 4);
	ok(signals(any) == 4 && !p.exits, "catches all four");
	ok(!irqfd(p.vm.fd, any, 20, 0, 0), "the same eventfd as an irqfd");
	puppet_do(&p, 0, PUPPET_WRITE32, DOORBELL + 8, 3);
	ok(takes(&p, 0, 1) && puppet_noted(&p, 0, 0) == 52, "the guest's write is its own interrupt");
	ok(!ioeventfd(p.vm.fd, fd, DOORBELL, 4, match | KVM_IOEVENTFD_FLAG_DEASSIGN, 7), "deassigned");
	puppet_do(&p, 0, PUPPET_WRITE32, DOORBELL, 7);
	ok(!signals(fd) && p.exits == 1, "it is an exit again");
	close(any);
	puppet_do(&p, 0, PUPPET_WRITE32, DOORBELL + 8, 3);
	ok(p.exits == 1, "a closed eventfd is still written to");
	puppet_end(&p);
	close(fd);
}

/* -- Everything at once -- */

struct storm {
	struct puppet p;
	int fd[4];
	bool over;
};

static void *assign_and_close(void *arg)
{
	struct storm *s = arg;
	unsigned int n;
	int fd;

	for (n = 0; n < STORM_ROUNDS; n++) {
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
	struct storm *s = arg;
	unsigned int n;

	for (n = 0; !__atomic_load_n(&s->over, __ATOMIC_ACQUIRE); n++) {
		irqfd(s->p.vm.fd, s->fd[n % 3], n % 3, n & 8 ? KVM_IRQFD_FLAG_DEASSIGN : 0, 0);
		signal_fd(s->fd[n % 3]);
		signals(s->fd[(n + 1) % 3]);
	}
	return NULL;
}

/* Irqfds come and go while they are signalled, from three threads, and the guest takes what there is. */
void test_event_storm(void)
{
	struct storm s = {};
	pthread_t a, b, c;
	unsigned int i;

	if (!puppet_start(&s.p, 1))
		return;
	setup_spis(&s.p, true);
	puppet_do(&s.p, 0, PUPPET_UNMASK, 0, 0);
	for (i = 0; i < 4; i++)
		s.fd[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pthread_create(&a, NULL, assign_and_close, &s);
	pthread_create(&b, NULL, assign_shared, &s);
	pthread_create(&c, NULL, assign_shared, &s);
	while (!__atomic_load_n(&s.over, __ATOMIC_ACQUIRE))
		puppet_do(&s.p, 0, PUPPET_WRITE32, DOORBELL, 1);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	pthread_join(c, NULL);
	i = taken(&s.p, 0);
	ok(i > 100 && i < ~0U, "irqfds and ioeventfds come and go under signals: %u interrupts", i);
	/* The VM's own descriptor first. */
	for (i = 0; i < 3; i++)
		irqfd(s.p.vm.fd, s.fd[i], 30 + i, 0, 0);
	puppet_end(&s.p);
	for (i = 0; i < 4; i++) {
		signal_fd(s.fd[i]);
		close(s.fd[i]);
	}
	ok(true, "signals after the VM's end reach nobody");
}

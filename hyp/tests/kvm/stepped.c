// SPDX-License-Identifier: GPL-2.0-only
#include "../lib/limit.h"
#include "stepped.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define LOG		0x100000UL

/* Offsets in a channel. */
#define CHANNEL_RESULT	24
#define GICD_CTLR	GICD

static void wake(int signal)
{
}

/*
 * Interrupts the calling thread when its time is over, and then every second. Not before: what
 * a lost kick leaves asleep must not be woken by this.
 */
static timer_t start_watch(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR2 };
	struct itimerspec every = { .it_interval = { .tv_sec = 1 },
				    .it_value = { .tv_sec = limit_seconds() } };
	struct sigaction action = { .sa_handler = wake };
	timer_t timer;

	sigaction(SIGUSR2, &action, NULL);
	event._sigev_un._tid = gettid();
	timer_create(CLOCK_MONOTONIC, &event, &timer);
	timer_settime(timer, 0, &every, NULL);
	return timer;
}

/* The answer to the read of an exit: the operation and its operands. */
static __u64 answer(const struct stepped *p, __u64 offset, const __u64 operation[3])
{
	if (offset < CHANNEL_RESULT)
		return operation[offset / 8];
	return p->more[(offset - CHANNEL_RESULT - 8) / 8 & 1];
}

__u64 stepped_do(struct stepped *p, unsigned int cpu, enum step op, __u64 a, __u64 b)
{
	struct kvm_run *run = p->vm.run[cpu];
	__u64 operation[3] = { op, a, b }, base = MMIO + cpu * STEPPED_CHANNEL,
	      value = STEPPED_FAILED, offset;
	time_t end = limit_begin();
	timer_t timer = start_watch();

	for (;;) {
		if (ioctl(p->vm.vcpu[cpu], KVM_RUN, 0)) {
			if (errno == EINTR && !limit_over(end - 1))
				continue;
			break;
		}
		if (run->exit_reason != KVM_EXIT_MMIO)
			break;
		offset = run->mmio.phys_addr - base;
		if (!run->mmio.is_write) {
			value = answer(p, offset, operation);
			memcpy(run->mmio.data, &value, 8);
			continue;
		}
		memcpy(&value, run->mmio.data, 8);
		if (offset == CHANNEL_RESULT)
			break;
		p->exits++;
		p->last_write = value;
	}
	if (run->exit_reason != KVM_EXIT_MMIO || !run->mmio.is_write)
		value = STEPPED_FAILED;
	timer_delete(timer);
	return value;
}

__u32 stepped_logged(const struct stepped *p, unsigned int cpu, unsigned int n)
{
	return ((const volatile __u32 *)(p->vm.ram + LOG + cpu * 0x1000UL))[2 * n];
}

__u32 stepped_logged_time(const struct stepped *p, unsigned int cpu, unsigned int n)
{
	return ((const volatile __u32 *)(p->vm.ram + LOG + cpu * 0x1000UL))[2 * n + 1];
}

static bool start(struct stepped *p, unsigned int cpus, bool protected)
{
	*p = (struct stepped){};
	/* Group 1 and affinity routing. */
	return tap_ok(build(&p->vm, protected, cpus, anonymous(), CODE(stepped), MMIO,
			    STEPPED_CHANNEL) &&
			      !stepped_do(p, 0, STEP_WRITE32, GICD_CTLR, 0x12),
		      "a VM of %u vCPUs for what follows", cpus);
}

bool stepped_start(struct stepped *p, unsigned int cpus)
{
	return start(p, cpus, false);
}

bool stepped_start_protected(struct stepped *p, unsigned int cpus)
{
	return start(p, cpus, true);
}

bool stepped_make_gmem(struct stepped *p, unsigned int cpus)
{
	*p = (struct stepped){};
	return build_gmem(&p->vm, cpus, CODE(stepped), MMIO, STEPPED_CHANNEL);
}

void stepped_end(struct stepped *p)
{
	kvm_vm_close(&p->vm);
	munmap(p->vm.ram, RAM_SIZE);
}

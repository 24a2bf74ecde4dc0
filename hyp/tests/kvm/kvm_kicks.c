// SPDX-License-Identifier: GPL-2.0-only
/*
 * Getting a vCPU out of KVM_RUN, and its power state: no kick may be lost, whatever the guest does
 * and whenever it comes.
 */
#include "../lib/limit.h"
#include "kvm_irq.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KICKS		400
#define RUNNERS		2

struct runner {
	struct kvm_vm *vm;
	unsigned int cpu;
	bool stop;
	int error;
	sem_t out;
	pthread_t thread;
};

static __thread struct kvm_run *my_run;

/* As KVM's documentation tells a VMM to do it: it holds also when KVM_RUN has not begun yet. */
static void leave_kvm(int signal)
{
	if (my_run)
		my_run->immediate_exit = 1;
}

static void *run_and_count(void *arg)
{
	struct runner *r = arg;

	my_run = r->vm->run[r->cpu];
	sem_post(&r->out);
	while (!__atomic_load_n(&r->stop, __ATOMIC_ACQUIRE)) {
		if (!ioctl(r->vm->vcpu[r->cpu], KVM_RUN, 0))
			continue;
		if (errno != EINTR)
			r->error = errno;
		my_run->immediate_exit = 0;
		sem_post(&r->out);
	}
	return NULL;
}

static bool came_out(struct runner *r)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += limit_seconds();
	while (sem_timedwait(&r->out, &until))
		if (errno != EINTR)
			return false;
	return true;
}

/* Kicks at random moments; each must bring the thread out. */
static void kicks(bool protected, struct code code, const char *what)
{
	struct runner r[RUNNERS] = {};
	unsigned int i, done = 0;
	struct kvm_vm vm;

	if (!build(&vm, protected, RUNNERS, anonymous(), code, MMIO, 0)) {
		tap_ok(false, "a VM that %s", what);
		return;
	}
	for (i = 0; i < RUNNERS; i++) {
		r[i].vm = &vm;
		r[i].cpu = i;
		sem_init(&r[i].out, 0, 0);
		pthread_create(&r[i].thread, NULL, run_and_count, &r[i]);
		/* From now on its signals count. */
		came_out(&r[i]);
	}
	for (i = 0; i < KICKS; i++) {
		struct runner *one = &r[i % RUNNERS];

		if (i & 4)
			usleep(rand() % 300);
		pthread_kill(one->thread, SIGUSR1);
		if (!came_out(one))
			break;
		done++;
	}
	tap_ok(done == KICKS && !r[0].error && !r[1].error,
	       "%u of %u kicks reach a %s guest that %s", done, KICKS,
	       protected ? "protected" : "unprotected", what);
	for (i = 0; i < RUNNERS; i++) {
		__atomic_store_n(&r[i].stop, true, __ATOMIC_RELEASE);
		pthread_kill(r[i].thread, SIGUSR1);
		pthread_join(r[i].thread, NULL);
	}
	kvm_vm_close(&vm);
	munmap(vm.ram, RAM_SIZE);
}

static unsigned int mp_state(struct stepped *p, unsigned int cpu)
{
	struct kvm_mp_state state = { .mp_state = ~0U };

	ioctl(p->vm.vcpu[cpu], KVM_GET_MP_STATE, &state);
	return state.mp_state;
}

static int set_mp_state(struct stepped *p, unsigned int cpu, unsigned int value)
{
	struct kvm_mp_state state = { .mp_state = value };

	return ioctl(p->vm.vcpu[cpu], KVM_SET_MP_STATE, &state);
}

static void power(void)
{
	struct stepped p;
	struct waiter w;

	if (!stepped_start(&p, 2))
		return;
	tap_ok(mp_state(&p, 0) == KVM_MP_STATE_RUNNABLE && mp_state(&p, 1) == KVM_MP_STATE_STOPPED,
	   "one vCPU is on, one off");
	refused(set_mp_state(&p, 1, KVM_MP_STATE_HALTED), EINVAL,
		"a state of another architecture");
	wait_begin(&w, &p, 1, STEP_NOP, 0);
	usleep(100000);
	p.more[0] = RAM;
	p.more[1] = MMIO + STEPPED_CHANNEL;
	tap_ok(!stepped_do(&p, 0, STEP_CALL, 0xc4000003, 1) && wait_end(&w),
	   "it runs when the other one has powered it on");
	tap_ok(mp_state(&p, 1) == KVM_MP_STATE_RUNNABLE, "and is on");
	tap_ok(stepped_do(&p, 0, STEP_CALL, 0xc4000003, 1) == -4UL, "again: it is on already");
	tap_ok(!set_mp_state(&p, 1, KVM_MP_STATE_STOPPED) &&
		       mp_state(&p, 1) == KVM_MP_STATE_STOPPED,
	       "the VMM stops it");
	p.vm.run[1]->immediate_exit = 1;
	refused(ioctl(p.vm.vcpu[1], KVM_RUN, 0), EINTR, "immediate_exit while it is off");
	p.vm.run[1]->immediate_exit = 0;
	tap_ok(!set_mp_state(&p, 1, KVM_MP_STATE_RUNNABLE) &&
		       stepped_do(&p, 1, STEP_NOP, 0, 0) == 0,
	       "and starts it where it was");
	stepped_end(&p);
}

/* The answer to an MMIO read is taken by the KVM_RUN that immediate_exit ends. */
static void immediate_exit(void)
{
	struct kvm_run *run;
	struct kvm_vm vm;
	__u32 data = 41;

	if (!build(&vm, true, 1, anonymous(), CODE(mmio), MMIO, 0)) {
		tap_ok(false, "a VM for immediate_exit");
		return;
	}
	run = vm.run[0];
	ioctl(vm.vcpu[0], KVM_RUN, 0);
	memcpy(run->mmio.data, &data, 4);
	run->immediate_exit = 1;
	refused(ioctl(vm.vcpu[0], KVM_RUN, 0), EINTR, "immediate_exit after MMIO");
	run->immediate_exit = 0;
	memset(run->mmio.data, 0xff, 8);
	tap_ok(!ioctl(vm.vcpu[0], KVM_RUN, 0) && run->exit_reason == KVM_EXIT_MMIO &&
		       run->mmio.is_write && !memcmp(run->mmio.data, &(__u32){ 42 }, 4),
	       "the answer had been taken before");
	kvm_vm_close(&vm);
	munmap(vm.ram, RAM_SIZE);
}

/*
 * The kernel looks after CPU time on the thread's way out of it, where a guest that spins never
 * goes by itself.
 */
static void cpu_limit(void)
{
	struct rlimit limit = { 1, 60 };
	time_t end = limit_begin();
	pid_t child = fork();
	int status = 0;
	bool ended;

	if (!child) {
		struct kvm_vm vm;

		setrlimit(RLIMIT_CPU, &limit);
		if (build(&vm, false, 1, anonymous(), CODE(spin), MMIO, 0))
			while (ioctl(vm.vcpu[0], KVM_RUN, 0) == 0 || errno == EINTR)
				;
		_exit(1);
	}
	while (!(ended = waitpid(child, &status, WNOHANG) == child) && !limit_over(end))
		usleep(100000);
	tap_ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU,
	       "RLIMIT_CPU ends a VMM whose guest spins");
	if (!ended) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
}

void test_kicks(void)
{
	struct sigaction action = { .sa_handler = leave_kvm };
	int protected;

	sigaction(SIGUSR1, &action, NULL);
	srand(1);
	for (protected = 0; protected < 2; protected++) {
		kicks(protected, CODE(wfi), "sleeps");
		kicks(protected, CODE(spin), "spins");
		kicks(protected, CODE(knock), "knocks at MMIO");
	}
	power();
	immediate_exit();
	cpu_limit();
}

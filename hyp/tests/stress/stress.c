// SPDX-License-Identifier: GPL-2.0-only
/*
 * S1, S5: donjon-attack stress [calls=N] [seed=S]: calls to EL2 from all CPUs at once, on a few VMs
 * whose vCPUs run and share memory, and a few MiB of memory, while a guest of the driver's runs
 * beside them, and the host touches their pages in all ways (touches.c). EL2 must neither stop, nor
 * give anything of a guest away, nor lose a page; the host's kernel has no oops. Each kind of call
 * must succeed often.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"
#include "raw_vm.h"
#include "stress.h"
#include "suites.h"
#include "tap.h"

#define MAX_THREADS 8
#define CALLS	    20000

static const char *const kind_names[STRESS_KINDS] = {
	[STRESS_CREATE] = "VM_CREATE",
	[STRESS_VCPU] = "VCPU_CREATE",
	[STRESS_TOPUP] = "VM_TOPUP",
	[STRESS_ADD_RAM] = "VM_ADD_RAM",
	[STRESS_DEL_RAM] = "VM_DEL_RAM",
	[STRESS_DONATE_PAGES] = "donated pages",
	[STRESS_DONATE_BLOCK] = "donated blocks",
	[STRESS_SHARED_PAGES] = "shared pages",
	[STRESS_SHARED_BLOCK] = "shared blocks",
	[STRESS_UNMAP] = "VM_UNMAP",
	[STRESS_REG] = "registers",
	[STRESS_RUN] = "VCPU_RUN",
	[STRESS_SHARED] = "shared by guests",
	[STRESS_RECALLED] = "recalled by guests",
	[STRESS_UNSHARED] = "taken back by guests",
	[STRESS_EMPTIED] = "made EMPTY by guests",
	[STRESS_RAM_AGAIN] = "made RAM again by guests",
	[STRESS_ASKED] = "asked for by guests",
	[STRESS_FORCED] = "forced reclaims",
	[STRESS_FIXED_UP] = "accesses fixed up",
	[STRESS_TAKEN] = "accesses without a fixup",
	[STRESS_USER_REFUSED] = "accesses of user space",
	[STRESS_COPY_REFUSED] = "copies from and to user space",
	[STRESS_SECRETS] = "secrets of guests",
	[STRESS_KILL] = "VM_KILL",
	[STRESS_RECLAIM] = "VM_RECLAIM",
	[STRESS_DESTROY] = "VM_DESTROY",
	[STRESS_LEDGER] = "LEDGER",
	[STRESS_COUNTER] = "COUNTER",
	[STRESS_POOL] = "POOL_DONATE",
};

struct stress stress = {.lock = PTHREAD_MUTEX_INITIALIZER, .calls = CALLS};

/*
 * Each kind of call is to succeed often enough to mean something: one of 4,000 calls, and twice at
 * least.
 */
static bool is_enough(unsigned int kind)
{
	unsigned long least = stress.calls / 4000 > 2 ? stress.calls / 4000 : 2;

	return __atomic_load_n(&stress.done[kind], __ATOMIC_RELAXED) >=
	       (kind == STRESS_POOL ? 1 : least);
}

static bool all_kinds_succeeded(bool tell)
{
	bool good = true;

	for (unsigned int i = 0; i < STRESS_KINDS; i++) {
		if (tell)
			tap_note("%s: %lu%s", kind_names[i], stress.done[i],
				 is_enough(i) ? "" : ": too few");
		good = good && is_enough(i);
	}
	return good;
}

static void *run_thread(void *argument)
{
	struct stress_thread *t = argument;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(t->number % (unsigned long)sysconf(_SC_NPROCESSORS_ONLN), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	/* Which calls succeed is chance: what is still rare gets its time, within limits. */
	while (t->calls < t->limit || (t->calls < 5 * t->limit && !all_kinds_succeeded(false)))
		stress_step(t);
	return NULL;
}

/* -- Before and after -- */

static uint64_t alloc(unsigned int order)
{
	uint64_t pa = kmod_alloc(order);

	if (!pa)
		tap_give_up("the host has no %lu KiB in one piece", (PAGE << order) >> 10);
	return pa;
}

static void prepare(void)
{
	for (unsigned int i = 0; i < STRESS_PAGES / BLOCK_PAGES; i++)
		stress.chunk[i] = alloc(9);
	for (unsigned int i = 0; i < STRESS_VMS; i++) {
		struct stress_vm *vm = &stress.vm[i];

		vm->vm_pa = alloc(RAW_VM_ORDER);
		vm->cache_pa = alloc(RAW_VM_CACHE_ORDER);
		vm->spare_pa = alloc(RAW_VM_CACHE_ORDER);
		vm->code_pa = alloc(0);
		for (unsigned int j = 0; j < STRESS_VCPUS; j++) {
			vm->vcpu_pa[j] = alloc(0);
			vm->run_pa[j] = alloc(0);
		}
	}
}

static bool is_back(uint64_t pa, uint64_t size)
{
	struct run run;

	for (uint64_t end = pa + size; pa < end; pa = run.end)
		if (!kmod_ledger(pa, &run) || run.state != DONJON_PAGE_HOST) {
			tap_note("page 0x%llx is in state %llu", (unsigned long long)pa,
				 (unsigned long long)run.state);
			return false;
		}
	return true;
}

static bool all_back(void)
{
	bool good = true;

	for (unsigned int i = 0; i < STRESS_PAGES / BLOCK_PAGES; i++)
		good = is_back(stress.chunk[i], BLOCK) && good;
	for (unsigned int i = 0; i < STRESS_VMS; i++) {
		const struct stress_vm *vm = &stress.vm[i];

		good = is_back(vm->vm_pa, PAGE << RAW_VM_ORDER) &&
		       is_back(vm->cache_pa, PAGE << RAW_VM_CACHE_ORDER) &&
		       is_back(vm->spare_pa, PAGE << RAW_VM_CACHE_ORDER) &&
		       is_back(vm->code_pa, PAGE) && good;
		for (unsigned int j = 0; j < STRESS_VCPUS; j++)
			good = is_back(vm->vcpu_pa[j], PAGE) && is_back(vm->run_pa[j], PAGE) &&
			       good;
	}
	return good;
}

/* Ends what is left of the VMs. False: a call failed. */
static bool clear_away(struct stress_thread *t)
{
	bool good = true;

	for (unsigned int i = 0; i < STRESS_VMS; i++)
		if (stress.vm[i].state != STRESS_EMPTY) {
			stress_end_vm(t, &stress.vm[i]);
			good = stress.vm[i].state == STRESS_EMPTY && good;
		}
	return stress_end_nonsense() && good;
}

static void blow(unsigned int threads)
{
	struct stress_thread thread[MAX_THREADS];
	struct timespec from, to;
	unsigned long calls = 0;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (unsigned int i = 0; i < threads; i++) {
		thread[i] =
			(struct stress_thread){.number = i,
					      .state = (stress.seed + i) * 0x9e3779b97f4a7c15UL | 1,
					      .limit = stress.calls / threads};
		if (pipe(thread[i].pipe))
			tap_give_up("a pipe: %s", strerror(errno));
		pthread_create(&thread[i].thread, NULL, run_thread, &thread[i]);
	}
	for (unsigned int i = 0; i < threads; i++) {
		pthread_join(thread[i].thread, NULL);
		calls += thread[i].calls;
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	tap_note("%lu calls from %u CPUs in %ld s; answers: %lu done, %lu INVALID, %lu DENIED, %lu "
		 "NO_POOL, %lu NO_CACHE, %lu BUSY, "
		 "%lu NOT_FOUND, %lu EXISTS, %lu POISONED, %lu DYING, %lu OFF",
		 calls, threads, (long)(to.tv_sec - from.tv_sec), stress.answers[0],
		 stress.answers[2], stress.answers[4], stress.answers[5], stress.answers[14],
		 stress.answers[6], stress.answers[7], stress.answers[8], stress.answers[9],
		 stress.answers[10], stress.answers[11]);
}

static void find_image(const struct run *run, void *context)
{
	uint64_t *page = context;

	if (!*page && run->state == DONJON_PAGE_HYP)
		*page = run->start;
}

/* Lines of the kernel's that tell of an oops, and those of other tests. */
static unsigned long oopses(void)
{
	FILE *f = popen("dmesg | grep -v 'soft lockup' |"
			"grep -cE 'Unable to handle|Oops|BUG|Bad page|corruption'", "r");
	unsigned long n = ~0UL;

	if (!f || fscanf(f, "%lu", &n) != 1)
		tap_give_up("dmesg");
	pclose(f);
	return n;
}

static void read_arguments(char **args)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	stress.seed = (uint64_t)now.tv_sec ^ (uint64_t)now.tv_nsec << 20;
	for (; *args; args++)
		if (!strncmp(*args, "calls=", 6))
			stress.calls = strtoul(*args + 6, NULL, 0);
		else if (!strncmp(*args, "seed=", 5))
			stress.seed = strtoull(*args + 5, NULL, 0);
		else
			tap_give_up("%s: calls=N or seed=S expected", *args);
	tap_note("calls=%lu seed=0x%llx", stress.calls, (unsigned long long)stress.seed);
}

int suite_stress(char **args)
{
	struct guest_setup setup = {.image = "secret", .args = "until_input=1"};
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct stress_thread last = {.state = 1};
	unsigned long before = oopses();
	uint64_t results[4];
	struct guest g;

	read_arguments(args);
	kmod_open();
	kmod_walk(find_image, &stress.hyp_page);
	prepare();
	stress_map_chunks();
	guest_boot(&g, &setup);
	if (!guest_wait_text(&g, "ready"))
		tap_give_up("secret is not ready: %s", guest_story(&g));
	stress.foreign = kmod_pa(g.ram + g.size / 2);
	blow(cpus < MAX_THREADS ? (unsigned int)cpus : MAX_THREADS);
	tap_ok(!stress.answers[15] && !stress.answers[13] && !stress.answers[1],
	       "each answer is a documented one");
	tap_ok(!kmod_call(DONJON_HC_INFO, 0, 0, 0, 0, 0, results) &&
		       results[1] == DONJON_PHASE_RUNNING,
	       "EL2 lives");
	guest_release(&g);
	if (!tap_ok(guest_wait_end(&g) == GUEST_OFF && strstr(g.console, "intact"),
		    "the guest beside them is intact"))
		tap_note("%s", guest_story(&g));
	guest_free(&g);
	tap_ok(clear_away(&last) && kmod_counter(DONJON_CNT_VMS) == 0, "all VMs end");
	tap_ok(all_kinds_succeeded(true), "each kind of call succeeded often");
	tap_ok(all_back(), "and all memory is the host's again");
	tap_ok(!stress.seen && !stress_secret_left(), "the host has never read a guest's secret");
	tap_ok(!stress.changed, "nor changed it");
	tap_ok(oopses() <= before, "and its kernel had no oops");
	return tap_end();
}

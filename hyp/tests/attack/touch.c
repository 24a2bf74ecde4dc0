// SPDX-License-Identifier: GPL-2.0-only
/*
 * S1: the host's kernel touches a guest's page from each place where its code may be. With a fixup
 * it gets an error and the guest lives; without one the page is taken, is zeros, and there is no
 * oops. And on any CPU, also when it moves to another between two attempts.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kmod.h"
#include "memory.h"
#include "raw_vm.h"
#include "suites.h"
#include "tap.h"

#define MOVES 48U /* pages that a task on the move touches */

static const struct {
	const char *name;
	unsigned int taken;
} places[ATTACK_PLACES] = {
	[ATTACK_AT_FIXUP] = { "copy_from_kernel_nofault()", 0 },
	[ATTACK_AT_FIXUP_PROBE] = { "the same in a probe's handler", 0 },
	[ATTACK_AT_READ] = { "a read", 1 },
	[ATTACK_AT_WRITE] = { "a write", 1 },
	[ATTACK_AT_ATOMIC] = { "an atomic access", 1 },
	[ATTACK_AT_ZERO] = { "DC ZVA", 1 },
	[ATTACK_AT_TWO_PAGES] = { "a read of two pages", 2 },
	[ATTACK_AT_CLEAN] = { "DC CIVAC and a read", 1 },
	[ATTACK_AT_VMAP] = { "a read by another address", 1 },
	[ATTACK_AT_IRQS_OFF] = { "a read, interrupts masked", 1 },
	[ATTACK_AT_DAIF_OFF] = { "a read, all exceptions masked", 1 },
	[ATTACK_AT_IPI] = { "a read in an interrupt of another CPU", 1 },
	[ATTACK_AT_TIMER] = { "a read in a timer's interrupt", 1 },
	[ATTACK_AT_PROBE] = { "a read in a probe's handler", 1 },
	[ATTACK_AT_PROBED_LOAD] = { "a read that has a probe", 1 },
	[ATTACK_AT_FTRACE] = { "a read in the function tracer", 1 },
};

static void boot(struct guest *g, bool huge)
{
	struct guest_setup setup = {
		.image = "secret", .args = "until_input=1", .huge = huge, .small = !huge};

	guest_boot(g, &setup);
	if (!guest_wait_text(g, "ready"))
		tap_give_up("secret is not ready: %s", guest_story(g));
}

static bool lives(struct guest *g)
{
	guest_release(g);
	if (guest_wait_end(g) == GUEST_OFF && strstr(g->console, "intact"))
		return true;
	tap_note("%s", guest_story(g));
	return false;
}

static void from(enum attack_place place)
{
	bool two = place == ATTACK_AT_TWO_PAGES, right;
	uint64_t value = 1, taken;
	struct guest g;
	uint8_t *page;
	int ret;

	/* The page before it is the guest's, too. */
	boot(&g, two);
	page = secret_page(&g) + (two ? PAGE : 0);
	taken = kmod_counter(DONJON_CNT_FORCED_RECLAIMS);
	ret = kmod_touch(kmod_pa(page), place, &value);
	taken = kmod_counter(DONJON_CNT_FORCED_RECLAIMS) - taken;
	if (places[place].taken) {
		right = !ret && !value && !lives(&g) && g.error == EFAULT;
		tap_note("taken: %llu", (unsigned long long)taken);
	} else {
		right = ret == -EFAULT && value == 1 && lives(&g);
	}
	if (taken != places[place].taken)
		tap_note("%llu pages were taken", (unsigned long long)taken);
	if (ret)
		tap_note("%s", strerror(-ret));
	tap_ok(right && taken == places[place].taken, "%s: %s", places[place].name,
	       places[place].taken ? "taken, zeros, and the guest stops" :
				     "an error, and the guest is intact");
	guest_free(&g);
}

/* -- A task on the move -- */

struct mover {
	pthread_t thread;
	pid_t task;
	bool stop;
	unsigned long moves;
};

static void *move(void *argument)
{
	struct mover *m = argument;

	while (!__atomic_load_n(&m->stop, __ATOMIC_RELAXED)) {
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET(m->moves++ % 2, &set);
		sched_setaffinity(m->task, sizeof(set), &set);
	}
	return NULL;
}

static void on_the_move(enum attack_place place, bool fixup)
{
	struct mover m = { .task = (pid_t)syscall(SYS_gettid) };
	unsigned int i, bad = 0;
	uint64_t value, taken;
	struct guest g;
	cpu_set_t all;
	bool after;

	boot(&g, false);
	sched_getaffinity(0, sizeof(all), &all);
	taken = kmod_counter(DONJON_CNT_FORCED_RECLAIMS);
	pthread_create(&m.thread, NULL, move, &m);
	for (i = 0; i < MOVES; i++) {
		int ret = kmod_touch(kmod_pa(secret_page(&g) + i * PAGE), place, &value);

		bad += fixup ? ret != -EFAULT : ret || value;
	}
	__atomic_store_n(&m.stop, true, __ATOMIC_RELAXED);
	pthread_join(m.thread, NULL);
	sched_setaffinity(0, sizeof(all), &all);
	taken = kmod_counter(DONJON_CNT_FORCED_RECLAIMS) - taken;
	after = lives(&g) == fixup;
	if (bad || taken != (fixup ? 0 : MOVES))
		tap_note("%u of %u accesses went wrong, %llu pages were taken", bad, MOVES,
			 (unsigned long long)taken);
	tap_ok(!bad && taken == (fixup ? 0 : MOVES) && after,
	       "a task that moves from CPU to CPU (%lu times), %u pages: %s", m.moves, MOVES,
	       fixup ? "errors, and the guest is intact" : "each is taken, and zeros");
	guest_free(&g);
}

static void run_on(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		tap_give_up("CPU %u: %s", cpu, strerror(errno));
}

/*
 * What the kernel has found of a page counts for one access. Everything else is done on another
 * CPU, so that nothing there replaces what was found.
 */
static void next_guest(void)
{
	uint64_t page = kmod_alloc(0), value = 1, taken;
	struct raw_vm o;
	cpu_set_t all;
	bool first;
	int ret;

	sched_getaffinity(0, sizeof(all), &all);
	run_on(0);
	raw_vm_create(&o, true);
	if (!page || raw_vm_map(&o, page, RAW_VM_RAM, PAGE))
		tap_give_up("VM_MAP of a page");
	run_on(1);
	first = !kmod_touch(page, ATTACK_AT_READ, &value) && !value;
	run_on(0);
	first = raw_vm_destroy(&o) && first;
	raw_vm_create(&o, true);
	if (raw_vm_map(&o, page, RAW_VM_RAM, PAGE))
		tap_give_up("VM_MAP of the page, once more");
	taken = kmod_counter(DONJON_CNT_FORCED_RECLAIMS);
	run_on(1);
	ret = kmod_fixup(page, &value, sizeof(value), ATTACK_LINEAR, false);
	run_on(0);
	taken = kmod_counter(DONJON_CNT_FORCED_RECLAIMS) - taken;
	tap_ok(first && ret == -EFAULT && !taken && raw_vm_destroy(&o),
	       "a page that was taken once is another guest's: an error by the fixup");
	kmod_free(page, 0);
	sched_setaffinity(0, sizeof(all), &all);
}

int suite_touch(void)
{
	kmod_open();
	for (unsigned int i = 0; i < ATTACK_PLACES; i++)
		from(i);
	on_the_move(ATTACK_AT_FIXUP, true);
	on_the_move(ATTACK_AT_READ, false);
	next_guest();
	tap_ok(kmod_counter(DONJON_CNT_VMS) == 0, "no VM is left");
	tap_ok(!system("dmesg | grep -q 'Ignoring spurious kernel translation fault'"),
	       "the host's log has the kernel's warnings");
	tap_ok(system("dmesg | grep 'Unable to handle\\|Oops\\|BUG\\|Bad page\\|corruption'"),
	       "and nothing worse");
	return tap_end();
}

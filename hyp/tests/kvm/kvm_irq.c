// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts as a guest sees them: the distributor, the redistributors, more interrupts than list
 * registers, SGIs, the timer; and eventfds in place of calls (kvm_events.c). Runs in the nested
 * host, prints TAP.
 */
#include "../lib/limit.h"
#include "kvm_irq.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define GICR_SGI(cpu)	(GICR + (cpu) * 0x20000UL + 0x10000UL)
#define TIMER_BIT	(1UL << 27)
#define CPU_ON		0xc4000003UL
#define SGI_INTID(n)	((__u64)(n) << 24)
#define SGI_OTHERS	(1UL << 40)
#define SGI_AFF1(n)	((__u64)(n) << 16)

/* -- Helpers -- */

void set_line(struct stepped *p, unsigned int intid, bool level)
{
	struct kvm_irq_level irq = { .irq = SPI_LINE(intid), .level = level };

	ioctl(p->vm.fd, KVM_IRQ_LINE, &irq);
}

static void edge(struct stepped *p, unsigned int intid)
{
	set_line(p, intid, true);
	set_line(p, intid, false);
}

void gicd_write(struct stepped *p, unsigned long offset, __u64 value)
{
	stepped_do(p, 0, STEP_WRITE32, GICD + offset, value);
}

static __u32 gicd_read(struct stepped *p, unsigned long offset)
{
	return stepped_do(p, 0, STEP_READ32, GICD + offset, 0);
}

static void set_priority(struct stepped *p, unsigned int intid, unsigned int priority)
{
	stepped_do(p, 0, STEP_WRITE8, GICD + GICD_IPRIORITYR + intid, priority);
}

void setup_spis(struct stepped *p, bool is_edge)
{
	unsigned int i;

	for (i = 32; i < 96; i += 16)
		gicd_write(p, GICD_ICFGR + i / 4, is_edge ? 0xaaaaaaaa : 0);
	for (i = 32; i < 96; i += 4)
		gicd_write(p, GICD_IPRIORITYR + i, 0xa0a0a0a0);
	for (i = 32; i < 96; i += 32)
		gicd_write(p, GICD_ISENABLER + i / 8, ~0U);
}

unsigned int taken(struct stepped *p, unsigned int cpu)
{
	return stepped_do(p, cpu, STEP_TAKEN, 0, 0);
}

bool takes(struct stepped *p, unsigned int cpu, unsigned int all)
{
	return stepped_do(p, cpu, STEP_SPIN_UNTIL, all, 0) != STEPPED_FAILED &&
	       stepped_do(p, cpu, STEP_NOP, 0, 0) != STEPPED_FAILED && taken(p, cpu) == all;
}

static void *wait_thread(void *arg)
{
	struct waiter *w = arg;

	w->result = stepped_do(w->p, w->cpu, w->op, w->arg, 0);
	return NULL;
}

void wait_begin(struct waiter *w, struct stepped *p, unsigned int cpu, enum step op, __u64 arg)
{
	*w = (struct waiter){ .p = p, .cpu = cpu, .op = op, .arg = arg };
	pthread_create(&w->thread, NULL, wait_thread, w);
}

bool wait_end(struct waiter *w)
{
	pthread_join(w->thread, NULL);
	return w->result != STEPPED_FAILED;
}

static __u64 frequency(void)
{
	__u64 hz;

	asm("mrs %0, cntfrq_el0" : "=r"(hz));
	return hz;
}

/* -- More than there are list registers -- */

#define MANY	12
#define ROUNDS	5

static void many_pending(struct stepped *p)
{
	unsigned int i, round, good = 0, before, us, best = ~0U;

	stepped_do(p, 0, STEP_MASK, 0, 0);
	setup_spis(p, true);
	before = taken(p, 0);
	for (i = 0; i < MANY; i++)
		set_priority(p, 40 + i, 0xf0 - 0x10 * i);
	for (round = 0; round < ROUNDS; round++, before += MANY) {
		stepped_do(p, 0, STEP_MASK, 0, 0);
		for (i = 0; i < MANY; i++)
			edge(p, 40 + i);
		good += takes(p, 0, before + MANY);
		for (i = 0; i < MANY; i++)
			good += stepped_logged(p, 0, before + i) == 40 + MANY - 1 - i;
		us = stepped_logged_time(p, 0, before + MANY - 1) -
		     stepped_logged_time(p, 0, before);
		us = us * 1000000ULL / frequency();
		best = us < best ? us : best;
	}
	tap_ok(good == ROUNDS * (MANY + 1),
	       "12 edges while interrupts are masked: each is taken once, by priority");
	/* Else at the host's next tick, every 4 ms. */
	tap_ok(best < 3000, "each takes the place of the one before at once: all within %u us",
	       best);
}

/* Nested ones: each is taken, by its higher priority, while the others are active. */
static void many_active(struct stepped *p)
{
	unsigned int i, before = taken(p, 0);
	bool good = true;

	stepped_do(p, 0, STEP_UNMASK, 0, 0);
	stepped_do(p, 0, STEP_LEAVE_ACTIVE, 1, 0);
	for (i = 0; i < 8; i++) {
		set_priority(p, 60 + i, 0xe0 - 0x10 * i);
		edge(p, 60 + i);
		good = good && takes(p, 0, before + i + 1) &&
		       stepped_logged(p, 0, before + i) == 60 + i;
	}
	tap_ok(good, "8 interrupts preempt each other");
	tap_ok(gicd_read(p, GICD_ISACTIVER + 4) == 0xf0000000 &&
		       gicd_read(p, GICD_ISACTIVER + 8) == 0xf,
	       "all are active then");
	set_priority(p, 70, 0xe8);
	edge(p, 70);
	stepped_do(p, 0, STEP_LEAVE_ACTIVE, 0, 0);
	for (i = 8; i--;)
		stepped_do(p, 0, STEP_END, 60 + i, 0);
	tap_ok(!gicd_read(p, GICD_ISACTIVER + 4) && !gicd_read(p, GICD_ISACTIVER + 8),
	       "and none when they have ended");
	tap_ok(takes(p, 0, before + 9) && stepped_logged(p, 0, before + 8) == 70,
	       "what waited comes after them");
}

/* -- Lines and edges -- */

static void levels(struct stepped *p)
{
	unsigned int before = taken(p, 0);
	time_t end = limit_begin();
	struct waiter w;

	stepped_do(p, 0, STEP_MASK, 0, 0);
	setup_spis(p, false);
	edge(p, 44);
	stepped_do(p, 0, STEP_UNMASK, 0, 0);
	tap_ok(takes(p, 0, before),
	       "a line that is down again before it was taken is no interrupt");
	/* The guest does nothing else while the line is up. */
	wait_begin(&w, p, 0, STEP_SPIN_UNTIL, before + 1);
	set_line(p, 44, true);
	while (!stepped_logged(p, 0, before + 4) && !limit_over(end))
		usleep(1000);
	set_line(p, 44, false);
	tap_ok(wait_end(&w) && taken(p, 0) >= before + 5,
	       "a line that stays up comes again after each end");
	before = taken(p, 0);
	tap_ok(takes(p, 0, before), "until it is down");
	gicd_write(p, GICD_ISPENDR + 4, 1 << 12);
	tap_ok(takes(p, 0, before + 1),
	       "made pending by the guest, it comes once without its line");
	stepped_do(p, 0, STEP_MASK, 0, 0);
	set_line(p, 44, true);
	tap_ok(gicd_read(p, GICD_ISPENDR + 4) == 1 << 12, "the line shows in GICD_ISPENDR");
	gicd_write(p, GICD_ICPENDR + 4, 1 << 12);
	tap_ok(gicd_read(p, GICD_ISPENDR + 4) == 1 << 12, "and cannot be cleared there");
	set_line(p, 44, false);
	tap_ok(gicd_read(p, GICD_ISPENDR + 4) == 0, "but by lowering it");
}

static void enables(struct stepped *p)
{
	unsigned int before = taken(p, 0);

	setup_spis(p, true);
	gicd_write(p, GICD_ICENABLER + 4, 1 << 8);
	edge(p, 40);
	stepped_do(p, 0, STEP_UNMASK, 0, 0);
	tap_ok(takes(p, 0, before) && (gicd_read(p, GICD_ISPENDR + 4) & 1 << 8),
	       "disabled, it stays pending");
	gicd_write(p, GICD_ISENABLER + 4, 1 << 8);
	tap_ok(takes(p, 0, before + 1), "and comes when it is enabled");

	stepped_do(p, 0, STEP_MASK, 0, 0);
	edge(p, 41);
	stepped_do(p, 0, STEP_NOP, 0, 0);
	gicd_write(p, GICD_ICENABLER + 4, 1 << 9);
	stepped_do(p, 0, STEP_UNMASK, 0, 0);
	tap_ok(takes(p, 0, before + 1),
	       "disabled while it waits in a list register, it is taken out");
	gicd_write(p, GICD_ICPENDR + 4, 1 << 9);
	gicd_write(p, GICD_ISENABLER + 4, 1 << 9);
	tap_ok(takes(p, 0, before + 1), "no longer pending, it does not come");

	gicd_write(p, GICD_CTLR, 0x10);
	edge(p, 42);
	tap_ok(takes(p, 0, before + 1), "with the group off nothing comes");
	gicd_write(p, GICD_CTLR, 0x11);
	gicd_write(p, GICD_CTLR, 0x13);
	tap_ok(takes(p, 0, before + 2), "with the group on again it does");
}

/* -- Several vCPUs -- */

static void power_on(struct stepped *p, unsigned int cpu)
{
	struct kvm_mp_state on = { .mp_state = KVM_MP_STATE_RUNNABLE };

	ioctl(p->vm.vcpu[cpu], KVM_SET_MP_STATE, &on);
}

/* vCPU 1 is off: an SPI for it waits until the guest powers it on. */
static void routing(void)
{
	struct stepped p;
	struct waiter w;

	if (!stepped_start(&p, 2))
		return;
	setup_spis(&p, true);
	stepped_do(&p, 0, STEP_WRITE64, GICD + GICD_IROUTER + 8 * 50, 1);
	edge(&p, 50);
	tap_ok(gicd_read(&p, GICD_ISPENDR + 4) == 1 << 18,
	       "an SPI for a vCPU that is off is pending");
	wait_begin(&w, &p, 1, STEP_SLEEP_UNTIL, 1);
	p.more[0] = RAM;
	p.more[1] = MMIO + STEPPED_CHANNEL;
	tap_ok(stepped_do(&p, 0, STEP_CALL, CPU_ON, 1) == 0, "CPU_ON");
	tap_ok(wait_end(&w) && stepped_logged(&p, 1, 0) == 50, "the SPI comes when it is on");
	wait_begin(&w, &p, 1, STEP_SPIN_UNTIL, 2);
	usleep(100000);
	edge(&p, 51);
	stepped_do(&p, 0, STEP_WRITE64, GICD + GICD_IROUTER + 8 * 50, 0);
	stepped_do(&p, 0, STEP_WRITE64, GICD + GICD_IROUTER + 8 * 52, 1);
	edge(&p, 52);
	tap_ok(wait_end(&w) && stepped_logged(&p, 1, 1) == 52,
	       "routed while it runs, it interrupts that vCPU");
	edge(&p, 50);
	tap_ok(takes(&p, 0, 2) && stepped_logged(&p, 0, 0) == 50 && stepped_logged(&p, 0, 1) == 51,
	   "routed back, the first one");

	gicd_write(&p, GICD_CTLR, 0x11);
	edge(&p, 52);
	wait_begin(&w, &p, 1, STEP_SLEEP_UNTIL, 3);
	usleep(100000);
	gicd_write(&p, GICD_CTLR, 0x13);
	tap_ok(wait_end(&w) && stepped_logged(&p, 1, 2) == 52,
	       "a group that is switched on wakes who sleeps");
	stepped_end(&p);
}

/* The target list and "all but me", to sleeping and to running vCPUs. */
static void sgis(unsigned int cpus)
{
	struct waiter w[PLAT_MAX_VCPUS];
	unsigned int i, good = 0;
	struct stepped p;

	if (!stepped_start(&p, cpus))
		return;
	for (i = 1; i < cpus; i++) {
		power_on(&p, i);
		wait_begin(&w[i], &p, i, i == 1 ? STEP_SPIN_UNTIL : STEP_SLEEP_UNTIL, 1);
	}
	usleep(300000);
	stepped_do(&p, 0, STEP_SGI, SGI_INTID(3) | SGI_OTHERS, 0);
	for (i = 1; i < cpus; i++)
		good += wait_end(&w[i]) && taken(&p, i) == 1 && stepped_logged(&p, i, 0) == 3;
	tap_ok(good == cpus - 1 && !taken(&p, 0), "an SGI for all others reaches %u vCPUs",
	       cpus - 1);
	for (i = 1; i < cpus; i++)
		wait_begin(&w[i], &p, i, STEP_SLEEP_UNTIL, 2);
	stepped_do(&p, 0, STEP_SGI, SGI_INTID(15) | ((1UL << cpus) - 1), 0);
	for (i = 1, good = 0; i < cpus; i++)
		good += wait_end(&w[i]) && taken(&p, i) == 2 && stepped_logged(&p, i, 1) == 15;
	tap_ok(good == cpus - 1, "an SGI by target list, too");
	tap_ok(takes(&p, 0, 1) && stepped_logged(&p, 0, 0) == 15,
	       "and the sender, who is on the list");
	stepped_do(&p, 0, STEP_SGI, SGI_INTID(1) | SGI_AFF1(1) | 2, 0);
	tap_ok(taken(&p, 1) == 2, "one for another cluster reaches nobody");
	stepped_end(&p);
}

/* -- The timer -- */

static void timer_rounds(struct stepped *p, enum step how, const char *what)
{
	unsigned int i, before = taken(p, 0), early = 0;
	__u64 hz = frequency(), at, deadline, least = hz;
	time_t end = limit_begin();

	/* The best one decides, as the machine may be busy with other things: more, if need be. */
	for (i = 1; i <= 30 || (least >= hz / 500 && !limit_over(end)); i++) {
		deadline = stepped_do(p, 0, STEP_NOW, 0, 0) + hz / 100;
		stepped_do(p, 0, STEP_TIMER, deadline, 1);
		if (stepped_do(p, 0, how, before + i, 0) == STEPPED_FAILED)
			break;
		at = stepped_do(p, 0, STEP_TAKEN_AT, 0, 0);
		early += at < deadline;
		if (at >= deadline && at - deadline < least)
			least = at - deadline;
	}
	tap_ok(i > 30 && taken(p, 0) == before + i - 1 && !early,
	   "%u timers of 10 ms, %s: each comes once, none early", i - 1, what);
	tap_ok(least < hz / 500, "and the best is %llu us late", least * 1000000 / hz);
}

/* An expired timer whose interrupt is disabled wakes nobody, until it is enabled. */
static void timer_disabled(struct stepped *p)
{
	struct timespec cpu[2];
	struct waiter w;
	double used = 1;
	unsigned int i;

	stepped_do(p, 0, STEP_WRITE32, GICR_SGI(0) + GICD_ICENABLER, TIMER_BIT);
	stepped_do(p, 0, STEP_TIMER, 0, 1);
	wait_begin(&w, p, 0, STEP_SLEEP_UNTIL, taken(p, 0) + 1);
	/* The best of some, as another load on the machine counts, too. */
	for (i = 0; i < 10 && used >= 0.3; i++) {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu[0]);
		usleep(800000);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu[1]);
		used = (cpu[1].tv_sec - cpu[0].tv_sec) + (cpu[1].tv_nsec - cpu[0].tv_nsec) / 1e9;
	}
	tap_ok(used < 0.3,
	       "WFI sleeps while the expired timer's interrupt is disabled: %.0f ms of 800 used",
	       used * 1000);
	stepped_do(p, 1, STEP_WRITE32, GICR_SGI(0) + GICD_ISENABLER, TIMER_BIT);
	tap_ok(wait_end(&w), "and wakes when another vCPU enables it");
}

static void timers(void)
{
	struct stepped p;

	if (!stepped_start(&p, 2))
		return;
	power_on(&p, 1);
	stepped_do(&p, 0, STEP_WRITE32, GICR_SGI(0) + GICD_ISENABLER, TIMER_BIT);
	timer_rounds(&p, STEP_SLEEP_UNTIL, "asleep");
	timer_rounds(&p, STEP_SPIN_UNTIL, "awake");
	timer_disabled(&p);
	stepped_end(&p);
}

int main(void)
{
	struct stepped p;

	if (!kvm_open())
		tap_give_up("/dev/kvm: %s", strerror(errno));
	if (stepped_start(&p, 1)) {
		many_pending(&p);
		many_active(&p);
		levels(&p);
		enables(&p);
		stepped_end(&p);
	}
	routing();
	sgis(4);
	sgis(PLAT_MAX_VCPUS);
	timers();
	test_irqfd();
	test_resample();
	test_pulses();
	test_ioeventfd();
	test_event_stress();
	test_kicks();
	return tap_end();
}

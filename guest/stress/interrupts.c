// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPIs between all CPUs that are on, each with an answer, and timers. SGI n comes from CPU n, so
 * that a sender can wait for its own answer: SGIs of one number that are pending already are one.
 */
#include "stress/stress.h"

#include "lib/gic.h"
#include "lib/trap.h"

#define TIMER_ON	1UL

/* to[target]: what the target's interrupt handler and its senders share. */
static struct mailbox {
	uint64_t asked[MAX_CPUS];	/* by each sender: the number of its IPI */
	uint64_t answered[MAX_CPUS];	/* by the target: the last that it saw of each sender */
	uint32_t in_flight;		/* senders that want an answer */
	uint32_t open;			/* the target is on and answers */
	uint64_t timer_fired;		/* the time, or 0 */
} __attribute__((aligned(64))) to[MAX_CPUS];

static unsigned int this_cpu(void)
{
	uint64_t mpidr = read_sysreg(mpidr_el1) & 0xff00ffffffUL;
	unsigned int n = 0;

	while (n < nr_cpus && cpus[n].mpidr != mpidr)
		n++;
	return n;
}

static void handle(void)
{
	struct mailbox *box = &to[this_cpu()];
	uint32_t id;

	while ((id = gic_acknowledge()) < 1020) {
		if (id < nr_cpus) {
			uint64_t asked = __atomic_load_n(&box->asked[id], __ATOMIC_ACQUIRE);

			__atomic_store_n(&box->answered[id], asked, __ATOMIC_RELEASE);
		} else if (id == GIC_VTIMER) {
			write_sysreg(cntv_ctl_el0, 0);
			isb();
			box->timer_fired = counter();
		} else {
			fail("interrupt %u, which nobody sent", id);
		}
		gic_end(id);
	}
}

void interrupts_start(unsigned int nth)
{
	trap_set_irq(handle);
	gic_init_cpu(nth);
	interrupts_on();
	__atomic_store_n(&to[nth].open, 1, __ATOMIC_SEQ_CST);
}

void interrupts_stop(unsigned int nth)
{
	uint64_t end = deadline();

	__atomic_store_n(&to[nth].open, 0, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&to[nth].in_flight, __ATOMIC_SEQ_CST))
		if (counter() > end)
			fail("CPU %u waits for senders that do not end", nth);
	interrupts_off();
}

static void send_and_wait(unsigned int nth, unsigned int target)
{
	struct mailbox *box = &to[target];
	uint64_t number = ++cpus[nth].ipis, end = deadline();

	__atomic_store_n(&box->asked[nth], number, __ATOMIC_RELEASE);
	gic_send(cpus[target].mpidr, nth);
	while (__atomic_load_n(&box->answered[nth], __ATOMIC_ACQUIRE) != number)
		if (counter() > end)
			fail("CPU %u has not answered IPI %lu of CPU %u after %d s", target, number,
			     nth, LIMIT_SECONDS);
}

void ipi_step(unsigned int nth)
{
	unsigned int target = (unsigned int)random_below(&cpus[nth], nr_cpus);
	struct mailbox *box = &to[target];

	__atomic_add_fetch(&box->in_flight, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&box->open, __ATOMIC_SEQ_CST))
		send_and_wait(nth, target);
	__atomic_sub_fetch(&box->in_flight, 1, __ATOMIC_SEQ_CST);
}

void timer_step(unsigned int nth)
{
	struct mailbox *box = &to[nth];
	uint64_t wait = random_below(&cpus[nth], counter_frequency() / 500), due, end = deadline(),
		 fired;

	interrupts_off();
	box->timer_fired = 0;
	due = counter() + wait;
	write_sysreg(cntv_cval_el0, due);
	write_sysreg(cntv_ctl_el0, TIMER_ON);
	isb();
	/*
	 * Masked between look and WFI: a pending interrupt ends WFI all the same, and none is
	 * missed.
	 */
	while (!(fired = *(volatile uint64_t *)&box->timer_fired)) {
		__asm__ volatile("wfi" : : : "memory");
		interrupts_on();
		isb();
		interrupts_off();
		if (counter() > end)
			fail("CPU %u: a timer of %lu ticks has not fired after %d s", nth, wait,
			     LIMIT_SECONDS);
	}
	interrupts_on();
	if (fired < due)
		fail("CPU %u: a timer fired %lu ticks early", nth, due - fired);
	cpus[nth].timers++;
}

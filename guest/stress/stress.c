// SPDX-License-Identifier: GPL-2.0-only
/*
 * stress: all CPUs at once send each other IPIs, wait for timers, and share pages and take them
 * back; the others than the first go off by PSCI now and then and are switched on again.
 *
 * Bootargs: rounds=N (default 20): how often each CPU is switched on; steps=N (default 40): what it
 * does each time; seed=N; rsi=1: as a Realm, which a hypervisor must then offer.
 */
#include "stress/stress.h"

#include "lib/args.h"
#include "lib/console.h"
#include "lib/gic.h"
#include "lib/hyp.h"
#include "lib/mmu.h"
#include "lib/rsi.h"

#define STACK_SIZE 8192

struct cpu cpus[MAX_CPUS];
unsigned int nr_cpus;

static unsigned char stacks[MAX_CPUS][STACK_SIZE] __attribute__((aligned(16)));
static struct secondary secondaries[MAX_CPUS] __attribute__((aligned(64)));
static uint64_t steps;

uint64_t random_below(struct cpu *cpu, uint64_t limit)
{
	/* xorshift64: any state but 0. */
	cpu->random ^= cpu->random << 13;
	cpu->random ^= cpu->random >> 7;
	cpu->random ^= cpu->random << 17;
	return cpu->random % limit;
}

static void step(unsigned int nth)
{
	switch (random_below(&cpus[nth], 4)) {
	case 0:
		timer_step(nth);
		break;
	case 1:
		page_step(nth);
		break;
	default:
		ipi_step(nth);
	}
}

static void secondary_main(uint64_t nth)
{
	interrupts_start((unsigned int)nth);
	for (uint64_t i = 0; i < steps; i++)
		step((unsigned int)nth);
	interrupts_stop((unsigned int)nth);
	__atomic_add_fetch(&cpus[nth].starts, 1, __ATOMIC_SEQ_CST);
}

/*
 * Switches the CPU on if it is off and has not had its rounds. Returns whether it has had them and
 * is off.
 */
static bool mind(unsigned int nth, uint64_t rounds, uint64_t started[MAX_CPUS])
{
	int64_t state, err;

	if (__atomic_load_n(&cpus[nth].starts, __ATOMIC_SEQ_CST) != started[nth])
		return false;
	state = psci_affinity_info(cpus[nth].mpidr);
	if (state < 0)
		fail("AFFINITY_INFO of CPU %u gives %ld", nth, state);
	if (state != PSCI_AFFINITY_OFF)
		return false;
	if (started[nth] == rounds)
		return true;
	secondaries[nth] =
		(struct secondary){ (uint64_t)stacks[nth] + STACK_SIZE, secondary_main, nth };
	err = guest_cpu_on(cpus[nth].mpidr, &secondaries[nth]);
	if (err)
		fail("CPU_ON of CPU %u, which is off, gives %ld", nth, err);
	started[nth]++;
	return false;
}

/*
 * The first CPU's part, until all others have had their rounds. It goes on with its own steps
 * meanwhile.
 */
static void run(uint64_t rounds)
{
	uint64_t started[MAX_CPUS] = { 0 },
		 end = counter() + 10 * LIMIT_SECONDS * counter_frequency();
	unsigned int done;

	do {
		step(0);
		done = 1;
		for (unsigned int n = 1; n < nr_cpus; n++)
			done += mind(n, rounds, started);
		if (counter() > end)
			fail("only %u of %u CPUs have had their %lu rounds after %d s", done,
			     nr_cpus, rounds, 10 * LIMIT_SECONDS);
	} while (done < nr_cpus);
}

void guest_main(void)
{
	uint64_t rounds = args_number("rounds", 20), seed = args_number("seed", 1);
	struct cpu sum = { 0 };
	bool rsi = false;

	steps = args_number("steps", 40);
	while (nr_cpus < MAX_CPUS && guest_cpu(nr_cpus, &cpus[nr_cpus].mpidr)) {
		cpus[nr_cpus].random = seed + nr_cpus * 0x9e3779b97f4a7c15UL + 1;
		nr_cpus++;
	}
	if (args_number("rsi", 0)) {
		rsi = rsi_start();
		if (!rsi)
			fail("the hypervisor does not offer RSI, and rsi=1");
	}
	gic_init(nr_cpus);
	pages_init(rsi, hyp_share_granule() == PAGE_SIZE);
	interrupts_start(0);
	run(rounds);
	interrupts_stop(0);
	for (unsigned int n = 0; n < nr_cpus; n++) {
		sum.ipis += cpus[n].ipis;
		sum.timers += cpus[n].timers;
		sum.conversions += cpus[n].conversions;
		sum.shares += cpus[n].shares;
		sum.starts += cpus[n].starts;
	}
	printf("stress: %u CPUs, %lu times on, %lu IPIs, %lu timers, %lu conversions, %lu shares\n",
	       nr_cpus, sum.starts, sum.ipis, sum.timers, sum.conversions, sum.shares);
}

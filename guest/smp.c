// SPDX-License-Identifier: GPL-2.0-only
/*
 * smp: switches every other CPU on by PSCI, twice, lets each count, and waits until all are off
 * again.
 */
#include "lib/console.h"
#include "lib/guest.h"
#include "lib/hyp.h"
#include "lib/limit.h"
#include "lib/mmu.h"
#include "lib/sysreg.h"

#define MAX_CPUS	16
#define ROUNDS		2
#define COUNTS		1000
#define STACK_SIZE	4096

static unsigned char stacks[MAX_CPUS][STACK_SIZE] __attribute__((aligned(16)));
static struct secondary secondaries[MAX_CPUS] __attribute__((aligned(64)));
static uint64_t mpidrs[MAX_CPUS];
static volatile uint64_t seen_mpidr[MAX_CPUS];

#define NOT_SEEN UINT64_MAX
static uint64_t shared_count;

static void atomic_increment(uint64_t *count)
{
	uint64_t val;
	uint32_t failed;

	do {
		__asm__ volatile("ldaxr %0, [%2]\n\tadd %0, %0, #1\n\tstlxr %w1, %0, [%2]"
				 : "=&r"(val), "=&r"(failed) : "r"(count) : "memory");
	} while (failed);
}

static void secondary_main(uint64_t n)
{
	seen_mpidr[n] = read_sysreg(mpidr_el1) & 0xff00ffffffUL;
	for (int i = 0; i < COUNTS; i++)
		atomic_increment(&shared_count);
}

static void switch_on(unsigned int n)
{
	int64_t err;

	secondaries[n] = (struct secondary){ (uint64_t)stacks[n] + STACK_SIZE, secondary_main, n };
	seen_mpidr[n] = NOT_SEEN;
	err = guest_cpu_on(mpidrs[n], &secondaries[n]);
	if (err)
		fail("CPU_ON of CPU %u (MPIDR 0x%lx) gives %ld", n, mpidrs[n], err);
}

static void wait_until_off(unsigned int n)
{
	uint64_t end = counter() + LIMIT_SECONDS * counter_frequency();
	int64_t state;

	/*
	 * Not by AFFINITY_INFO: CPU_ON may return before the CPU counts as on (QEMU's own PSCI
	 * does).
	 */
	while (seen_mpidr[n] == NOT_SEEN)
		if (counter() > end)
			fail("CPU %u has not run after %d s", n, LIMIT_SECONDS);

	while ((state = psci_affinity_info(mpidrs[n])) != PSCI_AFFINITY_OFF) {
		if (state < 0)
			fail("AFFINITY_INFO of CPU %u gives %ld", n, state);
		if (counter() > end)
			fail("CPU %u is not off after %d s", n, LIMIT_SECONDS);
	}
	if (seen_mpidr[n] != mpidrs[n])
		fail("CPU %u ran with MPIDR 0x%lx, want 0x%lx", n, seen_mpidr[n], mpidrs[n]);
}

static void check_refusals(void)
{
	int64_t err = guest_cpu_on(mpidrs[0], &secondaries[0]);

	if (err != PSCI_RET_ALREADY_ON)
		fail("CPU_ON of the running CPU gives %ld, want ALREADY_ON", err);
	err = guest_cpu_on(0xff00fffffeUL, &secondaries[0]);
	if (err != PSCI_RET_INVALID_PARAMS)
		fail("CPU_ON of a CPU that is not there gives %ld, want INVALID_PARAMETERS", err);
	if (psci_affinity_info(mpidrs[0]) != PSCI_AFFINITY_ON)
		fail("AFFINITY_INFO does not say that the running CPU is on");
}

void guest_main(void)
{
	unsigned int cpus = 0;
	uint64_t want;

	while (cpus < MAX_CPUS && guest_cpu(cpus, &mpidrs[cpus]))
		cpus++;
	if (!cpus)
		fail("device tree: no CPU in /cpus");
	if (mpidrs[0] != (read_sysreg(mpidr_el1) & 0xff00ffffffUL))
		fail("the boot CPU is not the first in the device tree");
	check_refusals();

	for (int round = 0; round < ROUNDS; round++) {
		for (unsigned int n = 1; n < cpus; n++)
			switch_on(n);
		for (unsigned int n = 1; n < cpus; n++)
			wait_until_off(n);
	}
	want = (uint64_t)ROUNDS * COUNTS * (cpus - 1);
	if (*(volatile uint64_t *)&shared_count != want)
		fail("the CPUs counted to %lu, want %lu", shared_count, want);
	printf("smp: %u CPUs\n", cpus);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench: what the hypervisor's operations cost, seen from a guest, in ticks of the virtual counter.
 * Under QEMU TCG with -icount shift=0 and a 1 GHz counter (-cpu max) a tick is an instruction.
 *
 * Bootargs: backing=4k|2m names what backs the guest's memory on the host (a label only);
 * pages=N (default 1024, at most 4096) how many untouched pages to touch.
 *
 * Output: one line `bench: NAME VALUE` per figure.
 */
#include "abi/platform.h"
#include "lib/args.h"
#include "lib/console.h"
#include "lib/guest.h"
#include "lib/hyp.h"
#include "lib/mmu.h"
#include "lib/string.h"
#include "lib/sysreg.h"

#define ROUNDS		201
#define MAX_SAMPLES	4096

static uint64_t samples[MAX_SAMPLES];
static uint64_t overhead;

/* Shell sort: no recursion, and fast enough for a few thousand. */
static void sort(uint64_t *val, unsigned int n)
{
	for (unsigned int gap = n / 2; gap; gap /= 2)
		for (unsigned int i = gap; i < n; i++) {
			uint64_t v = val[i];
			unsigned int j = i;

			for (; j >= gap && val[j - gap] > v; j -= gap)
				val[j] = val[j - gap];
			val[j] = v;
		}
}

/* Prints median, average, smallest, largest and total of samples[0..n). Sorts them. */
static void report(const char *name, const char *label, unsigned int n)
{
	uint64_t total = 0;

	for (unsigned int i = 0; i < n; i++)
		total += samples[i];
	sort(samples, n);
	printf("bench: %s%s_median %lu\n", name, label, samples[n / 2]);
	printf("bench: %s%s_average %lu\n", name, label, total / n);
	printf("bench: %s%s_min %lu\n", name, label, samples[0]);
	printf("bench: %s%s_max %lu\n", name, label, samples[n - 1]);
	printf("bench: %s%s_total %lu\n", name, label, total);
}

static uint64_t since(uint64_t start)
{
	uint64_t ticks = counter() - start;

	return ticks > overhead ? ticks - overhead : 0;
}

static void measure_overhead(void)
{
	overhead = 0;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		uint64_t start = counter();

		samples[i] = counter() - start;
	}
	sort(samples, ROUNDS);
	overhead = samples[ROUNDS / 2];
	printf("bench: counter_frequency %lu\n", counter_frequency());
	printf("bench: counter_overhead %lu\n", overhead);
}

static void measure_hvc(void)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		uint64_t start = counter();

		psci_version();
		samples[i] = since(start);
	}
	report("hvc_psci_version", "", ROUNDS);
}

static void measure_mmio(void)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		uint64_t start = counter();

		mmio_read32(PLAT_UART_BASE + PL011_FR);
		samples[i] = since(start);
	}
	report("mmio_read", "", ROUNDS);
}

/* One write to each of n pages that nothing has touched before, from a 2 MiB boundary on. */
static void measure_first_touch(unsigned int n)
{
	struct range free = guest_largest_free();
	uint64_t base = (free.base + BLOCK_SIZE - 1) & ~(BLOCK_SIZE - 1);
	char backing[8], label[10];

	if (base + n * PAGE_SIZE > free.base + free.size)
		fail("%u untouched pages from 0x%lx on need %lu KiB more RAM", n, base,
		     (base + n * PAGE_SIZE - free.base - free.size) >> 10);
	args_string("backing", "", backing, sizeof(backing));
	label[0] = '\0';
	if (backing[0]) {
		label[0] = '_';
		memcpy(label + 1, backing, strlen(backing) + 1);
	}
	for (unsigned int i = 0; i < n; i++) {
		volatile uint64_t *page = (volatile uint64_t *)(base + i * PAGE_SIZE);
		uint64_t start = counter();

		*page = i;
		samples[i] = since(start);
	}
	report("first_touch", label, n);
}

void guest_main(void)
{
	uint64_t pages = args_number("pages", 1024);

	if (pages < 1 || pages > MAX_SAMPLES)
		fail("pages=%lu is not between 1 and %d", pages, MAX_SAMPLES);
	/* The counters' own pages must be there before anything is measured. */
	memset(samples, 0, sizeof(samples));
	measure_overhead();
	measure_hvc();
	measure_mmio();
	measure_first_touch((unsigned int)pages);
	printf("bench: done 1\n");
}

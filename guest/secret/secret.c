// SPDX-License-Identifier: GPL-2.0-only
/*
 * S1: secret: fills its free RAM and all general-purpose and SIMD registers with the pattern of
 * pattern.h, holds it there while the host is up to whatever a test makes it do, and checks that
 * nothing changed. It also passes the pattern to EL2 in calls; a second CPU, if there is one, waits
 * with it in its registers.
 *
 * Bootargs: seconds=N (default 10) how long to hold it; until_input=1: until its UART has input
 * instead.
 *
 * The C code is built without FP and SIMD, so q0 to q31 stay loaded from the start to the end.
 */
#include "abi/platform.h"
#include "lib/args.h"
#include "lib/console.h"
#include "lib/guest.h"
#include "lib/hyp.h"
#include "lib/mmu.h"
#include "lib/sysreg.h"
#include "secret/pattern.h"

_Static_assert(PLAT_UART_BASE + PL011_FR == 0x09000018, "hold.S has this address");

/* Layout known to hold.S. */
struct secret_registers {
	uint64_t first[32];
	uint64_t second[32];
};

void secret_hold(uint64_t word0, uint64_t word1, uint64_t spins, struct secret_registers *out);
void secret_load_simd(uint64_t word0, uint64_t word1);
void secret_store_simd(uint64_t out[64]);
uint64_t secret_call(uint64_t id, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t word0,
		     uint64_t word1);
void secret_cpu(void);

#define SPINS_PER_ROUND	2000		/* about a million instructions */
#define WINDOW		(256 * 1024UL)	/* memory verified per round */

static struct range area[MAX_FREE_RANGES];
static unsigned int areas;

static void fill_range(struct range r)
{
	uint64_t word0 = secret_word(0), word1 = secret_word(1);
	volatile uint64_t *word = (volatile uint64_t *)r.base;

	for (uint64_t i = 0; i < r.size / 8; i += 2) {
		word[i] = word0;
		word[i + 1] = word1;
	}
}

static void verify_range(struct range r)
{
	uint64_t word0 = secret_word(0), word1 = secret_word(1);
	volatile const uint64_t *word = (volatile const uint64_t *)r.base;

	for (uint64_t i = 0; i < r.size / 8; i += 2) {
		uint64_t have0 = word[i], have1 = word[i + 1];

		if (have0 != word0 || have1 != word1)
			fail("memory 0x%lx changed to 0x%lx 0x%lx", (uint64_t)&word[i], have0,
			     have1);
	}
}

/* The next window, round and round all areas. */
static void verify_window(void)
{
	static unsigned int index;
	static uint64_t offset;
	struct range window = { area[index].base + offset, area[index].size - offset };

	if (window.size > WINDOW)
		window.size = WINDOW;
	verify_range(window);
	offset += window.size;
	if (offset == area[index].size) {
		offset = 0;
		index = (index + 1) % areas;
	}
}

static void verify_registers(const struct secret_registers *regs)
{
	for (unsigned int i = 0; i <= 30; i++) {
		if (regs->first[i] != secret_word(i))
			fail("x%u changed to 0x%lx", i, regs->first[i]);
		if (regs->second[i] != secret_word(i))
			fail("x%u changed to 0x%lx in a hypercall or MMIO read", i,
			     regs->second[i]);
	}
}

static void verify_simd(void)
{
	uint64_t simd[64];

	secret_store_simd(simd);
	for (unsigned int i = 0; i < 64; i++)
		if (simd[i] != secret_word(i))
			fail("q%u changed: half %u is 0x%lx", i / 2, i % 2, simd[i]);
}

/*
 * Calls that EL2 answers itself, with the pattern wherever they take an argument: random numbers,
 * and the start of CPUs, of one that is there with the pattern as its context.
 */
static void make_calls(void)
{
	uint64_t word0 = secret_word(0), word1 = secret_word(1), mpidr;
	int64_t err;

	err = (int32_t)secret_call(TRNG_RND64, 192, word0, word1, word0, word1);
	if (!err)
		printf("secret: random numbers\n");
	else if (err != SMCCC_NOT_SUPPORTED && err != TRNG_NO_ENTROPY)
		fail("TRNG_RND64 gives %ld", err);
	err = (int64_t)secret_call(PSCI_CPU_ON | SMCCC_64, word0, word1, word0, word0, word1);
	if (err != PSCI_RET_INVALID_PARAMS)
		fail("CPU_ON of a CPU that is not there gives %ld", err);
	if (!guest_cpu(1, &mpidr))
		return;
	err = (int64_t)secret_call(PSCI_CPU_ON | SMCCC_64, mpidr, (uint64_t)secret_cpu, word0,
				   word0, word1);
	if (err)
		fail("CPU_ON gives %ld", err);
	printf("secret: another CPU\n");
}

void guest_main(void)
{
	uint64_t end, seconds = args_number("seconds", 10),
		      until_input = args_number("until_input", 0), total = 0;
	struct secret_registers regs;

	areas = guest_free(area);
	for (unsigned int i = 0; i < areas; i++) {
		fill_range(area[i]);
		total += area[i].size;
	}
	if (!total)
		fail("no free RAM to fill");
	secret_load_simd(secret_word(0), secret_word(1));
	make_calls();
	printf("secret: ready, %lu KiB filled\n", total >> 10);

	end = counter() + seconds * counter_frequency();
	do {
		secret_hold(secret_word(0), secret_word(1), SPINS_PER_ROUND, &regs);
		verify_registers(&regs);
		verify_simd();
		verify_window();
	} while (until_input ? mmio_read32(PLAT_UART_BASE + PL011_FR) & PL011_FR_RXFE
			     : counter() < end);

	for (unsigned int i = 0; i < areas; i++)
		verify_range(area[i]);
	printf("secret: intact\n");
}

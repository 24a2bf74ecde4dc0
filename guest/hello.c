// SPDX-License-Identifier: GPL-2.0-only
/*
 * hello: greets, asks the hypervisor who it is, and touches every page of its RAM.
 *
 * Bootargs: expect=protected fails on a hypervisor that does not protect this VM;
 * expect=unprotected the reverse.
 */
#include "lib/args.h"
#include "lib/console.h"
#include "lib/guest.h"
#include "lib/hyp.h"
#include "lib/mmu.h"
#include "lib/string.h"

static uint64_t pattern_for(uint64_t addr)
{
	return addr ^ 0x5a5a0ff0c3c3a5a5UL;
}

/* The first and the last word of a page differ from those of every other page. */
static void fill(struct range r)
{
	for (uint64_t page = r.base; page < r.base + r.size; page += PAGE_SIZE) {
		volatile uint64_t *word = (volatile uint64_t *)page;

		word[0] = pattern_for(page);
		word[PAGE_SIZE / 8 - 1] = ~pattern_for(page);
	}
}

static void verify(struct range r)
{
	for (uint64_t page = r.base; page < r.base + r.size; page += PAGE_SIZE) {
		volatile const uint64_t *word = (volatile const uint64_t *)page;

		if (word[0] != pattern_for(page) || word[PAGE_SIZE / 8 - 1] != ~pattern_for(page))
			fail("page 0x%lx holds 0x%lx … 0x%lx, not what was written", page, word[0],
			     word[PAGE_SIZE / 8 - 1]);
	}
}

static void check_psci(void)
{
	static const uint32_t needed[] = {
		PSCI_VERSION,  PSCI_SYSTEM_OFF,	       PSCI_SYSTEM_RESET,
		PSCI_CPU_OFF,  PSCI_CPU_ON | SMCCC_64, PSCI_AFFINITY_INFO | SMCCC_64,
		PSCI_FEATURES,
	};

	if (psci_version() < 0x10000)
		fail("PSCI_VERSION says 0x%x, want 1.0 or later", psci_version());
	for (unsigned int i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (psci_features(needed[i]) < 0)
			fail("PSCI_FEATURES says that 0x%x is missing", needed[i]);
	if (psci_features(0x8400ffff) != PSCI_RET_NOT_SUPPORTED)
		fail("PSCI_FEATURES of an unknown call gives %d", psci_features(0x8400ffff));
	if ((int32_t)smccc_call(0x8400ffff, 0, 0, 0).x[0] != SMCCC_NOT_SUPPORTED)
		fail("an unknown call is not refused with NOT_SUPPORTED");
}

static void check_expectation(bool is_protected)
{
	char expect[16];

	args_string("expect", "", expect, sizeof(expect));
	if (strcmp(expect, "protected") == 0 && !is_protected)
		fail("this VM is not protected, and expect=protected");
	if (strcmp(expect, "unprotected") == 0 && is_protected)
		fail("this VM is protected, and expect=unprotected");
}

void guest_main(void)
{
	struct range free[MAX_FREE_RANGES];
	unsigned int n = guest_free(free);
	bool is_protected = hyp_share_granule() != 0;
	uint32_t psci, smccc;

	check_psci();
	for (unsigned int i = 0; i < n; i++)
		fill(free[i]);
	for (unsigned int i = 0; i < n; i++)
		verify(free[i]);

	psci = psci_version();
	smccc = smccc_version();
	printf("Hello from a guest at EL1: %lu MiB of RAM, PSCI %u.%u, SMCCC %u.%u, %s\n",
	       guest_ram().size >> 20, psci >> 16, psci & 0xffff, smccc >> 16, smccc & 0xffff,
	       is_protected ? "protected" : "not protected");
	check_expectation(is_protected);
}

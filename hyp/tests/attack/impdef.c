// SPDX-License-Identifier: GPL-2.0-only
/*
 * S1: registers and instructions of single cores, by which EL1 would read the caches' contents or
 * leave the broadcast of TLB invalidations, are undefined for the host; those that a stock driver
 * needs are not.
 */
#include <errno.h>

#include "kmod.h"
#include "suites.h"
#include "tap.h"

#define IMPLEMENTER(midr) ((midr) >> 24 & 0xff)
#define PART(midr)	  ((midr) >> 4 & 0xfff)
#define ARM		  0x41
#define CORTEX_A72	  0xd08

static const struct {
	const char *name;
	enum attack_impdefs what;
	bool read;
} harmful[] = {
	{ "RAMINDEX", ATTACK_RAMINDEX, false }, { "IL1DATA0_EL1", ATTACK_IL1DATA0, true },
	{ "DL1DATA0_EL1", ATTACK_DL1DATA0, true }, { "L2CTLR_EL1", ATTACK_L2CTLR, true },
	{ "CPUACTLR_EL1", ATTACK_CPUACTLR, true }, { "CPUECTLR_EL1", ATTACK_CPUECTLR, true },
};

/* Linux emulates the read for EL0. */
static uint64_t midr(void)
{
	uint64_t value = 0;

	__asm__ volatile("mrs %0, midr_el1" : "=r"(value));
	return value;
}

int suite_impdef(void)
{
	bool a72 = IMPLEMENTER(midr()) == ARM && PART(midr()) == CORTEX_A72;
	uint64_t value = 0;
	unsigned int i;

	kmod_open();
	for (i = 0; i < sizeof(harmful) / sizeof(harmful[0]); i++) {
		if (harmful[i].read)
			tap_ok(kmod_impdef(harmful[i].what, false, &value) == -EFAULT,
			       "S1: %s cannot be read", harmful[i].name);
		value = 0;
		tap_ok(kmod_impdef(harmful[i].what, true, &value) == -EFAULT,
		       "S1: %s cannot be written or executed", harmful[i].name);
	}
	tap_ok(kmod_impdef(ATTACK_CPUMERRSR, false, &value) == (a72 ? 0 : -EFAULT),
	       "CPUMERRSR_EL1 can be read on Cortex-A72 only");
	/* QEMU's cores have no DSU: EL2 tries where there may be one, finds none, and goes on. */
	tap_ok(kmod_impdef(ATTACK_CLUSTERPMCR, false, &value) == -EFAULT,
	       "S5: a register that EL2 passes on and that is not there is undefined, and nothing "
	       "worse");
	tap_ok(kmod_counter(DONJON_CNT_VMS) == 0, "EL2 answers");
	return tap_end();
}

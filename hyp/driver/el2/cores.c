// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) "donjon: " fmt

#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/smp.h>

#include <asm/cputype.h>

#include "cores.h"

#define MIDR_REVISIONS	0x00f0000fu	/* variant and revision */
#define MIDR_ARCH	0x000f0000u	/* 15 on each core with ID registers */
#define MODEL(implementer, part)	((implementer) << 24 | MIDR_ARCH | (part) << 4)
#define VERSION(variant, revision)	((variant) << 20 | (revision))

/* From the first version up to last. The numbers are those of Linux's cpu_errata.c. */
static const struct {
	u32 model, last;
	const char *erratum;
} cores[] = {
	{ MODEL(0x41u, 0xd07), VERSION(1, 2), "Cortex-A57 832075" },
	{ MODEL(0x41u, 0xd0d), VERSION(1, 0), "Cortex-A77 1508412" },
	{ MODEL(0x43u, 0x0af), VERSION(0xf, 0xf), "ThunderX2 219" },
	{ MODEL(0x42u, 0x516), VERSION(0xf, 0xf), "ThunderX2 219" },
	{ MODEL(0x43u, 0x0a1), VERSION(1, 2), "ThunderX 30115" },
	{ MODEL(0x43u, 0x0a2), VERSION(0, 2), "ThunderX 30115" },
	{ MODEL(0x43u, 0x0a3), VERSION(0, 0), "ThunderX 30115" },
};

const char *core_erratum(u32 midr)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cores); i++)
		if ((midr & ~MIDR_REVISIONS) == cores[i].model &&
		    (midr & MIDR_REVISIONS) <= cores[i].last)
			return cores[i].erratum;
	return NULL;
}

static void look(void *names)
{
	const char *erratum = core_erratum(read_cpuid_id());
	const char **name = names;

	for (; erratum && *name && *name != erratum; name++)
		;
	/* CPUs look one after another; there is an empty place behind the last name. */
	if (erratum)
		*name = erratum;
}

void cores_warn(void)
{
	const char *names[ARRAY_SIZE(cores) + 1] = {}, **name;
	unsigned int cpu;

	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, look, names, true);
	for (name = names; *name; name++)
		pr_warn("erratum %s: a guest can stop a CPU of this machine (docs/errata.md)\n",
			*name);
}

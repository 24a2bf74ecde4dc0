/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What firmware says of the machine: by its device tree, or by ACPI's tables where Linux was booted
 * with these. All functions: process context.
 */
#pragma once

#include <linux/types.h>

struct pci_bus;

#define MACHINE_WATCHDOG_FRAMES	4

/* A watchdog, or another thing that resets the machine, that is no PCI device. */
struct machine_watchdog {
	const char *name;		/* for the log; until the callback returns */
	/* Its registers, in whole pages, in which no other device has registers. */
	struct { u64 base, size; } frames[MACHINE_WATCHDOG_FRAMES];
	unsigned int nr_frames;		/* 0: they cannot be taken from the host */
	u64 sbsa_control;		/* SBSA generic watchdog: its control frame; else 0 */
	u32 smc;			/* the firmware's own: the call that serves it; else 0 */
	bool has_driver;
};

struct machine {
	/* Linux's numbers of per-CPU interrupts; 0: firmware does not say. */
	int (*vtimer_irq)(void);
	int (*maintenance_irq)(void);

	/* The firmware has PSCI, and is called by SMC. */
	bool (*psci_by_smc)(void);

	/*
	 * A CPU that is off and that something other than PSCI starts would come up at EL2 with the
	 * host's code. 0, or -ENODEV with a line in the log.
	 */
	int (*check_cpus)(void);

	/* The physical address of the console, if it is a PL011; else 0. */
	unsigned long (*console_uart)(void);

	/* The physical address of a root bus's configuration space, in ECAM's layout, or 0. */
	u64 (*ecam)(struct pci_bus *bus);

	/* Calls take() for each watchdog until one answers other than 0, and returns that. */
	int (*each_watchdog)(int (*take)(const struct machine_watchdog *w, bool leave), bool leave);
};

extern const struct machine machine_of, machine_acpi;

/* The one that Linux was booted with. */
const struct machine *machine(void);

/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame of a payload: start, memory, other CPUs, and the two ways to end. */
#pragma once

#include <stdbool.h>
#include "abi/types.h"

struct range {
	uint64_t base;
	uint64_t size;
};

#define MAX_FREE_RANGES 3

/*
 * What a payload supplies. Runs on the boot CPU at EL1 with MMU and caches on, exceptions handled
 * and interrupts masked. On return the payload powers the system off: success.
 */
void guest_main(void);

/* Prints `FAIL: …` and resets the system, which the VMM tells apart from power-off. */
_Noreturn void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* From the device tree: RAM (one range), and where this image and its bss are. */
struct range guest_ram(void);
struct range guest_image(void);

/*
 * The parts of RAM, in whole pages and ascending, that neither the image nor the device tree uses,
 * and that nothing has touched yet. Returns how many: at most MAX_FREE_RANGES.
 */
unsigned int guest_free(struct range free[MAX_FREE_RANGES]);
struct range guest_largest_free(void);

/* MPIDR_EL1 affinity of the nth CPU in the device tree; false when there are fewer. */
bool guest_cpu(unsigned int nth, uint64_t *mpidr);

/* Address of the nth virtio-mmio device in the device tree; false when there are fewer. */
bool guest_virtio(unsigned int nth, uint64_t *base);

/* What a CPU that is switched on finds in x0. Layout known to start.S. */
struct secondary {
	uint64_t stack_top;		/* 16-byte aligned */
	/* runs with the MMU on; the CPU is switched off when it returns */
	void (*function)(uint64_t);
	uint64_t argument;
};

/* Switches a CPU on by PSCI. s must stay until the CPU is off again. Returns the PSCI code. */
int64_t guest_cpu_on(uint64_t mpidr, const struct secondary *s);

/* From start.S. */
_Noreturn void guest_start(const void *dtb);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The GICv3 at the addresses of platform.h (Arm IHI 0069): SGIs and PPIs of each CPU, group 1, all
 * of one priority. Called with interrupts masked, where it does not say otherwise.
 */
#pragma once

#include "abi/types.h"

#define GIC_SPURIOUS	1023U
#define GIC_SGIS	16U
#define GIC_VTIMER	27U

/*
 * Boot CPU: maps the distributor and cpus redistributors (at their unprotected IPAs in a Realm),
 * and switches it on.
 */
void gic_init(unsigned int cpus);

/*
 * The calling CPU, the nth of the device tree: wakes its redistributor, enables all SGIs and the
 * virtual timer.
 */
void gic_init_cpu(unsigned int nth);

/* Makes SGI id (below 16) pending on the CPU with this affinity. At any time. */
void gic_send(uint64_t mpidr, unsigned int id);

/* The highest pending interrupt, or GIC_SPURIOUS; each other one is to be ended. */
uint32_t gic_acknowledge(void);
void gic_end(uint32_t id);

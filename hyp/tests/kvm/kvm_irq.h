/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

#include "stepped.h"

#define GICD_CTLR	0x0000
#define GICD_ISENABLER	0x0100
#define GICD_ICENABLER	0x0180
#define GICD_ISPENDR	0x0200
#define GICD_ICPENDR	0x0280
#define GICD_ISACTIVER	0x0300
#define GICD_IPRIORITYR	0x0400
#define GICD_ICFGR	0x0c00
#define GICD_IROUTER	0x6000

void set_line(struct stepped *p, unsigned int intid, bool level);
void gicd_write(struct stepped *p, unsigned long offset, __u64 value);

/*
 * SPIs from 32 to 95: all edge-triggered or all level-sensitive, enabled, of priority 0xa0, for
 * vCPU 0.
 */
void setup_spis(struct stepped *p, bool edge);

/* Interrupts that the vCPU has taken in all. */
unsigned int taken(struct stepped *p, unsigned int cpu);

/* Waits, with interrupts on, until the vCPU has taken so many in all, and finds no further one. */
bool takes(struct stepped *p, unsigned int cpu, unsigned int all);

/* An operation in a thread of its own. */
struct waiter {
	struct stepped *p;
	unsigned int cpu;
	enum step op;
	__u64 arg, result;
	unsigned long thread;
};
void wait_begin(struct waiter *w, struct stepped *p, unsigned int cpu, enum step op, __u64 arg);
/* False: it failed. */
bool wait_end(struct waiter *w);

/* -- kvm_events.c -- */

void test_irqfd(void);
void test_resample(void);
void test_pulses(void);
void test_ioeventfd(void);
void test_event_stress(void);

/* -- kvm_kicks.c -- */

void test_kicks(void);

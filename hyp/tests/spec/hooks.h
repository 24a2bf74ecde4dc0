/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The specification beside the real thing: EL2's debug image and the unit tests are linked with
 * ld's --wrap, so that each call of the ledger and each spinlock passes through hooks.c, and not a
 * line of the core knows of it.
 *
 *   when the host's lock is taken      the tables must say what the specification says: nobody
 *                                      changed them without it
 *   when it is released                the specification computes answer and new state; the tables
 *                                      must say the same
 *   when the operation returns         the answer must be one that the specification allows
 *
 * A difference ends in el2_panic(), with the page, what the tables say, what the specification
 * says, and the operation.
 */
#pragma once

#include <tests/spec/spec.h>
#include <el2/spinlock.h>

/*
 * RAM from its lowest to its highest page must fit into this array, or the specification stays off
 * and the log says so.
 */
#define HOOKS_PAGES	262144UL	/* 1 GiB */
#define HOOKS_POISONED	4096UL

/*
 * From here to the next ledger_init() nothing is compared: the tables are about to be taken apart.
 */
void hooks_stop(void);

/* Whether the tables are being compared. */
bool hooks_running(void);

/* The specification as it is now; for tests that ask it. */
struct spec *hooks_spec(void);

/*
 * Contents can be looked at: each page that must read as zero is, when the lock is released. NULL:
 * they cannot.
 */
extern bool (*hooks_is_zero)(uint64_t pa);

/* How tables are reached; arch_linear() unless a test has a quicker way. */
extern void *(*hooks_table)(uint64_t pa);

/* Tests clear flags of their guests; on the machine, a activated or dying guest stays that. */
extern bool hooks_flags_stay;

/* If set, called after each spin_unlock(): a test plays another CPU there. */
extern void (*hooks_unlocked)(const struct spinlock *lock);

/* SPDX-License-Identifier: GPL-2.0-only */
/* Operations for the ledger's fuzz target: what bytes mean, and the guests that they are about. */
#pragma once

#include <world.h>
#include <tests/spec/spec.h>
#include "input.h"

#define NR_GUESTS     3		      /* the last one is unprotected */
#define WINDOW_BLOCKS (TINY ? 12 : 6) /* of physical pages: RAM, firmware, a hole, RAM */
#define WINDOW_BASE   (HIGH_BASE + 2 * BLOCK - WINDOW_BLOCKS * BLOCK)
/* Around where an entry of the level above the blocks ends. */
#define IPA_BASE       (level_size(TINY ? 0 : 1) - WINDOW_BLOCKS / 2 * BLOCK)
#define IPA_END	       (1UL << GUEST_IA_BITS)
#define UNPROTECTED	       (IPA_END / 2)

/* What is no operation of the ledger. */
enum { WRITE = SPEC_NR_OPS, STARVE_POOL, STARVE_GUEST, REBIRTH, LOOK, FILL, NR_KINDS };

extern struct guest_memory guests[NR_GUESTS];

/* Of the operation's owner; the first one if it is about no guest. */
struct guest_memory *guest_of(const struct spec_op *op);

/* The guests are there: nothing has been done yet. */
void operations_begin(void);

/* The next one. */
struct spec_op operation_read(struct input *in);
void operation_show(const struct spec_op *op);

/* It has come to something: others may be about the same pages. */
void operation_remember(const struct spec_op *op);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The proof that all operations of the ledger have in common: on any world and for any arguments,
 * the real operation answers and changes what the specification says. The proof of one is its name
 * in the specification, where its arguments may lie, its call, and the outcomes that must be
 * reachable.
 */
#pragma once

#include "world.h"
#include "machine.h"
#include "proof.h"
#include <arch/percpu.h>

/* Takes the proofs of a guest's ranges apart: 0 any, 1 a page, 2 an L2 entry, 3 pages of two. */
#ifndef PROOF_RANGE
#define PROOF_RANGE 0
#endif

/*
 * Which arguments hypercall.c, guest_call.c and guest_rsi.c let through, beside aligned ranges of
 * 1 to PT_MAX_RANGE bytes.
 */
enum arguments {
	PA_ANYWHERE = 1,     /* also behind what the host's table describes */
	IPA_ANYWHERE = 2,    /* the same for the guest's; else the range is below its limit */
	IPA_PROTECTED = 4,   /* for a protected guest, the range is of protected IPAs */
	GUEST_PROTECTED = 8, /* of protected guests only */
};

/* The operation, chosen by operation_begin(): the call takes its arguments from here. */
extern struct spec_op op;

/* Where a call says how many bytes it has done. */
extern uint64_t op_done;

/* The whole proof but for the goals. Gives the operation's answer. */
#define OPERATION(what, arguments, call) (operation_begin(what, arguments), operation_end(call))

void operation_begin(enum spec_what what, unsigned int arguments);
int operation_end(int ret);

/*
 * The two halves of operation_begin(): a world with any arguments, and what the specification says
 * about them.
 */
void operation_any(enum spec_what what, unsigned int arguments);
void operation_expect(void);

/* Pages: the number of the first one, and how many. */
static inline uint64_t op_page(void)
{
	return op.pa >> PAGE_SHIFT;
}

static inline uint64_t op_at(void)
{
	return op.ipa >> PAGE_SHIFT;
}

static inline uint64_t op_count(void)
{
	return op.size >> PAGE_SHIFT;
}

/*
 * The guest's or the host's contents are written to or read by someone who keeps the page all the
 * time.
 */
extern bool host_keeps_it, guest_keeps_it;

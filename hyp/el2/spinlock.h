/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticket locks with ranks. The order is
 *
 *   LOCK_FIRMWARE -> LOCK_VMS -> LOCK_HOST -> LOCK_HYP -> LOCK_VM -> LOCK_CACHE ->
 *   LOCK_RANDOM -> LOCK_CONSOLE
 *
 * A lock may be taken only while this CPU holds none of the same or a later rank. spin_lock()
 * asserts it on every call, in all builds: a violation is an error of EL2 itself. Nothing sleeps
 * and interrupts are masked at EL2, so a lock is held for a bounded time: LOCK_FIRMWARE for as long
 * as the firmware takes.
 */
#pragma once

#include <el2/types.h>
#include <el2/panic.h>

enum lock_rank {
	LOCK_FIRMWARE,		/* what the firmware was told */
	LOCK_VMS,		/* the table of VMs, references to them, phases */
	LOCK_HOST,		/* the host's stage 2: the ledger */
	LOCK_HYP,		/* EL2's stage 1 */
	LOCK_VM,		/* one VM: its stage 2, RAM ranges, power states */
	LOCK_CACHE,		/* one page cache */
	LOCK_RANDOM,
	LOCK_CONSOLE,
};

struct spinlock {
	uint16_t next;
	uint16_t serving;
	uint8_t rank;
};

void spin_init(struct spinlock *lock, enum lock_rank rank);
void spin_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);

/*
 * After a panic, when no guest has anything left to protect: locks left held by the panicking CPU
 * no longer block anyone, so that the host can print the log and reset. This CPU holds none from
 * now on.
 */
void spin_break_all(void);

/* True if this CPU holds a lock of this rank. For assertions. */
bool spin_held(enum lock_rank rank);

/*
 * A precondition of helpers that run often. Checked in the debug image and in the unit tests, for
 * the other image's instructions are counted.
 */
#ifdef CHECK_LOCKS
#define SPIN_ASSERT_HELD(rank) EL2_ASSERT(spin_held(rank))
#else
#define SPIN_ASSERT_HELD(rank) ((void)0)
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EL2's pool: host memory that EL2 gets for its own tables and for those of the host's stage 2. It
 * comes back when the module is unloaded.
 */
#ifndef DONJON_DRIVER_EL2_POOL_H
#define DONJON_DRIVER_EL2_POOL_H

#include <linux/types.h>

#include "call.h"

/*
 * Allocates what the pool starts with, need bytes at least. -ENOMEM: the host does not have as
 * much; what it had is kept for pool_free(). Process context.
 */
int pool_alloc(u64 need);

/* Donates all that pool_alloc() got to EL2: after HC_INIT. Returns a DONJON_E* code. */
long pool_donate(void);

/* Bytes in the pool, used by EL2 or not. */
u64 pool_size(void);

/* Frees the pool; keep: EL2 still has it, so that its memory is leaked. */
void pool_free(bool keep);

/*
 * Gives EL2's pool more pages if it runs low. 1: it got some, 0: it is not low, -ENOMEM: the host
 * has none. Process context.
 */
int pool_feed(void);

/*
 * A call with up to four arguments that may need tables of EL2's: when it returns NO_POOL the pool
 * is fed and the call repeated, a bounded number of times. Still NO_POOL: the host has none.
 * NO_CACHE is left to the caller. Process context.
 */
struct hyp_result hyp_call_fed(u64 fn, u64 a1, u64 a2, u64 a3, u64 a4);

#endif

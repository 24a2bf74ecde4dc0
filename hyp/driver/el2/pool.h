/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EL2's pool: host memory that EL2 gets for its own tables and for those of the host's stage 2. It
 * comes back when the module is unloaded.
 */
#pragma once

#include <linux/types.h>

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
 * EL2 lacks pages in its pool: donates at least as many, unless another thread has done so since
 * pool_stamp() returned stamp, which is taken before the call or the run that is short. Returns a
 * DONJON_E* code; NO_POOL: the host has no memory. Process context.
 */
unsigned int pool_stamp(void);
long pool_feed(u64 pages, unsigned int stamp);

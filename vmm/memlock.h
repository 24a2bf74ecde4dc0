/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RLIMIT_MEMLOCK: a protected guest's pages are pinned, and the limit's default is smaller than any
 * guest.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memlock {
	uint64_t have;	/* bytes */
	uint64_t need;	/* bytes that get pinned; 0: nothing is */
	bool unlimited; /* CAP_IPC_LOCK, or no limit: have means nothing */
};

/*
 * Raises the soft limit to the hard one, and compares it with what @memory bytes of guest RAM need
 * when the host's hypervisor @pins them.
 */
void memlock_query(struct memlock *lock, bool pins, uint64_t memory);

bool memlock_suffices(const struct memlock *lock);

/*
 * Whether the limit leaves room to mlock() the RAM as well, which the kernel counts a second time.
 */
bool memlock_has_room_to_lock(const struct memlock *lock, uint64_t memory);

/* "8192 KiB" or "unlimited" in @text, which is returned. */
const char *memlock_text(const struct memlock *lock, char *text, size_t size);

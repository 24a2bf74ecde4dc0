/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

#include <el2/types.h>

extern uint32_t machine_locks_held;
extern uint64_t machine_pages_short;

static inline uint32_t *arch_locks_held(void)
{
	return &machine_locks_held;
}

static inline uint64_t *arch_pages_short(void)
{
	return &machine_pages_short;
}

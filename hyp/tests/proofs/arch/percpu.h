/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DONJON_ARCH_PERCPU_H
#define DONJON_ARCH_PERCPU_H

#include <el2/types.h>

extern uint32_t machine_locks_held;

static inline uint32_t *arch_locks_held(void)
{
	return &machine_locks_held;
}

#endif

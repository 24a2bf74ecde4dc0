/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DONJON_ARCH_ATOMIC_H
#define DONJON_ARCH_ATOMIC_H

#include <el2/types.h>

static inline uint16_t arch_fetch_add_16(uint16_t *p, uint16_t v)
{
	return __atomic_fetch_add(p, v, __ATOMIC_RELAXED);
}

static inline uint16_t arch_load_acquire_16(const uint16_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void arch_store_release_16(uint16_t *p, uint16_t v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

/* Waits for another CPU. Tests have one thread, so a second round without a change is a deadlock: panics. */
void arch_relax(void);

#endif

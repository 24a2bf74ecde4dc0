// SPDX-License-Identifier: GPL-2.0-only
#include <el2/init.h>

static enum donjon_phase phase;

enum donjon_phase phase_get(void)
{
	return __atomic_load_n(&phase, __ATOMIC_ACQUIRE);
}

void phase_set(enum donjon_phase next)
{
	__atomic_store_n(&phase, next, __ATOMIC_RELEASE);
}

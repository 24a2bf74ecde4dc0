/* SPDX-License-Identifier: GPL-2.0-only */
/* EL2's virtual addresses: the upper half maps physical memory linearly, as far as it reaches. */
#pragma once

#include <arch/geometry.h>

#define LINEAR_VA	(1UL << (HYP_VA_BITS - 1))
#define PA_LIMIT_BITS	(PT_INDEX_BITS < 9 ? HYP_VA_BITS - 1 : 46)

/* SPDX-License-Identifier: GPL-2.0-only */
/* EL2's virtual addresses: the upper half maps physical memory linearly. */
#pragma once

#include <arch/geometry.h>

#define LINEAR_VA	(1UL << (HYP_VA_BITS - 1))
#define PA_LIMIT_BITS	(HYP_VA_BITS - 1)

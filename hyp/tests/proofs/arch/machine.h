/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

#include <el2/types.h>

/* Waits for another CPU. There is none: a failure. */
void arch_relax(void);

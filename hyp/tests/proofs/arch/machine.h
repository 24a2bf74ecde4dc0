/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DONJON_ARCH_MACHINE_H
#define DONJON_ARCH_MACHINE_H

#include <el2/types.h>

/* Waits for another CPU. There is none: a failure. */
void arch_relax(void);

#endif

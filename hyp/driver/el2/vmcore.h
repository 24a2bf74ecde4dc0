/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The crash kernel of a host that had Donjon loaded. EL2 is still Donjon's, and stays so until the
 * machine is reset: this kernel runs behind it, at EL1, and can neither read EL2's pages nor touch
 * a guest's without taking it.
 */
#pragma once

#include <linux/types.h>

/* This is a crash kernel: the module does nothing but the following. */
bool vmcore_is_crash_kernel(void);

/*
 * From now on the pages of EL2's and of guests are zeroes in /proc/vmcore, and nobody touches them.
 * -ENODEV with a line in the log: EL2 is not Donjon's, and all of the memory can be read. Process
 * context.
 */
int vmcore_start(void);

/* After vmcore_start(). */
void vmcore_stop(void);

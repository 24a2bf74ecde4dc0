/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fixed-width types for everything that crosses a boundary: the same headers are compiled into the
 * EL2 image, the driver, the VMM, the guests and the tests.
 */
#pragma once

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/stddef.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

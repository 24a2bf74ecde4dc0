/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cores with an erratum by which a guest can stop a CPU, and that nothing at EL2 can keep it from
 * (docs/errata.md): the promise S5 does not hold there.
 */
#pragma once

#include <linux/types.h>

/* The erratum of a core with this MIDR_EL1, as in Linux's list, or NULL. Any context. */
const char *core_erratum(u32 midr);

/* Names in the log each erratum that a CPU which is online has. Process context. */
void cores_warn(void);

/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

#include <linux/types.h>

struct attack_walk;

/* 0, -EPROTO, or another negative errno value when there was no such address. */
int attack_walk(struct attack_walk *walk);

/*
 * walk_access.S: loads from there. The ESR_EL1 of the exception that it takes, 0: none. Interrupts
 * are masked.
 */
u64 walk_access(const u64 *from);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The specification of the machine that a script runs on: oracle.c checks steps by it, account.c
 * sets it up and compares.
 */
#pragma once

#include <el2/types.h>
#include "../spec/spec.h"
#include "oracle.h"

#define ADDRESS_LIMIT (1UL << 48)

extern struct spec account;
extern uint64_t handles[SPEC_MAX_GUESTS]; /* by index of the guest; 0: none */

/* One step, whoever else acts; see oracle_allows(). */
bool account_step(const struct step *step, int64_t *expected, int64_t *pages);

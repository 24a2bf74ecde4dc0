/* SPDX-License-Identifier: GPL-2.0-only */
/* What the sweep does not check, each with its reason. Registers by bits [20:5] of MRS and MSR. */
#pragma once

#include <stdbool.h>
#include "abi/types.h"

/* The register keeps its value when the sweep fills: ones in it would end the payload. */
bool sweep_list_keeps(uint32_t reg);

/*
 * The bits that may be set in a register before anybody in this guest has written it but the
 * payload's start-up code.
 */
uint64_t sweep_list_may_be_set(uint32_t reg);

/* A SYS instruction, by bits [18:5], that a guest may execute. */
bool sweep_list_instruction(uint32_t insn);

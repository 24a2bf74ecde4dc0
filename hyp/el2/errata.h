/* SPDX-License-Identifier: GPL-2.0-only */
/* Errata of CPUs that EL2 works around, by MIDR_EL1. docs/errata.md has all that were looked at. */
#pragma once

#include <el2/types.h>

/* Whether a broadcast TLBI and the DSB after it must be executed twice on this core. */
bool errata_repeat_tlbi(uint64_t midr);

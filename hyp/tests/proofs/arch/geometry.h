/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest shapes that have every level: tables of 2 or 4 entries. HYP_VA_BITS: one bit more
 * than the physical addresses of the harness, so that the linear map is the upper half.
 */
#pragma once

#ifndef PROOF_INDEX_BITS
#define PROOF_INDEX_BITS	1
#endif
#ifndef PROOF_IA_BITS
#define PROOF_IA_BITS		15
#endif

#define PT_INDEX_BITS	PROOF_INDEX_BITS
#define PT_BLOCK_LEVEL	1
#define HYP_VA_BITS	(PROOF_IA_BITS + 1)

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine's shape at 9 index bits, or a tiny one: at 2 index bits a table has 4 entries and a
 * block 4 pages, so that tests and model checking reach every level with a handful of pages.
 */
#pragma once

#ifndef FAKE_INDEX_BITS
#define FAKE_INDEX_BITS	9
#endif

#define PT_INDEX_BITS	FAKE_INDEX_BITS
#define PT_BLOCK_LEVEL	1
/* with concatenation where tiny */
#define HYP_VA_BITS	(12 + 4 * PT_INDEX_BITS + (PT_INDEX_BITS < 9 ? 4 : 0))

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shape of the translation tables: 4 KiB granule, 512 entries, blocks of 1 GiB and 2 MiB (DDI 0487,
 * D8.2).
 */
#pragma once

#define PT_INDEX_BITS	9
#define PT_BLOCK_LEVEL	1
#define HYP_VA_BITS	48

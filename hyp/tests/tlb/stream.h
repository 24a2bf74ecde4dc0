/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plugin's output: one line per event, in the order in which they happened, over all CPUs.
 * check.py reads it. Numbers are hexadecimal without prefix, but CPU numbers and counts, which are
 * decimal.
 *
 *   N cpu                            another EL2 begins: forget everything
 *   T cpu pa level fresh RUN...      a page becomes a live table; children come first, the store
 *                                    or the root that makes it live follows. fresh 1: stores to it
 *                                    may not be visible to table walkers yet. RUN, what is not 0
 *                                    in it: index:count:value:step
 *   R cpu kind pa ia_bits level vmid the root of a table: kind e EL2's stage 1, h the host's
 *                                    stage 2, g a guest's
 *   D cpu pa                         the root's table is no more
 *   E cpu vector esr far hpfar x0 x1 x2 x3 x4    an exception to EL2
 *   X cpu instructions x0 x1 x2 x3   ERET; instructions at EL2 since the entry
 *   W cpu pa old new                 a store to a table, or to what was one
 *   B cpu crm                        DSB, with its CRm field
 *   S cpu                            ISB
 *   I cpu op1 crm op2 xt             TLBI
 *   Z cpu pa size operations         zeroed: DC ZVA, SET, or stores through the fixmap
 *   C cpu pa size operations zero    cleaned and invalidated to the point of coherency; zero 1:
 *                                    nothing but zeros there
 *   K cpu                            IC IALLUIS
 *   F cpu dic                        the CPU enters EL2; dic 0: instruction caches need IC
 *   M cpu register value tcr_el1 sctlr_el1    MSR to vttbr, vtcr or vbar (all of EL2)
 *   L cpu va instructions            an attempt to draw a ticket of a lock; instructions since
 *                                    the entry
 *   U cpu va instructions            a lock is released
 *   O cpu word                       cache or TLB maintenance that the plugin does not know
 *   Q cpu                            the CPU's EL2 is given back
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "shadow.h"

/* False, and errno: the file cannot be written. NULL: no stream is wanted. */
bool stream_open(const char *path);
void stream_close(void);

/* One line. Operations of the same CPU that are being gathered (below) are written first. */
void stream_line(unsigned int cpu, const char *format, ...) __attribute__((format(printf, 2, 3)));

void stream_table(unsigned int cpu, const struct page *page, bool fresh);

/*
 * Gathers operations on [pa, pa + size), reached at va, of one kind (Z or C) into one line as long
 * as each begins where the last ended.
 */
void stream_gather(unsigned int cpu, char kind, uint64_t va, uint64_t pa, uint64_t size);

/* Writes what is gathered. */
void stream_flush(unsigned int cpu);

/* Whether [va, va + size) holds nothing but zeros; the plugin's. */
bool memory_is_zero(uint64_t va, uint64_t size);

/* SPDX-License-Identifier: GPL-2.0-only */
/* EL2's log: a ring buffer in host memory, and a PL011 in debug builds. */
#pragma once

#include <abi/boot.h>
#include <el2/types.h>

#ifdef DONJON_DEBUG
#define DEBUG_BUILD 1
#else
#define DEBUG_BUILD 0
#endif

/* log: mapped, size bytes; uart: virtual address of a PL011, 0: none. */
void console_init(struct donjon_log *log, uint64_t size, uint64_t uart);

/* %s %u %x %lu %lx and %%; nothing else. Never prints what belongs to a guest. */
void printk(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Takes the console over without its lock: the rest of the machine may be stuck. */
void console_panic(void);

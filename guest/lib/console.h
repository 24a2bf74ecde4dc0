/* SPDX-License-Identifier: GPL-2.0-only */
/* The PL011, output only, polled. Not locked: only one CPU may print at a time. */
#pragma once

#include <stdarg.h>
#include "abi/platform.h"
#include "abi/types.h"

#define PL011_DR	0x000UL
#define PL011_FR	0x018UL
#define PL011_FR_RXFE	0x10U		/* no input */
#define PL011_FR_TXFF	0x20U
#define PL011_CR	0x030UL
#define PL011_CR_ON	0x301U		/* UARTEN, TXE, RXE */

/* At PLAT_UART_BASE. */
void console_init(void);

/* From now on nothing is printed: there is no UART. */
void console_mute(void);

/*
 * From now on at this virtual address, which is mapped: a Realm reaches its devices at the
 * unprotected IPA only.
 */
void console_move(uint64_t base);

/* Formats as format.h says, up to 255 characters; '\n' is sent as CR LF. */
void console_vprintf(const char *fmt, va_list args);
void printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

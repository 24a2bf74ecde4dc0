/* SPDX-License-Identifier: GPL-2.0-only */
/* The PL011 at PLAT_UART_BASE, output only, polled. Not locked: only one CPU may print at a time. */
#ifndef GUEST_CONSOLE_H
#define GUEST_CONSOLE_H

#include <stdarg.h>
#include "abi/platform.h"
#include "abi/types.h"

#define PL011_DR	0x000UL
#define PL011_FR	0x018UL
#define PL011_FR_TXFF	0x20U
#define PL011_CR	0x030UL
#define PL011_CR_ON	0x301U		/* UARTEN, TXE, RXE */

void console_init(void);

/* Formats as format.h says, up to 255 characters; '\n' is sent as CR LF. */
void console_vprintf(const char *fmt, va_list args);
void printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

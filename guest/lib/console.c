// SPDX-License-Identifier: GPL-2.0-only
#include "lib/console.h"

#include <stdbool.h>
#include "lib/format.h"
#include "lib/sysreg.h"

/* A UART that never drains must not hang a payload; the VMM's never fills. */
#define TX_POLLS 100000

static uint64_t uart = PLAT_UART_BASE;
static bool muted;

void console_init(void)
{
	mmio_write32(uart + PL011_CR, PL011_CR_ON);
}

void console_mute(void)
{
	muted = true;
}

void console_move(uint64_t base)
{
	uart = base;
}

static void console_putc(char c)
{
	if (muted)
		return;
	for (int i = 0; i < TX_POLLS; i++)
		if (!(mmio_read32(uart + PL011_FR) & PL011_FR_TXFF))
			break;
	mmio_write32(uart + PL011_DR, (unsigned char)c);
}

void console_vprintf(const char *fmt, va_list args)
{
	char buf[256];
	size_t len = guest_vformat(buf, sizeof(buf), fmt, args);

	for (size_t i = 0; i < len; i++) {
		if (buf[i] == '\n')
			console_putc('\r');
		console_putc(buf[i]);
	}
}

void printf(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	console_vprintf(fmt, args);
	va_end(args);
}

// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <el2/console.h>
#include <el2/spinlock.h>

#define UART_DR		0x00
#define UART_FR		0x18
#define UART_FR_TXFF	BIT(5)

static struct spinlock console_lock = { .rank = LOCK_CONSOLE };
static struct donjon_log *ring;
static uint64_t ring_size, head;
static volatile uint8_t *uart;
static bool panicking;

void console_init(struct donjon_log *log, uint64_t size, uint64_t uart_va)
{
	ring = log;
	ring_size = size - sizeof(*log);
	head = 0;
	uart = (volatile uint8_t *)uart_va;
	ring->magic = DONJON_LOG_MAGIC;
	ring->head = 0;
}

void console_panic(void)
{
	panicking = true;
}

static void put(char c)
{
	unsigned int timeout = 100000;

	/* The host can write to the ring as well: only our own position counts. */
	if (ring) {
		ring->data[head % ring_size] = c;
		__atomic_store_n(&ring->head, ++head, __ATOMIC_RELEASE);
	}
	if (!uart)
		return;
	while ((*(volatile uint32_t *)(uart + UART_FR) & UART_FR_TXFF) && --timeout)
		;
	*(volatile uint32_t *)(uart + UART_DR) = c;
}

static void put_string(const char *s)
{
	for (; *s; s++)
		put(*s);
}

static void put_number(uint64_t v, unsigned int base)
{
	char digits[24];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	while (n)
		put(digits[--n]);
}

static void put_formatted(const char *f, va_list args)
{
	for (; *f; f++) {
		bool is_long = false;

		if (*f != '%') {
			put(*f);
			continue;
		}
		if (*++f == 'l') {
			is_long = true;
			f++;
		}
		switch (*f) {
		case 's':
			put_string(va_arg(args, const char *));
			break;
		case 'u':
		case 'x':
			put_number(is_long ? va_arg(args, uint64_t) : va_arg(args, uint32_t),
				   *f == 'u' ? 10 : 16);
			break;
		case '%':
			put('%');
			break;
		default:
			return;
		}
	}
}

void printk(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!panicking)
		spin_lock(&console_lock);
	put_formatted(format, args);
	if (!panicking)
		spin_unlock(&console_lock);
	va_end(args);
}

// SPDX-License-Identifier: GPL-2.0-only
/* Text without a C library: EL2 has none. */
#include <stdarg.h>
#include <tests/spec/abstract.h>

void difference_clear(struct difference *difference)
{
	difference->length = 0;
	difference->text[0] = '\0';
}

static void put(struct difference *difference, char c)
{
	if (difference->length + 1 >= sizeof(difference->text))
		return;
	difference->text[difference->length++] = c;
	difference->text[difference->length] = '\0';
}

static void put_string(struct difference *difference, const char *s)
{
	while (*s)
		put(difference, *s++);
}

static void put_number(struct difference *difference, uint64_t value, unsigned int base)
{
	char digits[24];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (n)
		put(difference, digits[--n]);
}

static void put_signed(struct difference *difference, int64_t value)
{
	if (value < 0)
		put(difference, '-');
	put_number(difference, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

void difference_add(struct difference *difference, const char *format, ...)
{
	const char *f;
	va_list args;

	va_start(args, format);
	for (f = format; *f; f++) {
		bool is_long = f[0] == '%' && f[1] == 'l';

		if (*f != '%') {
			put(difference, *f);
			continue;
		}
		f += is_long ? 2 : 1;
		if (*f == 's')
			put_string(difference, va_arg(args, const char *));
		else if (*f == 'd')
			put_signed(difference, va_arg(args, int));
		else if (*f == 'u' || *f == 'x')
			put_number(difference,
				   is_long ? va_arg(args, uint64_t) : va_arg(args, unsigned int),
				   *f == 'u' ? 10 : 16);
	}
	va_end(args);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "lib/format.h"

#include <stdbool.h>

struct sink {
	char *buf;
	size_t size;
	size_t len;
};

struct spec {
	unsigned int width;
	bool zero;
	bool is_long;
};

static void put(struct sink *out, char c)
{
	if (out->len + 1 < out->size)
		out->buf[out->len++] = c;
}

static void pad(struct sink *out, size_t have, size_t width, char c)
{
	for (; have < width; have++)
		put(out, c);
}

static void put_string(struct sink *out, const char *s, struct spec spec)
{
	size_t len = 0;

	if (!s)
		s = "(null)";
	while (s[len])
		len++;
	pad(out, len, spec.width, ' ');
	while (*s)
		put(out, *s++);
}

static void put_number(struct sink *out, uint64_t val, bool negative, unsigned int base,
		       struct spec spec)
{
	char digits[20];
	size_t n = 0;

	do {
		digits[n++] = "0123456789abcdef"[val % base];
		val /= base;
	} while (val);

	if (negative && spec.zero)
		put(out, '-');
	pad(out, n + negative, spec.width, spec.zero ? '0' : ' ');
	if (negative && !spec.zero)
		put(out, '-');
	while (n)
		put(out, digits[--n]);
}

static const char *parse_spec(const char *fmt, struct spec *spec)
{
	*spec = (struct spec){ 0 };
	if (*fmt == '0') {
		spec->zero = true;
		fmt++;
	}
	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		spec->width = spec->width * 10 + (unsigned int)(*fmt - '0');
	for (; *fmt == 'l' || *fmt == 'z'; fmt++)
		spec->is_long = true;
	return fmt;
}

size_t guest_vformat(char *buf, size_t size, const char *fmt, va_list args)
{
	struct sink out = { buf, size, 0 };
	struct spec spec;

	for (; *fmt; fmt++) {
		const char *start = fmt;

		if (*fmt != '%') {
			put(&out, *fmt);
			continue;
		}
		fmt = parse_spec(fmt + 1, &spec);
		switch (*fmt) {
		case 's':
			put_string(&out, va_arg(args, const char *), spec);
			break;
		case 'c':
			put(&out, (char)va_arg(args, int));
			break;
		case 'd': {
			int64_t val = spec.is_long ? va_arg(args, long) : va_arg(args, int);

			put_number(&out, val < 0 ? -(uint64_t)val : (uint64_t)val, val < 0, 10,
				   spec);
			break;
		}
		case 'u':
		case 'x': {
			uint64_t val = spec.is_long ? va_arg(args, unsigned long) :
						      va_arg(args, unsigned int);

			put_number(&out, val, false, *fmt == 'u' ? 10 : 16, spec);
			break;
		}
		case 'p':
			put(&out, '0');
			put(&out, 'x');
			put_number(&out, (uintptr_t)va_arg(args, void *), false, 16, spec);
			break;
		case '%':
			put(&out, '%');
			break;
		default:
			for (; start < fmt; start++)
				put(&out, *start);
			if (!*fmt)
				goto end;
			put(&out, *fmt);
		}
	}
end:
	if (size)
		buf[out.len] = '\0';
	return out.len;
}

size_t guest_format(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = guest_vformat(buf, size, fmt, args);
	va_end(args);
	return len;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "lib/args.h"

#include "lib/string.h"

static const char *args_text = "";
static size_t args_len;

void args_init(const char *text, size_t len)
{
	args_text = text;
	args_len = text ? strnlen(text, len) : 0;
}

const char *args_find(const char *key, size_t *len)
{
	size_t key_len = strlen(key);
	size_t pos = 0;

	while (pos < args_len) {
		size_t end = pos;

		while (end < args_len && args_text[end] != ' ' && args_text[end] != '\t')
			end++;
		if (end - pos > key_len && memcmp(args_text + pos, key, key_len) == 0 &&
		    args_text[pos + key_len] == '=') {
			*len = end - pos - key_len - 1;
			return args_text + pos + key_len + 1;
		}
		pos = end + 1;
	}
	return NULL;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

uint64_t args_number(const char *key, uint64_t otherwise)
{
	size_t len, i = 0;
	const char *val = args_find(key, &len);
	unsigned int base = 10;
	uint64_t number = 0;

	if (!val)
		return otherwise;
	if (len > 2 && val[0] == '0' && (val[1] == 'x' || val[1] == 'X')) {
		base = 16;
		i = 2;
	}
	if (i == len)
		return otherwise;
	for (; i < len; i++) {
		unsigned int digit = (unsigned int)digit_value(val[i]);

		if (digit >= base || number > (UINT64_MAX - digit) / base)
			return otherwise;
		number = number * base + digit;
	}
	return number;
}

void args_string(const char *key, const char *otherwise, char *buf, size_t size)
{
	size_t len;
	const char *val = args_find(key, &len);

	if (!size)
		return;
	if (!val) {
		val = otherwise;
		len = strlen(otherwise);
	}
	if (len > size - 1)
		len = size - 1;
	memcpy(buf, val, len);
	buf[len] = '\0';
}

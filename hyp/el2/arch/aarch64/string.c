// SPDX-License-Identifier: GPL-2.0-only
/* What the compiler calls for structure copies, in the form that it expects. */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t n)
{
	uint8_t *d = to;
	const uint8_t *s = from;

	/* Structures of eight-byte words, mostly. */
	for (; n >= 8 && !(((uintptr_t)d | (uintptr_t)s) & 7); n -= 8, d += 8, s += 8)
		*(uint64_t *)d = *(const uint64_t *)s;
	while (n--)
		*d++ = *s++;
	return to;
}

void *memset(void *to, int value, size_t n)
{
	uint8_t *d = to;
	uint64_t word = (uint8_t)value * 0x0101010101010101UL;

	for (; n >= 8 && !((uintptr_t)d & 7); n -= 8, d += 8)
		*(uint64_t *)d = word;
	while (n--)
		*d++ = value;
	return to;
}

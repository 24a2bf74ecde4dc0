/* SPDX-License-Identifier: GPL-2.0-only */
/* A small printf: %s %c %d %u %x %p %%, with l, ll, z, a width and zero padding. */
#pragma once

#include <stdarg.h>
#include "abi/types.h"

/*
 * Writes at most size bytes including the final NUL, which is always written when size > 0. An
 * unknown conversion is copied as it is. Returns the length of the text in buf.
 */
size_t guest_vformat(char *buf, size_t size, const char *fmt, va_list args);
size_t guest_format(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* SPDX-License-Identifier: GPL-2.0-only */
/* What the compiler may call, and the few string functions that payloads need; ISO C semantics. */
#pragma once

#include "abi/types.h"

void *memset(void *dst, int c, size_t n);
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);

/* SPDX-License-Identifier: GPL-2.0-only */
/* Parameters of a payload: the device tree's bootargs as words `key=value`, separated by blanks. */
#pragma once

#include "abi/types.h"

/* Keeps the text (not copied), len bytes at most, up to the first NUL. */
void args_init(const char *text, size_t len);

/*
 * The value of the first word with this key, not terminated: *len bytes. NULL when there is none.
 */
const char *args_find(const char *key, size_t *len);

/* The value as a decimal or 0x number; otherwise when it is absent or not a number below 2^64. */
uint64_t args_number(const char *key, uint64_t otherwise);

/* Copies the value, cut to size - 1 bytes, or the other string; always terminates. */
void args_string(const char *key, const char *otherwise, char *buf, size_t size);

/* SPDX-License-Identifier: GPL-2.0-only */
/* Unpacks a gzip file (RFC 1952) into memory, with zlib and a limit. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the first @length bytes @head of a file begin a gzip file. */
bool gunzip_recognise(const uint8_t *head, size_t length);

/*
 * Unpacks the whole file of descriptor @fd from its beginning: one or more gzip members, as gzip(1)
 * accepts them, followed by any number of zero bytes. 0 with *@bytes (free() it) and *@size; -EFBIG
 * when it unpacks to more than @limit bytes, -EINVAL when it is damaged or truncated, -EIO,
 * -ENOMEM: each with a phrase in @why that follows "FILE: ".
 */
int gunzip(int fd, uint64_t limit, uint8_t **bytes, uint64_t *size, char *why, size_t why_size);

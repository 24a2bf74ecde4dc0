/* SPDX-License-Identifier: GPL-2.0-only */
/* For the VMM's unit tests: cmocka, what was logged, and files that vanish with the test. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Starts to collect what log_*() writes. */
void capture_begin(void);
/* Ends it; the text stays valid until the next capture_begin(). */
const char *capture_end(void);

/* The limit for whatever is waited for, a guard against a hang: scripts/lib/limit.sh sets it. */
int limit_ms(void);

/*
 * Writes @size bytes to a new temporary file. The path stays valid, and the file exists, until the
 * program ends.
 */
const char *temporary_file(const void *bytes, size_t size);

/* Bytes of an arm64 Image header with these fields; @header has 64 bytes. */
void make_image_header(uint8_t *header, uint64_t text_offset, uint64_t image_size, uint64_t flags);

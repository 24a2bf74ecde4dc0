/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recognises a kernel file and reads the header of an arm64 Image (Linux
 * Documentation/arch/arm64/booting.rst).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../config/settings.h"

#define IMAGE_HEADER_SIZE 64
/*
 * Bytes of a file's beginning that tell its format; a shorter file is looked at as far as it goes.
 */
#define IMAGE_PROBE_SIZE 0x400

/* Where a kernel wants to be. */
struct image {
	uint64_t text_offset; /* from a 2 MiB boundary to its first byte */
	uint64_t memory_size; /* bytes from its first byte that it uses, at least the file's size */
};

/*
 * Reads the first @length (up to IMAGE_PROBE_SIZE) bytes @head of a file of @file_size bytes. 0
 * with @image filled, or -ENOEXEC with a sentence in @why that names the format found and what to
 * do.
 */
int image_probe(struct image *image, const uint8_t *head, size_t length, uint64_t file_size,
		enum image_format format, char *why, size_t why_size);

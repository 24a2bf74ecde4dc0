// SPDX-License-Identifier: GPL-2.0-only
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../util/log.h"

static char *captured;
static size_t captured_size;
static FILE *stream;

void capture_begin(void)
{
	free(captured);
	captured = NULL;
	stream = open_memstream(&captured, &captured_size);
	assert_non_null(stream);
	log_to(stream);
}

const char *capture_end(void)
{
	log_to(NULL);
	fclose(stream);
	stream = NULL;
	return captured;
}

#define FILES_MAX 256

static char *files[FILES_MAX];
static int file_count;

static void remove_files(void)
{
	for (int i = 0; i < file_count; i++) {
		unlink(files[i]);
		free(files[i]);
	}
	free(captured);
	captured = NULL;
}

const char *temporary_file(const void *bytes, size_t size)
{
	char *path = strdup("/tmp/donjon-test-XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0 && file_count < FILES_MAX);
	if (!file_count)
		atexit(remove_files);
	files[file_count++] = path;
	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	close(fd);
	return path;
}

static void put64(uint8_t *bytes, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
}

void make_image_header(uint8_t *header, uint64_t text_offset, uint64_t image_size, uint64_t flags)
{
	memset(header, 0, 64);
	put64(header + 8, text_offset);
	put64(header + 16, image_size);
	put64(header + 24, flags);
	memcpy(header + 56, "ARM\x64", 4);
}

int limit_ms(void)
{
	const char *text = getenv("LIMIT_STEP");
	int seconds = text ? atoi(text) : 0;

	return 1000 * (seconds > 0 ? seconds : 600);
}

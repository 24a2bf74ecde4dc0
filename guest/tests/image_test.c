// SPDX-License-Identifier: GPL-2.0-only
/* What the payloads' files promise to a loader and to the tests. The build names them in IMAGES. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "secret/pattern.h"

#define MAX_IMAGE 0x100000

static const char *const images[] = { IMAGES };
static unsigned char data[MAX_IMAGE];

static size_t load(const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file)
		fail_msg("%s: cannot open; `make` builds it", path);
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	assert_in_range(size, 64, sizeof(data) - 1);
	return size;
}

static uint64_t le64(size_t offset)
{
	uint64_t val = 0;

	for (unsigned int i = 0; i < 8; i++)
		val |= (uint64_t)data[offset + i] << (8 * i);
	return val;
}

static void test_image_header(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++) {
		size_t size = load(images[i]);

		assert_memory_equal(data + 56, "ARM\x64", 4);
		assert_int_equal(le64(8), 0);
		/*
		 * The image in memory has its bss and stack behind the file's contents, and ends on
		 * a page.
		 */
		assert_true(le64(16) >= size + 0x8000);
		assert_true(le64(16) < MAX_IMAGE);
		assert_int_equal(le64(16) % 4096, 0);
		assert_int_equal(le64(24), 0xa);
		/* code0 is a forward branch within the file. */
		assert_int_equal(data[3], 0x14);
		assert_true(((uint32_t)le64(0) & 0x3ffffff) * 4 < size);
	}
}

static void test_no_image_holds_the_secret_in_clear(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++) {
		size_t size = load(images[i]);

		for (size_t pos = 0; pos + 8 <= size; pos++)
			if (le64(pos) == secret_word(0) || le64(pos) == secret_word(1))
				fail_msg("%s: a word of the secret at offset %zu", images[i], pos);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_image_header),
		cmocka_unit_test(test_no_image_holds_the_secret_in_clear),
	};

	return cmocka_run_group_tests_name("guest images", tests, NULL, NULL);
}

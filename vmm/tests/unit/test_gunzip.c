// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compressed kernels: what is whole is unpacked, everything else is refused by name, and no file
 * unpacks to more than the guest's RAM.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "../../boot/boot.h"
#include "../../boot/gunzip.h"

#define MIB (1UL << 20)

static uint8_t packed[8 * MIB];

/* Appends @bytes as a gzip member at @at; returns where it ends. */
static size_t pack(size_t at, const uint8_t *bytes, size_t size)
{
	z_stream stream = {
		.next_in = (uint8_t *)(uintptr_t)bytes,
		.avail_in = (unsigned int)size,
		.next_out = packed + at,
		.avail_out = (unsigned int)(sizeof(packed) - at),
	};

	assert_int_equal(
		deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	at += stream.total_out;
	deflateEnd(&stream);
	return at;
}

static char why[256];
static uint8_t *bytes;
static uint64_t size;

/* Unpacks the first @length bytes of packed. */
static int unpack(size_t length, uint64_t limit)
{
	int fd = open(temporary_file(packed, length), O_RDONLY | O_CLOEXEC), error;

	*why = '\0';
	bytes = NULL;
	error = gunzip(fd, limit, &bytes, &size, why, sizeof(why));
	close(fd);
	return error;
}

/* Bytes that do not compress well, so that chunks are passed. */
static uint8_t *noise(size_t length)
{
	uint8_t *all = malloc(length);
	uint32_t x = 1;

	for (size_t i = 0; i < length; i++) {
		x = x * 1664525 + 1013904223;
		all[i] = (uint8_t)(x >> 24);
	}
	return all;
}

static void whole_files_are_unpacked(void **state)
{
	uint8_t *all = noise(3 * MIB + 17);
	size_t end;

	(void)state;
	end = pack(0, all, 3 * MIB + 17);
	assert_int_equal(unpack(end, 64 * MIB), 0);
	assert_int_equal(size, 3 * MIB + 17);
	assert_memory_equal(bytes, all, size);
	free(bytes);
	/* Exactly the limit, and one byte more than it. */
	assert_int_equal(unpack(end, 3 * MIB + 17), 0);
	free(bytes);
	assert_int_equal(unpack(end, 3 * MIB + 16), -EFBIG);
	assert_string_equal(why,
			    "unpacks to more than the 3072 KiB of guest RAM; raise [vm] memory");
	/* Two members, as `cat a.gz b.gz` produces them, followed by zero bytes. */
	end = pack(0, all, 1000);
	end = pack(end, all + 1000, 500);
	memset(packed + end, 0, 512);
	assert_int_equal(unpack(end + 512, MIB), 0);
	assert_int_equal(size, 1500);
	assert_memory_equal(bytes, all, 1500);
	free(bytes);
	/* Nothing at all is a file, too. */
	assert_int_equal(unpack(pack(0, all, 0), MIB), 0);
	assert_int_equal(size, 0);
	free(bytes);
	free(all);
}

/* A few bytes that unpack to a thousand times as many stop at the limit, and so does the memory. */
static void bombs_stop_at_the_limit(void **state)
{
	uint8_t *zeroes = calloc(1, 64 * MIB);

	(void)state;
	assert_int_equal(unpack(pack(0, zeroes, 64 * MIB), 2 * MIB), -EFBIG);
	assert_null(bytes);
	free(zeroes);
}

static void damaged_files_are_refused(void **state)
{
	uint8_t *all = noise(200000);
	size_t end = pack(0, all, 200000);

	(void)state;
	for (size_t cut = 0; cut < end; cut += cut < 64 ? 1 : 1499) {
		assert_int_equal(unpack(cut, MIB), -EINVAL);
		assert_string_equal(why, "truncated gzip data: the file is incomplete");
	}
	packed[end - 8] ^= 1; /* the checksum */
	assert_int_equal(unpack(end, MIB), -EINVAL);
	assert_string_equal(why,
			    "damaged gzip data after 200000 unpacked bytes (incorrect data check)");
	packed[end - 8] ^= 1;
	packed[3] = 0xff; /* unknown flags */
	assert_int_equal(unpack(end, MIB), -EINVAL);
	assert_non_null(strstr(why, "damaged gzip data after 0 unpacked bytes"));
	end = pack(0, all, 100);
	memcpy(packed + end, "text", 4);
	assert_int_equal(unpack(end + 4, MIB), -EINVAL);
	assert_string_equal(why, "unexpected data after the gzip data");
	free(all);
}

static struct config kernel(const char *path)
{
	return (struct config){
		.vm_memory = 4 * MIB,
		.kernel_image = (char *)(uintptr_t)path,
		.kernel_initrd = (char *)(uintptr_t) "",
		.kernel_cmdline = (char *)(uintptr_t) "",
	};
}

static void compressed_images_are_planned_and_loaded(void **state)
{
	uint8_t *image = noise(100000);
	struct guest_ram ram;
	struct boot_plan plan;
	struct config config;

	(void)state;
	make_image_header(image, 0x1000, MIB, 0);
	config = kernel(temporary_file(packed, pack(0, image, 100000)));
	assert_int_equal(boot_plan(&plan, &config, false), 0);
	assert_int_equal(plan.kernel.file_size, 100000);
	assert_int_equal(plan.kernel.memory_size, MIB);
	assert_int_equal(ram_create(&ram, NULL, -1, plan.ram_size, BACKING_ANONYMOUS,
				    HUGEPAGES_NEVER), 0);
	assert_int_equal(boot_load(&plan, &ram), 0);
	assert_memory_equal(ram.host + 0x1000, image, 100000);
	ram_destroy(&ram);
	boot_plan_close(&plan);
	/* A flat binary is loaded unchanged, also when it looks like gzip. */
	config.kernel_format = FORMAT_FLAT;
	assert_int_equal(boot_plan(&plan, &config, false), 0);
	assert_null(plan.kernel.unpacked);
	boot_plan_close(&plan);
	free(image);
}

static void compressed_kernel_must_be_an_image(void **state)
{
	const char *path = temporary_file(packed, pack(0,
						       (const uint8_t *)"\x7f"
									"ELF",
						       4));
	struct config config = kernel(path);
	struct boot_plan plan;
	char expected[512];

	(void)state;
	capture_begin();
	assert_int_equal(boot_plan(&plan, &config, false), -EINVAL);
	snprintf(expected, sizeof(expected),
		 "donjon: error: %s: unpacked: an ELF file; donjon loads an arm64 Image: use "
		 "arch/arm64/boot/Image, or objcopy -O binary\n",
		 path);
	assert_string_equal(capture_end(), expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_files_are_unpacked),
		cmocka_unit_test(bombs_stop_at_the_limit),
		cmocka_unit_test(damaged_files_are_refused),
		cmocka_unit_test(compressed_images_are_planned_and_loaded),
		cmocka_unit_test(compressed_kernel_must_be_an_image),
	};

	return cmocka_run_group_tests_name("vmm gunzip", tests, NULL, NULL) != 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Kernel formats by name, and the layout of guest RAM: everything fits, nothing overlaps. */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../hyp/abi/platform.h"
#include "../../boot/boot.h"
#include "../../boot/image.h"

#define MIB (1UL << 20)

static void expect_format(const void *bytes, size_t length, const char *message)
{
	struct image image;
	char why[256];
	uint8_t head[IMAGE_PROBE_SIZE] = { 0 };

	memcpy(head, bytes, length);
	assert_int_equal(
		image_probe(&image, head, sizeof(head), 4096, FORMAT_AUTO, why, sizeof(why)),
		-ENOEXEC);
	assert_string_equal(why, message);
}

static void foreign_formats_are_named(void **state)
{
	uint8_t bytes[IMAGE_PROBE_SIZE] = { 0 };

	(void)state;
	expect_format("\x1f\x8b\x08", 3,
		      "gzip-compressed; donjon loads an arm64 Image: gunzip it first");
	expect_format("\x7f"
		      "ELF\2",
		      5,
		      "an ELF file; donjon loads an arm64 Image: use arch/arm64/boot/Image, or "
		      "objcopy -O binary");
	expect_format("\x28\xb5\x2f\xfd", 4,
		      "zstd-compressed; donjon loads an arm64 Image: unzstd it first");
	expect_format("\xfd"
		      "7zXZ\0",
		      6, "xz-compressed; donjon loads an arm64 Image: unxz it first");
	expect_format("\x04\x22\x4d\x18", 4,
		      "lz4-compressed; donjon loads an arm64 Image: unlz4 it first");
	expect_format(
		"\x02\x21\x4c\x18", 4,
		"lz4-compressed (legacy format); donjon loads an arm64 Image: unlz4 it first");
	expect_format("BZh9", 4, "bzip2-compressed; donjon loads an arm64 Image: bunzip2 it first");
	expect_format("MZ\0\0zimg", 8,
		      "an EFI zboot image; donjon loads an arm64 Image: unpack its payload to an "
		      "Image first");
	expect_format("MZ", 2,
		      "a PE/EFI executable without an arm64 Image header; donjon loads an arm64 "
		      "Image: use arch/arm64/boot/Image");
	expect_format("070701", 6,
		      "a cpio archive; donjon loads an arm64 Image: it belongs in [kernel] initrd");
	memcpy(bytes + 0x202, "HdrS", 4);
	expect_format(bytes, sizeof(bytes),
		      "an x86 bzImage; donjon loads an arm64 Image: the guest is arm64");
	expect_format("hello", 5,
		      "not an arm64 Image (no \"ARM\\x64\" at byte 56); for a flat binary that is "
		      "entered at its first byte, set [kernel] format = flat");
}

static void probe_reads_no_further_than_the_file(void **state)
{
	struct image image;
	char why[256];
	/* On the heap, so that the sanitizer sees every byte too many. */
	for (size_t length = 1; length < 0x210; length++) {
		uint8_t *head = malloc(length);

		memset(head, 0xa5, length);
		assert_int_equal(
			image_probe(&image, head, length, length, FORMAT_AUTO, why, sizeof(why)),
			-ENOEXEC);
		free(head);
	}
	(void)state;
}

static void image_headers_are_read(void **state)
{
	uint8_t head[64];
	struct image image;
	char why[256];

	(void)state;
	make_image_header(head, 0x80000, 3 * MIB, 0xa);
	assert_int_equal(image_probe(&image, head, 64, MIB, FORMAT_IMAGE, why, sizeof(why)), 0);
	assert_int_equal(image.text_offset, 0x80000);
	assert_int_equal(image.memory_size, 3 * MIB);
	/* A file longer than it says still has to fit as a whole. */
	assert_int_equal(image_probe(&image, head, 64, 5 * MIB, FORMAT_AUTO, why, sizeof(why)), 0);
	assert_int_equal(image.memory_size, 5 * MIB);
	/* An EFI stub makes the Image a PE file as well: it stays an Image. */
	memcpy(head, "MZ", 2);
	assert_int_equal(image_probe(&image, head, 64, MIB, FORMAT_AUTO, why, sizeof(why)), 0);

	make_image_header(head, 0, MIB, 1);
	assert_int_equal(image_probe(&image, head, 64, MIB, FORMAT_AUTO, why, sizeof(why)),
			 -ENOEXEC);
	assert_string_equal(why, "a big-endian arm64 Image; donjon runs little-endian guests");
	make_image_header(head, 0, 0, 0);
	assert_int_equal(image_probe(&image, head, 64, MIB, FORMAT_AUTO, why, sizeof(why)),
			 -ENOEXEC);
	assert_non_null(strstr(why, "image_size 0"));
	make_image_header(head, 0x123, MIB, 0);
	assert_int_equal(image_probe(&image, head, 64, MIB, FORMAT_AUTO, why, sizeof(why)),
			 -ENOEXEC);
	assert_non_null(strstr(why, "text_offset 0x123"));
	assert_int_equal(image_probe(&image, head, 0, 0, FORMAT_FLAT, why, sizeof(why)), -ENOEXEC);
	assert_string_equal(why, "the file is empty");
}

static struct config config_for(const char *kernel, const char *initrd, uint64_t memory)
{
	return (struct config){
		.kernel_image = (char *)(uintptr_t)kernel,
		.kernel_initrd = (char *)(uintptr_t)initrd,
		.kernel_cmdline = (char *)(uintptr_t) "",
		.vm_memory = memory,
	};
}

static const char *image_file(uint64_t text_offset, uint64_t image_size)
{
	uint8_t file[4096] = { 0 };

	make_image_header(file, text_offset, image_size, 0);
	memset(file + 64, 0x5a, sizeof(file) - 64);
	return temporary_file(file, sizeof(file));
}

static void layout_has_no_overlap(void **state)
{
	uint8_t ramdisk[10000];
	struct boot_plan plan;
	struct config config;

	(void)state;
	memset(ramdisk, 0x77, sizeof(ramdisk));
	config = config_for(image_file(0x1000, MIB), temporary_file(ramdisk, sizeof(ramdisk)),
			    4 * MIB);
	assert_int_equal(boot_plan(&plan, &config, false), 0);
	assert_int_equal(plan.entry, PLAT_RAM_BASE + 0x1000);
	assert_int_equal(plan.fdt, PLAT_RAM_BASE + 4 * MIB - BOOT_FDT_SIZE);
	assert_int_equal(plan.initrd.ipa % 4096, 0);
	assert_true(plan.initrd.ipa + plan.initrd.memory_size <= plan.fdt);
	assert_true(plan.kernel.ipa + plan.kernel.memory_size <= plan.initrd.ipa);
	boot_plan_close(&plan);
}

/* The UART's address is plain there, which a guest that uses RSI may not touch. */
static void earlycon_is_warned_of(void **state)
{
	struct boot_plan plan;
	struct config config;

	(void)state;
	config = config_for(image_file(0, MIB), "", 4 * MIB);
	config.kernel_cmdline = (char *)(uintptr_t) "earlycon=pl011,0x9000000";
	for (int protected = 0; protected < 2; protected ++) {
		capture_begin();
		boot_plan(&plan, &config, protected);
		boot_plan_close(&plan);
		assert_int_equal(strstr(capture_end(), "cmdline has earlycon") != NULL, protected);
	}
}

/* The boot protocol: kernel and initrd in 32 GiB, aligned to 1 GiB. */
static void the_initrd_is_near_the_kernel(void **state)
{
	const uint64_t gib = 1UL << 30;
	struct boot_plan plan;
	struct config config;

	(void)state;
	config = config_for(image_file(0, MIB), temporary_file("ramdisk", 7), 40 * gib);
	assert_int_equal(boot_plan(&plan, &config, false), 0);
	assert_int_equal(plan.fdt, PLAT_RAM_BASE + 32 * gib - BOOT_FDT_SIZE);
	assert_int_equal(plan.initrd.ipa, plan.fdt - 4096);
	boot_plan_close(&plan);
	config = config_for(image_file(0, 33 * gib), "", 40 * gib);
	capture_begin();
	assert_int_equal(boot_plan(&plan, &config, false), -EINVAL);
	assert_non_null(strstr(capture_end(), "do not fit"));
}

static void other_files_are_refused_as_kernels(void **state)
{
	char folder[] = "/tmp/donjon-test-XXXXXX", path[64], message[128];
	struct boot_plan plan;
	struct config config;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/fifo", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	config = config_for(path, "", 4 * MIB);
	capture_begin();
	alarm((unsigned int)limit_ms() / 1000); /* a reader of a FIFO waits for its writer */
	assert_int_equal(boot_plan(&plan, &config, false), -EINVAL);
	alarm(0);
	snprintf(message, sizeof(message), "donjon: error: %s: the kernel must be a regular file\n",
		 path);
	assert_string_equal(capture_end(), message);
	unlink(path);
	rmdir(folder);
}

/* At the very edge: the last byte that fits does, one more does not. */
static void layout_fills_ram_exactly(void **state)
{
	const uint64_t room = 2 * MIB - BOOT_FDT_SIZE;
	struct boot_plan plan;
	struct config config = config_for(image_file(0, room), "", 2 * MIB);

	(void)state;
	assert_int_equal(boot_plan(&plan, &config, false), 0);
	boot_plan_close(&plan);
	config = config_for(image_file(0, room + 1), "", 2 * MIB);
	capture_begin();
	assert_int_equal(boot_plan(&plan, &config, false), -EINVAL);
	assert_non_null(strstr(capture_end(),
			       "the kernel (1985 KiB), the initrd (0 KiB) and the device tree (64 "
			       "KiB) do not fit in 2048 KiB of guest RAM; raise [vm] memory"));
	config = config_for(image_file(0, room), temporary_file("x", 1), 2 * MIB);
	capture_begin();
	assert_int_equal(boot_plan(&plan, &config, false), -EINVAL);
	assert_non_null(strstr(capture_end(), "raise [vm] memory"));
}

static void wrapping_headers_are_refused(void **state)
{
	static const struct {
		uint64_t offset, size;
	} bad[] = {
		{ 0, UINT64_MAX },
		{ UINT64_MAX & ~0xfffULL, MIB },
		{ 0x1000, UINT64_MAX - 0x800 },
		{ 16 * MIB, 4096 },
		{ UINT64_MAX & ~0xfffULL, UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct config config =
			config_for(image_file(bad[i].offset, bad[i].size), "", 16 * MIB);
		struct boot_plan plan;

		capture_begin();
		assert_int_equal(boot_plan(&plan, &config, false), -EINVAL);
		assert_non_null(
			strstr(capture_end(), "guest RAM is only 16384 KiB; raise [vm] memory"));
	}
}

static void loading_puts_bytes_in_place(void **state)
{
	struct config config =
		config_for(image_file(0x2000, MIB), temporary_file("ramdisk", 7), 2 * MIB);
	struct guest_ram ram;
	struct boot_plan plan;
	const uint8_t *kernel;

	(void)state;
	assert_int_equal(boot_plan(&plan, &config, false), 0);
	assert_int_equal(ram_create(&ram, NULL, -1, 2 * MIB, BACKING_ANONYMOUS, HUGEPAGES_NEVER),
			 0);
	assert_int_equal((uintptr_t)ram.host % RAM_BLOCK, 0);
	assert_int_equal(boot_load(&plan, &ram), 0);
	kernel = ram_range(&ram, PLAT_RAM_BASE + 0x2000, 4096);
	assert_memory_equal(kernel + 56, "ARM\x64", 4);
	assert_int_equal(kernel[4095], 0x5a);
	assert_memory_equal(ram_range(&ram, plan.initrd.ipa, 8), "ramdisk", 8);
	boot_plan_close(&plan);
	ram_destroy(&ram);
}

static void missing_and_odd_files_are_named(void **state)
{
	struct config config = config_for("/nonexistent/Image", "", 2 * MIB);
	struct boot_plan plan;

	(void)state;
	capture_begin();
	assert_int_equal(boot_plan(&plan, &config, false), -ENOENT);
	assert_string_equal(capture_end(), "donjon: error: /nonexistent/Image: cannot open the "
					   "kernel: No such file or directory\n");
	config = config_for("/tmp", "", 2 * MIB);
	capture_begin();
	assert_int_equal(boot_plan(&plan, &config, false), -EINVAL);
	assert_string_equal(capture_end(),
			    "donjon: error: /tmp: the kernel must be a regular file\n");
	config = config_for(image_file(0, 4096), "/nonexistent/initrd", 2 * MIB);
	capture_begin();
	assert_int_equal(boot_plan(&plan, &config, false), -ENOENT);
	assert_string_equal(capture_end(), "donjon: error: /nonexistent/initrd: cannot open the "
					   "initrd: No such file or directory\n");
}

/* The translator that every guest-physical address goes through. */
static void ranges_outside_ram_are_refused(void **state)
{
	struct guest_ram ram;

	(void)state;
	assert_int_equal(ram_create(&ram, NULL, -1, 4 * MIB, BACKING_MEMFD, HUGEPAGES_AUTO), 0);
	assert_ptr_equal(ram_range(&ram, ram.ipa, ram.size), ram.host);
	assert_ptr_equal(ram_range(&ram, ram.ipa + ram.size - 1, 1), ram.host + ram.size - 1);
	assert_null(ram_range(&ram, ram.ipa - 1, 1));
	assert_null(ram_range(&ram, ram.ipa + 1, ram.size));
	assert_null(ram_range(&ram, ram.ipa + ram.size, 1));
	assert_null(ram_range(&ram, ram.ipa + 16, UINT64_MAX));
	assert_null(ram_range(&ram, UINT64_MAX, 1));
	assert_null(ram_range(&ram, 0, UINT64_MAX));
	/* Once the guest runs, nothing may be touched. */
	ram.activated = true;
	assert_null(ram_range(&ram, ram.ipa, 1));
	ram_destroy(&ram);
	assert_null(ram_range(&ram, 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(foreign_formats_are_named),
		cmocka_unit_test(probe_reads_no_further_than_the_file),
		cmocka_unit_test(image_headers_are_read),
		cmocka_unit_test(layout_has_no_overlap),
		cmocka_unit_test(earlycon_is_warned_of),
		cmocka_unit_test(the_initrd_is_near_the_kernel),
		cmocka_unit_test(other_files_are_refused_as_kernels),
		cmocka_unit_test(layout_fills_ram_exactly),
		cmocka_unit_test(wrapping_headers_are_refused),
		cmocka_unit_test(loading_puts_bytes_in_place),
		cmocka_unit_test(missing_and_odd_files_are_named),
		cmocka_unit_test(ranges_outside_ram_are_refused),
	};

	return cmocka_run_group_tests_name("vmm boot", tests, NULL, NULL) != 0;
}

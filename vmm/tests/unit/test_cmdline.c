// SPDX-License-Identifier: GPL-2.0-only
/* The command line that a Linux guest gets, and the pool whose size it carries. */
#include "support.h"

#include <errno.h>
#include <string.h>

#include "../../boot/boot.h"
#include "../../boot/cmdline.h"
#include "../../boot/swiotlb.h"
#include "../../ram.h"

#define MIB (1UL << 20)

static void words_are_found_as_linux_does(void **state)
{
	(void)state;
	assert_true(cmdline_has("panic", "panic"));
	assert_true(cmdline_has("quiet panic=5", "panic"));
	assert_true(cmdline_has("  panic=5  ", "panic"));
	assert_true(cmdline_has("\"panic=5 x\"", "panic"));
	assert_false(cmdline_has("", "panic"));
	assert_false(cmdline_has("panic_on_warn=1", "panic"));
	assert_false(cmdline_has("nopanic=1", "panic"));
	assert_false(cmdline_has("x=\"a panic=1\" y", "panic"));
	assert_true(cmdline_has("x=\"a b\" panic=1", "panic"));
	/* What follows "--" is for init. */
	assert_false(cmdline_has("quiet -- panic=1", "panic"));
	assert_true(cmdline_has("panic=1 -- x", "panic"));
	assert_true(cmdline_has("--x panic=1", "panic"));
	/* A quotation mark that nothing ends holds the rest. */
	assert_false(cmdline_has("x=\"a panic=1", "panic"));
}

static void expect_made(const char *cmdline, uint64_t slots, const char *expected)
{
	char out[CMDLINE_SIZE];

	assert_int_equal(cmdline_make(out, cmdline, slots), strlen(expected) - strlen(cmdline));
	assert_string_equal(out, expected);
}

static void words_are_added_once(void **state)
{
	(void)state;
	expect_made("", 0, "panic=-1 reboot=panic_warm ");
	expect_made("console=ttyAMA0 -- x", 4096,
		    "panic=-1 reboot=panic_warm swiotlb=4096 console=ttyAMA0 -- x");
	expect_made("panic=0", 0, "reboot=panic_warm panic=0");
	expect_made("reboot=cold", 0, "panic=-1 reboot=cold");
	expect_made("swiotlb=8,force panic reboot", 4096, "swiotlb=8,force panic reboot");
	expect_made("swiotlb=8 panic=1 reboot=hard", 4096, "swiotlb=8 panic=1 reboot=hard");
}

static void overlong_command_line_is_refused(void **state)
{
	char out[CMDLINE_SIZE], cmdline[CMDLINE_SIZE];

	(void)state;
	/* The words to be added have 27 characters. */
	memset(cmdline, 'x', sizeof(cmdline));
	cmdline[2047 - 27] = '\0';
	assert_int_equal(cmdline_make(out, cmdline, 0), 27);
	assert_int_equal(strlen(out), 2047);
	cmdline[2047 - 27] = 'x';
	cmdline[2047 - 26] = '\0';
	capture_begin();
	assert_int_equal(cmdline_make(out, cmdline, 0), -E2BIG);
	assert_string_equal(capture_end(),
			    "donjon: error: [kernel] cmdline is 2021 characters long; with "
			    "'panic=-1 reboot=panic_warm ' prepended it exceeds Linux's limit of "
			    "2047. Shorten it, or set these options in it yourself\n");
}

static void pool_follows_the_devices(void **state)
{
	struct config config = { .vm_cpus = 1, .rng_enabled = true };

	(void)state;
	assert_int_equal(swiotlb_pool(&config), 0);
	config.console_type = CONSOLE_VIRTIO;
	assert_int_equal(swiotlb_pool(&config), 2 * MIB);
	config.console_type = CONSOLE_PL011;
	config.disks = 1; /* 128 * 16 slots, a run and the entropy device: 2240 of 2 KiB */
	assert_int_equal(swiotlb_pool(&config), 8 * MIB);
	config.rng_enabled = false;
	config.disks = 2;
	config.vm_cpus = 16; /* 4096 + 16 runs: 6144 */
	assert_int_equal(swiotlb_pool(&config), 16 * MIB);
	for (config.disks = 1; config.disks <= DISKS_MAX; config.disks++) {
		uint64_t pool = swiotlb_pool(&config);

		assert_true(pool >= config.disks * 4 * MIB && pool % RAM_BLOCK == 0 &&
			    !(pool & (pool - 1)));
	}
}

static struct config kernel(const char *cmdline, enum image_format format)
{
	uint8_t file[4096] = { 0 };

	make_image_header(file, 0, 8192, 0);
	return (struct config){
		.vm_cpus = 1,
		.vm_memory = 4 * MIB,
		.disks = 1,
		.kernel_format = format,
		.kernel_image = (char *)(uintptr_t)temporary_file(file, sizeof(file)),
		.kernel_initrd = (char *)(uintptr_t) "",
		.kernel_cmdline = (char *)(uintptr_t)cmdline,
	};
}

static void expect_plan(const char *cmdline, enum image_format format, bool protected,
			uint64_t pool, const char *expected)
{
	struct config config = kernel(cmdline, format);
	struct boot_plan plan;

	assert_int_equal(boot_plan(&plan, &config, protected), 0);
	assert_int_equal(plan.pool, pool);
	assert_int_equal(plan.ram_size, 4 * MIB + pool);
	assert_int_equal(plan.fdt, plan.ram_ipa + plan.ram_size - BOOT_FDT_SIZE);
	assert_string_equal(plan.cmdline, expected);
	boot_plan_close(&plan);
}

/* Only a protected Linux needs the pool, and RAM grows by it. */
static void ram_grows_by_the_pool(void **state)
{
	(void)state;
	expect_plan("a", FORMAT_AUTO, true, 8 * MIB, "panic=-1 reboot=panic_warm swiotlb=4096 a");
	expect_plan("a", FORMAT_AUTO, false, 0, "panic=-1 reboot=panic_warm a");
	expect_plan("a", FORMAT_FLAT, true, 0, "a");
	expect_plan("swiotlb=512", FORMAT_AUTO, true, 0, "panic=-1 reboot=panic_warm swiotlb=512");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_found_as_linux_does),
		cmocka_unit_test(words_are_added_once),
		cmocka_unit_test(overlong_command_line_is_refused),
		cmocka_unit_test(pool_follows_the_devices),
		cmocka_unit_test(ram_grows_by_the_pool),
	};

	return cmocka_run_group_tests_name("vmm command line", tests, NULL, NULL) != 0;
}

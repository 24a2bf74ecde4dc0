// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of guest/lib that do not touch the machine, run on the build machine under ASan and
 * UBSan.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>

#include "lib/args.h"
#include "lib/fdt.h"
#include "lib/format.h"
#include "secret/pattern.h"

/* string.c is compiled with other names, next to the C library's functions. */
void *guest_memset(void *dst, int c, size_t n);
void *guest_memcpy(void *dst, const void *src, size_t n);
void *guest_memmove(void *dst, const void *src, size_t n);
int guest_memcmp(const void *a, const void *b, size_t n);
size_t guest_strlen(const char *s);
size_t guest_strnlen(const char *s, size_t max);
int guest_strcmp(const char *a, const char *b);

static void put_cpu(void *blob, const char *name, uint32_t reg)
{
	assert_int_equal(fdt_begin_node(blob, name), 0);
	fdt_property_u32(blob, "reg", reg);
	fdt_end_node(blob);
}

/*
 * A tree like the VMM's, with names that begin alike and nodes below others with a name looked for.
 */
static size_t make_tree(void *blob, int size)
{
	uint64_t reg[2] = { cpu_to_fdt64(0x40000000), cpu_to_fdt64(0x1000000) };

	assert_int_equal(fdt_create(blob, size), 0);
	fdt_finish_reservemap(blob);
	fdt_begin_node(blob, "");
	fdt_property_u32(blob, "#address-cells", 2);
	fdt_begin_node(blob, "memory-controller@1000");
	fdt_property_string(blob, "reg", "wrong one");
	fdt_end_node(blob);
	fdt_begin_node(blob, "soc");
	fdt_begin_node(blob, "memory@0");
	fdt_property_string(blob, "reg", "wrong level");
	fdt_end_node(blob);
	fdt_end_node(blob);
	fdt_begin_node(blob, "memory@40000000");
	fdt_begin_node(blob, "chosen");
	fdt_property_string(blob, "bootargs", "too deep");
	fdt_end_node(blob);
	fdt_end_node(blob);
	fdt_begin_node(blob, "memory@50000000");
	fdt_property(blob, "reg", reg, sizeof(reg));
	fdt_end_node(blob);
	fdt_begin_node(blob, "thermal");
	put_cpu(blob, "cpu@9", 9);
	fdt_end_node(blob);
	fdt_begin_node(blob, "cpus");
	put_cpu(blob, "cpu@0", 0);
	put_cpu(blob, "cpu@1", 1);
	put_cpu(blob, "cpu-map", 77);
	put_cpu(blob, "cpu@100", 0x100);
	fdt_end_node(blob);
	fdt_begin_node(blob, "chosen");
	fdt_property_string(blob, "bootargs", "seconds=3");
	fdt_end_node(blob);
	fdt_end_node(blob);
	assert_int_equal(fdt_finish(blob), 0);
	return fdt_totalsize(blob);
}

static void test_fdt_finds_what_is_there(void **state)
{
	char blob[4096];
	size_t size = make_tree(blob, sizeof(blob));
	struct fdt fdt;
	uint32_t len;
	uint64_t val;
	const void *prop;

	(void)state;
	assert_true(fdt_open(&fdt, blob, size));
	prop = fdt_find(&fdt, "/chosen", 0, "bootargs", &len);
	assert_non_null(prop);
	assert_int_equal(len, 10);
	assert_string_equal(prop, "seconds=3");
	assert_null(fdt_find(&fdt, "/chosen", 1, "bootargs", &len));
	assert_null(fdt_find(&fdt, "/chosen", 0, "bootarg", &len));

	prop = fdt_find(&fdt, "/", 0, "#address-cells", &len);
	assert_true(fdt_cells(prop, len, 0, 1, &val));
	assert_int_equal(val, 2);

	assert_null(fdt_find(&fdt, "/memory", 0, "reg", &len));
	assert_null(fdt_find(&fdt, "/memory", 0, "bootargs", &len));
	assert_non_null(fdt_find(&fdt, "/memory/chosen", 0, "bootargs", &len));
	prop = fdt_find(&fdt, "/memory", 1, "reg", &len);
	assert_non_null(prop);
	assert_true(fdt_cells(prop, len, 0, 2, &val));
	assert_int_equal(val, 0x40000000);
	assert_true(fdt_cells(prop, len, 2, 2, &val));
	assert_int_equal(val, 0x1000000);
	assert_false(fdt_cells(prop, len, 3, 2, &val));
	assert_false(fdt_cells(prop, len, 0, 3, &val));
	assert_false(fdt_cells(prop, len, UINT32_MAX, 2, &val));
	assert_ptr_equal(fdt_find(&fdt, "/memory@50000000", 0, "reg", &len), prop);
}

static void test_fdt_counts_processors(void **state)
{
	static const uint64_t want[] = { 0, 1, 0x100 };
	char blob[4096];
	size_t size = make_tree(blob, sizeof(blob));
	struct fdt fdt;
	uint32_t len;
	uint64_t val;

	(void)state;
	assert_true(fdt_open(&fdt, blob, size));
	for (unsigned int n = 0; n < 3; n++) {
		const void *prop = fdt_find(&fdt, "/cpus/cpu", n, "reg", &len);

		assert_true(fdt_cells(prop, len, 0, 1, &val));
		assert_int_equal(val, want[n]);
	}
	assert_null(fdt_find(&fdt, "/cpus/cpu", 3, "reg", &len));
}

/* Looks a damaged blob over, in memory of exactly its size so that ASan sees each byte too far. */
static void look_over(const char *blob, size_t size)
{
	char *exact = malloc(size ? size : 1);
	volatile uint8_t sum = 0;
	struct fdt fdt;
	uint32_t len;

	memcpy(exact, blob, size);
	if (fdt_open(&fdt, exact, size)) {
		static const char *const paths[] = { "/", "/memory", "/cpus/cpu", "/chosen",
						     "/nothing" };

		for (unsigned int i = 0; i < 5; i++) {
			const uint8_t *prop =
				fdt_find(&fdt, paths[i], 0, i == 3 ? "bootargs" : "reg", &len);

			for (uint32_t j = 0; prop && j < len; j++)
				sum += prop[j];
		}
	}
	free(exact);
}

static void test_fdt_damaged_tree_is_not_read_beyond(void **state)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x03, 0x7f, 0x80, 0xff };
	char blob[4096];
	size_t size = make_tree(blob, sizeof(blob));

	(void)state;
	for (size_t cut = 0; cut < size; cut++)
		look_over(blob, cut);
	for (size_t pos = 0; pos < size; pos++) {
		char old = blob[pos];

		for (unsigned int i = 0; i < sizeof(values); i++) {
			blob[pos] = (char)values[i];
			look_over(blob, size);
		}
		blob[pos] = old;
	}
	/* Whole cells: sizes and offsets near 2^32. */
	for (size_t pos = 0; pos + 4 <= size; pos += 4) {
		char old[4];

		memcpy(old, blob + pos, 4);
		for (unsigned int low = 0xf0; low <= 0xff; low++) {
			memset(blob + pos, 0xff, 3);
			blob[pos + 3] = (char)low;
			look_over(blob, size);
		}
		memcpy(blob + pos, old, 4);
	}
}

/* A name that the end of the strings cuts off is not compared with what lies behind it. */
static void test_fdt_cut_off_name(void **state)
{
	static const char name[] = "#address-cells";	/* libfdt puts the first one last */
	char blob[4096];
	size_t size = make_tree(blob, sizeof(blob));

	(void)state;
	assert_memory_equal(blob + size - sizeof(name), name, sizeof(name));
	for (uint32_t cut = 1; cut < sizeof(name); cut++) {
		char *exact = malloc(size - cut);
		struct fdt fdt;
		uint32_t len;

		memcpy(exact, blob, size - cut);
		fdt_set_totalsize(exact, size - cut);
		fdt_set_size_dt_strings(exact, fdt_size_dt_strings(blob) - cut);
		assert_true(fdt_open(&fdt, exact, size - cut));
		assert_null(fdt_find(&fdt, "/", 0, name, &len));
		assert_non_null(fdt_find(&fdt, "/cpus/cpu", 0, "reg", &len));
		free(exact);
	}
}

static void test_fdt_refuses_what_is_no_tree(void **state)
{
	char blob[4096];
	size_t size = make_tree(blob, sizeof(blob));
	struct fdt fdt;

	(void)state;
	assert_false(fdt_open(&fdt, NULL, size));
	assert_false(fdt_open(&fdt, blob, size - 1));
	blob[0] ^= 1;
	assert_false(fdt_open(&fdt, blob, size));
	blob[0] ^= 1;
	fdt_set_version(blob, 16);
	assert_false(fdt_open(&fdt, blob, size));
	fdt_set_version(blob, 17);
	fdt_set_last_comp_version(blob, 18);
	assert_false(fdt_open(&fdt, blob, size));
}

static void test_args_are_words_with_values(void **state)
{
	static const char text[] =
		"console=ttyAMA0 seconds=30 hex=0x1F\tstrict=1 seconds=4 bad=12x"
		" big=18446744073709551616 max=18446744073709551615 empty= xwait=1 wait";
	char buf[8];
	size_t len;

	(void)state;
	args_init(text, sizeof(text));
	assert_int_equal(args_number("seconds", 7), 30);
	assert_int_equal(args_number("hex", 7), 0x1f);
	assert_int_equal(args_number("strict", 0), 1);
	assert_int_equal(args_number("bad", 7), 7);
	assert_int_equal(args_number("big", 7), 7);
	assert_true(args_number("max", 7) == UINT64_MAX);
	assert_int_equal(args_number("empty", 7), 7);
	assert_int_equal(args_number("wait", 7), 7);
	assert_int_equal(args_number("second", 7), 7);
	assert_null(args_find("absent", &len));
	args_string("console", "none", buf, sizeof(buf));
	assert_string_equal(buf, "ttyAMA0");
	args_string("console", "none", buf, 4);
	assert_string_equal(buf, "tty");
	args_string("absent", "none", buf, sizeof(buf));
	assert_string_equal(buf, "none");
	args_init(text, 19);
	assert_int_equal(args_number("seconds", 7), 7);
	args_init(NULL, 0);
	assert_int_equal(args_number("seconds", 7), 7);
}

static void formats(const char *want, const char *fmt, ...)
{
	char buf[64];
	va_list args;

	va_start(args, fmt);
	assert_int_equal(guest_vformat(buf, sizeof(buf), fmt, args), strlen(want));
	va_end(args);
	assert_string_equal(buf, want);
}

static void test_format_is_like_printf(void **state)
{
	char buf[8];

	(void)state;
	formats("plain 100%", "plain %u%%", 100U);
	formats("-5|   -5|-0005|5", "%d|%5d|%05d|%u", -5, -5, -5, 5U);
	formats("ff 00ff 0xdeadbeefcafe", "%x %04x 0x%lx", 0xffU, 0xffU, 0xdeadbeefcafeUL);
	formats("-9223372036854775808 18446744073709551615", "%ld %lu", INT64_MIN, UINT64_MAX);
	formats("[abc][  abc][x]", "[%s][%5s][%c]", "abc", "abc", 'x');
	formats("(null) 0x1000", "%s %p", (char *)NULL, (void *)0x1000);
	formats("%q 1", "%q %u", 1U);
	formats("end%", "end%");
	assert_int_equal(guest_format(buf, sizeof(buf), "%s", "much too long"), 7);
	assert_string_equal(buf, "much to");
	buf[0] = 'k';
	assert_int_equal(guest_format(buf, 0, "%s", "nothing"), 0);
	assert_int_equal(buf[0], 'k');
}

static void test_memory_functions_at_every_alignment(void **state)
{
	unsigned char have[64], want[64];

	(void)state;
	for (size_t to = 0; to < 10; to++)
		for (size_t from = 0; from < 10; from++)
			for (size_t n = 0; n < 30; n++) {
				for (size_t i = 0; i < sizeof(have); i++)
					have[i] = want[i] = (unsigned char)(i * 7 + 1);
				memmove(want + to, want + from, n);
				guest_memmove(have + to, have + from, n);
				assert_memory_equal(have, want, sizeof(have));
				memcpy(want + to + 32, want + from, n < 20 ? n : 20);
				guest_memcpy(have + to + 32, have + from, n < 20 ? n : 20);
				assert_memory_equal(have, want, sizeof(have));
				memset(want + to, 0xa5, n);
				guest_memset(have + to, 0x3a5, n);
				assert_memory_equal(have, want, sizeof(have));
			}
	assert_int_equal(guest_memcmp("abc", "abd", 2), 0);
	assert_true(guest_memcmp("abc", "abd", 3) < 0);
	assert_true(guest_memcmp("\xff", "\x01", 1) > 0);
	assert_int_equal(guest_strlen("four"), 4);
	assert_int_equal(guest_strnlen("four", 3), 3);
	assert_int_equal(guest_strcmp("a", "a"), 0);
	assert_true(guest_strcmp("a", "ab") < 0 && guest_strcmp("b", "ab") > 0);
}

static void test_secret_words_are_as_documented(void **state)
{
	(void)state;
	assert_true(secret_word(0) == (SECRET_STORED0 ^ SECRET_MASK));
	/* One half of each is enough here: the whole must not be in a file. */
	assert_int_equal(secret_word(0) >> 32, 0x5ec2e7d0);
	assert_int_equal(secret_word(1) >> 32, 0xf00dface);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fdt_finds_what_is_there),
		cmocka_unit_test(test_fdt_counts_processors),
		cmocka_unit_test(test_fdt_damaged_tree_is_not_read_beyond),
		cmocka_unit_test(test_fdt_cut_off_name),
		cmocka_unit_test(test_fdt_refuses_what_is_no_tree),
		cmocka_unit_test(test_args_are_words_with_values),
		cmocka_unit_test(test_format_is_like_printf),
		cmocka_unit_test(test_memory_functions_at_every_alignment),
		cmocka_unit_test(test_secret_words_are_as_documented),
	};

	return cmocka_run_group_tests_name("guest library", tests, NULL, NULL);
}

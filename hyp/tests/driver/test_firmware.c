// SPDX-License-Identifier: GPL-2.0-only
/* The driver's parameter firmware_calls: what is taken, and what is said of what is not. */
#include "kernel.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "abi/boot.h"
#include "abi/smccc.h"
#include "el2/firmware.h"
#include "firmware.inc"

static char said[256];

void pr_err_of_test(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(said, sizeof(said), format, args);
	va_end(args);
}

/* The machine's firmware has PSCI 0.1, too. */
int of_property_read_u32(const struct device_node *node, const char *name, u32 *value)
{
	if (strcmp(name, "cpu_on"))
		return -EINVAL;
	*value = 0x82001234;
	return 0;
}

static struct donjon_firmware_calls calls;

static void taken(const char *text, unsigned int n, ...)
{
	va_list want;
	unsigned int i;

	memset(&calls, 0x55, sizeof(calls));
	said[0] = 0;
	assert_int_equal(firmware_read_list(text, &calls), 0);
	assert_string_equal(said, "");
	va_start(want, n);
	for (i = 0; i < DONJON_MAX_FIRMWARE_CALLS; i++)
		assert_int_equal(calls.function[i], i < n ? va_arg(want, u32) : 0);
	va_end(want);
}

static void refused(const char *text, const char *value, const char *why)
{
	char start[64];

	said[0] = 0;
	assert_int_equal(firmware_read_list(text, &calls), -EINVAL);
	snprintf(start, sizeof(start), "donjon: firmware_calls: '%s' cannot be listed: ", value);
	if (strncmp(said, start, strlen(start)) || !strstr(said, why))
		fail_msg("%s: %s", text, said);
}

static void numbers_are_read(void **state)
{
	taken(NULL, 0);
	taken("", 0);
	taken("0x82000010", 1, 0x82000010);
	taken("0xb2000000,0x32000004,0xbf00ff01", 3, 0xb2000000, 0x32000004, 0xbf00ff01);
	taken("2181038096,0xc2000001", 2, 0x82000010, 0xc2000001);
	taken("0x83000000,", 1, 0x83000000);
}

static void what_is_no_number_is_refused(void **state)
{
	refused("zz", "zz", "no number");
	refused("0x82000010,,0x82000011", "", "no number");
	refused("0x82000010;0x82000011", "0x82000010;0x82000011", "no number");
	refused("0x82000010 ,1", "0x82000010 ", "no number");
	refused("0x182000010", "0x182000010", "no number");
	refused("-1", "-1", "no number");
	refused("0x82000010,0x0000000000000000000082000010", "0x000000000000000000008",
		"no number");
}

static void what_el2_decides_is_refused(void **state)
{
	refused("0x82000010,0xc4000003", "0xc4000003", "PSCI's");
	refused("0x84000013", "0x84000013", "PSCI's");
	refused("0xc4000020", "0xc4000020", "SDEI's");
	refused("0x84000050", "0x84000050", "TRNG's");
	refused("0xc4000073", "0xc4000073", "FF-A's");
	refused("0x84000066", "0x84000066", "FF-A's");
	refused("0x84000041", "0x84000041", "a standard service");
	refused("0xc4000150", "0xc4000150", "a standard service");
	refused("0x80007fff", "0x80007fff", "architecture");
	refused("0", "0", "architecture");
	refused("0xc600d004", "0xc600d004", "hypervisor");
	refused("0xc5000020", "0xc5000020", "hypervisor");
	refused("0x82010010", "0x82010010", "bits 16 to 23");
	refused("0x87000000", "0x87000000", "bits 24 to 29");
	refused("0x95c1ba60", "0x95c1ba60", "bits");
	refused("0x81000000", "0x81000000", "bits 24 to 29");
	refused("0x82001234", "0x82001234", "device tree");
}

/* All that EL2 would pass on may be listed, and what it would not has a reason. */
static void the_driver_says_what_el2_does(void **state)
{
	char text[16];
	uint64_t id;

	for (id = 0x1f; id < 1UL << 32; id += 0x1fff) {
		snprintf(text, sizeof(text), "0x%08lx", id);
		if (smccc_may_be_listed(id))
			taken(text, 1, (u32)id);
		else
			refused(text, text, "");
	}
}

static void there_is_an_end(void **state)
{
	char text[DONJON_MAX_FIRMWARE_CALLS * 11 + 12] = "";
	unsigned int i;

	for (i = 0; i < DONJON_MAX_FIRMWARE_CALLS; i++)
		snprintf(text + strlen(text), 12, "0x820001%02x,", i);
	assert_int_equal(firmware_read_list(text, &calls), 0);
	assert_int_equal(calls.function[0], 0x82000100);
	assert_int_equal(calls.function[63], 0x8200013f);
	strcat(text, "0x82000200");
	refused(text, "0x82000200", "64 are listed");
}

static void what_is_listed_is_found(void **state)
{
	assert_int_equal(firmware_read_list("0x82003d06,0xb200005a", &calls), 0);
	assert_true(firmware_lists(&calls, 0x82003d06));
	assert_true(firmware_lists(&calls, 0xb200005a));
	assert_false(firmware_lists(&calls, 0xc2003d06));
	assert_false(firmware_lists(&calls, 0));
	assert_int_equal(firmware_read_list(NULL, &calls), 0);
	assert_false(firmware_lists(&calls, 0x82003d06));
}

static void a_refused_call_has_a_hint(void **state)
{
	assert_non_null(strstr(firmware_hint("SMC 0x82000010 is refused"), "firmware_calls"));
	assert_non_null(strstr(firmware_hint("SMC 0xbf00ff01 is refused"), "firmware_calls"));
	/* There it would be wrong. */
	assert_string_equal(firmware_hint("SMC 0xc4000003 is refused"), "");
	assert_string_equal(firmware_hint("SMC 0x84000066 is refused"), "");
	assert_string_equal(firmware_hint("SMC 0xffffffff82000010 is refused"), "");
	assert_string_equal(firmware_hint("VM 256: a page at IPA 0x82000010 is lost"), "");
	assert_string_equal(firmware_hint(""), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read),
		cmocka_unit_test(what_is_no_number_is_refused),
		cmocka_unit_test(what_el2_decides_is_refused),
		cmocka_unit_test(the_driver_says_what_el2_does),
		cmocka_unit_test(there_is_an_end),
		cmocka_unit_test(what_is_listed_is_found),
		cmocka_unit_test(a_refused_call_has_a_hint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The MMIO bus: the right device, the right offset, the right bytes; nothing outside a device's
 * range.
 */
#include "support.h"

#include <errno.h>
#include <string.h>

#include "../../bus.h"
#include "../../util/rate.h"

struct recorder {
	uint64_t offset, value;
	unsigned int length, calls;
	const char *seen_as;
};

static uint64_t record_read(void *device, uint64_t offset, unsigned int length)
{
	struct recorder *recorder = device;

	recorder->offset = offset;
	recorder->length = length;
	recorder->calls++;
	recorder->seen_as = bus_current_device();
	return recorder->value;
}

static void record_write(void *device, uint64_t offset, unsigned int length, uint64_t value)
{
	struct recorder *recorder = device;

	recorder->offset = offset;
	recorder->length = length;
	recorder->value = value;
	recorder->calls++;
}

static const struct device_ops ops = { .name = "recorder",
				       .read = record_read,
				       .write = record_write };

static void access_reaches_its_device(void **state)
{
	struct recorder low = { 0 }, high = { .value = 0x8877665544332211 };
	struct bus bus = { .count = 0 };
	uint8_t data[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	(void)state;
	assert_int_equal(bus_add(&bus, 0x2000, 0x1000, &ops, &high), 0);
	assert_int_equal(bus_add(&bus, 0x1000, 0x1000, &ops, &low), 0);
	assert_int_equal(bus_access(&bus, 0x1ffc, data, 4, true), 0);
	assert_int_equal(low.offset, 0xffc);
	assert_int_equal(low.length, 4);
	assert_int_equal(low.value, 0x04030201);
	assert_int_equal(bus_access(&bus, 0x2000, data, 2, false), 0);
	assert_memory_equal(data, "\x11\x22\3\4", 4); /* bytes beyond the access stay */
	assert_int_equal(bus_access(&bus, 0x2ff8, data, 8, false), 0);
	assert_memory_equal(data, "\x11\x22\x33\x44\x55\x66\x77\x88", 8);
	assert_string_equal(high.seen_as, "recorder");
	assert_null(bus_current_device());
}

static void access_outside_is_refused(void **state)
{
	static const struct {
		uint64_t ipa;
		unsigned int length;
	} bad[] = {
		{ 0xfff, 1 }, { 0xffe, 4 },	 { 0x1ffd, 4 },		{ 0x2000, 1 },
		{ 0, 8 },     { UINT64_MAX, 1 }, { UINT64_MAX - 2, 8 }, { 0x8000000000001000, 4 },
	};
	struct recorder recorder = { 0 };
	struct bus bus = { .count = 0 };
	uint8_t data[8] = { 9 };

	(void)state;
	assert_int_equal(bus_access(&bus, 0x1000, data, 4, false), -ENOENT);
	assert_int_equal(bus_add(&bus, 0x1000, 0x1000, &ops, &recorder), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(bus_access(&bus, bad[i].ipa, data, bad[i].length, false), -ENOENT);
	for (unsigned int length = 0; length < 20; length++)
		if (length != 1 && length != 2 && length != 4 && length != 8)
			assert_int_equal(bus_access(&bus, 0x1000, data, length, false), -EINVAL);
	assert_int_equal(recorder.calls, 0);
	assert_int_equal(data[0], 9);
}

static void overlaps_are_refused(void **state)
{
	struct bus bus = { .count = 0 };

	(void)state;
	assert_int_equal(bus_add(&bus, 0x1000, 0x1000, &ops, NULL), 0);
	assert_int_equal(bus_add(&bus, 0x3000, 0x1000, &ops, NULL), 0);
	assert_int_equal(bus_add(&bus, 0x1fff, 1, &ops, NULL), -EEXIST);
	assert_int_equal(bus_add(&bus, 0xfff, 2, &ops, NULL), -EEXIST);
	assert_int_equal(bus_add(&bus, 0x2000, 0x1001, &ops, NULL), -EEXIST);
	assert_int_equal(bus_add(&bus, 0, UINT64_MAX, &ops, NULL), -EEXIST);
	assert_int_equal(bus_add(&bus, 0x5000, 0, &ops, NULL), -EINVAL);
	assert_int_equal(bus_add(&bus, UINT64_MAX, 2, &ops, NULL), -EINVAL);
	assert_int_equal(bus_add(&bus, 0x2000, 0x1000, &ops, NULL), 0); /* fills the gap exactly */
	assert_int_equal(bus_add(&bus, UINT64_MAX, 1, &ops, NULL), 0);
	assert_int_equal(bus.count, 4);
}

static void full_bus_says_so(void **state)
{
	struct bus bus = { .count = 0 };

	(void)state;
	for (uint64_t i = 0; i < BUS_DEVICES_MAX; i++)
		assert_int_equal(bus_add(&bus, i * 16, 16, &ops, NULL), 0);
	assert_int_equal(bus_add(&bus, 0x10000, 16, &ops, NULL), -ENOSPC);
	for (uint64_t ipa = 0; ipa < BUS_DEVICES_MAX * 16; ipa++)
		assert_int_equal(bus_find(&bus, ipa, 1)->base, ipa & ~15ULL);
}

static void what_becomes_of_an_access_to_nowhere_is_told(void **state)
{
	(void)state;
	assert_string_equal(bus_unmapped_effect(true, true), "it gets an external abort");
	assert_string_equal(bus_unmapped_effect(true, false), "it gets an external abort");
	assert_string_equal(bus_unmapped_effect(false, false), "it reads as zero");
	assert_string_equal(bus_unmapped_effect(false, true), "the write has no effect");
}

static void guest_cannot_flood_the_log(void **state)
{
	struct rate rate = { 0 };
	unsigned int hidden, shown = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		shown += rate_allows_at(&rate, 7, &hidden);
	assert_int_equal(shown, RATE_LINES);
	assert_true(rate_allows_at(&rate, 8, &hidden));
	assert_int_equal(hidden, 1000 - RATE_LINES);
	assert_true(rate_allows_at(&rate, 8, &hidden));
	assert_int_equal(hidden, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(access_reaches_its_device),
		cmocka_unit_test(access_outside_is_refused),
		cmocka_unit_test(overlaps_are_refused),
		cmocka_unit_test(full_bus_says_so),
		cmocka_unit_test(what_becomes_of_an_access_to_nowhere_is_told),
		cmocka_unit_test(guest_cannot_flood_the_log),
	};

	return cmocka_run_group_tests_name("vmm bus", tests, NULL, NULL) != 0;
}

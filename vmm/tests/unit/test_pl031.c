// SPDX-License-Identifier: GPL-2.0-only
/* The clock: UTC of the host, and what a guest sets is its own. */
#include "support.h"

#include <time.h>

#include "../../../hyp/abi/platform.h"
#include "../../device/pl031.h"

enum {
	DR = 0x000,
	MR = 0x004,
	LR = 0x008,
	CR = 0x00c,
	IMSC = 0x010,
	MIS = 0x018,
	ICR = 0x01c,
	ID = 0xfe0
};

static uint32_t get(struct pl031 *rtc, uint64_t offset)
{
	return (uint32_t)pl031_ops.read(rtc, offset, 4);
}

static void reads_the_host_s_time(void **state)
{
	struct pl031 rtc = { .match = 0 };
	uint32_t before = (uint32_t)time(NULL), seen = get(&rtc, DR);

	(void)state;
	assert_true(seen - before <= 2);
	assert_int_equal(get(&rtc, CR), 1);
	assert_int_equal(get(&rtc, MIS), 0);
}

static void setting_changes_only_the_guest_s_clock(void **state)
{
	struct pl031 rtc = { .match = 0 }, other = { .match = 0 };
	uint32_t now;

	(void)state;
	pl031_ops.write(&rtc, LR, 4, 1000);
	assert_true(get(&rtc, DR) - 1000 <= 2);
	now = (uint32_t)time(NULL);
	assert_true(get(&other, DR) - now <= 2);
	/* Beyond 32 bits it wraps, as the register does. */
	pl031_ops.write(&rtc, LR, 8, 0x1ffffffffULL);
	assert_true(get(&rtc, DR) + 1 <= 3);
	pl031_ops.write(&rtc, MR, 4, 77);
	assert_int_equal(get(&rtc, MR), 77);
	/* No alarm, and the data register is read-only. */
	pl031_ops.write(&rtc, IMSC, 4, 1);
	pl031_ops.write(&rtc, ICR, 4, 1);
	pl031_ops.write(&rtc, DR, 4, 5);
	assert_int_equal(get(&rtc, MIS), 0);
	assert_true(get(&rtc, DR) != 5);
}

/* Linux's amba bus identifies the device by these: 0x041031, then 0xb105f00d. */
static void identifies_itself(void **state)
{
	struct pl031 rtc = { .match = 0 };
	uint64_t id = 0;

	(void)state;
	for (unsigned int i = 0; i < 8; i++)
		id |= (uint64_t)get(&rtc, ID + 4 * i) << (8 * i);
	assert_int_equal(id, 0xb105f00d00041031);
}

static void odd_accesses_do_nothing(void **state)
{
	struct pl031 rtc = { .match = 5 };

	(void)state;
	for (uint64_t offset = 0; offset < PLAT_RTC_SIZE; offset++) {
		if (offset <= CR && !(offset & 3))
			continue;
		pl031_ops.write(&rtc, offset, 1, UINT64_MAX);
		if (offset < ID)
			assert_int_equal(get(&rtc, offset), 0);
	}
	assert_int_equal(rtc.offset, 0);
	assert_int_equal(rtc.match, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_host_s_time),
		cmocka_unit_test(setting_changes_only_the_guest_s_clock),
		cmocka_unit_test(identifies_itself),
		cmocka_unit_test(odd_accesses_do_nothing),
	};

	return cmocka_run_group_tests_name("vmm pl031", tests, NULL, NULL) != 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The block device, driven as a guest does it: each request does what it says or gets an error, and
 * none reaches beyond the disk.
 */
#include "driver.h"

#include "support.h"

#include <endian.h>
#include <fcntl.h>
#include <linux/virtio_blk.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../virtio/blk.h"
#include "../../virtio/device.h"

#define KIB	    1024UL
#define DISK_SIZE   (256 * KIB)
#define SECTORS	    (DISK_SIZE / 512)
#define UNPROTECTED (1ULL << 39)
#define VERSION_1   VIRTIO_FEATURE(VIRTIO_F_VERSION_1)
#define PLATFORM    VIRTIO_FEATURE(VIRTIO_F_ACCESS_PLATFORM)
#define UNWRITTEN   0xee

/* Header, status and data, as offsets in RAM. */
#define HEADER_AT BUFFERS_AT
#define STATUS_AT (BUFFERS_AT + 0x100)
#define DATA_AT	  (BUFFERS_AT + 0x1000)

static struct machine machine;
static struct driver driver;
static struct disk_config config;
static const char *path;
static uint64_t unprotected;

static uint8_t pattern(uint64_t at)
{
	return (uint8_t)(at / 512 * 7 + at);
}

static const char *make_disk(void)
{
	uint8_t *bytes = malloc(DISK_SIZE);
	const char *made;

	for (uint64_t i = 0; i < DISK_SIZE; i++)
		bytes[i] = pattern(i);
	made = temporary_file(bytes, DISK_SIZE);
	free(bytes);
	return made;
}

static uint64_t offered(void)
{
	uint64_t low;

	reg_write(&machine, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
	low = reg_read(&machine, VIRTIO_MMIO_DEVICE_FEATURES);
	reg_write(&machine, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	return low | (uint64_t)reg_read(&machine, VIRTIO_MMIO_DEVICE_FEATURES) << 32;
}

/* A device with a disk of its own, and a driver that accepts all features except @without. */
static void begin(bool readonly, bool protected, uint64_t without)
{
	path = make_disk();
	config = (struct disk_config){
		.name = (char *)(uintptr_t) "root",
		.path = (char *)(uintptr_t)path,
		.serial = (char *)(uintptr_t) "",
		.readonly = readonly,
		.discard = true,
	};
	unprotected = protected ? UNPROTECTED : 0;
	machine_begin(&machine, virtio_blk_create(&config, protected), true, unprotected);
	driver = driver_rings(machine.ram.host, 0, BLK_QUEUE_SIZE, unprotected);
	/* No EVENT_IDX: each request then raises an interrupt. */
	driver_negotiate(&machine, offered() & ~without & ~VIRTIO_FEATURE(VIRTIO_RING_F_EVENT_IDX));
	driver_enable(&machine, 0, &driver);
	reg_write(&machine, VIRTIO_MMIO_STATUS,
		  reg_read(&machine, VIRTIO_MMIO_STATUS) | VIRTIO_CONFIG_S_DRIVER_OK);
}

static void end(void)
{
	assert_int_equal(machine_stop(&machine), 0);
	machine_end(&machine);
}

static uint64_t at(uint64_t offset)
{
	return (RAM_IPA + offset) | unprotected;
}

static uint8_t *data(void)
{
	return machine.ram.host + DATA_AT;
}

static void put_header(uint32_t type, uint64_t sector)
{
	struct virtio_blk_outhdr header = { .type = htole32(type), .sector = htole64(sector) };

	memcpy(machine.ram.host + HEADER_AT, &header, sizeof(header));
	machine.ram.host[STATUS_AT] = UNWRITTEN;
}

static uint8_t finish(void)
{
	driver_offer(&driver, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	assert_true(driver_wait_used(&driver, driver.next));
	return machine.ram.host[STATUS_AT];
}

/* A request with @length bytes at DATA_AT, which the device writes or reads; returns its status. */
static uint8_t request(uint32_t type, uint64_t sector, uint32_t length, bool write)
{
	put_header(type, sector);
	driver_describe(&driver, 0, at(HEADER_AT), sizeof(struct virtio_blk_outhdr),
			VRING_DESC_F_NEXT, length ? 1 : 2);
	driver_describe(&driver, 1, at(DATA_AT), length,
			VRING_DESC_F_NEXT | (write ? 0 : VRING_DESC_F_WRITE), 2);
	driver_describe(&driver, 2, at(STATUS_AT), 1, VRING_DESC_F_WRITE, 0);
	return finish();
}

static void expect_file(uint64_t offset, const uint8_t *expected, size_t length)
{
	uint8_t *bytes = malloc(length);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_int_equal(pread(fd, bytes, length, (off_t)offset), length);
	assert_memory_equal(bytes, expected, length);
	close(fd);
	free(bytes);
}

static void expect_untouched(void)
{
	uint8_t *bytes = malloc(DISK_SIZE);

	for (uint64_t i = 0; i < DISK_SIZE; i++)
		bytes[i] = pattern(i);
	expect_file(0, bytes, DISK_SIZE);
	free(bytes);
}

static void reads_and_writes(void **state)
{
	uint8_t expected[4 * KIB];

	(void)state;
	for (int protected = 0; protected < 2; protected ++) {
		begin(false, protected, 0);
		assert_int_equal(request(VIRTIO_BLK_T_IN, 5, 4 * KIB, false), VIRTIO_BLK_S_OK);
		for (size_t i = 0; i < sizeof(expected); i++)
			expected[i] = pattern(5 * 512 + i);
		assert_memory_equal(data(), expected, sizeof(expected));
		assert_int_equal(driver_used_length(&driver, 0), 4 * KIB + 1);
		memset(expected, 0x42, sizeof(expected));
		memset(data(), 0x42, sizeof(expected));
		assert_int_equal(request(VIRTIO_BLK_T_OUT, SECTORS - 8, 4 * KIB, true),
				 VIRTIO_BLK_S_OK);
		expect_file(DISK_SIZE - 4 * KIB, expected, sizeof(expected));
		assert_int_equal(request(VIRTIO_BLK_T_FLUSH, 0, 0, false), VIRTIO_BLK_S_OK);
		/* Nothing, from anywhere on the disk, is no error. */
		assert_int_equal(request(VIRTIO_BLK_T_IN, SECTORS, 0, false), VIRTIO_BLK_S_OK);
		end();
	}
}

/* The header in two buffers, the data in three, the status in the last of them. */
static void any_buffer_layout_is_accepted(void **state)
{
	uint8_t expected[2 * KIB];

	(void)state;
	begin(false, false, 0);
	put_header(VIRTIO_BLK_T_IN, 2);
	driver_describe(&driver, 0, at(HEADER_AT), 3, VRING_DESC_F_NEXT, 1);
	driver_describe(&driver, 1, at(HEADER_AT + 3), 13, VRING_DESC_F_NEXT, 2);
	driver_describe(&driver, 2, at(DATA_AT), 1, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 3);
	driver_describe(&driver, 3, at(DATA_AT + 1), 1000, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE,
			4);
	driver_describe(&driver, 4, at(DATA_AT + 1001), 2 * KIB - 1001 + 1, VRING_DESC_F_WRITE, 0);
	data()[2 * KIB] = UNWRITTEN;
	finish();
	for (size_t i = 0; i < sizeof(expected); i++)
		expected[i] = pattern(2 * 512 + i);
	assert_memory_equal(data(), expected, sizeof(expected));
	assert_int_equal(data()[2 * KIB], VIRTIO_BLK_S_OK);
	end();
}

static void nothing_reaches_beyond_the_disk(void **state)
{
	static const struct {
		uint64_t sector;
		uint32_t length;
	} bad[] = {
		{ SECTORS, 512 },    { SECTORS - 1, 1024 },
		{ UINT64_MAX, 512 }, { UINT64_MAX / 512, 512 },
		{ 1ULL << 55, 512 }, { UINT64_MAX - 1, 1536 },
		{ 0, 511 },	     { 0, 1 },
		{ 0, 513 },
	};

	(void)state;
	begin(false, false, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(request(VIRTIO_BLK_T_IN, bad[i].sector, bad[i].length, false),
				 VIRTIO_BLK_S_IOERR);
		assert_int_equal(request(VIRTIO_BLK_T_OUT, bad[i].sector, bad[i].length, true),
				 VIRTIO_BLK_S_IOERR);
	}
	expect_untouched();
	end();
}

static void odd_requests_are_refused(void **state)
{
	(void)state;
	begin(false, false, 0);
	/* Types that there are, but not here, and one that there is not. */
	assert_int_equal(request(VIRTIO_BLK_T_SECURE_ERASE, 0, 16, true), VIRTIO_BLK_S_UNSUPP);
	assert_int_equal(request(2, 0, 512, true), VIRTIO_BLK_S_UNSUPP);
	assert_int_equal(request(UINT32_MAX, 0, 0, false), VIRTIO_BLK_S_UNSUPP);
	/* A write whose data are for the device to write. */
	assert_int_equal(request(VIRTIO_BLK_T_OUT, 0, 512, false), VIRTIO_BLK_S_IOERR);
	/* A header that is too short. */
	put_header(VIRTIO_BLK_T_IN, 0);
	driver_describe(&driver, 0, at(HEADER_AT), 15, VRING_DESC_F_NEXT, 2);
	driver_describe(&driver, 2, at(STATUS_AT), 1, VRING_DESC_F_WRITE, 0);
	assert_int_equal(finish(), VIRTIO_BLK_S_IOERR);
	/* No header at all. */
	put_header(VIRTIO_BLK_T_IN, 0);
	driver_describe(&driver, 0, at(STATUS_AT), 1, VRING_DESC_F_WRITE, 0);
	assert_int_equal(finish(), VIRTIO_BLK_S_IOERR);
	expect_untouched();
	end();
}

static void a_missing_status_byte_stops_the_device(void **state)
{
	(void)state;
	begin(false, false, 0);
	put_header(VIRTIO_BLK_T_FLUSH, 0);
	driver_describe(&driver, 0, at(HEADER_AT), 16, 0, 0);
	/* The device may still be looking for what was there when it began. */
	capture_begin();
	driver_offer(&driver, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	assert_true(wait_needs_reset(&machine));
	assert_int_equal(machine_stop(&machine), 0);
	assert_non_null(strstr(capture_end(),
			       "disk 'root': queue 0: a request has no byte for its status"));
	machine_end(&machine);
}

static void read_only_stays_so(void **state)
{
	struct virtio_blk_discard_write_zeroes range = { .num_sectors = htole32(8) };

	(void)state;
	begin(true, false, 0);
	assert_true(offered() & VIRTIO_FEATURE(VIRTIO_BLK_F_RO));
	assert_false(offered() & (VIRTIO_FEATURE(VIRTIO_BLK_F_DISCARD) |
				  VIRTIO_FEATURE(VIRTIO_BLK_F_WRITE_ZEROES)));
	assert_int_equal(request(VIRTIO_BLK_T_IN, 0, 512, false), VIRTIO_BLK_S_OK);
	capture_begin();
	assert_int_equal(request(VIRTIO_BLK_T_OUT, 0, 512, true), VIRTIO_BLK_S_IOERR);
	assert_string_equal(capture_end(), ""); /* the host was not even asked */
	memcpy(data(), &range, sizeof(range));
	assert_int_equal(request(VIRTIO_BLK_T_DISCARD, 0, sizeof(range), true),
			 VIRTIO_BLK_S_UNSUPP);
	assert_int_equal(request(VIRTIO_BLK_T_WRITE_ZEROES, 0, sizeof(range), true),
			 VIRTIO_BLK_S_UNSUPP);
	expect_untouched();
	end();
}

static void serial_numbers_are_returned(void **state)
{
	(void)state;
	begin(false, false, 0);
	memset(data(), 'x', 32);
	assert_int_equal(request(VIRTIO_BLK_T_GET_ID, 0, 32, false), VIRTIO_BLK_S_OK);
	assert_memory_equal(data(), "root\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0xxxx", 24);
	memset(data(), 'x', 32);
	assert_int_equal(request(VIRTIO_BLK_T_GET_ID, 0, 3, false), VIRTIO_BLK_S_OK);
	assert_memory_equal(data(), "rooxx", 5);
	end();
}

static uint8_t clear(uint32_t type, uint64_t sector, uint32_t sectors, uint32_t flags,
		     unsigned int count)
{
	struct virtio_blk_discard_write_zeroes range = { htole64(sector), htole32(sectors),
							 htole32(flags) };

	for (unsigned int i = 0; i < count; i++)
		memcpy(data() + i * sizeof(range), &range, sizeof(range));
	return request(type, 0, count * (uint32_t)sizeof(range), true);
}

static void ranges_are_cleared(void **state)
{
	static const uint8_t zeroes[4 * KIB];
	struct virtio_blk_discard_write_zeroes two[2] = { { htole64(64), htole32(8), 0 },
							  { htole64(SECTORS), htole32(1), 0 } };

	(void)state;
	begin(false, false, 0);
	/* Of two ranges the second is bad: the first is not touched. */
	memcpy(data(), two, sizeof(two));
	assert_int_equal(request(VIRTIO_BLK_T_WRITE_ZEROES, 0, sizeof(two), true),
			 VIRTIO_BLK_S_IOERR);
	assert_int_equal(clear(VIRTIO_BLK_T_WRITE_ZEROES, UINT64_MAX, 2, 0, 1), VIRTIO_BLK_S_IOERR);
	assert_int_equal(clear(VIRTIO_BLK_T_WRITE_ZEROES, 0, UINT32_MAX, 0, 1), VIRTIO_BLK_S_IOERR);
	assert_int_equal(clear(VIRTIO_BLK_T_DISCARD, SECTORS - 1, 2, 0, 1), VIRTIO_BLK_S_IOERR);
	assert_int_equal(clear(VIRTIO_BLK_T_DISCARD, 0, 8, 1, 1), VIRTIO_BLK_S_UNSUPP);
	assert_int_equal(clear(VIRTIO_BLK_T_WRITE_ZEROES, 0, 8, 2, 1), VIRTIO_BLK_S_UNSUPP);
	assert_int_equal(clear(VIRTIO_BLK_T_DISCARD, 0, 8, 0, 17), VIRTIO_BLK_S_IOERR);
	assert_int_equal(request(VIRTIO_BLK_T_DISCARD, 0, 15, true), VIRTIO_BLK_S_IOERR);
	assert_int_equal(request(VIRTIO_BLK_T_DISCARD, 0, 0, true), VIRTIO_BLK_S_IOERR);
	expect_untouched();
	assert_int_equal(clear(VIRTIO_BLK_T_WRITE_ZEROES, 64, 8, 0, 1), VIRTIO_BLK_S_OK);
	expect_file(64 * 512, zeroes, sizeof(zeroes));
	assert_int_equal(clear(VIRTIO_BLK_T_WRITE_ZEROES, 128, 8, 1, 16), VIRTIO_BLK_S_OK);
	expect_file(128 * 512, zeroes, sizeof(zeroes));
	assert_int_equal(clear(VIRTIO_BLK_T_DISCARD, 256, 8, 0, 1), VIRTIO_BLK_S_OK);
	end();
}

/* Features that the driver did not accept do not exist for it. */
static void refused_features_are_off(void **state)
{
	(void)state;
	begin(false, false,
	      VIRTIO_FEATURE(VIRTIO_BLK_F_DISCARD) | VIRTIO_FEATURE(VIRTIO_BLK_F_WRITE_ZEROES) |
		      VIRTIO_FEATURE(VIRTIO_BLK_F_FLUSH));
	assert_int_equal(clear(VIRTIO_BLK_T_DISCARD, 0, 8, 0, 1), VIRTIO_BLK_S_UNSUPP);
	assert_int_equal(clear(VIRTIO_BLK_T_WRITE_ZEROES, 0, 8, 0, 1), VIRTIO_BLK_S_UNSUPP);
	/* Each write is made to last then, which a file can. */
	assert_int_equal(request(VIRTIO_BLK_T_OUT, 0, 512, true), VIRTIO_BLK_S_OK);
	end();
}

/* A protected guest's segments are bounded, so that the pool that it got suffices. */
static void limits_are_announced_and_enforced(void **state)
{
	(void)state;
	begin(false, true, 0);
	assert_true(offered() & VIRTIO_FEATURE(VIRTIO_BLK_F_SIZE_MAX));
	assert_true(offered() & PLATFORM);
	assert_false(offered() & VIRTIO_FEATURE(VIRTIO_RING_F_INDIRECT_DESC));
	assert_int_equal(reg_read(&machine, 0x100), SECTORS);
	assert_int_equal(reg_read(&machine, 0x108), BLK_SEGMENT_MAX_PROTECTED);
	assert_int_equal(reg_read(&machine, 0x10c), BLK_QUEUE_SIZE - 2);
	assert_int_equal(reg_read(&machine, 0x114), 512);
	assert_int_equal(reg_read_sized(&machine, 0x118, 1), 3); /* 4 KiB are 2^3 blocks */
	end();
	begin(false, false, 0);
	assert_true(offered() & VIRTIO_FEATURE(VIRTIO_RING_F_INDIRECT_DESC));
	assert_int_equal(reg_read(&machine, 0x108), BLK_SEGMENT_MAX);
	end();
}

/* Private pages: an I/O error and one message; the device continues. */
static void private_pages_are_io_errors(void **state)
{
	(void)state;
	begin(false, true, 0);
	assert_int_equal(mprotect(data(), 4096, PROT_NONE), 0);
	capture_begin();
	assert_int_equal(request(VIRTIO_BLK_T_IN, 0, 4 * KIB, false), VIRTIO_BLK_S_IOERR);
	assert_int_equal(request(VIRTIO_BLK_T_OUT, 0, 4 * KIB, true), VIRTIO_BLK_S_IOERR);
	assert_int_equal(request(VIRTIO_BLK_T_GET_ID, 0, 20, false), VIRTIO_BLK_S_IOERR);
	assert_int_equal(request(VIRTIO_BLK_T_DISCARD, 0, 16, true), VIRTIO_BLK_S_IOERR);
	assert_int_equal(mprotect(data(), 4096, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(request(VIRTIO_BLK_T_IN, 0, 4 * KIB, false), VIRTIO_BLK_S_OK);
	assert_non_null(strstr(capture_end(),
			       "donjon: warning: disk 'root': read at sector 0: the buffer "
			       "is private guest memory; the request fails\n"));
	expect_untouched();
	end();
}

static void host_errors_are_reported(void **state)
{
	(void)state;
	begin(false, false, 0);
	assert_int_equal(truncate(path, 4096), 0);
	capture_begin();
	assert_int_equal(request(VIRTIO_BLK_T_IN, 64, 512, false), VIRTIO_BLK_S_IOERR);
	assert_string_equal(capture_end(), "donjon: warning: disk 'root': read at sector 64: "
					   "Input/output error; the request fails\n");
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes),
		cmocka_unit_test(any_buffer_layout_is_accepted),
		cmocka_unit_test(nothing_reaches_beyond_the_disk),
		cmocka_unit_test(odd_requests_are_refused),
		cmocka_unit_test(a_missing_status_byte_stops_the_device),
		cmocka_unit_test(read_only_stays_so),
		cmocka_unit_test(serial_numbers_are_returned),
		cmocka_unit_test(ranges_are_cleared),
		cmocka_unit_test(refused_features_are_off),
		cmocka_unit_test(limits_are_announced_and_enforced),
		cmocka_unit_test(private_pages_are_io_errors),
		cmocka_unit_test(host_errors_are_reported),
	};

	return cmocka_run_group_tests_name("vmm block device", tests, NULL, NULL) != 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Block requests that are well-formed chains and senseless requests: each is answered with an
 * error, none does harm.
 */
#include "virtqueue/virtqueue.h"

#include "lib/limit.h"
#include "lib/sysreg.h"

#define TYPE_IN			0U
#define TYPE_OUT		1U
#define TYPE_FLUSH		4U
#define TYPE_GET_ID		8U
#define TYPE_DISCARD		11U
#define TYPE_WRITE_ZEROES	13U
#define STATUS_OK		0
#define UNANSWERED		0xee

/* What came of it; a device may also want a reset, which is 0xff here. */
static uint8_t answer(const struct device *device, const char *what)
{
	uint64_t end = counter() + LIMIT_SECONDS * counter_frequency();
	bool reset = false;

	request_submit(device, 0);
	while (!shared->used.index && !reset) {
		reset = reg_read(device, REG_STATUS) & STATUS_NEEDS_RESET;
		if (counter() > end)
			fail("%s: the disk has not answered in %d s", what, LIMIT_SECONDS);
	}
	dsb_sy();
	attacks++;
	resets += reset;
	return reset ? 0xff : shared->status[0];
}

/* A request with a header, a buffer of length bytes, and a status byte. */
static void refused(const struct device *device, const char *what, uint32_t type, uint64_t sector,
		    uint32_t length, uint16_t way)
{
	uint8_t status;

	device_start(device);
	request_fill(device);
	shared->header[0] = type;
	shared->header[1] = sector;
	shared->table[1] =
		(struct descriptor){ (uint64_t)shared->data, length, DESC_NEXT | way, 2 };
	status = answer(device, what);
	if (status == STATUS_OK || status == UNANSWERED)
		fail("%s: the disk answers %u", what, status);
	device_must_work(device, what);
}

/* The segment of a discard or write of zeroes: sector, number of sectors, flags. */
static void segment(const struct device *device, const char *what, uint32_t type, uint64_t sector,
		    uint64_t rest)
{
	shared->data[0] = 0;
	for (unsigned int i = 0; i < 8; i++) {
		shared->data[1024 + i] = (uint8_t)(sector >> (8 * i));
		shared->data[1032 + i] = (uint8_t)(rest >> (8 * i));
	}
	device_start(device);
	request_fill(device);
	shared->header[0] = type;
	shared->table[1] = (struct descriptor){ (uint64_t)shared->data + 1024, 16, DESC_NEXT, 2 };
	if (answer(device, what) == STATUS_OK)
		fail("%s: the disk says that it is done", what);
	device_must_work(device, what);
}

static void chains(const struct device *device)
{
	device_start(device);
	request_fill(device);
	shared->table[0].flags = 0;
	answer(device, "a header alone");
	device_must_work(device, "a header alone");

	device_start(device);
	request_fill(device);
	shared->table[0].length = 15;
	answer(device, "a header too short");
	device_must_work(device, "a header too short");

	device_start(device);
	request_fill(device);
	shared->table[2].flags = 0;
	answer(device, "a status byte that cannot be written");
	device_must_work(device, "a status byte that cannot be written");

	/*
	 * Good, though no driver does it: the header in pieces. It need not be refused, but must be
	 * answered.
	 */
	device_start(device);
	request_fill(device);
	for (unsigned int i = 0; i < 8; i++)
		shared->table[4 + i] =
			(struct descriptor){ (uint64_t)shared->header + 2 * i, 2, DESC_NEXT,
					     (uint16_t)(i == 7 ? 1 : 5 + i) };
	shared->table[0] = shared->table[4];
	answer(device, "a header in pieces of two bytes");
	device_must_work(device, "a header in pieces of two bytes");
}

void attack_blocks(const struct device *device)
{
	uint64_t sectors;

	if (device->id != ID_BLOCK)
		return;
	sectors = reg_read(device, REG_CONFIG) | (uint64_t)reg_read(device, REG_CONFIG + 4) << 32;
	refused(device, "a read behind the end", TYPE_IN, sectors, SECTOR, DESC_WRITE);
	refused(device, "a read across the end", TYPE_IN, sectors - 1, 2 * SECTOR, DESC_WRITE);
	refused(device, "a read from a sector that wraps", TYPE_IN, 1UL << 55, SECTOR, DESC_WRITE);
	refused(device, "a read from the last sector of all", TYPE_IN, ~0UL, SECTOR, DESC_WRITE);
	refused(device, "a write behind the end", TYPE_OUT, sectors, SECTOR, 0);
	refused(device, "a write across the end", TYPE_OUT, sectors - 1, 2 * SECTOR, 0);
	refused(device, "a write to a sector that wraps", TYPE_OUT, ~0UL - 1, 2 * SECTOR, 0);
	refused(device, "half a sector", TYPE_IN, 0, SECTOR / 2, DESC_WRITE);
	refused(device, "an unknown type", 99, 0, SECTOR, DESC_WRITE);
	refused(device, "type ~0", ~0U, 0, SECTOR, DESC_WRITE);
	segment(device, "a discard behind the end", TYPE_DISCARD, sectors, 8);
	segment(device, "a discard of everything there could be", TYPE_DISCARD, 0, ~0U);
	segment(device, "a discard that wraps", TYPE_DISCARD, ~0UL, ~0U);
	segment(device, "zeroes behind the end", TYPE_WRITE_ZEROES, sectors, 8);
	segment(device, "zeroes that wrap", TYPE_WRITE_ZEROES, ~0UL - 3, 8);
	segment(device, "zeroes with flags that there are not", TYPE_WRITE_ZEROES, sectors - 1,
		0xfffffffe00000001UL);
	chains(device);
}

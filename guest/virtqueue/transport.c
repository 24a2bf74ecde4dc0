// SPDX-License-Identifier: GPL-2.0-only
#include "virtqueue/virtqueue.h"

#include "lib/limit.h"
#include "lib/string.h"
#include "lib/sysreg.h"

#define FEATURE_VERSION_1	1U	/* bit 32, in the upper half */
#define FEATURE_ACCESS_PLATFORM	2U	/* bit 33 */
#define BLOCK_IN		0U
#define UNTOUCHED		0xee

uint32_t reg_read(const struct device *device, uint64_t reg)
{
	return mmio_read32(device->base + reg);
}

void reg_write(const struct device *device, uint64_t reg, uint32_t value)
{
	mmio_write32(device->base + reg, value);
}

void reg_write64(const struct device *device, uint64_t reg, uint64_t value)
{
	reg_write(device, reg, (uint32_t)value);
	reg_write(device, reg + 4, (uint32_t)(value >> 32));
}

void device_begin(const struct device *device)
{
	uint32_t offered;

	reg_write(device, REG_STATUS, 0);
	if (reg_read(device, REG_STATUS))
		fail("device %u: status 0x%x after a reset", device->id,
		     reg_read(device, REG_STATUS));
	reg_write(device, REG_STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	reg_write(device, REG_DEVICE_FEATURES_SEL, 1);
	offered = reg_read(device, REG_DEVICE_FEATURES);
	reg_write(device, REG_DRIVER_FEATURES_SEL, 0);
	reg_write(device, REG_DRIVER_FEATURES, 0);
	reg_write(device, REG_DRIVER_FEATURES_SEL, 1);
	reg_write(device, REG_DRIVER_FEATURES,
		  offered & (FEATURE_VERSION_1 | FEATURE_ACCESS_PLATFORM));
	reg_write(device, REG_STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK);
	if (!(reg_read(device, REG_STATUS) & STATUS_FEATURES_OK))
		fail("device %u refuses the features that it offers", device->id);
	reg_write(device, REG_QUEUE_SEL, device->queue);
}

void device_start(const struct device *device)
{
	device_begin(device);
	memset((void *)&shared->avail, 0, sizeof(shared->avail));
	memset((void *)&shared->used, 0, sizeof(shared->used));
	reg_write(device, REG_QUEUE_NUM, QUEUE_SIZE);
	reg_write64(device, REG_QUEUE_DESC, (uint64_t)shared->table);
	reg_write64(device, REG_QUEUE_DRIVER, (uint64_t)&shared->avail);
	reg_write64(device, REG_QUEUE_DEVICE, (uint64_t)&shared->used);
	reg_write(device, REG_QUEUE_READY, 1);
	reg_write(device, REG_STATUS,
		  STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK | STATUS_DRIVER_OK);
}

static void describe(unsigned int n, volatile void *at, uint32_t length, uint16_t flags)
{
	shared->table[n] = (struct descriptor){ (uint64_t)at, length, flags, (uint16_t)(n + 1) };
}

void request_fill(const struct device *device)
{
	memset((void *)shared->data, UNTOUCHED, SECTOR);
	switch (device->id) {
	case ID_BLOCK:
		shared->header[0] = BLOCK_IN;
		shared->header[1] = 0;
		shared->status[0] = UNTOUCHED;
		describe(0, shared->header, 16, DESC_NEXT);
		describe(1, shared->data, SECTOR, DESC_NEXT | DESC_WRITE);
		describe(2, shared->status, 1, DESC_WRITE);
		break;
	case ID_ENTROPY:
		describe(0, shared->data, 64, DESC_WRITE);
		break;
	default:
		/* What a console prints. */
		shared->data[0] = '.';
		describe(0, shared->data, 1, 0);
	}
}

void request_submit(const struct device *device, uint16_t head)
{
	shared->avail.ring[shared->avail.index % QUEUE_SIZE] = head;
	dsb_sy();
	shared->avail.index++;
	dsb_sy();
	reg_write(device, REG_QUEUE_NOTIFY, device->queue);
}

bool request_wait(unsigned int milliseconds)
{
	uint64_t end = counter() + milliseconds * (counter_frequency() / 1000);

	while (!shared->used.index)
		if (counter() > end)
			return false;
	dsb_sy();
	return true;
}

static bool data_came(void)
{
	for (unsigned int i = 0; i < 64; i++)
		if (shared->data[i] != UNTOUCHED)
			return true;
	return false;
}

void device_must_work(const struct device *device, const char *after)
{
	device_start(device);
	request_fill(device);
	request_submit(device, 0);
	if (!request_wait(1000 * LIMIT_SECONDS))
		fail("after %s: device %u has not answered a good request in %d s, status 0x%x",
		     after, device->id, LIMIT_SECONDS, reg_read(device, REG_STATUS));
	if (reg_read(device, REG_STATUS) & STATUS_NEEDS_RESET || shared->used.ring[0].id)
		fail("after %s: device %u answers a good request with status 0x%x, id %u", after,
		     device->id, reg_read(device, REG_STATUS), shared->used.ring[0].id);
	if ((device->id == ID_BLOCK && shared->status[0]) ||
	    (device->id != ID_CONSOLE && !data_came()))
		fail("after %s: device %u gives no data, status byte 0x%x", after, device->id,
		     shared->status[0]);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues that are wrong: in their descriptors, their rings, their addresses and their set-up. Each
 * attack begins with a device that works and ends with a reset, after which it must work again.
 * Where the specification leaves no other answer, DEVICE_NEEDS_RESET must be seen.
 */
#include "virtqueue/virtqueue.h"

#include "abi/platform.h"
#include "lib/page.h"
#include "lib/rsi.h"
#include "lib/string.h"
#include "lib/sysreg.h"

#define SEEN_SOON	20	/* milliseconds in which a device mostly answers */
#define SEEN_LATE	20000	/* and in which it must */

enum wanted {
	ANYTHING,	/* an error of the request, or a reset */
	RESET,
};

/* Waits until the device has used a buffer or wants a reset. */
static void settle(const struct device *device, const char *what, enum wanted wanted)
{
	unsigned int limit = wanted == RESET ? SEEN_LATE : SEEN_SOON;
	uint64_t end = counter() + limit * (counter_frequency() / 1000);
	bool reset;

	do
		reset = reg_read(device, REG_STATUS) & STATUS_NEEDS_RESET;
	while (!reset && counter() < end && (wanted == RESET || !shared->used.index));
	if (wanted == RESET && !reset)
		fail("%s: device %u does not want a reset, status 0x%x, %u used", what, device->id,
		     reg_read(device, REG_STATUS), shared->used.index);
	attacks++;
	resets += reset;
	device_must_work(device, what);
}

/* The good request with its first descriptor changed. */
static void first(const struct device *device, const char *what, uint64_t address, uint32_t length,
		  uint16_t flags, uint16_t next, enum wanted wanted)
{
	device_start(device);
	request_fill(device);
	shared->table[0] = (struct descriptor){ address, length, flags, next };
	request_submit(device, 0);
	settle(device, what, wanted);
}

static void chains(const struct device *device)
{
	uint64_t data = (uint64_t)shared->data;
	uint16_t way = device->id == ID_CONSOLE ? 0 : DESC_WRITE;

	first(device, "a descriptor that is its own next one", data, 16, DESC_NEXT | way, 0, RESET);
	first(device, "a next one outside the table", data, 16, DESC_NEXT | way, QUEUE_SIZE, RESET);
	first(device, "a next one far outside", data, 16, DESC_NEXT | way, 0xffff, RESET);
	first(device, "an empty buffer", data, 0, way, 0, ANYTHING);
	first(device, "indirect, which was not negotiated", (uint64_t)shared->indirect, 16,
	      DESC_INDIRECT, 0, RESET);
	first(device, "all flags", data, 16, 0xffff, 1, RESET);
	first(device, "flags that there are not", data, 16, 0xfff8 | way, 1, ANYTHING);

	device_start(device);
	for (unsigned int i = 0; i < QUEUE_SIZE; i++)
		shared->table[i] = (struct descriptor){ data, 64, DESC_NEXT | way,
							(uint16_t)((i + 1) % QUEUE_SIZE) };
	request_submit(device, 3);
	settle(device, "a ring of all descriptors", RESET);

	device_start(device);
	shared->table[0] = (struct descriptor){ data, 16, DESC_NEXT | DESC_WRITE, 1 };
	shared->table[1] = (struct descriptor){ data, 16, 0, 0 };
	request_submit(device, 0);
	settle(device, "a readable buffer behind a writable one", RESET);

	/* Together more than 4 GiB, each in RAM only by its first byte. */
	device_start(device);
	for (unsigned int i = 0; i < QUEUE_SIZE; i++)
		shared->table[i] = (struct descriptor){ data, 0xfffff000U,
							i == QUEUE_SIZE - 1 ? way : DESC_NEXT | way,
							(uint16_t)(i + 1) };
	request_submit(device, 0);
	settle(device, "buffers of 64 GiB", RESET);
}

static void addresses(const struct device *device)
{
	struct range ram = guest_ram();
	uint64_t end = ram.base + ram.size, unprotected = rsi_unprotected_bit(),
		 data = (uint64_t)shared->data;
	const struct {
		const char *what;
		uint64_t address;
		uint32_t length;
	} wild[] = {
		{ "address 0", 0, 16 },
		{ "the UART as a buffer", unprotected | PLAT_UART_BASE, 16 },
		{ "the distributor as a buffer", unprotected | PLAT_GICD_BASE, 4096 },
		{ "the device's own registers", device->base, 256 },
		{ "a buffer below RAM", ram.base - 16, 16 },
		{ "a buffer that begins below RAM", ram.base - 8, 16 },
		{ "a buffer that ends above RAM", end - 8, 16 },
		{ "a buffer above RAM", end, 16 },
		{ "the same at the unprotected IPA", unprotected | (end - 8), 16 },
		{ "an address with bit 63", data | 1UL << 63, 16 },
		{ "an address with bit 52", data | 1UL << 52, 16 },
		{ "the last bytes of all", ~0UL - 15, 16 },
		{ "a buffer that wraps", ~0UL - 7, 16 },
		{ "a buffer that wraps into RAM", 0 - ram.base, 0x80000000U },
		{ "the greatest length", data, ~0U },
		{ "a length with the sign bit", data, 0x80000000U },
	};
	uint16_t way = device->id == ID_CONSOLE ? 0 : DESC_WRITE;

	for (unsigned int i = 0; i < sizeof(wild) / sizeof(wild[0]); i++)
		first(device, wild[i].what, wild[i].address, wild[i].length, way, 0, RESET);
}

/*
 * Addresses in RAM that are the guest's own. They can be translated, but touching them gives an
 * error.
 */
static void private_buffers(const struct device *device)
{
	uint64_t data = (uint64_t)shared->data;
	uint16_t way = device->id == ID_CONSOLE ? 0 : DESC_WRITE;

	if (!rsi_unprotected_bit())
		return;
	page_fill(private_page, private_page, 1);
	first(device, "a private page", private_page, 4096, way, 0, ANYTHING);
	first(device, "a private page at the unprotected IPA", rsi_unprotected_bit() | private_page,
	      4096, way, 0, ANYTHING);
	first(device, "a buffer that ends in a private page", (uint64_t)shared->converted, 2 * 4096,
	      way, 0, ANYTHING);
	if (device->id == ID_BLOCK) {
		device_start(device);
		request_fill(device);
		shared->table[0].address = private_page;
		request_submit(device, 0);
		settle(device, "a header in a private page", ANYTHING);
		device_start(device);
		request_fill(device);
		shared->table[1].address = private_page;
		request_submit(device, 0);
		settle(device, "data into a private page", ANYTHING);
		device_start(device);
		request_fill(device);
		shared->table[2].address = private_page;
		request_submit(device, 0);
		settle(device, "the status byte in a private page", ANYTHING);
		device_start(device);
		request_fill(device);
		shared->table[1] =
			(struct descriptor){ data + 4096 - 256, SECTOR, DESC_NEXT | DESC_WRITE, 2 };
		request_submit(device, 0);
		settle(device, "data across pages", ANYTHING);
	}
	page_check("private page after the attacks on it", private_page, private_page, 1);
}

static void ring_indices(const struct device *device)
{
	static const uint16_t jumps[] = { QUEUE_SIZE + 1, 0x100, 0x7fff, 0x8000, 0xffff };

	for (unsigned int i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		device_start(device);
		request_fill(device);
		shared->avail.index = jumps[i];
		dsb_sy();
		reg_write(device, REG_QUEUE_NOTIFY, device->queue);
		settle(device, "an available index that jumps", RESET);
	}
	for (unsigned int head = QUEUE_SIZE; head < 0x10000; head += 0x7ff1) {
		device_start(device);
		request_fill(device);
		request_submit(device, (uint16_t)head);
		settle(device, "a head outside the table", RESET);
	}
	/* The same head sixteen times over, which the device cannot know to be wrong. */
	device_start(device);
	request_fill(device);
	for (unsigned int i = 0; i < QUEUE_SIZE; i++)
		request_submit(device, 0);
	settle(device, "one head again and again", ANYTHING);
	/* Backwards, after a good request. */
	device_must_work(device, "one head again and again");
	shared->avail.index = 0;
	dsb_sy();
	reg_write(device, REG_QUEUE_NOTIFY, device->queue);
	settle(device, "an available index that goes back", RESET);
}

/*
 * Sizes and places of rings that cannot be; the device must not get ready, or must say so
 * afterwards.
 */
static void set_up(const struct device *device, uint32_t size, uint64_t desc, uint64_t avail,
		   uint64_t used)
{
	device_begin(device);
	memset((void *)&shared->avail, 0, sizeof(shared->avail));
	memset((void *)&shared->used, 0, sizeof(shared->used));
	request_fill(device);
	reg_write(device, REG_QUEUE_NUM, size);
	reg_write64(device, REG_QUEUE_DESC, desc);
	reg_write64(device, REG_QUEUE_DRIVER, avail);
	reg_write64(device, REG_QUEUE_DEVICE, used);
	reg_write(device, REG_QUEUE_READY, 1);
	reg_write(device, REG_STATUS,
		  STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK | STATUS_DRIVER_OK);
	request_submit(device, 0);
	settle(device, "rings that cannot be", ANYTHING);
}

static void ring_places(const struct device *device)
{
	static const uint32_t sizes[] = {
		0, 3, 15, 512, 0x8000, 0x10000, 0x10001, 0x80000000U, ~0U
	};
	struct range ram = guest_ram();
	uint64_t desc = (uint64_t)shared->table, avail = (uint64_t)&shared->avail,
		 used = (uint64_t)&shared->used;
	const uint64_t places[] = { 0,
				    1,
				    8,
				    rsi_unprotected_bit() | PLAT_UART_BASE,
				    ram.base - 8,
				    ram.base + ram.size - 8,
				    ram.base + ram.size,
				    desc + 1,
				    desc | 1UL << 63,
				    ~0UL,
				    ~0UL - 15,
				    private_page,
				    rsi_unprotected_bit() | private_page };

	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		set_up(device, sizes[i], desc, avail, used);
	for (unsigned int i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		set_up(device, QUEUE_SIZE, places[i], avail, used);
		set_up(device, QUEUE_SIZE, desc, places[i], used);
		set_up(device, QUEUE_SIZE, desc, avail, places[i]);
	}
	set_up(device, QUEUE_SIZE, desc, desc, desc);
	set_up(device, QUEUE_SIZE, used, used, used);
}

/* A page that goes private while the device works on it. */
static void moving(const struct device *device)
{
	uint64_t converted = (uint64_t)shared->converted & ~rsi_unprotected_bit();

	if (!rsi_unprotected_bit())
		return;
	for (unsigned int i = 0; i < 20; i++) {
		device_start(device);
		request_fill(device);
		shared->table[device->id == ID_BLOCK].address = (uint64_t)shared->converted;
		request_submit(device, 0);
		rsi_convert(converted, PAGE_SIZE, RIPAS_RAM);
		page_check_zero("page private again under a request", converted);
		rsi_convert(converted, PAGE_SIZE, RIPAS_EMPTY);
		settle(device, "a buffer that goes private", ANYTHING);
	}
}

/* Resets with requests under way, which must not be answered after it. */
static void resets_meanwhile(const struct device *device)
{
	for (unsigned int i = 0; i < 50; i++) {
		device_start(device);
		request_fill(device);
		for (unsigned int n = 0; n < QUEUE_SIZE; n++)
			request_submit(device, 0);
		reg_write(device, REG_STATUS, 0);
		shared->used.index = 0;
		dsb_sy();
		reg_write(device, REG_QUEUE_NOTIFY, device->queue);
		if (request_wait(2))
			fail("device %u uses a buffer after its reset", device->id);
	}
	attacks++;
	device_must_work(device, "resets with requests under way");
}

void attack_queues(const struct device *device)
{
	device_must_work(device, "nothing");
	chains(device);
	addresses(device);
	private_buffers(device);
	ring_indices(device);
	ring_places(device);
	moving(device);
	resets_meanwhile(device);
}

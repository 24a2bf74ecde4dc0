/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the `virtqueue` payload have in common. Numbers are those of virtio 1.2,
 * sections 2, 4.2 and 5.
 */
#pragma once

#include <stdbool.h>
#include "lib/guest.h"
#include "lib/mmu.h"

#define REG_MAGIC		0x000UL
#define REG_DEVICE_ID		0x008UL
#define REG_DEVICE_FEATURES	0x010UL
#define REG_DEVICE_FEATURES_SEL	0x014UL
#define REG_DRIVER_FEATURES	0x020UL
#define REG_DRIVER_FEATURES_SEL	0x024UL
#define REG_QUEUE_SEL		0x030UL
#define REG_QUEUE_NUM_MAX	0x034UL
#define REG_QUEUE_NUM		0x038UL
#define REG_QUEUE_READY		0x044UL
#define REG_QUEUE_NOTIFY	0x050UL
#define REG_INTERRUPT_ACK	0x064UL
#define REG_STATUS		0x070UL
#define REG_QUEUE_DESC		0x080UL
#define REG_QUEUE_DRIVER	0x090UL
#define REG_QUEUE_DEVICE	0x0a0UL
#define REG_CONFIG		0x100UL
#define REG_END			0x1000UL

#define VIRTIO_MAGIC		0x74726976U
#define ID_BLOCK		2U
#define ID_CONSOLE		3U
#define ID_ENTROPY		4U

#define STATUS_ACKNOWLEDGE	1U
#define STATUS_DRIVER		2U
#define STATUS_DRIVER_OK	4U
#define STATUS_FEATURES_OK	8U
#define STATUS_NEEDS_RESET	64U

#define DESC_NEXT		1U
#define DESC_WRITE		2U
#define DESC_INDIRECT		4U

#define QUEUE_SIZE		16U
#define SECTOR			512U

struct descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags;
	uint16_t next;
};

/*
 * Memory that the guest shares: 2 MiB, in a Realm at the unprotected IPA. The device's addresses
 * are the CPU's.
 */
struct shared {
	struct descriptor table[QUEUE_SIZE];
	uint8_t unused0[PAGE_SIZE - QUEUE_SIZE * sizeof(struct descriptor)];
	struct {
		uint16_t flags, index, ring[QUEUE_SIZE];
	} avail;
	uint8_t unused1[PAGE_SIZE - 4 - 2 * QUEUE_SIZE];
	struct {
		uint16_t flags, index;
		struct {
			uint32_t id, length;
		} ring[QUEUE_SIZE];
	} used;
	uint8_t unused2[PAGE_SIZE - 4 - 8 * QUEUE_SIZE];
	struct descriptor indirect[PAGE_SIZE / sizeof(struct descriptor)];
	/* of a block request: type, sector; and the segment of a discard */
	uint64_t header[PAGE_SIZE / 8];
	uint8_t status[PAGE_SIZE];
	uint8_t data[64 * 1024];
	/* goes private and comes back while requests are under way */
	uint8_t converted[PAGE_SIZE];
};
_Static_assert(sizeof(struct shared) <= BLOCK_SIZE, "it is one block");

struct device {
	uint64_t base;
	uint32_t id;
	unsigned int queue;	/* the one that the device answers */
};

extern volatile struct shared *shared;
extern uint64_t private_page;	/* protected IPA of a page that no device may see */
extern unsigned int attacks, resets;

/* transport.c: registers, and a queue that is set up as it should be. */
uint32_t reg_read(const struct device *device, uint64_t reg);
void reg_write(const struct device *device, uint64_t reg, uint32_t value);
void reg_write64(const struct device *device, uint64_t reg, uint64_t value);
/* Reset, features, up to before the queues. */
void device_begin(const struct device *device);
/* Rings at their places, empty; then the queue is ready and the device goes. */
void device_start(const struct device *device);
/* A good request is in descriptors 0 and on, not yet available. */
void request_fill(const struct device *device);
/* Makes descriptor head available and notifies. */
void request_submit(const struct device *device, uint16_t head);
/* Whether the device has used a buffer within that time. */
bool request_wait(unsigned int milliseconds);
/* Resets the device, and lets it do a good request: it must. */
void device_must_work(const struct device *device, const char *after);

/* queues.c, blocks.c, registers.c: the attacks. */
void attack_queues(const struct device *device);
void attack_blocks(const struct device *device);
void attack_registers(const struct device *device);
/* For a CPU of its own: writes registers of all devices at random until *stop. */
void register_stress(const struct device *devices, unsigned int count, uint64_t seed,
		     volatile uint32_t *stop);

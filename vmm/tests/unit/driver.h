/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's side of virtio for the unit tests: RAM, the rings in it, and a machine whose KVM is
 * faked. Nothing here checks: tests write what a bad driver would write as well.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../../virtio/queue.h"
#include "../../virtio/devices.h"

#define RAM_IPA	 0x40000000UL
#define RAM_SIZE (1UL << 20)
/* Where the tests put things, as offsets in RAM. Each queue has its rings in 16 KiB of its own. */
#define RINGS_AT(queue) (0x10000UL * (1 + (queue)))
#define TABLE_AT	0x60000UL /* an indirect table */
#define BUFFERS_AT	0x80000UL

/* The rings of one queue as the driver has them. */
struct driver {
	uint16_t size;
	struct vring_desc *table;
	uint16_t *avail; /* flags, index, entries, used_event */
	uint16_t *used;	 /* flags, index, elements, avail_event */
	uint64_t table_ipa, avail_ipa, used_ipa;
	uint16_t next; /* what the driver will write to the available index */
};

/* A mapping for guest RAM, zeroed; its pages can be made inaccessible with mprotect(2). */
uint8_t *ram_make(void);
void ram_free(uint8_t *ram);

/* Rings for @size descriptors in @ram; the unprotected bit is put into their addresses. */
struct driver driver_rings(uint8_t *ram, unsigned int queue, uint16_t size, uint64_t unprotected);

/* Writes a descriptor to the queue's table. */
void driver_describe(struct driver *driver, unsigned int index, uint64_t ipa, uint32_t length,
		     uint16_t flags, uint16_t next);

/* Makes the chain with @head available. */
void driver_offer(struct driver *driver, uint16_t head);

/* The used index, and the element that was given back as number @index (free-running). */
uint16_t driver_used(const struct driver *driver);
uint32_t driver_used_id(const struct driver *driver, uint16_t index);
uint32_t driver_used_length(const struct driver *driver, uint16_t index);

/* A machine with one or more virtio devices. There is one at a time, as the fake KVM is one. */
struct machine {
	struct guest_ram ram;
	struct bus bus;
	struct virtio_devices virtio;
	struct kvm_sys sys;
	bool eventfds; /* what the fake KVM has: irqfd and ioeventfd */
};

/* Starts @device on a new machine. */
void machine_begin(struct machine *machine, struct virtio_device *device, bool eventfds,
		   uint64_t unprotected);
/* Stops the threads; returns virtio_stop()'s answer. */
int machine_stop(struct machine *machine);
void machine_end(struct machine *machine);

/*
 * 32-bit accesses of the first device's registers; a notification goes through the ioeventfd if
 * there is one.
 */
uint32_t reg_read(struct machine *machine, uint64_t offset);
void reg_write(struct machine *machine, uint64_t offset, uint32_t value);
uint64_t reg_read_sized(struct machine *machine, uint64_t offset, unsigned int length);
void reg_write_sized(struct machine *machine, uint64_t offset, unsigned int length, uint64_t value);

/*
 * How many interrupts the first device has raised since the last call; waits up to @wait_ms for the
 * first.
 */
unsigned int interrupts(struct machine *machine, int wait_ms);

/* For wait_ms, where none may come: long enough for the device's thread to get its turn. */
#define A_WHILE 200

/* Tells the device where @driver's rings are, and that they are ready. */
void driver_enable(struct machine *machine, unsigned int queue, const struct driver *driver);

/* ACKNOWLEDGE to FEATURES_OK with exactly @features; returns the status after it. */
uint32_t driver_negotiate(struct machine *machine, uint64_t features);

/* Waits until the device has given @count chains back, at most 5 s. */
bool driver_wait_used(const struct driver *driver, uint16_t count);

/* Waits until the device needs a reset, at most 5 s. */
bool wait_needs_reset(struct machine *machine);

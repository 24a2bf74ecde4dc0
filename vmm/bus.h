/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MMIO bus: finds the device that a guest's access means. Devices are added before the first
 * vCPU runs; from then on the bus does not change, so that vCPU threads use it without a lock. A
 * device has a lock of its own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUS_DEVICES_MAX 48

/*
 * The interface of a device to the rest of the VMM. Each device is one file that holds its state
 * and this table. read and write get the offset in the device's range and an access of 1, 2, 4 or 8
 * bytes that lies inside it; they run on vCPU threads, possibly several at a time. Offsets and
 * values come from the guest: nothing may be assumed about them.
 */
struct device_ops {
	const char *name;
	uint64_t (*read)(void *device, uint64_t offset, unsigned int length);
	void (*write)(void *device, uint64_t offset, unsigned int length, uint64_t value);
	/*
	 * Adds the device's node to the device tree under the root. 0 or a libfdt error (negative).
	 */
	int (*describe)(void *device, void *fdt);
};

struct bus_device {
	uint64_t base, size;
	const struct device_ops *ops;
	void *device;
};

struct bus {
	struct bus_device device[BUS_DEVICES_MAX]; /* sorted by base, no overlaps */
	size_t count;
};

/*
 * Puts @device at [@base, @base + @size). -EINVAL: empty or wrapping range; -EEXIST: overlaps a
 * device that is there already; -ENOSPC: BUS_DEVICES_MAX reached.
 */
int bus_add(struct bus *bus, uint64_t base, uint64_t size, const struct device_ops *ops,
	    void *device);

/* The device whose range holds all of [@ipa, @ipa + @length), or NULL. */
const struct bus_device *bus_find(const struct bus *bus, uint64_t ipa, unsigned int length);

/*
 * Carries out a guest's access of @length (1, 2, 4 or 8) bytes; @data is little-endian, as KVM
 * gives and takes it. -ENOENT: no device there; -EINVAL: another length. @data is then unchanged.
 */
int bus_access(const struct bus *bus, uint64_t ipa, uint8_t *data, unsigned int length, bool write);

/* What becomes of an access to an address without a device, for a message about it. */
const char *bus_unmapped_effect(bool aborted, bool write);

/* The device that this thread is in, or NULL: for the message about a fault in guest memory. */
const char *bus_current_device(void);

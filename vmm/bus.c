// SPDX-License-Identifier: GPL-2.0-only
#include "bus.h"

#include <errno.h>
#include <string.h>

static _Thread_local const char *volatile current_device;

const char *bus_current_device(void)
{
	return current_device;
}

int bus_add(struct bus *bus, uint64_t base, uint64_t size, const struct device_ops *ops,
	    void *device)
{
	size_t place = 0;

	if (!size || base + size - 1 < base)
		return -EINVAL;
	if (bus->count == BUS_DEVICES_MAX)
		return -ENOSPC;
	while (place < bus->count && bus->device[place].base < base)
		place++;
	if (place && base - bus->device[place - 1].base < bus->device[place - 1].size)
		return -EEXIST;
	if (place < bus->count && bus->device[place].base - base < size)
		return -EEXIST;
	memmove(&bus->device[place + 1], &bus->device[place],
		(bus->count - place) * sizeof(bus->device[0]));
	bus->device[place] = (struct bus_device){ base, size, ops, device };
	bus->count++;
	return 0;
}

const struct bus_device *bus_find(const struct bus *bus, uint64_t ipa, unsigned int length)
{
	size_t low = 0, high = bus->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct bus_device *entry = &bus->device[middle];

		if (ipa < entry->base) {
			high = middle;
		} else if (ipa - entry->base >= entry->size) {
			low = middle + 1;
		} else {
			return length && length <= entry->size - (ipa - entry->base) ? entry : NULL;
		}
	}
	return NULL;
}

int bus_access(const struct bus *bus, uint64_t ipa, uint8_t *data, unsigned int length, bool write)
{
	const struct bus_device *entry;
	uint64_t value = 0;

	if (length != 1 && length != 2 && length != 4 && length != 8)
		return -EINVAL;
	entry = bus_find(bus, ipa, length);
	if (!entry)
		return -ENOENT;
	current_device = entry->ops->name;
	if (write) {
		for (unsigned int i = 0; i < length; i++)
			value |= (uint64_t)data[i] << (8 * i);
		entry->ops->write(entry->device, ipa - entry->base, length, value);
	} else {
		value = entry->ops->read(entry->device, ipa - entry->base, length);
		for (unsigned int i = 0; i < length; i++)
			data[i] = (uint8_t)(value >> (8 * i));
	}
	current_device = NULL;
	return 0;
}

const char *bus_unmapped_effect(bool aborted, bool write)
{
	if (aborted)
		return "it gets an external abort";
	return write ? "the write has no effect" : "it reads as zero";
}

// SPDX-License-Identifier: GPL-2.0-only
#include "slots.h"

#include <errno.h>
#include <string.h>

#include "../util/log.h"
#include "device.h"
#include "mmio.h"

static uint64_t slot_base(unsigned int slot)
{
	return PLAT_VIRTIO_BASE + slot * PLAT_VIRTIO_STRIDE;
}

int virtio_add(struct virtio_slots *slots, struct bus *bus, struct virtio_device *device,
	       bool access_platform)
{
	int ret = -ENOSPC;

	if (!device)
		return -ENOMEM;
	device->slot = slots->count;
	device->access_platform = access_platform;
	if (slots->count < PLAT_VIRTIO_MAX)
		ret = bus_add(bus, slot_base(device->slot), PLAT_VIRTIO_STRIDE, &virtio_mmio_ops,
			      device);
	if (ret) {
		log_error("%s: no place for device %u: %s; a machine has at most %d virtio devices",
			  device->name, device->slot, strerror(-ret), PLAT_VIRTIO_MAX);
		device->ops->destroy(device);
		return ret;
	}
	slots->device[slots->count++] = device;
	return 0;
}

static int connect(struct virtio_slots *slots, struct virtio_device *device)
{
	device->host = &slots->host;
	virtio_host_connect(&slots->host, device->slot, PLAT_VIRTIO_SPI + device->slot);
	for (unsigned int i = 0; i < device->queues; i++)
		virtio_host_notify(&slots->host, slot_base(device->slot) + VIRTIO_MMIO_QUEUE_NOTIFY,
				   i, device->notification[i].fd);
	return device_start(device);
}

int virtio_start(struct virtio_slots *slots, const struct guest_ram *ram, uint64_t alias,
		 const struct kvm_sys *sys, int vm)
{
	const struct guest_memory memory = { ram->host, ram->ipa, ram->size, alias };
	int ret = 0;

	virtio_host_init(&slots->host, &memory, sys, vm);
	for (unsigned int i = 0; i < slots->count && !ret; i++)
		ret = connect(slots, slots->device[i]);
	return ret;
}

int virtio_stop(struct virtio_slots *slots)
{
	int ret = 0;

	/* All are asked before the first is waited for, so that the waits do not add up. */
	for (unsigned int i = 0; i < slots->count; i++)
		device_quit(slots->device[i]);
	for (unsigned int i = 0; i < slots->count; i++)
		ret = device_join(slots->device[i]) ? -ETIMEDOUT : ret;
	return ret;
}

void virtio_destroy(struct virtio_slots *slots)
{
	for (unsigned int i = 0; i < slots->count; i++)
		slots->device[i]->ops->destroy(slots->device[i]);
	slots->count = 0;
	virtio_host_destroy(&slots->host);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "devices.h"

#include <errno.h>

#include "../util/log.h"
#include "device.h"
#include "mmio.h"

static uint64_t device_base(unsigned int index)
{
	return PLAT_VIRTIO_BASE + index * PLAT_VIRTIO_STRIDE;
}

int virtio_add(struct virtio_devices *devices, struct bus *bus, struct virtio_device *device,
	       bool access_platform)
{
	int ret = -ENOSPC;

	if (!device)
		return -ENOMEM;
	device->index = devices->count;
	device->access_platform = access_platform;
	if (devices->count < PLAT_VIRTIO_MAX)
		ret = bus_add(bus, device_base(device->index), PLAT_VIRTIO_STRIDE, &virtio_mmio_ops,
			      device);
	if (ret) {
		log_error("%s: cannot add virtio device %u: %s; a machine has at most %d",
			  device->name, device->index, error_text(-ret), PLAT_VIRTIO_MAX);
		device->ops->destroy(device);
		return ret;
	}
	devices->device[devices->count++] = device;
	return 0;
}

static int connect(struct virtio_devices *devices, const struct guest_ram *ram,
		   struct virtio_device *device)
{
	device->ram = ram;
	device->notify = &devices->notify;
	virtio_notify_irqfd(&devices->notify, device->index, PLAT_VIRTIO_SPI + device->index);
	for (unsigned int i = 0; i < device->queues; i++)
		virtio_notify_ioeventfd(&devices->notify,
					device_base(device->index) + VIRTIO_MMIO_QUEUE_NOTIFY, i,
					device->notification[i].fd);
	return device_start(device);
}

int virtio_start(struct virtio_devices *devices, const struct guest_ram *ram,
		 const struct kvm_sys *sys, int vm)
{
	int ret = 0;

	virtio_notify_init(&devices->notify, sys, vm);
	for (unsigned int i = 0; i < devices->count && !ret; i++)
		ret = connect(devices, ram, devices->device[i]);
	return ret;
}

int virtio_stop(struct virtio_devices *devices)
{
	int ret = 0;

	/* All are asked before the first is waited for, so that the waits do not add up. */
	for (unsigned int i = 0; i < devices->count; i++)
		device_quit(devices->device[i]);
	for (unsigned int i = 0; i < devices->count; i++)
		ret = device_join(devices->device[i]) ? -ETIMEDOUT : ret;
	return ret;
}

void virtio_destroy(struct virtio_devices *devices)
{
	for (unsigned int i = 0; i < devices->count; i++)
		devices->device[i]->ops->destroy(devices->device[i]);
	devices->count = 0;
	virtio_notify_destroy(&devices->notify);
}

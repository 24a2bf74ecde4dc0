// SPDX-License-Identifier: GPL-2.0-only
#include "mmio.h"

#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "../../hyp/abi/platform.h"
#include "../boot/fdt.h"
#include "device.h"

#define MAGIC	    0x74726976u /* "virt" */
#define MMIO_2	    2u
#define VENDOR	    0x4a4e4f44u /* "DONJ" */
#define STATUS_BITS 0xffu

/* A message caused by a register write, for when the lock is released. All NULL and false: none. */
struct complaint {
	const char *what;
	unsigned int queue;
	bool refused; /* only the features; else it is a violation */
};

static uint32_t half(uint64_t value, uint32_t select)
{
	return select < 2 ? (uint32_t)(value >> (32 * select)) : 0;
}

static void set_half(uint64_t *value, unsigned int select, uint32_t part)
{
	if (select < 2)
		*value = (*value & ~(0xffffffffULL << (32 * select))) | (uint64_t)part
										<< (32 * select);
}

/* The queue that the driver has selected, or NULL if the device has none of this number. */
static struct queue *selected(struct virtio_device *device)
{
	return device->queue_select < device->queues ? &device->queue[device->queue_select] : NULL;
}

static uint32_t read_register(struct virtio_device *device, uint64_t offset)
{
	const struct queue *queue = selected(device);

	switch (offset) {
	case VIRTIO_MMIO_MAGIC_VALUE:
		return MAGIC;
	case VIRTIO_MMIO_VERSION:
		return MMIO_2;
	case VIRTIO_MMIO_DEVICE_ID:
		return device->ops->id;
	case VIRTIO_MMIO_VENDOR_ID:
		return VENDOR;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		return half(device_features(device), device->device_features_select);
	case VIRTIO_MMIO_QUEUE_NUM_MAX:
		return queue ? queue->size_max : 0;
	case VIRTIO_MMIO_QUEUE_READY:
		return queue && queue->ready;
	case VIRTIO_MMIO_INTERRUPT_STATUS:
		return device->interrupt_status;
	case VIRTIO_MMIO_STATUS:
		return device->status;
	case VIRTIO_MMIO_SHM_LEN_LOW:
	case VIRTIO_MMIO_SHM_LEN_HIGH:
	case VIRTIO_MMIO_SHM_BASE_LOW:
	case VIRTIO_MMIO_SHM_BASE_HIGH:
		return UINT32_MAX; /* there is no such region (4.2.2.1) */
	case VIRTIO_MMIO_CONFIG_GENERATION:
		return device->generation;
	}
	return 0;
}

/* Whether the driver's choice of features can be worked with; else why not. */
static bool accept_features(struct virtio_device *device, struct complaint *complaint)
{
	uint64_t chosen = device->driver_features;

	if (chosen & ~device_features(device))
		complaint->what = "the driver accepts features that were not offered";
	else if (!(chosen & VIRTIO_FEATURE(VIRTIO_F_VERSION_1)))
		complaint->what = "the driver does not accept VIRTIO_F_VERSION_1";
	else if (device->access_platform && !(chosen & VIRTIO_FEATURE(VIRTIO_F_ACCESS_PLATFORM)))
		complaint->what = "the driver does not accept VIRTIO_F_ACCESS_PLATFORM, without "
				  "which it cannot share memory";
	complaint->refused = complaint->what;
	for (unsigned int i = 0; i < device->queues; i++) {
		device->queue[i].event_idx = chosen & VIRTIO_FEATURE(VIRTIO_RING_F_EVENT_IDX);
		device->queue[i].indirect = chosen & VIRTIO_FEATURE(VIRTIO_RING_F_INDIRECT_DESC);
	}
	return !complaint->what;
}

/* 3.1.1 and 2.1: a driver only adds bits, in order, or resets. */
static void write_status(struct virtio_device *device, uint32_t value, struct complaint *complaint)
{
	uint32_t added;

	if (!value) {
		device_pause(device);
		device_reset(device);
		device_resume(device);
		return;
	}
	value &= STATUS_BITS & ~VIRTIO_CONFIG_S_NEEDS_RESET;
	added = value & ~device->status;
	if (device->status & ~value & ~VIRTIO_CONFIG_S_NEEDS_RESET) {
		complaint->what = "the driver cleared a status bit without a reset";
		return;
	}
	if ((added & VIRTIO_CONFIG_S_FEATURES_OK) && !accept_features(device, complaint))
		value &= ~VIRTIO_CONFIG_S_FEATURES_OK;
	if ((added & VIRTIO_CONFIG_S_DRIVER_OK) && !(value & VIRTIO_CONFIG_S_FEATURES_OK)) {
		complaint->what = "the driver sets DRIVER_OK without FEATURES_OK";
		complaint->refused = false;
		return;
	}
	device->status |= value;
	if (!(added & VIRTIO_CONFIG_S_DRIVER_OK))
		return;
	/* The driver may have made buffers available before. */
	for (unsigned int i = 0; i < device->queues; i++)
		virtio_wake(device, i);
}

static void write_ready(struct virtio_device *device, uint32_t value, struct complaint *complaint)
{
	struct queue *queue;

	device_pause(device);
	queue = selected(device); /* only now: another vCPU may have selected another one */
	if (queue && !value)
		queue->ready = false;
	else if (queue && !queue->ready && !queue_enable(queue, &complaint->what))
		virtio_wake(device, device->queue_select);
	complaint->queue = device->queue_select;
	device_resume(device);
}

/*
 * Writes a register of the selected queue, which takes effect only while the queue is not in use.
 */
static void write_queue(struct queue *queue, uint64_t offset, uint32_t value)
{
	if (!queue || queue->ready)
		return;
	switch (offset) {
	case VIRTIO_MMIO_QUEUE_NUM:
		queue->size = value;
		break;
	case VIRTIO_MMIO_QUEUE_DESC_LOW:
	case VIRTIO_MMIO_QUEUE_DESC_HIGH:
		set_half(&queue->desc, offset == VIRTIO_MMIO_QUEUE_DESC_HIGH, value);
		break;
	case VIRTIO_MMIO_QUEUE_AVAIL_LOW:
	case VIRTIO_MMIO_QUEUE_AVAIL_HIGH:
		set_half(&queue->avail, offset == VIRTIO_MMIO_QUEUE_AVAIL_HIGH, value);
		break;
	case VIRTIO_MMIO_QUEUE_USED_LOW:
	case VIRTIO_MMIO_QUEUE_USED_HIGH:
		set_half(&queue->used, offset == VIRTIO_MMIO_QUEUE_USED_HIGH, value);
		break;
	}
}

static void write_register(struct virtio_device *device, uint64_t offset, uint32_t value,
			   struct complaint *complaint)
{
	switch (offset) {
	case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
		device->device_features_select = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
		device->driver_features_select = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES:
		if (!(device->status & VIRTIO_CONFIG_S_FEATURES_OK))
			set_half(&device->driver_features, device->driver_features_select, value);
		break;
	case VIRTIO_MMIO_QUEUE_SEL:
		device->queue_select = value;
		break;
	case VIRTIO_MMIO_QUEUE_READY:
		write_ready(device, value, complaint);
		break;
	case VIRTIO_MMIO_QUEUE_NOTIFY:
		if (value < device->queues)
			virtio_wake(device, value);
		break;
	case VIRTIO_MMIO_INTERRUPT_ACK:
		device->interrupt_status &= ~value;
		break;
	case VIRTIO_MMIO_STATUS:
		write_status(device, value, complaint);
		break;
	default:
		write_queue(selected(device), offset, value);
	}
}

static uint64_t read_config(const struct virtio_device *device, uint64_t offset,
			    unsigned int length)
{
	uint64_t value = 0;

	/* Beyond the end it reads as zero. */
	if (offset < device->config_size)
		memcpy(&value, (const uint8_t *)device->config + offset,
		       length < device->config_size - offset ? length
							     : device->config_size - offset);
	return value;
}

static uint64_t mmio_read(void *context, uint64_t offset, unsigned int length)
{
	struct virtio_device *device = context;
	uint64_t value = 0;

	pthread_mutex_lock(&device->lock);
	if (offset >= VIRTIO_MMIO_CONFIG)
		value = read_config(device, offset - VIRTIO_MMIO_CONFIG, length);
	else if (length == 4)
		value = read_register(device, offset);
	pthread_mutex_unlock(&device->lock);
	return value;
}

static void mmio_write(void *context, uint64_t offset, unsigned int length, uint64_t value)
{
	struct virtio_device *device = context;
	struct complaint complaint = { .queue = VIRTIO_NO_QUEUE };

	pthread_mutex_lock(&device->lock);
	if (offset < VIRTIO_MMIO_CONFIG && length == 4)
		write_register(device, offset, (uint32_t)value, &complaint);
	else if (offset >= VIRTIO_MMIO_CONFIG && device->ops->config_write &&
		 offset - VIRTIO_MMIO_CONFIG < device->config_size &&
		 length <= device->config_size - (offset - VIRTIO_MMIO_CONFIG))
		device->ops->config_write(device, offset - VIRTIO_MMIO_CONFIG, length, value);
	pthread_mutex_unlock(&device->lock);
	if (complaint.refused)
		device_report(device, complaint.queue, complaint.what,
			      "the device refuses its features");
	else if (complaint.what)
		virtio_violation(device, complaint.queue, complaint.what);
}

/*
 * Linux's binding virtio,mmio. Devices access memory through the CPUs' caches; an interrupt is one
 * edge.
 */
static int mmio_describe(void *context, void *fdt)
{
	const struct virtio_device *device = context;
	const uint64_t base = PLAT_VIRTIO_BASE + device->index * PLAT_VIRTIO_STRIDE;
	const uint64_t reg[] = { cpu_to_fdt64(base), cpu_to_fdt64(PLAT_VIRTIO_STRIDE) };
	const uint32_t interrupts[] = { cpu_to_fdt32(FDT_GIC_SPI),
					cpu_to_fdt32(PLAT_VIRTIO_SPI + device->index),
					cpu_to_fdt32(FDT_IRQ_EDGE_RISING) };
	char name[32];
	int ret;

	snprintf(name, sizeof(name), "virtio_mmio@%llx", (unsigned long long)base);
	ret = fdt_begin_node(fdt, name);
	if (!ret)
		ret = fdt_property_string(fdt, "compatible", "virtio,mmio");
	if (!ret)
		ret = fdt_property(fdt, "reg", reg, sizeof(reg));
	if (!ret)
		ret = fdt_property(fdt, "interrupts", interrupts, sizeof(interrupts));
	if (!ret)
		ret = fdt_property(fdt, "dma-coherent", NULL, 0);
	return ret ? ret : fdt_end_node(fdt);
}

const struct device_ops virtio_mmio_ops = {
	.name = "virtio",
	.read = mmio_read,
	.write = mmio_write,
	.describe = mmio_describe,
};

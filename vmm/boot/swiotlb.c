// SPDX-License-Identifier: GPL-2.0-only
#include "swiotlb.h"

#include "../ram.h"
#include "../virtio/blk.h"
#include "../virtio/console.h"

#define IO_TLB_SEGSIZE 128 /* Linux's include/linux/swiotlb.h: slots in one run */
#define PAGE	       4096
#define RNG_SLOTS      64

static uint64_t queue_slots(uint64_t descriptors, uint64_t bytes)
{
	return descriptors * ((bytes + IO_TLB_SIZE - 1) / IO_TLB_SIZE);
}

uint64_t swiotlb_pool(const struct config *config)
{
	uint64_t slots = config->disks * queue_slots(BLK_QUEUE_SIZE, BLK_SEGMENT_MAX_PROTECTED);
	uint64_t bytes = RAM_BLOCK;

	if (config->console_type == CONSOLE_VIRTIO)
		slots += 2 * queue_slots(VIRTIO_CONSOLE_QUEUE_SIZE, PAGE);
	if (!slots)
		return 0;
	if (config->rng_enabled)
		slots += RNG_SLOTS;
	slots += config->vm_cpus * IO_TLB_SEGSIZE;
	while (bytes < slots * IO_TLB_SIZE)
		bytes *= 2;
	return bytes;
}

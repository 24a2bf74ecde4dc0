/* SPDX-License-Identifier: GPL-2.0-only */
/* Block device (virtio 1.2, section 5.2) on a disk of the host. */
#pragma once

#include "../config/settings.h"
#include "virtio.h"

/*
 * One queue. A request takes a descriptor for its header, one for its status, and the rest for
 * data.
 */
#define BLK_QUEUE_SIZE 128
#define BLK_SEGMENTS   (BLK_QUEUE_SIZE - 2)

/*
 * Bytes of one segment. A protected guest's are copied through a pool (swiotlb.h) that has to hold
 * all that the queue can, so they are smaller; and it gets no indirect descriptors.
 */
#define BLK_SEGMENT_MAX		  (1U << 20)
#define BLK_SEGMENT_MAX_PROTECTED (32U << 10)

/*
 * For virtio_add(): opens and locks the disk that @config describes; @protected: for a protected
 * guest. NULL, logged.
 */
struct virtio_device *virtio_blk_create(const struct disk_config *config, bool protected);

/* The same device without the disk's being opened, for a device tree. */
struct virtio_device *virtio_blk_create_idle(const struct disk_config *config, bool protected);

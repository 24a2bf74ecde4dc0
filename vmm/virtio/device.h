/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The transport's half of a device: what mmio.c and devices.c do with it. The device's half is
 * virtio.h.
 */
#pragma once

#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>

#include "notify.h"
#include "virtio.h"

/* All features that the device offers. */
uint64_t device_features(const struct virtio_device *device);

/*
 * Waits until the worker has left process(), and keeps it out. With the lock held, which is given
 * up while it waits: whatever was read before may have changed. The request that the worker is in
 * is finished, or interrupted if it blocks.
 */
void device_pause(struct virtio_device *device);

/* Lets the worker in again. With the lock held. */
void device_resume(struct virtio_device *device);

/* Back to the state before the driver came. Paused, with the lock held. */
void device_reset(struct virtio_device *device);

/*
 * One line about what the driver did: "NAME: queue N: WHAT; THEN", at most RATE_LINES a second.
 * Without the lock.
 */
void device_report(struct virtio_device *device, unsigned int queue, const char *what,
		   const char *then);

/* Starts the device's thread; the device has its place already. 0 or a negative errno, logged. */
int device_start(struct virtio_device *device);

/*
 * Stops it, in two steps, so that several stop at the same time. As worker_quit() and
 * worker_join().
 */
void device_quit(struct virtio_device *device);
int device_join(struct virtio_device *device);

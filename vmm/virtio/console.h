/* SPDX-License-Identifier: GPL-2.0-only */
/* Console device (virtio 1.2, section 5.3) with one port. */
#pragma once

#include "virtio.h"

/* Of each of the two queues. Linux fills the receiving one with pages. */
#define VIRTIO_CONSOLE_QUEUE_SIZE 16

/* Functions that the device needs from the VMM; both are called on its worker. */
struct virtio_console_host {
	void *context;
	/* It may block. */
	void (*transmit)(void *context, const void *bytes, size_t length);
	void (*input_wanted)(void *context); /* input refused bytes earlier; now there is room */
};

/* For virtio_add(). @host is copied. NULL, logged: no memory or no descriptors. */
struct virtio_device *virtio_console_create(const struct virtio_console_host *host);

/* Gives the guest up to @length received bytes; returns how many were taken. Any thread. */
size_t virtio_console_input(void *device, const uint8_t *bytes, size_t length);

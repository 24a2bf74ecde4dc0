// SPDX-License-Identifier: GPL-2.0-only
#include "console.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../util/log.h"

enum { RECEIVE, TRANSMIT, QUEUES };

#define CHUNK 4096U
#define CHAIN_MAX                                                                                  \
	(1U << 20) /* no console line is longer; the host's reader should not wait for more */

struct console_device {
	struct virtio_device virtio;
	struct virtio_console_host host;
	struct virtio_chain chain;
	pthread_mutex_t lock; /* the rest, which another thread fills */
	uint8_t received[CHUNK];
	size_t count;
	bool refused; /* some bytes did not fit since it was empty */
};

static void transmit(struct console_device *console)
{
	struct virtio_device *device = &console->virtio;

	while (virtio_pop(device, TRANSMIT, &console->chain)) {
		uint32_t length = console->chain.bytes[CHAIN_READABLE];
		uint8_t bytes[CHUNK];

		if (length > CHAIN_MAX) {
			virtio_violation(device, TRANSMIT, "an output buffer is larger than 1 MiB");
			return;
		}
		for (uint32_t done = 0; done < length;) {
			uint32_t part = length - done < CHUNK ? length - done : CHUNK;

			if (chain_read(&console->chain, done, bytes, part)) {
				virtio_violation(device, TRANSMIT,
						 "an output buffer is in private memory");
				return;
			}
			console->host.transmit(console->host.context, bytes, part);
			done += part;
		}
		virtio_complete(device, TRANSMIT, &console->chain, 0);
	}
}

/*
 * Moves what was received into a buffer of the guest. Returns how much, with the lock held; -1: it
 * may not be written.
 */
static long deliver(struct console_device *console)
{
	size_t length = console->chain.bytes[CHAIN_WRITABLE];

	if (length > console->count)
		length = console->count;
	if (chain_write(&console->chain, 0, console->received, length))
		return -1;
	console->count -= length;
	memmove(console->received, console->received + length, console->count);
	return (long)length;
}

static bool has_input(struct console_device *console)
{
	bool has;

	pthread_mutex_lock(&console->lock);
	has = console->count;
	pthread_mutex_unlock(&console->lock);
	return has;
}

static void receive(struct console_device *console)
{
	struct virtio_device *device = &console->virtio;

	/* A buffer is taken only when there is something for it. */
	while (has_input(console) && virtio_pop(device, RECEIVE, &console->chain)) {
		bool wants = false;
		long done;

		pthread_mutex_lock(&console->lock);
		done = deliver(console);
		if (!console->count) {
			wants = console->refused;
			console->refused = false;
		}
		pthread_mutex_unlock(&console->lock);
		if (done <= 0) {
			virtio_violation(device, RECEIVE,
					 done ? "an input buffer is in private memory"
					      : "an input buffer is empty");
			return;
		}
		virtio_complete(device, RECEIVE, &console->chain, (uint32_t)done);
		if (wants)
			console->host.input_wanted(console->host.context);
	}
}

static void process(struct virtio_device *device, unsigned int queue)
{
	struct console_device *console = (struct console_device *)device;

	if (queue == TRANSMIT)
		transmit(console);
	else
		receive(console);
}

size_t virtio_console_input(void *device, const uint8_t *bytes, size_t length)
{
	struct console_device *console = device;
	size_t room;

	pthread_mutex_lock(&console->lock);
	room = sizeof(console->received) - console->count;
	if (length > room) {
		length = room;
		console->refused = true;
	}
	memcpy(console->received + console->count, bytes, length);
	console->count += length;
	pthread_mutex_unlock(&console->lock);
	if (length)
		virtio_wake(&console->virtio, RECEIVE);
	return length;
}

static void destroy(struct virtio_device *device)
{
	struct console_device *console = (struct console_device *)device;

	pthread_mutex_destroy(&console->lock);
	virtio_fini(device);
	free(console);
}

static const struct virtio_ops ops = {
	.id = VIRTIO_ID_CONSOLE,
	.process = process,
	.destroy = destroy,
};

struct virtio_device *virtio_console_create(const struct virtio_console_host *host)
{
	static const uint16_t sizes[QUEUES] = { VIRTIO_CONSOLE_QUEUE_SIZE,
						VIRTIO_CONSOLE_QUEUE_SIZE };
	struct console_device *console = calloc(1, sizeof(*console));

	if (!console) {
		log_error("no memory for the console");
		return NULL;
	}
	pthread_mutex_init(&console->lock, NULL);
	console->host = *host;
	if (virtio_init(&console->virtio, &ops, "console", sizes, QUEUES)) {
		destroy(&console->virtio);
		return NULL;
	}
	console->virtio.offered = VIRTIO_FEATURE(VIRTIO_RING_F_EVENT_IDX);
	return &console->virtio;
}

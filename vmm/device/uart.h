/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the two console devices have in common: the way out, the way in, and a queue of received
 * bytes.
 */
#ifndef DONJON_VMM_DEVICE_UART_H
#define DONJON_VMM_DEVICE_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../bus.h"

/* What a UART needs from the VMM. None of them may call back into the device. */
struct uart_host {
	void *context;
	/* Without the device's lock: it may block, and input() must not have to wait for that. */
	void (*transmit)(void *context, uint8_t byte);
	/* The other two with the lock held: they must not block. */
	void (*interrupt)(void *context, bool level); /* only when the level changes */
	void (*input_wanted)(void *context); /* input() refused bytes earlier; now there is room */
};

/* One kind of UART. */
struct uart_model {
	const struct device_ops *ops;
	uint64_t size;	  /* bytes of MMIO */
	const char *node; /* its device-tree node at PLAT_UART_BASE */
	/* @host is copied. NULL: no memory. */
	void *(*create)(const struct uart_host *host);
	void (*destroy)(void *uart);
	/* Gives the guest up to @length received bytes; returns how many fitted. Any thread. */
	size_t (*input)(void *uart, const uint8_t *bytes, size_t length);
};

extern const struct uart_model pl011_model;
extern const struct uart_model uart8250_model;

/* Received bytes that the guest has not read yet. The lock is the device's. */
#define UART_QUEUE_SIZE 16

struct uart_queue {
	uint8_t byte[UART_QUEUE_SIZE];
	unsigned int first, count;
	bool refused; /* some bytes did not fit since the queue was empty */
};

/* Appends what fits, returns how much. */
static inline size_t uart_queue_put(struct uart_queue *queue, const uint8_t *bytes, size_t length)
{
	size_t done = 0;

	while (done < length && queue->count < UART_QUEUE_SIZE) {
		queue->byte[(queue->first + queue->count) % UART_QUEUE_SIZE] = bytes[done++];
		queue->count++;
	}
	if (done < length)
		queue->refused = true;
	return done;
}

/* Takes the oldest byte, 0 when there is none. */
static inline uint8_t uart_queue_get(struct uart_queue *queue)
{
	uint8_t byte;

	if (!queue->count)
		return 0;
	byte = queue->byte[queue->first];
	queue->first = (queue->first + 1) % UART_QUEUE_SIZE;
	queue->count--;
	return byte;
}

/* Whether it is time to call input_wanted(); answers once. */
static inline bool uart_queue_wants_input(struct uart_queue *queue)
{
	bool wants = queue->refused && !queue->count;

	if (wants)
		queue->refused = false;
	return wants;
}

#endif

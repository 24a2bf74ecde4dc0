/* SPDX-License-Identifier: GPL-2.0-only */
/* The common part of the two UARTs: output, input, and a queue of received bytes. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../bus.h"

/* Functions that a UART needs from the VMM. None of them may call back into the device. */
struct uart_host {
	void *context;
	/* Without the device's lock: it may block, and input() must not have to wait for that. */
	void (*transmit)(void *context, uint8_t byte);
	/* The other two with the lock held: they must not block. */
	void (*interrupt)(void *context, bool level); /* only when the level changes */
	void (*input_wanted)(void *context); /* input() refused bytes earlier; now there is room */
};

#define UART_QUEUE_SIZE 16

/* Bytes that the guest has not read yet. */
struct uart_queue {
	uint8_t byte[UART_QUEUE_SIZE];
	unsigned int first, count;
	bool refused; /* some bytes did not fit since the queue was empty */
};

/* The beginning of every UART's structure. All but host is under the lock. */
struct uart {
	pthread_mutex_t lock;
	struct uart_host host;
	struct uart_queue received;
	bool level;				     /* of the interrupt line */
	bool (*interrupts)(const struct uart *uart); /* the level that the registers ask for */
};

/* One kind of UART. */
struct uart_model {
	const struct device_ops *ops;
	uint64_t size;	  /* bytes of MMIO */
	const char *node; /* its device-tree node at PLAT_UART_BASE */
	/* @host is copied. uart_destroy() it. NULL: no memory. */
	struct uart *(*create)(const struct uart_host *host);
};

extern const struct uart_model pl011_model;
extern const struct uart_model uart8250_model;

void uart_destroy(struct uart *uart);

/* Gives the guest up to @length received bytes of @uart; returns how many fitted. Any thread. */
size_t uart_input(void *uart, const uint8_t *bytes, size_t length);

/* For models: a UART of @size bytes, zeroes but for its beginning. NULL: no memory. */
void *uart_alloc(size_t size, const struct uart_host *host,
		 bool (*interrupts)(const struct uart *uart));

/* For models, all with the lock held. */

/* Sets the interrupt line's level after a change to a register or the queue. */
void uart_update_interrupt(struct uart *uart);

/* Appends what fits to the queue; returns how many bytes. */
size_t uart_receive(struct uart *uart, const uint8_t *bytes, size_t length);

/* Takes the oldest byte from the queue, 0 when there is none. */
uint8_t uart_take(struct uart *uart);

/* Asks the VMM for input that was refused earlier, if the queue is empty now. */
void uart_ask_for_input(struct uart *uart);

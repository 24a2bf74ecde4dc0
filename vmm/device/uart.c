// SPDX-License-Identifier: GPL-2.0-only
#include "uart.h"

#include <stdlib.h>

void *uart_alloc(size_t size, const struct uart_host *host,
		 bool (*interrupts)(const struct uart *uart))
{
	struct uart *uart = calloc(1, size);

	if (!uart)
		return NULL;
	pthread_mutex_init(&uart->lock, NULL);
	uart->host = *host;
	uart->interrupts = interrupts;
	return uart;
}

void uart_destroy(struct uart *uart)
{
	pthread_mutex_destroy(&uart->lock);
	free(uart);
}

void uart_update_interrupt(struct uart *uart)
{
	bool level = uart->interrupts(uart);

	if (level == uart->level)
		return;
	uart->level = level;
	uart->host.interrupt(uart->host.context, level);
}

size_t uart_receive(struct uart *uart, const uint8_t *bytes, size_t length)
{
	struct uart_queue *queue = &uart->received;
	size_t done = 0;

	while (done < length && queue->count < UART_QUEUE_SIZE) {
		queue->byte[(queue->first + queue->count) % UART_QUEUE_SIZE] = bytes[done++];
		queue->count++;
	}
	if (done < length)
		queue->refused = true;
	return done;
}

uint8_t uart_take(struct uart *uart)
{
	struct uart_queue *queue = &uart->received;
	uint8_t byte;

	if (!queue->count)
		return 0;
	byte = queue->byte[queue->first];
	queue->first = (queue->first + 1) % UART_QUEUE_SIZE;
	queue->count--;
	return byte;
}

void uart_ask_for_input(struct uart *uart)
{
	if (!uart->received.refused || uart->received.count)
		return;
	uart->received.refused = false;
	uart->host.input_wanted(uart->host.context);
}

size_t uart_input(void *context, const uint8_t *bytes, size_t length)
{
	struct uart *uart = context;
	size_t done;

	pthread_mutex_lock(&uart->lock);
	done = uart_receive(uart, bytes, length);
	uart_update_interrupt(uart);
	pthread_mutex_unlock(&uart->lock);
	return done;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Both consoles through their registers. */
#include "support.h"

#include <string.h>

#include "../../device/uart.h"

static struct {
	char sent[64];
	size_t count;
	bool level;
	unsigned int changes, wanted;
} host;

static void transmit(void *context, uint8_t byte)
{
	(void)context;
	if (host.count < sizeof(host.sent) - 1)
		host.sent[host.count++] = (char)byte;
}

static void interrupt(void *context, bool level)
{
	(void)context;
	assert_true(level != host.level);
	host.level = level;
	host.changes++;
}

static void input_wanted(void *context)
{
	(void)context;
	host.wanted++;
}

static void *create(const struct uart_model *model)
{
	const struct uart_host functions = {
		.transmit = transmit,
		.interrupt = interrupt,
		.input_wanted = input_wanted,
	};

	memset(&host, 0, sizeof(host));
	return model->create(&functions);
}

static uint32_t get(const struct uart_model *model, void *uart, uint64_t offset)
{
	return (uint32_t)model->ops->read(uart, offset, 4);
}

static void set(const struct uart_model *model, void *uart, uint64_t offset, uint32_t value)
{
	model->ops->write(uart, offset, 4, value);
}

static void pl011_sends(void **state)
{
	void *uart = create(&pl011_model);

	(void)state;
	assert_int_equal(get(&pl011_model, uart, 0x18),
			 0x90); /* nothing to send, nothing received */
	set(&pl011_model, uart, 0x00, 'h');
	set(&pl011_model, uart, 0x00, 0x100 | 'i'); /* only the low byte counts */
	assert_string_equal(host.sent, "hi");
	assert_int_equal(host.changes, 0); /* masked */
	set(&pl011_model, uart, 0x38, 0x20);
	assert_true(host.level);
	assert_int_equal(get(&pl011_model, uart, 0x40), 0x20);
	set(&pl011_model, uart, 0x44, 0x20);
	assert_false(host.level);
	uart_destroy(uart);
}

static void pl011_receives(void **state)
{
	void *uart = create(&pl011_model);

	(void)state;
	set(&pl011_model, uart, 0x38, 0x10);
	assert_int_equal(uart_input(uart, (const uint8_t *)"ab", 2), 2);
	assert_true(host.level);
	assert_int_equal(get(&pl011_model, uart, 0x18), 0x80);
	set(&pl011_model, uart, 0x44, 0x7ff);
	assert_true(host.level); /* bytes still wait */
	assert_int_equal(get(&pl011_model, uart, 0x00), 'a');
	assert_int_equal(get(&pl011_model, uart, 0x00), 'b');
	assert_false(host.level);
	assert_int_equal(get(&pl011_model, uart, 0x00), 0);
	assert_int_equal(host.wanted, 0);
	uart_destroy(uart);
}

static void full_queue_asks_for_more_when_empty(const struct uart_model *model)
{
	static const uint8_t bytes[40] = "0123456789abcdefghijklmnopqrstuvwxyzABCD";
	void *uart = create(model);

	assert_int_equal(uart_input(uart, bytes, sizeof(bytes)), UART_QUEUE_SIZE);
	assert_int_equal(uart_input(uart, bytes, 1), 0);
	for (int i = 0; i < UART_QUEUE_SIZE; i++) {
		assert_int_equal(host.wanted, 0);
		assert_int_equal(get(model, uart, 0), bytes[i]);
	}
	assert_int_equal(host.wanted, 1);
	assert_int_equal(uart_input(uart, bytes + UART_QUEUE_SIZE, 4), 4);
	assert_int_equal(get(model, uart, 0), 'g');
	uart_destroy(uart);
}

static void input_is_not_lost(void **state)
{
	(void)state;
	full_queue_asks_for_more_when_empty(&pl011_model);
	full_queue_asks_for_more_when_empty(&uart8250_model);
}

static void pl011_is_identified(void **state)
{
	static const uint8_t id[] = { 0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };
	void *uart = create(&pl011_model);

	(void)state;
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(get(&pl011_model, uart, 0xfe0 + 4 * i), id[i]);
	for (uint64_t offset = 0; offset < pl011_model.size; offset++) {
		set(&pl011_model, uart, offset, UINT32_MAX);
		get(&pl011_model, uart, offset);
	}
	uart_destroy(uart);
}

static void uart8250_sends_and_receives(void **state)
{
	const struct uart_model *model = &uart8250_model;
	void *uart = create(model);

	(void)state;
	assert_int_equal(get(model, uart, 5), 0x60);
	set(model, uart, 0, 'x');
	assert_string_equal(host.sent, "x");
	set(model, uart, 1, 3); /* receive and transmit interrupts */
	assert_true(host.level);
	assert_int_equal(get(model, uart, 2) & 0xf, 2);
	assert_false(host.level); /* reading IIR took the transmit interrupt */
	assert_int_equal(uart_input(uart, (const uint8_t *)"y", 1), 1);
	assert_true(host.level);
	assert_int_equal(get(model, uart, 2) & 0xf, 4);
	assert_int_equal(get(model, uart, 5), 0x61);
	assert_int_equal(get(model, uart, 0), 'y');
	assert_false(host.level);
	assert_int_equal(get(model, uart, 2) & 0xf, 1);
	uart_destroy(uart);
}

static void uart8250_divisor_is_not_data(void **state)
{
	const struct uart_model *model = &uart8250_model;
	void *uart = create(model);

	(void)state;
	set(model, uart, 3, 0x80);
	set(model, uart, 0, 0x12);
	set(model, uart, 1, 0x34);
	assert_int_equal(host.count, 0);
	assert_int_equal(get(model, uart, 0), 0x12);
	assert_int_equal(get(model, uart, 1), 0x34);
	set(model, uart, 3, 0x03);
	assert_int_equal(get(model, uart, 1), 0);
	/* Loop-back: nothing leaves, what is sent comes in. */
	set(model, uart, 4, 0x1f);
	set(model, uart, 0, 'q');
	assert_int_equal(host.count, 0);
	assert_int_equal(get(model, uart, 0), 'q');
	assert_int_equal(get(model, uart, 6), 0xf0);
	for (uint64_t offset = 0; offset < model->size; offset++) {
		set(model, uart, offset, UINT32_MAX);
		get(model, uart, offset);
	}
	uart_destroy(uart);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pl011_sends),
		cmocka_unit_test(pl011_receives),
		cmocka_unit_test(input_is_not_lost),
		cmocka_unit_test(pl011_is_identified),
		cmocka_unit_test(uart8250_sends_and_receives),
		cmocka_unit_test(uart8250_divisor_is_not_data),
	};

	return cmocka_run_group_tests_name("vmm uart", tests, NULL, NULL) != 0;
}

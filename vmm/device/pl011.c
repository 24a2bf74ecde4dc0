// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arm PrimeCell UART (PL011), DDI 0183, as far as a virtual console needs it: bytes are sent
 * immediately; baud rate, parity and modem lines are stored but have no effect; there is no DMA.
 */
#include <libfdt.h>

#include "../../hyp/abi/platform.h"
#include "../boot/fdt.h"
#include "uart.h"

enum {
	UARTDR = 0x000,
	UARTRSR = 0x004,
	UARTFR = 0x018,
	UARTILPR = 0x020,
	UARTIBRD = 0x024,
	UARTFBRD = 0x028,
	UARTLCR_H = 0x02c,
	UARTCR = 0x030,
	UARTIFLS = 0x034,
	UARTIMSC = 0x038,
	UARTRIS = 0x03c,
	UARTMIS = 0x040,
	UARTICR = 0x044,
	UARTDMACR = 0x048,
	UARTPERIPHID0 = 0xfe0,
};

#define FR_RXFE	   (1u << 4) /* receive queue empty */
#define FR_RXFF	   (1u << 6) /* receive queue full */
#define FR_TXFE	   (1u << 7) /* transmit queue empty: always */
#define INT_RX	   (1u << 4)
#define INT_TX	   (1u << 5)
#define INT_RT	   (1u << 6) /* receive time-out: bytes wait in the queue */
#define INT_ALL	   0x7ffu
#define CR_RESET   0x300u /* transmit and receive enabled */
#define IFLS_RESET 0x12u

struct pl011 {
	struct uart base;
	uint32_t control, mask, line_control, integer_baud, fractional_baud, fifo_level, low_power,
		dma;
	bool transmitted; /* INT_TX: a byte has left since it was cleared last */
};

static uint32_t raw_interrupts(const struct pl011 *uart)
{
	return (uart->transmitted ? INT_TX : 0) | (uart->base.received.count ? INT_RX | INT_RT : 0);
}

static bool interrupts(const struct uart *base)
{
	const struct pl011 *uart = (const struct pl011 *)base;

	return raw_interrupts(uart) & uart->mask;
}

static uint32_t flags(const struct pl011 *uart)
{
	return FR_TXFE | (uart->base.received.count ? 0 : FR_RXFE) |
	       (uart->base.received.count == UART_QUEUE_SIZE ? FR_RXFF : 0);
}

static uint32_t read_data(struct pl011 *uart)
{
	uint32_t byte = uart_take(&uart->base);

	uart_ask_for_input(&uart->base);
	uart_update_interrupt(&uart->base);
	return byte;
}

static uint32_t read_register(struct pl011 *uart, uint64_t offset)
{
	/* Peripheral and PrimeCell identification, one byte every four: PL011 revision r1p4. */
	static const uint8_t id[] = { 0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

	switch (offset) {
	case UARTDR:
		return read_data(uart);
	case UARTRSR:
		return 0;
	case UARTFR:
		return flags(uart);
	case UARTILPR:
		return uart->low_power;
	case UARTIBRD:
		return uart->integer_baud;
	case UARTFBRD:
		return uart->fractional_baud;
	case UARTLCR_H:
		return uart->line_control;
	case UARTCR:
		return uart->control;
	case UARTIFLS:
		return uart->fifo_level;
	case UARTIMSC:
		return uart->mask;
	case UARTRIS:
		return raw_interrupts(uart);
	case UARTMIS:
		return raw_interrupts(uart) & uart->mask;
	case UARTDMACR:
		return uart->dma;
	}
	if (offset >= UARTPERIPHID0 && offset < UARTPERIPHID0 + 4 * sizeof(id) && !(offset & 3))
		return id[(offset - UARTPERIPHID0) / 4];
	return 0;
}

static void write_register(struct pl011 *uart, uint64_t offset, uint32_t value)
{
	switch (offset) {
	case UARTDR:
		uart->transmitted = true;
		break;
	case UARTILPR:
		uart->low_power = value & 0xff;
		break;
	case UARTIBRD:
		uart->integer_baud = value & 0xffff;
		break;
	case UARTFBRD:
		uart->fractional_baud = value & 0x3f;
		break;
	case UARTLCR_H:
		uart->line_control = value & 0xff;
		break;
	case UARTCR:
		uart->control = value & 0xffff;
		break;
	case UARTIFLS:
		uart->fifo_level = value & 0x3f;
		break;
	case UARTIMSC:
		uart->mask = value & INT_ALL;
		break;
	case UARTICR:
		/*
		 * The receive interrupts follow the queue: if they were cleared while bytes wait,
		 * they would be raised again immediately.
		 */
		if (value & INT_TX)
			uart->transmitted = false;
		break;
	case UARTDMACR:
		uart->dma = value & 7;
		break;
	default:
		return; /* reserved or read-only: writes are ignored */
	}
	uart_update_interrupt(&uart->base);
}

static uint64_t pl011_read(void *device, uint64_t offset, unsigned int length)
{
	struct pl011 *uart = device;
	uint64_t value;

	(void)length;
	pthread_mutex_lock(&uart->base.lock);
	value = read_register(uart, offset);
	pthread_mutex_unlock(&uart->base.lock);
	return value;
}

static void pl011_write(void *device, uint64_t offset, unsigned int length, uint64_t value)
{
	struct pl011 *uart = device;

	(void)length;
	if (offset == UARTDR)
		uart->base.host.transmit(uart->base.host.context, (uint8_t)value);
	pthread_mutex_lock(&uart->base.lock);
	write_register(uart, offset, (uint32_t)value);
	pthread_mutex_unlock(&uart->base.lock);
}

static int pl011_describe(void *device, void *fdt)
{
	static const char compatible[] = "arm,pl011\0arm,primecell",
			  clock_names[] = "uartclk\0apb_pclk";
	const fdt32_t clocks[] = { cpu_to_fdt32(FDT_PHANDLE_CLOCK),
				   cpu_to_fdt32(FDT_PHANDLE_CLOCK) };
	int ret;

	(void)device;
	ret = fdt_begin_device(fdt, "pl011", compatible, sizeof(compatible), PLAT_UART_BASE,
			       PLAT_UART_SIZE, PLAT_UART_SPI);
	if (!ret)
		ret = fdt_property(fdt, "clocks", clocks, sizeof(clocks));
	if (!ret)
		ret = fdt_property(fdt, "clock-names", clock_names, sizeof(clock_names));
	return ret ? ret : fdt_end_node(fdt);
}

static struct uart *pl011_create(const struct uart_host *host)
{
	struct pl011 *uart = uart_alloc(sizeof(*uart), host, interrupts);

	if (!uart)
		return NULL;
	uart->control = CR_RESET;
	uart->fifo_level = IFLS_RESET;
	return &uart->base;
}

static const struct device_ops pl011_ops = {
	.name = "console",
	.read = pl011_read,
	.write = pl011_write,
	.describe = pl011_describe,
};

const struct uart_model pl011_model = {
	.ops = &pl011_ops,
	.size = PLAT_UART_SIZE,
	.node = "pl011@9000000",
	.create = pl011_create,
};

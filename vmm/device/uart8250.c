// SPDX-License-Identifier: GPL-2.0-only
/*
 * 8250-family UART (16550A) with byte-wide registers: bytes are sent immediately; baud rate and
 * modem lines are stored but have no effect.
 */
#include <libfdt.h>
#include <linux/serial_reg.h>

#include "../../hyp/abi/platform.h"
#include "../boot/fdt.h"
#include "uart.h"

#define REGISTERS 8
#define CLOCK_HZ  1843200

#define IER_ALL	      0x0fu
#define MSR_CONNECTED (UART_MSR_CTS | UART_MSR_DSR | UART_MSR_DCD)
#define LSR_IDLE      (UART_LSR_TEMT | UART_LSR_THRE) /* all sent: always */

struct uart8250 {
	struct uart base;
	uint8_t enabled, fifo, line, modem, scratch, divisor[2];
	bool transmitted; /* the holding register became empty, and IIR has not said so yet */
};

static uint8_t pending(const struct uart8250 *uart)
{
	if ((uart->enabled & UART_IER_RDI) && uart->base.received.count)
		return UART_IIR_RDI;
	if ((uart->enabled & UART_IER_THRI) && uart->transmitted)
		return UART_IIR_THRI;
	return UART_IIR_NO_INT;
}

static bool interrupts(const struct uart *base)
{
	return pending((const struct uart8250 *)base) != UART_IIR_NO_INT;
}

/* Linux tells an 8250 from others by looping modem control back to modem status. */
static uint8_t modem_status(const struct uart8250 *uart)
{
	if (!(uart->modem & UART_MCR_LOOP))
		return MSR_CONNECTED;
	return (uint8_t)((uart->modem & UART_MCR_OUT2 ? UART_MSR_DCD : 0) |
			 (uart->modem & UART_MCR_OUT1 ? UART_MSR_RI : 0) |
			 (uart->modem & UART_MCR_DTR ? UART_MSR_DSR : 0) |
			 (uart->modem & UART_MCR_RTS ? UART_MSR_CTS : 0));
}

static uint8_t read_data(struct uart8250 *uart)
{
	uint8_t byte = uart_take(&uart->base);

	uart_ask_for_input(&uart->base);
	return byte;
}

static uint8_t read_identification(struct uart8250 *uart)
{
	uint8_t identification = pending(uart);

	if (identification == UART_IIR_THRI)
		uart->transmitted = false;
	return identification |
	       (uart->fifo & UART_FCR_ENABLE_FIFO ? UART_IIR_FIFO_ENABLED_16550A : 0);
}

static uint8_t read_register(struct uart8250 *uart, uint64_t offset)
{
	bool divisor = (uart->line & UART_LCR_DLAB) && offset <= UART_IER;

	if (divisor)
		return uart->divisor[offset];
	switch (offset) {
	case UART_RX:
		return read_data(uart);
	case UART_IER:
		return uart->enabled;
	case UART_IIR:
		return read_identification(uart);
	case UART_LCR:
		return uart->line;
	case UART_MCR:
		return uart->modem;
	case UART_LSR:
		return (uint8_t)(LSR_IDLE | (uart->base.received.count ? UART_LSR_DR : 0));
	case UART_MSR:
		return modem_status(uart);
	case UART_SCR:
		return uart->scratch;
	}
	return 0;
}

/* The lock is left while the byte is sent, since that may block; it is held before and after. */
static void write_data(struct uart8250 *uart, uint8_t value)
{
	if (uart->modem & UART_MCR_LOOP) {
		uart_receive(&uart->base, &value, 1);
	} else {
		pthread_mutex_unlock(&uart->base.lock);
		uart->base.host.transmit(uart->base.host.context, value);
		pthread_mutex_lock(&uart->base.lock);
	}
	uart->transmitted = true;
}

static void write_register(struct uart8250 *uart, uint64_t offset, uint8_t value)
{
	if ((uart->line & UART_LCR_DLAB) && offset <= UART_IER) {
		uart->divisor[offset] = value;
		return;
	}
	switch (offset) {
	case UART_TX:
		write_data(uart, value);
		break;
	case UART_IER:
		/* Enabling the transmit interrupt raises it, for the holding register is empty. */
		if (!(uart->enabled & UART_IER_THRI) && (value & UART_IER_THRI))
			uart->transmitted = true;
		uart->enabled = value & IER_ALL;
		break;
	case UART_FCR:
		if (value & UART_FCR_CLEAR_RCVR)
			uart->base.received.count = 0;
		uart->fifo = value;
		break;
	case UART_LCR:
		uart->line = value;
		break;
	case UART_MCR:
		uart->modem = value & 0x1f;
		break;
	case UART_SCR:
		uart->scratch = value;
		break;
	}
}

static uint64_t uart8250_read(void *device, uint64_t offset, unsigned int length)
{
	struct uart8250 *uart = device;
	uint64_t value;

	(void)length;
	pthread_mutex_lock(&uart->base.lock);
	value = read_register(uart, offset);
	uart_update_interrupt(&uart->base);
	pthread_mutex_unlock(&uart->base.lock);
	return value;
}

static void uart8250_write(void *device, uint64_t offset, unsigned int length, uint64_t value)
{
	struct uart8250 *uart = device;

	(void)length;
	pthread_mutex_lock(&uart->base.lock);
	write_register(uart, offset, (uint8_t)value);
	/* Bytes thrown away by FCR make room as well as bytes read. */
	uart_ask_for_input(&uart->base);
	uart_update_interrupt(&uart->base);
	pthread_mutex_unlock(&uart->base.lock);
}

static int uart8250_describe(void *device, void *fdt)
{
	static const char compatible[] = "ns16550a";
	int ret;

	(void)device;
	ret = fdt_begin_device(fdt, "serial", compatible, sizeof(compatible), PLAT_UART_BASE,
			       REGISTERS, PLAT_UART_SPI);
	if (!ret)
		ret = fdt_property_u32(fdt, "clock-frequency", CLOCK_HZ);
	return ret ? ret : fdt_end_node(fdt);
}

static struct uart *uart8250_create(const struct uart_host *host)
{
	return uart_alloc(sizeof(struct uart8250), host, interrupts);
}

static const struct device_ops uart8250_ops = {
	.name = "console",
	.read = uart8250_read,
	.write = uart8250_write,
	.describe = uart8250_describe,
};

const struct uart_model uart8250_model = {
	.ops = &uart8250_ops,
	.size = REGISTERS,
	.node = "serial@9000000",
	.create = uart8250_create,
};

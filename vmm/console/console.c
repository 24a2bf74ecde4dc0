// SPDX-License-Identifier: GPL-2.0-only
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../hyp/abi/platform.h"
#include "../util/log.h"
#include "../virtio/console.h"

static void transmit_bytes(void *context, const void *bytes, size_t length)
{
	static atomic_bool never;
	struct console *console = context;
	int ret;

	if (console->output_failed)
		return;
	ret = terminal_write(console->out, bytes, length,
			     console->vm ? &console->vm->stop->requested : &never);
	if (!ret)
		return;
	console->output_failed = true;
	log_warn("cannot write the console's output: %s; the guest continues without it",
		 error_text(-ret));
}

static void transmit(void *context, uint8_t byte)
{
	transmit_bytes(context, &byte, 1);
}

static void interrupt(void *context, bool level)
{
	struct console *console = context;

	if (console->vm)
		kvm_set_spi(console->vm->sys, console->vm->fd, PLAT_UART_SPI, level);
}

static void input_wanted(void *context)
{
	const struct console *console = context;
	const uint64_t one = 1;

	if (write(console->wanted, &one, sizeof(one)) < 0 && errno != EAGAIN)
		log_warn("the console's input is stuck: %s", error_text(errno));
}

static int create_uart(struct console *console, const struct config *config, struct bus *bus)
{
	const struct uart_host host = {
		.context = console,
		.transmit = transmit,
		.interrupt = interrupt,
		.input_wanted = input_wanted,
	};
	int ret;

	console->model = config->console_type == CONSOLE_8250 ? &uart8250_model : &pl011_model;
	console->input = uart_input;
	console->device = console->model->create(&host);
	if (!console->device) {
		log_error("no memory for the console");
		return -ENOMEM;
	}
	ret = bus_add(bus, PLAT_UART_BASE, console->model->size, console->model->ops,
		      console->device);
	if (ret)
		log_error("cannot place the console at 0x%lx: %s", PLAT_UART_BASE,
			  error_text(-ret));
	return ret;
}

static int create_virtio(struct console *console, struct bus *bus, struct virtio_devices *devices,
			 bool protected)
{
	const struct virtio_console_host host = {
		.context = console,
		.transmit = transmit_bytes,
		.input_wanted = input_wanted,
	};
	struct virtio_device *device = virtio_console_create(&host);

	console->input = virtio_console_input;
	console->device = device;
	return virtio_add(devices, bus, device, protected);
}

/*
 * Another reader of standard input may be faster after poll(2): read(2) must not block then.
 * O_NONBLOCK would apply to every process that shares the open file, so this opens it again; a
 * regular file would lose its position, and never blocks.
 */
static int open_source(void)
{
	struct stat status;
	int fd = -1;

	if (!fstat(STDIN_FILENO, &status) && (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)))
		fd = open("/proc/self/fd/0", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? STDIN_FILENO : fd;
}

int console_create(struct console *console, const struct config *config, struct bus *bus,
		   struct virtio_devices *devices, bool protected, struct vm *vm)
{
	int ret;

	*console = (struct console){ .vm = vm, .in = -1, .out = STDOUT_FILENO };
	console->source = open_source();
	console->wanted = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (console->wanted < 0) {
		ret = -errno;
		log_error("cannot create an eventfd for the console: %s", error_text(-ret));
		return ret;
	}
	if (config->console_type == CONSOLE_VIRTIO)
		return create_virtio(console, bus, devices, protected);
	return create_uart(console, config, bus);
}

const char *console_node(const struct console *console)
{
	return console->model ? console->model->node : NULL;
}

void console_begin(struct console *console)
{
	bool background = !terminal_begin(console->source);

	if (background && !console->background)
		log_note("running in the background: the guest gets no input");
	console->background = background;
	console->in = background ? -1 : console->source;
	if (terminal_is_raw())
		log_verbose("the terminal is the guest's console; Ctrl-a x stops the guest");
}

bool console_wants_input(const struct console *console)
{
	return console->in >= 0 && console->count <= CONSOLE_BUFFER - CONSOLE_READ;
}

void console_continue(struct console *console)
{
	uint64_t value;
	size_t taken;

	/* EAGAIN when there was no request: this is called after reading, too. */
	if (read(console->wanted, &value, sizeof(value)) < 0 && errno != EAGAIN)
		log_warn("the console's input: %s", error_text(errno));
	taken = console->input(console->device, console->buffer + console->first, console->count);
	console->first += taken;
	console->count -= taken;
}

bool console_read(struct console *console)
{
	uint8_t bytes[CONSOLE_READ], *next;
	ssize_t count = recv(console->in, bytes, sizeof(bytes), MSG_DONTWAIT);
	size_t length;
	bool leave = false;

	if (count < 0 && errno == ENOTSOCK)
		count = read(console->in, bytes, sizeof(bytes));
	if (count < 0 && (errno == EINTR || errno == EAGAIN))
		return false;
	if (count <= 0) {
		console->in = -1; /* end of input: the guest continues without */
		return false;
	}
	memmove(console->buffer, console->buffer + console->first, console->count);
	console->first = 0;
	next = console->buffer + console->count;
	length = (size_t)count;
	if (terminal_is_raw())
		leave = escape_filter(&console->escape, bytes, length, next, &length);
	else
		memcpy(next, bytes, length);
	console->count += length;
	console_continue(console);
	return leave;
}

void console_destroy(struct console *console)
{
	/* virtio_destroy() destroys a virtio device. */
	if (console->device && console->model)
		uart_destroy(console->device);
	if (console->wanted >= 0)
		close(console->wanted);
	if (console->source > STDERR_FILENO)
		close(console->source);
	console->source = console->in = -1;
	console->device = NULL;
	console->wanted = -1;
}

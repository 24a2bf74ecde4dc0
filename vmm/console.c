// SPDX-License-Identifier: GPL-2.0-only
#include "console.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../hyp/abi/platform.h"
#include "log.h"

static void transmit(void *context, uint8_t byte)
{
	static atomic_bool never;
	struct console *console = context;
	int error;

	if (console->output_failed)
		return;
	error = terminal_write(console->out, &byte, 1,
			       console->vm ? &console->vm->stop->requested : &never);
	if (!error)
		return;
	console->output_failed = true;
	log_warn("the console's output cannot be written: %s; the guest goes on without it",
		 strerror(-error));
}

static void interrupt(void *context, bool level)
{
	struct console *console = context;

	if (console->vm)
		vm_interrupt(console->vm, PLAT_UART_SPI, level);
}

static void input_wanted(void *context)
{
	const struct console *console = context;
	const uint64_t one = 1;

	if (write(console->wanted, &one, sizeof(one)) < 0 && errno != EAGAIN)
		log_warn("the console's input is stuck: %s", strerror(errno));
}

int console_create(struct console *console, const struct config *config, struct bus *bus,
		   struct vm *vm)
{
	const struct uart_host host = {
		.context = console,
		.transmit = transmit,
		.interrupt = interrupt,
		.input_wanted = input_wanted,
	};
	int error;

	*console = (struct console){.vm = vm, .in = STDIN_FILENO, .out = STDOUT_FILENO};
	console->model = config->console_type == CONSOLE_8250 ? &uart8250_model : &pl011_model;
	console->wanted = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (console->wanted < 0) {
		error = -errno;
		log_error("no eventfd for the console: %s", strerror(-error));
		return error;
	}
	console->uart = console->model->create(&host);
	if (!console->uart) {
		log_error("no memory for the console");
		return -ENOMEM;
	}
	error = bus_add(bus, PLAT_UART_BASE, console->model->size, console->model->ops,
			console->uart);
	if (error)
		log_error("the console at 0x%lx: %s", PLAT_UART_BASE, strerror(-error));
	return error;
}

void console_begin(struct console *console)
{
	if (!terminal_begin(console->in)) {
		log_note("running in the background: the guest gets no input");
		console->in = -1;
	} else if (terminal_is_raw()) {
		log_verbose("the terminal is the guest's console; Ctrl-a x leaves");
	}
}

bool console_wants_input(const struct console *console)
{
	return console->in >= 0 && !console->count;
}

void console_continue(struct console *console)
{
	uint64_t value;
	size_t taken;

	/* EAGAIN when nobody asked: this is called after reading, too. */
	if (read(console->wanted, &value, sizeof(value)) < 0 && errno != EAGAIN)
		log_warn("the console's input: %s", strerror(errno));
	taken = console->model->input(console->uart, console->buffer + console->first,
				      console->count);
	console->first += taken;
	console->count -= taken;
}

bool console_read(struct console *console)
{
	uint8_t bytes[CONSOLE_BUFFER];
	ssize_t count = read(console->in, bytes, sizeof(bytes));
	bool leave = false;

	if (count < 0 && (errno == EINTR || errno == EAGAIN))
		return false;
	if (count <= 0) {
		console->in = -1; /* end of input: the guest goes on without */
		return false;
	}
	console->first = 0;
	if (terminal_is_raw()) {
		leave = escape_filter(&console->escape, bytes, (size_t)count, console->buffer,
				      &console->count);
	} else {
		memcpy(console->buffer, bytes, (size_t)count);
		console->count = (size_t)count;
	}
	console_continue(console);
	return leave;
}

void console_destroy(struct console *console)
{
	if (console->uart)
		console->model->destroy(console->uart);
	if (console->wanted >= 0)
		close(console->wanted);
	console->uart = NULL;
	console->wanted = -1;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's console: a UART on the bus, or a virtio device, on one side, standard input and
 * output on the other.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../config/settings.h"
#include "../device/uart.h"
#include "../virtio/devices.h"
#include "../vm.h"
#include "terminal.h"

/*
 * Input is read ahead of what the guest takes, so that Ctrl-a x is seen also where the guest takes
 * nothing.
 */
#define CONSOLE_READ   256
#define CONSOLE_BUFFER (16 * 1024)

struct console {
	const struct uart_model *model; /* NULL: it is a virtio device */
	void *device;
	size_t (*input)(void *device, const uint8_t *bytes, size_t length);
	struct vm *vm;	 /* for the interrupt; NULL: there is none (dtb) */
	int source;	 /* standard input, without waiting where that can be had */
	int in, out;	 /* descriptors; in is source, or -1: not now, or no more */
	bool background; /* in is -1 because the terminal is somebody else's now */
	int wanted;	 /* eventfd: the device has room again */
	atomic_bool output_failed;
	struct escape_filter escape;
	uint8_t buffer[CONSOLE_BUFFER + 1]; /* read, but not yet taken by the device */
	size_t first, count;
};

/*
 * Creates the device that @config names and puts it on @bus; a virtio device is given to @devices,
 * @protected as for virtio_add(). 0 or a negative errno, logged; console_destroy() in both cases.
 */
int console_create(struct console *console, const struct config *config, struct bus *bus,
		   struct virtio_devices *devices, bool protected, struct vm *vm);

/* Name of the device-tree node for stdout-path, or NULL. */
const char *console_node(const struct console *console);

/*
 * Puts the terminal in raw mode. Call it after the last message to the user, again when the process
 * continues after a stop, because the shell may have changed the terminal's mode or kept it, and
 * from time to time while console->background.
 */
void console_begin(struct console *console);

/* Whether input is worth waiting for: console->in is open and the buffer has room. */
bool console_wants_input(const struct console *console);

/*
 * Reads console->in once and hands it to the guest. Returns true when the user wants to leave
 * (Ctrl-a x).
 */
bool console_read(struct console *console);

/* Hands the guest what is left in the buffer, after console->wanted became readable. */
void console_continue(struct console *console);

void console_destroy(struct console *console);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Standard input and output as the guest's console: raw mode, and the terminal back as it was on
 * every way out. A process has one controlling terminal, so this module keeps its state for itself.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Puts the terminal on @fd into raw mode, when it is one and this process is in its foreground, and
 * arranges for terminal_restore() at exit(). Returns whether @fd may be read: a background process
 * would be stopped by it. May be called again: the shell changes the mode while a job is stopped.
 */
bool terminal_begin(int fd);

/* Undoes terminal_begin(). Safe in a signal handler, and any number of times. */
void terminal_restore(void);

bool terminal_is_raw(void);

/*
 * The escape key: Ctrl-a x leaves, Ctrl-a Ctrl-a (or Ctrl-a a) sends Ctrl-a; other keys after it
 * are sent as typed.
 */
struct escape_filter {
	bool pending; /* Ctrl-a was the last key */
};

/*
 * Copies the @length bytes @in without escapes to @out (at least @length + 1 bytes) and stores
 * their number in @out_length. Returns true when the user wants to leave; bytes after that are
 * dropped.
 */
bool escape_filter(struct escape_filter *filter, const uint8_t *in, size_t length, uint8_t *out,
		   size_t *out_length);

/*
 * Writes all of @bytes to @fd, also when it is non-blocking. Gives up when it has to wait and @stop
 * is true. 0 or a negative errno.
 */
int terminal_write(int fd, const void *bytes, size_t length, const atomic_bool *stop);

/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the process that holds a lock on a file, for the message that the file is in use. */
#pragma once

#include <stddef.h>

/*
 * Finds the process with a lock on the file of descriptor @fd, and writes "NAME (pid N)" to @text,
 * or words that say that it is unknown. The kernel names no process for an open file description
 * lock, so /proc is searched. Returns @text.
 */
const char *holder_find(int fd, char *text, size_t size);

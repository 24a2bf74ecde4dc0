/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel command line that the guest gets: the configuration's, with what donjon adds. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Linux's COMMAND_LINE_SIZE on arm64, with the final zero byte. */
#define CMDLINE_SIZE 2048

/*
 * Whether @cmdline has a word @key or @key=..., read as Linux does: quotes hold words together, and
 * what follows a word "--" is init's.
 */
bool cmdline_has(const char *cmdline, const char *key);

/*
 * Writes the guest's command line to @out (CMDLINE_SIZE bytes): what donjon adds, then @cmdline, so
 * that a "--" in it is no obstacle. Added, each only when @cmdline has no such word of its own:
 *
 *   panic=-1 reboot=panic_warm   a panic ends in PSCI SYSTEM_RESET2, which tells it from a reboot
 *   swiotlb=@slots               when @slots is not 0
 *
 * Returns the number of bytes added, or -E2BIG after logging it.
 */
int cmdline_make(char *out, const char *cmdline, uint64_t slots);

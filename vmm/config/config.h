/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads a configuration file and the --set options into a struct config. */
#pragma once

#include <stddef.h>

#include "settings.h"

/* The longest line of a configuration file, in bytes: twice what a kernel command line may have. */
#define CONFIG_LINE_MAX 4096

/*
 * Reads @path ("-": standard input), then applies @sets, @count strings "section.key=value", the
 * last of equal ones winning. Paths in the file are relative to the file's folder, those in @sets
 * to the current one. All errors are logged, each with its place. Returns 0 with @config filled
 * (config_free() it), -EINVAL when anything was wrong, -ENOMEM, or another negative errno when the
 * file cannot be read; @config then holds nothing.
 */
int config_load(struct config *config, const char *path, const char *const *sets, size_t count);

/* SPDX-License-Identifier: GPL-2.0-only */
/* Completion for the shell, made of the table of settings. */
#pragma once

#include <stdio.h>

/*
 * Prints a script for bash that completes @commands (their names, separated by blanks), options,
 * files, and for --set the settings with their values.
 */
void completion_print(FILE *out, const char *commands);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls to the firmware (SMCs) that drivers of this machine make, besides those that EL2 lets
 * through anyway: whoever loads the module lists them in its parameter firmware_calls.
 */
#pragma once

#include <linux/types.h>

#include "abi/boot.h"

/*
 * Reads the parameter, numbers with commas in between (NULL: none), into calls. 0, or -EINVAL with
 * a line in the log that names the parameter, the value and what is wrong with it.
 */
int firmware_read_list(const char *text, struct donjon_firmware_calls *calls);

/* Whether this function is among them. */
bool firmware_lists(const struct donjon_firmware_calls *calls, u32 id);

/*
 * What is to be added to a line of EL2's log: how a call that was refused could be listed, else an
 * empty string. Any context.
 */
const char *firmware_hint(const char *line);

/* SPDX-License-Identifier: GPL-2.0-only */
/* What a vCPU of the fuzzed machine does when it runs: calls of its own, out of the same bytes. */
#pragma once

#include "input.h"

/* From now on vCPUs that run take what they do from in. */
void guest_begin(struct input *in);

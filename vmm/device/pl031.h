/* SPDX-License-Identifier: GPL-2.0-only */
/* Real-time clock: the host's time, in seconds since 1970, UTC. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "../bus.h"

/* All zeroes at the start. */
struct pl031 {
	atomic_uint offset; /* what the guest's time is ahead of the host's, in seconds */
	atomic_uint match;  /* kept, but there is no alarm */
};

extern const struct device_ops pl031_ops;

/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

#include <el2/types.h>

/* Those that the core asks for; tests set them. */
struct cpu_features {
	uint8_t pa_bits;
	uint8_t nr_lrs;
	bool fwb;
	bool ras;
	bool rng;
};

extern struct cpu_features cpu_features;

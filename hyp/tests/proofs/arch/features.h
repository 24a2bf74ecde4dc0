/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

#include <el2/types.h>

/* The attributes of a guest's memory: which of the two they are makes no difference here. */
static const struct {
	bool fwb;
} cpu_features;

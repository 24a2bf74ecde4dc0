/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps a guest from flooding the log: RATE_LINES lines in a second, the rest is counted. */
#pragma once

#include <stdbool.h>

#define RATE_LINES 5

/* All zeroes at the start. For one thread: each vCPU has its own. */
struct rate {
	long second;
	unsigned int shown, hidden;
};

/* Whether a line may be written now; *@hidden then tells how many were not since the last one. */
bool rate_allows(struct rate *rate, unsigned int *hidden);

/* The same for a given time in seconds. */
bool rate_allows_at(struct rate *rate, long second, unsigned int *hidden);

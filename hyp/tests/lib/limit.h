/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The limit for one step of a test: a guard against a hang, which scripts/lib/limit.sh sets in the
 * environment. By hand, without it, the same ten minutes.
 */
#pragma once

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

static inline unsigned int limit_seconds(void)
{
	const char *text = getenv("LIMIT_STEP");
	int seconds = text ? atoi(text) : 0;

	return seconds > 0 ? (unsigned int)seconds : 600;
}

/* The end of a step that begins now, on the clock that nobody sets. */
static inline time_t limit_begin(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + (time_t)limit_seconds();
}

static inline bool limit_over(time_t end)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec >= end;
}

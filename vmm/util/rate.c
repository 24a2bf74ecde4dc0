// SPDX-License-Identifier: GPL-2.0-only
#include "rate.h"

#include <time.h>

bool rate_allows_at(struct rate *rate, long second, unsigned int *hidden)
{
	*hidden = 0;
	if (second != rate->second) {
		rate->second = second;
		rate->shown = 0;
	}
	if (rate->shown == RATE_LINES) {
		rate->hidden++;
		return false;
	}
	rate->shown++;
	*hidden = rate->hidden;
	rate->hidden = 0;
	return true;
}

bool rate_allows(struct rate *rate, unsigned int *hidden)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return rate_allows_at(rate, now.tv_sec + 1, hidden);
}

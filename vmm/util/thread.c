// SPDX-License-Identifier: GPL-2.0-only
#include "thread.h"

#include <errno.h>

#define JOIN_TRIES (3000 / THREAD_NUDGE_MS)

struct timespec thread_time_in(clockid_t clock, long ms)
{
	struct timespec until;

	clock_gettime(clock, &until);
	until.tv_nsec += ms % 1000 * 1000000L;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	return until;
}

int thread_join(pthread_t thread, void (*nudge)(void *context), void *context)
{
	for (int i = 0; i < JOIN_TRIES; i++) {
		const struct timespec until = thread_time_in(CLOCK_REALTIME, THREAD_NUDGE_MS);

		if (!pthread_timedjoin_np(thread, NULL, &until))
			return 0;
		nudge(context);
	}
	return -ETIMEDOUT;
}

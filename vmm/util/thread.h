/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads that may block in the host's kernel, and how long one waits for them. */
#pragma once

#include <pthread.h>
#include <time.h>

/* How often a thread is nudged while somebody waits for it. */
#define THREAD_NUDGE_MS 50

/* The time of @clock in @ms milliseconds. */
struct timespec thread_time_in(clockid_t clock, long ms);

/*
 * Waits for @thread's end, and calls @nudge(@context) again and again, which has to make it leave
 * the system call that it is in. 0; or -ETIMEDOUT after three seconds: it hangs in the host's
 * kernel, and nothing that it uses may be freed.
 */
int thread_join(pthread_t thread, void (*nudge)(void *context), void *context);

/* SPDX-License-Identifier: GPL-2.0-only */
/* An event loop on a thread of its own: where a device's work is done, off the vCPU threads. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* One thing that the loop waits for. It belongs to the caller and must stay until it is removed. */
struct worker_source {
	int fd;
	void (*ready)(void *context);
	void *context;
};

struct worker {
	int epoll;
	int quit; /* eventfd: leave the loop */
	pthread_t thread;
	bool running;
	void (*last)(void *context); /* called at the end, on the thread */
	void *context;
};

/* 0 or a negative errno; worker_destroy() in both cases. */
int worker_create(struct worker *worker);

/*
 * Calls @ready(@context) on the worker's thread whenever @fd has one of @events (of epoll_ctl(2),
 * level-triggered). @source is filled. Before the thread starts, or on it. 0 or a negative errno;
 * -EPERM: a file that is always ready.
 */
int worker_watch(struct worker *worker, struct worker_source *source, int fd, uint32_t events,
		 void (*ready)(void *context), void *context);

/* No more calls from now on. Also for a source that is not watched. */
void worker_unwatch(struct worker *worker, struct worker_source *source);

/*
 * Waits at most @wait_ms (-1: without limit) for a source and calls the handlers of those that are
 * ready. False: the loop must end. The thread does nothing else; tests without a thread call it.
 */
bool worker_serve(const struct worker *worker, int wait_ms);

/*
 * Starts the thread, which blocks the signals that the caller blocks. @last(@context) is called on
 * it before it ends. 0 or a negative errno.
 */
int worker_start(struct worker *worker, const char *name, void (*last)(void *context),
		 void *context);

/*
 * Interrupts a system call that the thread blocks in (EINTR), so that it looks around. The thread
 * was started, and is not joined. Any thread.
 */
void worker_interrupt(struct worker *worker);

/* Asks the thread to leave after the handler that it is in. Any thread. */
void worker_quit(struct worker *worker);

/*
 * Waits until it has left, at most some seconds; a system call that it blocks in is interrupted now
 * and then (EINTR). 0, or -ETIMEDOUT: the thread hangs in the host's kernel, and nothing that it
 * uses may be freed.
 */
int worker_join(struct worker *worker);

void worker_destroy(struct worker *worker);

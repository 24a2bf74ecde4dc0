// SPDX-License-Identifier: GPL-2.0-only
#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../util/log.h"
#include "../util/thread.h"

#define INTERRUPT_SIGNAL SIGUSR2
#define EVENTS		 8

static void ignore_signal(int signal_number)
{
	(void)signal_number;
}

int worker_create(struct worker *worker)
{
	/* No SA_RESTART: the signal has to end a system call that blocks. */
	struct sigaction action = { .sa_handler = ignore_signal };
	struct epoll_event event = { .events = EPOLLIN };

	*worker = (struct worker){ .epoll = epoll_create1(EPOLL_CLOEXEC),
				   .quit = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	sigemptyset(&action.sa_mask);
	if (worker->epoll < 0 || worker->quit < 0 ||
	    epoll_ctl(worker->epoll, EPOLL_CTL_ADD, worker->quit, &event) ||
	    sigaction(INTERRUPT_SIGNAL, &action, NULL))
		return -errno;
	return 0;
}

int worker_watch(struct worker *worker, struct worker_source *source, int fd, uint32_t events,
		 void (*ready)(void *context), void *context)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	*source = (struct worker_source){ fd, ready, context };
	return epoll_ctl(worker->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

void worker_unwatch(struct worker *worker, struct worker_source *source)
{
	if (!source->ready)
		return;
	/* An event that worker_serve() has fetched already finds no function any more. */
	epoll_ctl(worker->epoll, EPOLL_CTL_DEL, source->fd, NULL);
	source->ready = NULL;
}

bool worker_serve(const struct worker *worker, int wait_ms)
{
	struct epoll_event event[EVENTS];
	int count = epoll_wait(worker->epoll, event, EVENTS, wait_ms);

	for (int i = 0; i < count; i++) {
		const struct worker_source *source = event[i].data.ptr;

		if (!source)
			return false;
		if (source->ready)
			source->ready(source->context);
	}
	return true;
}

static void *run_worker(void *argument)
{
	struct worker *worker = argument;

	while (worker_serve(worker, -1))
		continue;
	worker->last(worker->context);
	return NULL;
}

int worker_start(struct worker *worker, const char *name, void (*last)(void *context),
		 void *context)
{
	char short_name[16];
	int ret;

	worker->last = last;
	worker->context = context;
	ret = pthread_create(&worker->thread, NULL, run_worker, worker);
	if (ret)
		return -ret;
	worker->running = true;
	/* The kernel keeps 15 letters of a thread's name. */
	snprintf(short_name, sizeof(short_name), "%.15s", name);
	pthread_setname_np(worker->thread, short_name);
	return 0;
}

void worker_interrupt(struct worker *worker)
{
	pthread_kill(worker->thread, INTERRUPT_SIGNAL);
}

void worker_quit(struct worker *worker)
{
	const uint64_t one = 1;

	/* EAGAIN when the counter is full: then it is readable as well. */
	if (write(worker->quit, &one, sizeof(one)) < 0 && errno != EAGAIN)
		log_warn("cannot ask a device's thread to stop: %s", error_text(errno));
}

static void nudge(void *context)
{
	worker_interrupt(context);
}

int worker_join(struct worker *worker)
{
	int ret = worker->running ? thread_join(worker->thread, nudge, worker) : 0;

	if (!ret)
		worker->running = false;
	return ret;
}

void worker_destroy(struct worker *worker)
{
	if (worker->epoll >= 0)
		close(worker->epoll);
	if (worker->quit >= 0)
		close(worker->quit);
	worker->epoll = worker->quit = -1;
}

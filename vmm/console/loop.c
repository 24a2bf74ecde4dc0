// SPDX-License-Identifier: GPL-2.0-only
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "../util/log.h"

/* A shell that puts a running job into the foreground does not notify it. */
#define BACKGROUND_MS 500

/*
 * The signals that end the VMM, except those that were ignored when it was started (by nohup(1), or
 * in a script's background): a blocked signal is queued even then. And SIGCONT.
 */
static void choose_signals(sigset_t *set)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action;

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		if (sigaction(ending[i], NULL, &action) || action.sa_handler != SIG_IGN)
			sigaddset(set, ending[i]);
	sigaddset(set, SIGCONT);
}

int loop_create(struct loop *loop, unsigned int timeout)
{
	struct itimerspec when = { .it_value.tv_sec = timeout };
	sigset_t set, kicks;
	int ret;

	*loop = (struct loop){ .signals = -1, .timer = -1, .timeout = timeout };
	choose_signals(&set);
	/* The parent may have blocked them; threads are stopped by them. */
	sigemptyset(&kicks);
	sigaddset(&kicks, SIGUSR1);
	sigaddset(&kicks, SIGUSR2);
	/* A reader of the console that went away is an error of write(2), not the end. */
	signal(SIGPIPE, SIG_IGN);
	/* So is a file that reaches the host's limit (RLIMIT_FSIZE). */
	signal(SIGXFSZ, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) || sigprocmask(SIG_UNBLOCK, &kicks, NULL))
		goto fail;
	loop->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	loop->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (loop->signals < 0 || loop->timer < 0 || timerfd_settime(loop->timer, 0, &when, NULL))
		goto fail;
	return 0;
fail:
	ret = -errno;
	log_error("cannot set up signals and timer: %s", error_text(-ret));
	return ret;
}

static void take_signal(const struct loop *loop, struct console *console, struct stop *stop)
{
	struct signalfd_siginfo info;

	if (read(loop->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGCONT)
		console_begin(console);
	else if (stop_now(stop, EXIT_SIGNAL_BASE + (int)info.ssi_signo))
		log_note("stopped by %s", strsignal((int)info.ssi_signo));
}

void loop_run(struct loop *loop, struct console *console, struct stop *stop)
{
	enum { STOP, SIGNALS, TIMER, WANTED, INPUT, COUNT };
	struct pollfd wait[COUNT] = {
		[STOP] = { .fd = stop->event, .events = POLLIN },
		[SIGNALS] = { .fd = loop->signals, .events = POLLIN },
		[TIMER] = { .fd = loop->timer, .events = POLLIN },
		[WANTED] = { .fd = console->wanted, .events = POLLIN },
		[INPUT] = { .events = POLLIN },
	};

	while (!atomic_load(&stop->requested)) {
		wait[INPUT].fd = console_wants_input(console) ? console->in : -1;
		if (poll(wait, COUNT, console->background ? BACKGROUND_MS : -1) < 0 &&
		    errno != EINTR) {
			log_error("poll: %s", error_text(errno));
			stop_now(stop, EXIT_VMM_ERROR);
			return;
		}
		if (console->background)
			console_begin(console);
		if (wait[SIGNALS].revents)
			take_signal(loop, console, stop);
		if (wait[TIMER].revents && stop_now(stop, EXIT_TIMED_OUT))
			log_error("the guest is still running after %u s (--timeout)",
				  loop->timeout);
		if (wait[WANTED].revents)
			console_continue(console);
		if (wait[INPUT].revents && console_read(console))
			stop_now(stop, EXIT_SIGNAL_BASE + SIGINT);
	}
}

void loop_destroy(struct loop *loop)
{
	if (loop->signals >= 0)
		close(loop->signals);
	if (loop->timer >= 0)
		close(loop->timer);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The main thread while vCPUs run: console input, signals, time-out, and the decision to stop. */
#pragma once

#include "console.h"
#include "stop.h"

struct loop {
	int signals;	      /* signalfd for those that end the VMM, and SIGCONT */
	int timer;	      /* timerfd of the time-out */
	unsigned int timeout; /* seconds, 0: none */
};

/*
 * Blocks the signals that end the VMM (but those that are ignored already) in this thread, and so
 * in all that it creates, unblocks those that threads are kicked with, and starts the time-out. 0
 * or a negative errno, logged; loop_destroy() in both cases.
 */
int loop_create(struct loop *loop, unsigned int timeout);

/* Serves everything until @stop is decided. */
void loop_run(struct loop *loop, struct console *console, struct stop *stop);

void loop_destroy(struct loop *loop);

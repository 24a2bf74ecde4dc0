/* SPDX-License-Identifier: GPL-2.0-only */
/* The end of a run: decided once, by the first thread that calls stop_now(), and seen by all. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "../exitcode.h"

struct stop {
	atomic_bool requested; /* vCPU threads leave their loops */
	atomic_int code;       /* exit code, -1: not decided */
	int event;	       /* eventfd that becomes readable with the decision */
};

/* 0 or a negative errno. */
int stop_init(struct stop *stop);
void stop_destroy(struct stop *stop);

/*
 * Ends the run with @code. Returns whether this call decided it: only then is a message due, since
 * the others follow from the first. Any thread.
 */
bool stop_now(struct stop *stop, int code);

// SPDX-License-Identifier: GPL-2.0-only
#include "stop.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../util/log.h"

int stop_init(struct stop *stop)
{
	int ret;

	atomic_init(&stop->requested, false);
	atomic_init(&stop->code, -1);
	stop->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop->event >= 0)
		return 0;
	ret = -errno;
	log_error("cannot create an eventfd for the end of the run: %s", error_text(-ret));
	return ret;
}

void stop_destroy(struct stop *stop)
{
	close(stop->event);
}

bool stop_now(struct stop *stop, int code)
{
	const uint64_t one = 1;
	int undecided = -1;
	bool first = atomic_compare_exchange_strong(&stop->code, &undecided, code);

	atomic_store(&stop->requested, true);
	/* EAGAIN cannot be: the counter would have to be full. */
	if (write(stop->event, &one, sizeof(one)) < 0 && errno != EAGAIN)
		return first;
	return first;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

#include "guest.h"

/* Ends with an entry without a name. run returns true when no secret was seen and all errors were
 * as they must be. */
struct attack {
	const char *name;
	bool (*run)(struct guest *g, const char *name);
	bool control;	/* without protection run() must find the pattern */
	bool also_huge; /* also with 2 MiB pages */
	bool writes;	/* what the host wrote stays in the page, which is its own by then */
};

extern const struct attack user_attacks[], kernel_attacks[];

/* A page in the middle of the guest's memory, full of the pattern. */
static inline uint8_t *secret_page(struct guest *g)
{
	return g->ram + g->size / 2;
}

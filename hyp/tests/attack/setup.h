/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ATTACK_SETUP_H
#define ATTACK_SETUP_H

#include "guest.h"

/* Writes the guest's device tree to buffer. Returns its size, or a negative number. */
int setup_fdt(void *buffer, int room, const struct guest *g, const uint64_t *mpidr);

#endif

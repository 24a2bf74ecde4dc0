/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DONJON_EL2_HOST_REFUSAL_H
#define DONJON_EL2_HOST_REFUSAL_H

#include <el2/types.h>

/* Aborts injected into the host so far. */
uint64_t host_refusals(void);

#endif

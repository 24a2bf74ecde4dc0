/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's stage-2 aborts: what it has no page for is mapped, what is not its own is refused. */
#ifndef DONJON_EL2_HOST_ABORT_H
#define DONJON_EL2_HOST_ABORT_H

#include <el2/types.h>

/*
 * esr: ESR_EL2; the address is arch_fault_page()'s. On return the host repeats the access or takes
 * an abort. No lock held.
 */
void host_abort(uint64_t esr);

/* Aborts injected into the host so far. */
uint64_t host_refusals(void);

#endif

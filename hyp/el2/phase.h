/* SPDX-License-Identifier: GPL-2.0-only */
/* The phase of the hypervisor's life (hyp/abi/hypercall.h). */
#ifndef DONJON_EL2_PHASE_H
#define DONJON_EL2_PHASE_H

#include <abi/hypercall.h>

enum donjon_phase phase_get(void);
void phase_set(enum donjon_phase next);

#endif

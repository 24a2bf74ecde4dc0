/* SPDX-License-Identifier: GPL-2.0-only */
/* SErrors: asynchronous aborts, which a guest can cause by its own accesses. */
#ifndef DONJON_EL2_GUEST_SERROR_H
#define DONJON_EL2_GUEST_SERROR_H

#include <el2/types.h>

struct vcpu;

/*
 * An SError that the CPU took while the vCPU ran, or that its accesses had left pending at the
 * exit. esr: its syndrome. The guest gets it as a virtual SError at its next entry, and the host
 * does not see it. A corrected error is nobody's. An uncontainable one (RAS) ends the machine:
 * guests' memory is scrubbed first, as in any panic.
 */
void guest_serror(struct vcpu *vcpu, uint64_t esr);

#endif

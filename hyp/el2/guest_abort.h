/* SPDX-License-Identifier: GPL-2.0-only */
/* Stage-2 aborts of guests: a page is missing, a device is accessed, or there is nothing. */
#ifndef DONJON_EL2_GUEST_ABORT_H
#define DONJON_EL2_GUEST_ABORT_H

#include <el2/types.h>

struct vcpu;

/*
 * esr: ESR_EL2 of the loaded vCPU's abort; the address is arch_fault_page()'s. Returns an enum
 * donjon_exit with the run page's fields set, or RESUME: the guest repeats the access, skips it, or
 * takes an external abort.
 */
int guest_abort(struct vcpu *vcpu, uint64_t esr);

/*
 * Before the guest runs again: the host's answer to an EXIT_MMIO, if one is due; flags:
 * DONJON_ENTRY_*. It is due at the very next run only: without it the guest repeats the access, and
 * nothing that the host says later touches a register or skips an instruction. Returns true if the
 * guest is to take an external abort for abort_esr and abort_far; then pc still names the access.
 */
bool guest_complete_mmio(struct vcpu *vcpu, uint64_t flags);

#endif

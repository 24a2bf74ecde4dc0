/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's calls: decoding and dispatch. hyp/abi/hypercall.h is their documentation. */
#ifndef DONJON_EL2_HYPERCALL_H
#define DONJON_EL2_HYPERCALL_H

#include <el2/types.h>

struct host_regs;

/* regs: x0 to x30 of the host, whose HVC #0 this is; the answer goes to x0 to x4. */
void host_call(struct host_regs *regs);

/* An errno value of EL2's as the ABI's code. */
int64_t abi_error(int error);

#endif

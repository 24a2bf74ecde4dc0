/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that a guest makes by HVC or SMC: SMCCC, PSCI, TRNG, sharing and RSI. Both conduits give the same answers. */
#ifndef DONJON_EL2_GUEST_CALL_H
#define DONJON_EL2_GUEST_CALL_H

struct vcpu;

/* Function and arguments stand in the vCPU's x0 to x6, the answer goes to x0 to x3. Returns an enum donjon_exit, or -1 to run on. */
int guest_call(struct vcpu *vcpu);

/* A call with an immediate other than 0. */
int guest_call_unknown(struct vcpu *vcpu);

/* EXIT_MEMORY: the guest, in a call, needs a page at this plain address that does not exist yet. */
int guest_needs_page(struct vcpu *vcpu, uint64_t addr);

/*
 * EXIT_TOPUP for a call that the ledger has refused with -ENOBUFS or -ENOMEM: the guest repeats it when the host has fed
 * what is short.
 */
int guest_needs_tables(struct vcpu *vcpu, int error);

/* guest_rsi.c: the functions of RSI 1.0. */
int guest_rsi(struct vcpu *vcpu, uint32_t function);

/* psci.c: the functions of PSCI 1.1, wholly at EL2. */
int guest_psci(struct vcpu *vcpu, uint32_t function);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual timer of a vCPU.
 */
#ifndef DONJON_DRIVER_TIMER_H
#define DONJON_DRIVER_TIMER_H

#include <linux/types.h>

struct vcpu;

/*
 * Around a run at EL2, with interrupts masked: timer_enter() before vgic_flush() gives the timer's
 * line to the interrupt controller; timer_arm() behind it sets the physical interrupt active if the
 * guest is to handle it, so that it doesn't fire again; timer_leave() before vgic_sync() reads the
 * timer's state as EL2 left it.
 */
void timer_enter(struct vcpu *vcpu);
void timer_arm(struct vcpu *vcpu);
void timer_leave(struct vcpu *vcpu);

/*
 * The guest has deactivated the timer's interrupt and, through the list register, the physical one.
 * Interrupts masked.
 */
void timer_deactivated(void);

/* The host's number of the timer's interrupt at the GIC, for the list register. */
u32 timer_hwirq(void);

/* True when the timer can still fire; then *ns is the time until it does, 0 when it has. */
bool timer_deadline(struct vcpu *vcpu, u64 *ns);

#endif

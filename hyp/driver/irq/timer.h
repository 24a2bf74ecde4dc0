/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual timer of a vCPU.
 */
#pragma once

#include <linux/types.h>

struct vcpu;

/*
 * Finds and requests the virtual timer's and the GIC's maintenance interrupt on every CPU. A
 * negative errno value, with a line in the log. Process context.
 */
int timer_init(void);
void timer_exit(void);

/* A new vCPU: connects its timer interrupt to the physical one. */
void timer_vcpu_init(struct vcpu *vcpu);

/* The timer is off after a reset of the vCPU, as it is at EL2. */
void timer_reset(struct vcpu *vcpu);

/*
 * Around a run at EL2, with interrupts masked: timer_enter() before vgic_flush() gives the timer's
 * line to the interrupt controller; timer_arm() after it sets the physical interrupt active if the
 * guest is to handle it, so that it does not fire again; timer_leave() before vgic_sync() reads the
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

/* True when the timer can still fire; then *ns is the time until it does, 0 when it has. */
bool timer_deadline(struct vcpu *vcpu, u64 *ns);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kicks: make a vCPU look at its interrupts and its state again.
 */
#pragma once

#include <linux/types.h>

struct vcpu;
struct vm;

/* Once, before the first vCPU. */
void kick_init(void);

/* Ends the vCPU's run or its sleep. Any context but NMI, any lock but the run queue's. */
void vcpu_kick(struct vcpu *vcpu);

/* Kicks those vCPUs whose index is set in the mask and that exist. Without vgic.lock. */
void vm_kick(struct vm *vm, u32 mask);

/* The vCPU was powered on, by PSCI or by the VMM. */
void vcpu_powered_on(struct vcpu *vcpu);

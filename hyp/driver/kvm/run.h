/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM_RUN.
 */
#ifndef DONJON_DRIVER_KVM_RUN_H
#define DONJON_DRIVER_KVM_RUN_H

struct vcpu;

/* KVM_RUN: 0 with an exit in kvm_run, or a negative errno value. Under vcpu->mutex. */
int vcpu_run(struct vcpu *vcpu);

#endif

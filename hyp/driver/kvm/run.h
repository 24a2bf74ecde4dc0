/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM_RUN.
 */
#pragma once

struct vcpu;

/* KVM_RUN: 0 with an exit in kvm_run, or a negative errno value. Under vcpu->mutex. */
int vcpu_run(struct vcpu *vcpu);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vCPU's registers: KVM_GET_ONE_REG, KVM_SET_ONE_REG and KVM_GET_REG_LIST, with KVM's errors.
 * Under vcpu->mutex.
 */
#pragma once

#include <linux/kvm.h>

struct vcpu;

int onereg_get(struct vcpu *vcpu, const struct kvm_one_reg *reg);
int onereg_set(struct vcpu *vcpu, const struct kvm_one_reg *reg);
int onereg_list(struct vcpu *vcpu, struct kvm_reg_list __user *list);

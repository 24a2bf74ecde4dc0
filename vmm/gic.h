/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM's GICv3. It is made with KVM_CREATE_DEVICE and attributes of the device: the calls on the VM
 * that do the same are refused for protected VMs.
 */
#pragma once

#include "kvm.h"

/*
 * Creates the device on @vm and places it as hyp/abi/platform.h says. Its descriptor, or a negative
 * errno (logged).
 */
int gic_create(const struct kvm_sys *sys, int vm);

/* Initialises it, once all vCPUs exist. 0 or a negative errno (logged). */
int gic_init(const struct kvm_sys *sys, int gic);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual interrupt controller as a KVM device.
 */
#pragma once

#include <linux/kvm.h>

struct vm;

/* KVM_CREATE_DEVICE, with KVM's errors. Under vm->lock. */
int vgic_create_device(struct vm *vm, struct kvm_create_device *dev);

/*
 * Before the first run: are the addresses known, and is it initialised? -ENXIO, -EBUSY or -EINVAL,
 * as KVM answers. Under vm->lock.
 */
int vgic_check_ready(struct vm *vm);

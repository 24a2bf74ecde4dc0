/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMs: creation.
 */
#ifndef DONJON_DRIVER_KVM_VM_H
#define DONJON_DRIVER_KVM_VM_H

/* KVM_CREATE_VM: a file descriptor, or a negative errno value. Process context. */
int vm_create(unsigned long type);

#endif

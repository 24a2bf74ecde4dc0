/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMs: creation.
 */
#pragma once

/* KVM_CREATE_VM: a file descriptor, or a negative errno value. Process context. */
int vm_create(unsigned long type);

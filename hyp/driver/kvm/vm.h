/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMs: creation, and the end of all.
 */
#pragma once

/* KVM_CREATE_VM: a file descriptor, or a negative errno value. Process context. */
int vm_create(unsigned long type);

/*
 * The host's kernel makes place for another one: ends all VMs at EL2, whoever has their
 * descriptors, and there can be no more. Returns how many there were. Process context.
 */
unsigned int vm_end_all(void);

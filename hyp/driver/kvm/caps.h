/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the driver and the machine offer, as KVM's extensions.
 */
#pragma once

struct vm;

/* KVM_CHECK_EXTENSION, on /dev/kvm (NULL) or on a VM. */
int caps_check_extension(unsigned long cap, const struct vm *vm);

/* The largest width of a VM's addresses, in bits. */
unsigned int caps_max_ipa_bits(void);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the driver and the machine offer, as KVM's extensions.
 */
#pragma once

/* KVM_CHECK_EXTENSION, on /dev/kvm or a VM. */
int caps_check_extension(unsigned long cap);

/* The largest width of a VM's addresses, in bits. */
unsigned int caps_max_ipa_bits(void);

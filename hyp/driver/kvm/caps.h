/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the driver and the machine offer, as KVM's extensions.
 */
#pragma once

#include <linux/types.h>

/* KVM_CHECK_EXTENSION, on /dev/kvm or a VM; protected: a protected VM has less. */
int caps_check_extension(unsigned long cap, bool protected);

/* The largest width of a VM's addresses, in bits. */
unsigned int caps_max_ipa_bits(void);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of the virtual distributor and redistributors.
 */
#pragma once

#include <linux/types.h>

struct vcpu;

/*
 * An access of the guest to 1, 2, 4 or 8 bytes at ipa. False: neither distributor nor
 * redistributor. Process context.
 */
bool vgic_mmio(struct vcpu *vcpu, u64 ipa, unsigned int size, bool write, u64 *data);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The donjon module: its own EL2 owns the guest's pages and registers, and /dev/kvm is the
 * module's.
 */
#include <errno.h>
#include <stdio.h>

#include "protect.h"

static int donjon_detect(const struct kvm_sys *sys, char *why, size_t why_size)
{
	if (kvm_is_module(sys))
		return 0;
	snprintf(why, why_size,
		 "the module is not loaded (boot with kvm-arm.mode=none id_aa64mmfr1.vh=0, then "
		 "insmod donjon.ko)");
	return -ENODEV;
}

/* The upper half of the IPA space is unprotected, as in Arm's Realm Services Interface. */
static uint64_t donjon_unprotected_bit(unsigned int ipa_bits)
{
	return 1ULL << (ipa_bits - 1);
}

/* A module older than this program may have none. */
static bool donjon_has_guest_memfd(const struct kvm_sys *sys)
{
	return kvm_capability(sys, sys->fd, KVM_CAP_GUEST_MEMFD) &&
	       (kvm_capability(sys, sys->fd, KVM_CAP_GUEST_MEMFD_FLAGS) & KVM_GMEM_FLAGS) ==
		       KVM_GMEM_FLAGS;
}

const struct protection protection_donjon = {
	.name = "donjon",
	.promise = "the host can neither read nor change the guest's private memory and registers",
	.vm_flags = KVM_VM_TYPE_ARM_PROTECTED,
	.psci_method = "smc",
	.hides_registers = true,
	.detect = donjon_detect,
	.has_guest_memfd = donjon_has_guest_memfd,
	.pins_memory = protection_always_pins,
	.unprotected_bit = donjon_unprotected_bit,
};

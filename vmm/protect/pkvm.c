// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linux's own pKVM (7.3 and newer, kvm-arm.mode=protected). Creating a protected VM is the only way
 * to ask for it; the first one of a boot makes the kernel print that it is experimental. Linux's
 * Documentation/virt/kvm/arm/pkvm.rst calls the isolation of the CPU state unimplemented, so
 * nothing is promised about registers here.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "../util/log.h"
#include "protect.h"

static int pkvm_detect(const struct kvm_sys *sys, char *why, size_t why_size)
{
	int vm;

	if (kvm_is_module(sys)) {
		snprintf(why, why_size,
			 "/dev/kvm belongs to the donjon module (unload it, or use backend = "
			 "donjon)");
		return -ENODEV;
	}
	vm = kvm_create_vm(sys, KVM_VM_TYPE_ARM_PROTECTED, kvm_ipa_bits(sys));
	if (vm >= 0) {
		close(vm);
		return 0;
	}
	if (vm == -EINVAL)
		snprintf(why, why_size,
			 "KVM does not support protected VMs (boot Linux 7.3 or newer with "
			 "kvm-arm.mode=protected)");
	else
		snprintf(why, why_size, "KVM cannot create a protected VM: %s", error_text(-vm));
	return -ENODEV;
}

/*
 * Linux 7.3 announces guest_memfds for these VMs as well, and takes slots with them, but then pins
 * what is at the slot's address, and refuses a guest_memfd's pages there.
 */
const struct protection protection_pkvm = {
	.name = "pkvm",
	.promise = "the host can neither read nor change the guest's private memory (Linux "
		   "promises nothing about registers)",
	.vm_flags = KVM_VM_TYPE_ARM_PROTECTED,
	.psci_method = "hvc",
	.hides_registers = true,
	.detect = pkvm_detect,
	.has_guest_memfd = protection_no_guest_memfd,
	.pins_memory = protection_always_pins,
	.unprotected_bit = protection_no_unprotected_bit,
};

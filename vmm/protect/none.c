// SPDX-License-Identifier: GPL-2.0-only
/* No protection: an ordinary KVM guest, whose memory and registers the host sees. */
#include "protect.h"

static int none_detect(const struct kvm_sys *sys, char *why, size_t why_size)
{
	(void)sys;
	(void)why;
	(void)why_size;
	return 0;
}

/* The donjon module pins the memory of unprotected guests as well. */
static bool none_pins_memory(const struct kvm_sys *sys)
{
	return kvm_is_module(sys);
}

const struct protection protection_none = {
	.name = "none",
	.promise = "the host can read and change the guest's memory and registers",
	.psci_method = "hvc",
	.detect = none_detect,
	.has_guest_memfd = protection_no_guest_memfd,
	.pins_memory = none_pins_memory,
	.unprotected_bit = protection_no_unprotected_bit,
};

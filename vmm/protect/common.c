// SPDX-License-Identifier: GPL-2.0-only
/* Functions that several backends put into their tables. */
#include "protect.h"

bool protection_no_guest_memfd(const struct kvm_sys *sys)
{
	(void)sys;
	return false;
}

bool protection_always_pins(const struct kvm_sys *sys)
{
	(void)sys;
	return true;
}

uint64_t protection_no_unprotected_bit(unsigned int ipa_bits)
{
	(void)ipa_bits;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What keeps the host out of the guest. A backend is a table of facts and functions that the rest
 * of the VMM uses unconditionally, without asking which backend it is; "none" is a backend like the
 * others. A step in a VM's life that differs between backends is one more function here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../config/settings.h"
#include "../kvm.h"

struct protection {
	const char *name;
	const char *promise;	 /* what the host cannot do, for `check` and --verbose */
	unsigned long vm_flags;	 /* for KVM_CREATE_VM */
	const char *psci_method; /* "hvc"; or "smc", without which Linux does not look for RSI */
	bool hides_registers;	 /* KVM_GET_ONE_REG reads nothing of a guest that has run */
	/* 0: the host has it; -ENODEV with the reason and the next step in @why. */
	int (*detect)(const struct kvm_sys *sys, char *why, size_t why_size);
	/* Whether guest RAM can be a guest_memfd. */
	bool (*has_guest_memfd)(const struct kvm_sys *sys);
	/* Whether other guest RAM is pinned, and so counts against RLIMIT_MEMLOCK. */
	bool (*pins_memory)(const struct kvm_sys *sys);
	/*
	 * The bit that is set in the IPAs through which a guest shares memory with the host, where
	 * IPAs have @ipa_bits bits. 0: there is none.
	 */
	uint64_t (*unprotected_bit)(unsigned int ipa_bits);
};

extern const struct protection protection_none;
extern const struct protection protection_donjon;
extern const struct protection protection_pkvm;

/*
 * Finds the backend that @config asks for. mode=required never gives protection_none. 0, or -ENODEV
 * after logging why and what to do.
 */
int protection_select(const struct protection **chosen, const struct config *config,
		      const struct kvm_sys *sys);

/* The backend that @config gets on a host that can protect, without asking the host. */
const struct protection *protection_expected(const struct config *config);

/* Whether a guest of @protection is a protected VM. */
bool protection_protects(const struct protection *protection);

/* For the tables of backends (common.c). */
bool protection_no_guest_memfd(const struct kvm_sys *sys);
bool protection_always_pins(const struct kvm_sys *sys);
uint64_t protection_no_unprotected_bit(unsigned int ipa_bits);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who keeps the host out of the guest. A backend is a small table that the rest of the VMM uses
 * without asking which one it is; not to protect at all is a backend too.
 */
#ifndef DONJON_VMM_PROTECT_H
#define DONJON_VMM_PROTECT_H

#include <stdbool.h>
#include <stddef.h>

#include "../config/settings.h"
#include "../kvm.h"

struct protection {
	const char *name;
	const char *promise;	/* what the host cannot do, for `check` and --verbose */
	unsigned long vm_flags; /* for KVM_CREATE_VM */
	bool pins_memory;	/* guest RAM counts against RLIMIT_MEMLOCK */
	bool hides_registers;	/* KVM_GET_ONE_REG tells nothing about a guest that runs */
	bool psci_smc;		/* PSCI is called by SMC, which Linux wants where it asks for RSI */
	bool shared_alias;	/* the top bit of an IPA marks what the guest shares (RSI) */
	/* 0: the host has it; -ENODEV with the reason and the next step in @why. */
	int (*detect)(const struct kvm_sys *sys, char *why, size_t why_size);
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

#endif

// SPDX-License-Identifier: GPL-2.0-only
#include "protect.h"

#include <errno.h>
#include <stdio.h>

#include "../util/log.h"

/*
 * The module comes first: it serves /dev/kvm, and so the same KVM_CREATE_VM as pKVM, from which
 * only its being loaded tells it apart.
 */
static const struct protection *const backends[] = { &protection_donjon, &protection_pkvm };

static bool wanted(const struct protection *backend, enum protection_backend choice)
{
	return choice == BACKEND_AUTO ||
	       (choice == BACKEND_DONJON && backend == &protection_donjon) ||
	       (choice == BACKEND_PKVM && backend == &protection_pkvm);
}

const struct protection *protection_expected(const struct config *config)
{
	size_t i = 0;

	if (config->protection_mode == PROTECTION_OFF)
		return &protection_none;
	while (!wanted(backends[i], config->protection_backend))
		i++;
	return backends[i];
}

bool protection_protects(const struct protection *protection)
{
	return protection->vm_flags & KVM_VM_TYPE_ARM_PROTECTED;
}

int protection_select(const struct protection **chosen, const struct config *config,
		      const struct kvm_sys *sys)
{
	char why[640] = "", reason[256];
	size_t used = 0;

	*chosen = &protection_none;
	if (config->protection_mode == PROTECTION_OFF)
		return 0;
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
		if (!wanted(backends[i], config->protection_backend))
			continue;
		if (!backends[i]->detect(sys, reason, sizeof(reason))) {
			*chosen = backends[i];
			return 0;
		}
		if (used < sizeof(why))
			used += (size_t)snprintf(why + used, sizeof(why) - used, "%s%s: %s",
						 used ? "; " : "", backends[i]->name, reason);
	}
	if (config->protection_mode == PROTECTION_PREFERRED) {
		log_warn("the guest runs UNPROTECTED: [protection] mode is preferred and the host "
			 "cannot protect it (%s)",
			 why);
		return 0;
	}
	log_error("this host cannot protect the guest: %s. To allow an unprotected guest, set "
		  "[protection] mode = preferred",
		  why);
	return -ENODEV;
}

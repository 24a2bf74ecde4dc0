/* SPDX-License-Identifier: GPL-2.0-only */
/* Decides what follows a return from KVM_RUN: resume, serve the guest, or stop and why. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "exitcode.h"
#include "kvm.h"

enum action_kind {
	ACTION_RESUME, /* call KVM_RUN again: a signal, or KVM asks for a retry */
	ACTION_MMIO,   /* serve run->mmio */
	ACTION_ABORT,  /* inject an external abort for run->arm_nisv.fault_ipa */
	ACTION_STOP,   /* stop the VM */
};

struct exit_action {
	enum action_kind kind;
	enum exit_code code; /* for ACTION_STOP */
	char why[384];	     /* for ACTION_STOP, a sentence; "" when the guest simply powered off */
};

/*
 * Fills @action for a KVM_RUN of vCPU @vcpu that returned @error (0 or a negative errno) and left
 * @run. @lock_limit is RLIMIT_MEMLOCK's value as text, for the message about ENOMEM; "": nothing is
 * pinned.
 */
void handle_exit(struct exit_action *action, unsigned int vcpu, int error,
		 const struct kvm_run *run, const char *lock_limit);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the end of one KVM_RUN means: go on, serve the guest, or stop with which exit code and
 * message.
 */
#ifndef DONJON_VMM_EXIT_H
#define DONJON_VMM_EXIT_H

#include <stdbool.h>
#include <stdint.h>

#include "exitcode.h"
#include "kvm.h"

enum run_action {
	RUN_AGAIN, /* nothing to do: a signal, or KVM wants another try */
	RUN_MMIO,  /* run->mmio is to be served */
	RUN_ABORT, /* give the guest an external abort for run->arm_nisv.fault_ipa */
	RUN_STOP,  /* the VM ends */
};

struct run_verdict {
	enum run_action action;
	enum exit_code code; /* for RUN_STOP */
	char why[384];	     /* for RUN_STOP, a sentence; "" when the guest simply powered off */
};

/*
 * Judges a KVM_RUN of vCPU @vcpu that returned @error (0 or a negative errno) and left @run.
 * @lock_limit tells, in words, RLIMIT_MEMLOCK's value for the message about ENOMEM.
 */
void run_judge(struct run_verdict *verdict, unsigned int vcpu, int error, const struct kvm_run *run,
	       const char *lock_limit);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/kvm.
 */
#pragma once

/* Takes the name /dev/kvm. With a line in the log: -EBUSY while KVM has it, or another error. */
int kvm_dev_claim(void);

/* Begins to serve it: the hypervisor runs. */
void kvm_dev_serve(void);

/* No more /dev/kvm is opened; who has it open keeps it. */
void kvm_dev_stop(void);

/* Gives the name up. */
void kvm_dev_release(void);

/* SPDX-License-Identifier: GPL-2.0-only */
/* One vCPU: its registers at the start, and the thread that runs it. Used by vm.c only. */
#pragma once

#include "vm.h"

/*
 * Creates and initialises vCPU @index of @vm; all but the first start powered off. 0 or a negative
 * errno, logged.
 */
int vcpu_create(struct vcpu *vcpu, struct vm *vm, unsigned int index);
void vcpu_destroy(struct vcpu *vcpu);

int vcpu_read_mpidr(const struct vcpu *vcpu, uint64_t *mpidr);
int vcpu_set_entry(const struct vcpu *vcpu, uint64_t entry, uint64_t fdt);

/* Prepares the process for vcpu_kick(). 0 or a negative errno. */
int vcpu_catch_kick(void);
int vcpu_start(struct vcpu *vcpu);

/* Makes the thread leave KVM_RUN, or not enter it, and any system call that blocks. */
void vcpu_kick(struct vcpu *vcpu);
/* Waits for the thread, kicking it again. 0, or -ETIMEDOUT after logging it. */
int vcpu_join(struct vcpu *vcpu);

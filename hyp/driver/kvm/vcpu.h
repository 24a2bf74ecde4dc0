/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vCPUs: creation and end.
 */
#pragma once

#include <linux/types.h>

struct vcpu;
struct vm;

/* KVM_CREATE_VCPU: a file descriptor, or a negative errno value. Takes vm->lock. */
int vcpu_create(struct vm *vm, unsigned long index);

/* Frees a vCPU. keep_run_page: EL2 may still have its run page, which is lost then. */
void vcpu_free(struct vcpu *vcpu, bool keep_run_page);

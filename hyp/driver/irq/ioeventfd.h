/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM_IOEVENTFD: a write of the guest signals an eventfd.
 */
#pragma once

#include <linux/kvm.h>
#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/types.h>

struct vm;

struct ioeventfds {
	struct rw_semaphore lock;	/* list, count */
	struct list_head list;
	unsigned int count;
};

void ioeventfd_vm_init(struct vm *vm);

/*
 * KVM_IOEVENTFD, for MMIO. -EINVAL: unknown flag, length not 0, 1, 2, 4 or 8, wrapping, datamatch
 * of any length, not an eventfd. -EEXIST: another catches the same write. -ENOSPC: too many.
 * -ENOENT: deassigned without being there. -EBADF, -ENOMEM.
 */
int ioeventfd_set(struct vm *vm, const struct kvm_ioeventfd *args);

/* A write of the guest. True: it has signalled an eventfd, and is done. Process context. */
bool ioeventfd_write(struct vm *vm, u64 ipa, unsigned int size, u64 data);

/* Frees all. Nothing runs any more. */
void ioeventfd_vm_free(struct vm *vm);

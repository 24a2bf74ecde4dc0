/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM_IRQFD: a signal of an eventfd is an interrupt of the guest.
 */
#pragma once

#include <linux/kvm.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "vgic.h"

struct vm;

struct irqfds {
	struct mutex lock;		/* all but reap */
	struct list_head list;
	unsigned int nr;		/* irqfds in the list */
	unsigned int nr_resample;	/* those with resample */
	u16 resamplers[VGIC_MAX_INTID + 1 - VGIC_NR_PRIVATE];	/* and those of each SPI */
	struct work_struct reap;	/* removes those whose eventfd was closed */
};

void irqfd_vm_init(struct vm *vm);

/*
 * KVM_IRQFD: gsi is the number of an SPI, from 0, as in KVM's default routing. -EAGAIN: no
 * interrupt controller yet. -EINVAL: unknown flag, no such SPI, not an eventfd. -EBUSY: that
 * eventfd is assigned already. -ENOSPC: the VM has 1000 irqfds, the most there can be. -EBADF,
 * -ENOMEM. To deassign one that is not assigned is no error.
 */
int irqfd_set(struct vm *vm, const struct kvm_irqfd *args);

/*
 * The guest has ended a level-sensitive SPI: if irqfds with resample have raised it, lowers its
 * line and signals their resample eventfds. Process context.
 */
void irqfd_resample(struct vm *vm, u32 intid);

/* Removes all. The VM's file is closed: no call is under way, and none will come. */
void irqfd_vm_release(struct vm *vm);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * eventfds in place of calls: irqfd (a signal is an interrupt of the guest) and ioeventfd (a write
 * of the guest is a signal).
 */
#ifndef DONJON_DRIVER_EVENTS_H
#define DONJON_DRIVER_EVENTS_H

#include <linux/kvm.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct vm;

struct irqfds {
	struct mutex lock;		/* list, nr_resample */
	struct list_head list;
	unsigned int nr_resample;	/* of them, with resample */
	struct work_struct reap;	/* removes those whose eventfd was closed */
};

struct ioeventfds {
	struct rw_semaphore lock;	/* list, count */
	struct list_head list;
	unsigned int count;
};

/* -- irqfd.c -- */

void irqfd_vm_init(struct vm *vm);

/*
 * KVM_IRQFD: gsi is the number of an SPI, from 0, as in KVM's default routing. -EAGAIN: no
 * interrupt controller yet. -EINVAL: unknown flag, no such SPI, not an eventfd. -EBUSY: that
 * eventfd is assigned already. -EBADF, -ENOMEM. To deassign what isn't assigned is no error.
 */
int irqfd_set(struct vm *vm, const struct kvm_irqfd *args);

/*
 * The guest has ended a level-sensitive SPI: if irqfds with resample have raised it, lowers its
 * line and tells them. Process context.
 */
void irqfd_resample(struct vm *vm, u32 intid);

/* Removes all. The VM's file is closed: no call is under way, none will come. */
void irqfd_vm_release(struct vm *vm);

/* -- ioeventfd.c -- */

void ioeventfd_vm_init(struct vm *vm);

/*
 * KVM_IOEVENTFD, for MMIO. -EINVAL: unknown flag, length not 0, 1, 2, 4 or 8, wrapping, datamatch
 * of any length, not an eventfd. -EEXIST: another catches the same write. -ENOSPC: too many.
 * -ENOENT: deassigned without being there. -EBADF, -ENOMEM.
 */
int ioeventfd_set(struct vm *vm, const struct kvm_ioeventfd *args);

/* A write of the guest. True: it was a signal, and is done. Process context. */
bool ioeventfd_write(struct vm *vm, u64 ipa, unsigned int size, u64 data);

/* Nothing runs any more. */
void ioeventfd_vm_free(struct vm *vm);

#endif

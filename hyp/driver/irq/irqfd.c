// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_IRQFD: an eventfd whose signal is an interrupt of the guest.
 *
 * An irqfd is an entry in the eventfd's wait queue. The signal arrives there, in any context, and
 * goes straight to the interrupt controller. An irqfd ends in one of three ways: it is deassigned;
 * the VM's file is closed; or the eventfd itself is closed. All three happen under irqfds.lock and
 * leave the wait queue first, which waits for a signal that is on its way. The wait queue reports
 * that the eventfd is closed where nothing can be freed, so that a work item frees it.
 *
 * Locks: irqfds.lock, an eventfd's wait queue, vgic.lock.
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "compat.h"
#include "irqfd.h"
#include "vgic.h"
#include "vm_types.h"

/* As many as ioeventfds: each EOI of an irqfd with resample goes through the list. */
#define MAX_IRQFDS	1000

struct irqfd {
	struct list_head node;
	struct vm *vm;
	u32 intid;
	bool closed;			/* the eventfd is closed; set in its wait queue */
	struct eventfd_ctx *eventfd;
	struct eventfd_ctx *resample;	/* or NULL */
	wait_queue_entry_t wait;
	poll_table poll;
};

static void inject(struct irqfd *irqfd)
{
	/* With resample the line stays up until the guest has ended the interrupt. */
	if (irqfd->resample)
		vgic_set_line(irqfd->vm, NULL, irqfd->intid, true);
	else
		vgic_pulse(irqfd->vm, irqfd->intid);
}

/* In the eventfd's wait queue, under its lock, interrupts masked. */
static int wakeup(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct irqfd *irqfd = container_of(wait, struct irqfd, wait);
	__poll_t events = key_to_poll(key);
	int taken = 0;
	u64 count;

	if (events & EPOLLIN) {
		eventfd_ctx_do_read(irqfd->eventfd, &count);
		inject(irqfd);
		taken = 1;
	}
	if (events & EPOLLHUP) {
		WRITE_ONCE(irqfd->closed, true);
		schedule_work(&irqfd->vm->irqfds.reap);
	}
	return taken;
}

static void enter_queue(struct file *file, wait_queue_head_t *queue, poll_table *poll)
{
	struct irqfd *irqfd = container_of(poll, struct irqfd, poll);

	/* Before any reader, which would take the count away. */
	add_wait_queue_priority(queue, &irqfd->wait);
}

/* Under irqfds.lock. */
static struct irqfd *find(struct vm *vm, const struct eventfd_ctx *eventfd)
{
	struct irqfd *irqfd;

	list_for_each_entry(irqfd, &vm->irqfds.list, node)
		if (irqfd->eventfd == eventfd)
			return irqfd;
	return NULL;
}

/* -- Removing -- */

static void free_irqfd(struct irqfd *irqfd)
{
	if (irqfd->resample)
		eventfd_ctx_put(irqfd->resample);
	if (irqfd->eventfd)
		eventfd_ctx_put(irqfd->eventfd);
	kfree(irqfd);
}

/*
 * While there is one with resample, vgic_sync() looks for EOIs of level-sensitive SPIs. Returns how
 * many such irqfds the SPI has now. Under irqfds.lock.
 */
static unsigned int count(struct irqfd *irqfd, int change)
{
	struct irqfds *irqfds = &irqfd->vm->irqfds;
	u16 *resamplers = &irqfds->resamplers[irqfd->intid - VGIC_NR_PRIVATE];

	irqfds->nr += change;
	if (!irqfd->resample)
		return *resamplers;
	WRITE_ONCE(irqfds->nr_resample, irqfds->nr_resample + change);
	return *resamplers += change;
}

/* Under irqfds.lock. */
static void remove(struct irqfd *irqfd)
{
	unsigned int others;
	u64 signals;

	eventfd_ctx_remove_wait_queue(irqfd->eventfd, &irqfd->wait, &signals);
	list_del(&irqfd->node);
	others = count(irqfd, -1);
	/* No other irqfd is left that could lower it. */
	if (irqfd->resample && !others)
		vgic_set_line(irqfd->vm, NULL, irqfd->intid, false);
	free_irqfd(irqfd);
}

/* Removes those whose eventfd was closed. Under irqfds.lock. */
static void remove_closed(struct irqfds *irqfds)
{
	struct irqfd *irqfd, *next;

	list_for_each_entry_safe(irqfd, next, &irqfds->list, node)
		if (READ_ONCE(irqfd->closed))
			remove(irqfd);
}

static void reap(struct work_struct *work)
{
	struct irqfds *irqfds = container_of(work, struct irqfds, reap);

	mutex_lock(&irqfds->lock);
	remove_closed(irqfds);
	mutex_unlock(&irqfds->lock);
}

static int deassign(struct vm *vm, const struct kvm_irqfd *args)
{
	struct eventfd_ctx *eventfd = eventfd_ctx_fdget(args->fd);
	struct irqfd *irqfd;

	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	mutex_lock(&vm->irqfds.lock);
	irqfd = find(vm, eventfd);
	if (irqfd && irqfd->intid - VGIC_NR_PRIVATE == args->gsi)
		remove(irqfd);
	mutex_unlock(&vm->irqfds.lock);
	eventfd_ctx_put(eventfd);
	return 0;
}

/* -- Assigning -- */

/* Takes references to the eventfds. On failure free_irqfd() drops what there is. */
static int get_eventfds(struct irqfd *irqfd, struct file *file, const struct kvm_irqfd *args)
{
	struct eventfd_ctx *ctx = eventfd_ctx_fileget(file);

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	irqfd->eventfd = ctx;
	if (!(args->flags & KVM_IRQFD_FLAG_RESAMPLE))
		return 0;
	ctx = eventfd_ctx_fdget(args->resamplefd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	irqfd->resample = ctx;
	return 0;
}

/* The caller's reference to the file keeps it from being closed meanwhile. */
static int start(struct irqfd *irqfd, struct file *file)
{
	struct vm *vm = irqfd->vm;
	int ret = 0;

	mutex_lock(&vm->irqfds.lock);
	/* The work item may not have come yet. */
	if (vm->irqfds.nr >= MAX_IRQFDS)
		remove_closed(&vm->irqfds);
	if (find(vm, irqfd->eventfd))
		ret = -EBUSY;
	else if (vm->irqfds.nr >= MAX_IRQFDS)
		ret = -ENOSPC;
	if (!ret) {
		list_add_tail(&irqfd->node, &vm->irqfds.list);
		count(irqfd, 1);
		init_waitqueue_func_entry(&irqfd->wait, wakeup);
		init_poll_funcptr(&irqfd->poll, enter_queue);
		/* A signal that came before. */
		if (vfs_poll(file, &irqfd->poll) & EPOLLIN)
			inject(irqfd);
	}
	mutex_unlock(&vm->irqfds.lock);
	return ret;
}

static int assign(struct vm *vm, const struct kvm_irqfd *args)
{
	struct irqfd *irqfd;
	struct file *file;
	int ret;

	if (!smp_load_acquire(&vm->vgic.ready))
		return -EAGAIN;
	if (args->gsi >= min_t(u32, vm->vgic.nr_irqs, VGIC_MAX_INTID + 1) - VGIC_NR_PRIVATE)
		return -EINVAL;
	file = fget(args->fd);
	if (!file)
		return -EBADF;
	ret = -ENOMEM;
	irqfd = kzalloc(sizeof(*irqfd), GFP_KERNEL_ACCOUNT);
	if (irqfd) {
		irqfd->vm = vm;
		irqfd->intid = args->gsi + VGIC_NR_PRIVATE;
		ret = get_eventfds(irqfd, file, args) ?: start(irqfd, file);
		if (ret)
			free_irqfd(irqfd);
	}
	fput(file);
	return ret;
}

int irqfd_set(struct vm *vm, const struct kvm_irqfd *args)
{
	if (args->flags & ~(KVM_IRQFD_FLAG_DEASSIGN | KVM_IRQFD_FLAG_RESAMPLE))
		return -EINVAL;
	return args->flags & KVM_IRQFD_FLAG_DEASSIGN ? deassign(vm, args) : assign(vm, args);
}

/* -- The guest has ended an interrupt -- */

void irqfd_resample(struct vm *vm, u32 intid)
{
	struct irqfd *irqfd;

	mutex_lock(&vm->irqfds.lock);
	list_for_each_entry(irqfd, &vm->irqfds.list, node) {
		if (irqfd->intid != intid || !irqfd->resample)
			continue;
		/* The line first: a device that still has a reason raises it again. */
		vgic_set_line(vm, NULL, intid, false);
		signal_eventfd(irqfd->resample);
	}
	mutex_unlock(&vm->irqfds.lock);
}

/* -- VMs -- */

void irqfd_vm_init(struct vm *vm)
{
	mutex_init(&vm->irqfds.lock);
	INIT_LIST_HEAD(&vm->irqfds.list);
	INIT_WORK(&vm->irqfds.reap, reap);
}

void irqfd_vm_release(struct vm *vm)
{
	struct irqfd *irqfd, *next;

	mutex_lock(&vm->irqfds.lock);
	list_for_each_entry_safe(irqfd, next, &vm->irqfds.list, node) {
		remove(irqfd);
		cond_resched();
	}
	mutex_unlock(&vm->irqfds.lock);
	/* Nothing can schedule it any more. */
	cancel_work_sync(&vm->irqfds.reap);
}

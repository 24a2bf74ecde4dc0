// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_IOEVENTFD: a write of the guest to an address signals an eventfd, without an exit to the VMM.
 */
#include <linux/eventfd.h>
#include <linux/log2.h>
#include <linux/slab.h>

#include "compat.h"
#include "ioeventfd.h"
#include "vm_types.h"

/* As many as KVM allows: each write that leaves the guest goes through the list. */
#define MAX_IOEVENTFDS	1000

struct ioeventfd {
	struct list_head node;
	u64 ipa;
	u32 size;		/* of the write; 0: any */
	bool any;		/* any data, else only this: */
	u64 data;
	struct eventfd_ctx *eventfd;
};

static bool same_write(const struct ioeventfd *a, const struct ioeventfd *b)
{
	if (a->ipa != b->ipa)
		return false;
	if (!a->size || !b->size)
		return true;
	return a->size == b->size && (a->any || b->any || a->data == b->data);
}

static int assign(struct ioeventfds *fds, const struct ioeventfd *new)
{
	struct ioeventfd *fd;

	if (fds->count >= MAX_IOEVENTFDS)
		return -ENOSPC;
	list_for_each_entry(fd, &fds->list, node)
		if (same_write(fd, new))
			return -EEXIST;
	fd = kmemdup(new, sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!fd)
		return -ENOMEM;
	list_add_tail(&fd->node, &fds->list);
	WRITE_ONCE(fds->count, fds->count + 1);
	return 0;
}

static void remove(struct ioeventfds *fds, struct ioeventfd *fd)
{
	list_del(&fd->node);
	WRITE_ONCE(fds->count, fds->count - 1);
	eventfd_ctx_put(fd->eventfd);
	kfree(fd);
}

static int deassign(struct ioeventfds *fds, const struct ioeventfd *old)
{
	struct ioeventfd *fd;

	list_for_each_entry(fd, &fds->list, node) {
		if (fd->eventfd != old->eventfd || fd->ipa != old->ipa || fd->size != old->size ||
		    fd->any != old->any || (!fd->any && fd->data != old->data))
			continue;
		remove(fds, fd);
		return 0;
	}
	return -ENOENT;
}

/* PIO and CCW do not exist on this architecture. */
static int check(const struct kvm_ioeventfd *args)
{
	if (args->flags & ~(KVM_IOEVENTFD_FLAG_DATAMATCH | KVM_IOEVENTFD_FLAG_DEASSIGN))
		return -EINVAL;
	if (args->len > 8 || (args->len && !is_power_of_2(args->len)))
		return -EINVAL;
	if (args->addr + args->len < args->addr)
		return -EINVAL;
	return !args->len && (args->flags & KVM_IOEVENTFD_FLAG_DATAMATCH) ? -EINVAL : 0;
}

int ioeventfd_set(struct vm *vm, const struct kvm_ioeventfd *args)
{
	struct ioeventfds *fds = &vm->ioeventfds;
	struct ioeventfd fd = {
		.ipa = args->addr,
		.size = args->len,
		.any = !(args->flags & KVM_IOEVENTFD_FLAG_DATAMATCH),
		.data = args->datamatch,
	};
	int ret = check(args);

	if (ret)
		return ret;
	fd.eventfd = eventfd_ctx_fdget(args->fd);
	if (IS_ERR(fd.eventfd))
		return PTR_ERR(fd.eventfd);
	down_write(&fds->lock);
	ret = args->flags & KVM_IOEVENTFD_FLAG_DEASSIGN ? deassign(fds, &fd) : assign(fds, &fd);
	up_write(&fds->lock);
	/* An ioeventfd that was assigned keeps the reference. */
	if (ret || (args->flags & KVM_IOEVENTFD_FLAG_DEASSIGN))
		eventfd_ctx_put(fd.eventfd);
	return ret;
}

bool ioeventfd_write(struct vm *vm, u64 ipa, unsigned int size, u64 data)
{
	struct ioeventfds *fds = &vm->ioeventfds;
	struct ioeventfd write = { .ipa = ipa, .size = size, .data = data }, *fd;
	bool found = false;

	if (!READ_ONCE(fds->count))
		return false;
	down_read(&fds->lock);
	list_for_each_entry(fd, &fds->list, node) {
		if (!same_write(fd, &write))
			continue;
		signal_eventfd(fd->eventfd);
		found = true;
		break;
	}
	up_read(&fds->lock);
	return found;
}

void ioeventfd_vm_init(struct vm *vm)
{
	init_rwsem(&vm->ioeventfds.lock);
	INIT_LIST_HEAD(&vm->ioeventfds.list);
}

void ioeventfd_vm_free(struct vm *vm)
{
	struct ioeventfd *fd, *next;

	list_for_each_entry_safe(fd, next, &vm->ioeventfds.list, node)
		remove(&vm->ioeventfds, fd);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "notify.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../util/log.h"

void virtio_notify_init(struct virtio_notify *notify, const struct kvm_sys *sys, int vm)
{
	*notify = (struct virtio_notify){ .sys = sys, .vm = vm };
	/* Asked of /dev/kvm: a protected VM on mainline answers 0 for what works there. */
	notify->has_irqfd = kvm_capability(sys, sys->fd, KVM_CAP_IRQFD);
	notify->has_ioeventfd = kvm_capability(sys, sys->fd, KVM_CAP_IOEVENTFD);
	for (unsigned int i = 0; i < PLAT_VIRTIO_MAX; i++)
		notify->irqfd[i] = -1;
}

void virtio_notify_irqfd(struct virtio_notify *notify, unsigned int index, unsigned int spi)
{
	/* In KVM's default routing for arm64 the GSI is the number of the SPI. */
	struct kvm_irqfd irqfd = { .gsi = spi };
	int fd, ret;

	if (!notify->has_irqfd)
		return;
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	irqfd.fd = (uint32_t)fd;
	ret = fd < 0 ? -errno : kvm_call(notify->sys, notify->vm, KVM_IRQFD, (unsigned long)&irqfd);
	if (!ret) {
		notify->irqfd[index] = fd;
		return;
	}
	log_verbose("no irqfd for SPI %u (%s): using KVM_IRQ_LINE", spi, error_text(-ret));
	if (fd >= 0)
		close(fd);
}

bool virtio_notify_ioeventfd(const struct virtio_notify *notify, uint64_t ipa, uint32_t value,
			     int fd)
{
	struct kvm_ioeventfd event = {
		.datamatch = value,
		.addr = ipa,
		.len = sizeof(value),
		.fd = fd,
		.flags = KVM_IOEVENTFD_FLAG_DATAMATCH,
	};
	int ret;

	if (!notify->has_ioeventfd)
		return false;
	ret = kvm_call(notify->sys, notify->vm, KVM_IOEVENTFD, (unsigned long)&event);
	if (ret)
		log_verbose("no ioeventfd at 0x%llx (%s): notifications are MMIO exits",
			    (unsigned long long)ipa, error_text(-ret));
	return !ret;
}

void virtio_notify_driver(const struct virtio_notify *notify, unsigned int index, unsigned int spi)
{
	const uint64_t one = 1;

	if (notify->irqfd[index] < 0) {
		kvm_set_spi(notify->sys, notify->vm, spi, true);
		kvm_set_spi(notify->sys, notify->vm, spi, false);
	} else if (write(notify->irqfd[index], &one, sizeof(one)) < 0) {
		log_warn("cannot raise the guest's interrupt %u: %s", 32 + spi, error_text(errno));
	}
}

void virtio_notify_destroy(struct virtio_notify *notify)
{
	if (!notify->sys)
		return; /* never begun: its descriptors are zeroes */
	/* KVM releases an irqfd when its descriptor is closed, and ioeventfds with the VM. */
	for (unsigned int i = 0; i < PLAT_VIRTIO_MAX; i++)
		if (notify->irqfd[i] >= 0)
			close(notify->irqfd[i]);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../util/log.h"

void virtio_host_init(struct virtio_host *host, const struct guest_memory *memory,
		      const struct kvm_sys *sys, int vm)
{
	*host = (struct virtio_host){ .memory = *memory, .sys = sys, .vm = vm };
	/* Asked of /dev/kvm: a protected VM on mainline answers 0 for what works there. */
	host->has_irqfd = kvm_capability(sys, sys->fd, KVM_CAP_IRQFD);
	host->has_ioeventfd = kvm_capability(sys, sys->fd, KVM_CAP_IOEVENTFD);
	for (unsigned int i = 0; i < PLAT_VIRTIO_MAX; i++)
		host->irqfd[i] = -1;
}

void virtio_host_connect(struct virtio_host *host, unsigned int slot, unsigned int spi)
{
	/* In KVM's default routing for arm64 the GSI is the number of the SPI. */
	struct kvm_irqfd irqfd = { .gsi = spi };
	int fd, ret;

	if (!host->has_irqfd)
		return;
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	irqfd.fd = (uint32_t)fd;
	ret = fd < 0 ? -errno : kvm_call(host->sys, host->vm, KVM_IRQFD, (unsigned long)&irqfd);
	if (!ret) {
		host->irqfd[slot] = fd;
		return;
	}
	log_verbose("SPI %u has no irqfd (%s): KVM_IRQ_LINE is used", spi, strerror(-ret));
	if (fd >= 0)
		close(fd);
}

bool virtio_host_notify(const struct virtio_host *host, uint64_t ipa, uint32_t value, int fd)
{
	struct kvm_ioeventfd notify = {
		.datamatch = value,
		.addr = ipa,
		.len = sizeof(value),
		.fd = fd,
		.flags = KVM_IOEVENTFD_FLAG_DATAMATCH,
	};
	int ret;

	if (!host->has_ioeventfd)
		return false;
	ret = kvm_call(host->sys, host->vm, KVM_IOEVENTFD, (unsigned long)&notify);
	if (ret)
		log_verbose("no ioeventfd at 0x%llx (%s): notifications are MMIO exits",
			    (unsigned long long)ipa, strerror(-ret));
	return !ret;
}

void virtio_host_interrupt(const struct virtio_host *host, unsigned int slot, unsigned int spi)
{
	const uint64_t one = 1;

	if (host->irqfd[slot] < 0) {
		kvm_set_spi(host->sys, host->vm, spi, true);
		kvm_set_spi(host->sys, host->vm, spi, false);
	} else if (write(host->irqfd[slot], &one, sizeof(one)) < 0) {
		log_warn("interrupt %u of the guest cannot be raised: %s", 32 + spi,
			 strerror(errno));
	}
}

void virtio_host_destroy(struct virtio_host *host)
{
	if (!host->sys)
		return; /* never begun: its descriptors are zeroes */
	/* KVM lets go of an irqfd when its descriptor is closed, and of ioeventfds with the VM. */
	for (unsigned int i = 0; i < PLAT_VIRTIO_MAX; i++)
		if (host->irqfd[i] >= 0)
			close(host->irqfd[i]);
}

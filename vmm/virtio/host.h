/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What virtio devices need of the host: guest memory, interrupts, and notifications that come as
 * eventfds. With irqfd and ioeventfd where KVM has them, so that neither costs an exit to the VMM;
 * else with KVM_IRQ_LINE and through the register.
 */
#ifndef DONJON_VMM_VIRTIO_HOST_H
#define DONJON_VMM_VIRTIO_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "../../hyp/abi/platform.h"
#include "../kvm.h"
#include "memory.h"

struct virtio_host {
	struct guest_memory memory;
	const struct kvm_sys *sys;
	int vm;
	bool has_irqfd, has_ioeventfd;
	int irqfd[PLAT_VIRTIO_MAX]; /* -1: KVM_IRQ_LINE */
};

/* Looks at what KVM has. @vm must have its interrupt controller already. */
void virtio_host_init(struct virtio_host *host, const struct guest_memory *memory,
		      const struct kvm_sys *sys, int vm);

/* Prepares SPI @spi of slot @slot. It cannot fail: without an irqfd there is KVM_IRQ_LINE. */
void virtio_host_connect(struct virtio_host *host, unsigned int slot, unsigned int spi);

/*
 * Makes a write of @value (32 bits) to @ipa signal the eventfd @fd in the kernel. False: KVM
 * cannot; the write then comes as an MMIO exit.
 */
bool virtio_host_notify(const struct virtio_host *host, uint64_t ipa, uint32_t value, int fd);

/* Raises slot @slot's interrupt once: an edge. Any thread. */
void virtio_host_interrupt(const struct virtio_host *host, unsigned int slot, unsigned int spi);

void virtio_host_destroy(struct virtio_host *host);

#endif

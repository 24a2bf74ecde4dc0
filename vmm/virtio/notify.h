/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notifications between devices and driver through KVM (virtio 1.2, section 2.3): the device's are
 * interrupts, the driver's come as eventfds. Where KVM has irqfd and ioeventfd, neither costs an
 * exit to the VMM; else they go through KVM_IRQ_LINE and the notification register.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../../hyp/abi/platform.h"
#include "../kvm.h"

struct virtio_notify {
	const struct kvm_sys *sys;
	int vm;
	bool has_irqfd, has_ioeventfd;
	int irqfd[PLAT_VIRTIO_MAX]; /* -1: KVM_IRQ_LINE */
};

/* Asks what KVM has. @vm must have its interrupt controller already. */
void virtio_notify_init(struct virtio_notify *notify, const struct kvm_sys *sys, int vm);

/* Binds SPI @spi of device @index to an irqfd. Cannot fail: KVM_IRQ_LINE is the alternative. */
void virtio_notify_irqfd(struct virtio_notify *notify, unsigned int index, unsigned int spi);

/*
 * Makes a write of @value (32 bits) to @ipa signal the eventfd @fd in the kernel. False: KVM
 * cannot; the write is then an MMIO exit.
 */
bool virtio_notify_ioeventfd(const struct virtio_notify *notify, uint64_t ipa, uint32_t value,
			     int fd);

/* Raises the interrupt of device @index once: an edge. Any thread. */
void virtio_notify_driver(const struct virtio_notify *notify, unsigned int index, unsigned int spi);

void virtio_notify_destroy(struct virtio_notify *notify);

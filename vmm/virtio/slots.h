/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine's virtio devices: device n is at PLAT_VIRTIO_BASE + n * PLAT_VIRTIO_STRIDE with SPI
 * PLAT_VIRTIO_SPI + n, in the order in which they are added.
 *
 * A machine: virtio_add() for each device, before the device tree is made (that is all that `donjon
 * dtb` needs); after vm_create(): virtio_start(); after vm_halt(): virtio_stop(); last,
 * virtio_destroy().
 */
#ifndef DONJON_VMM_VIRTIO_SLOTS_H
#define DONJON_VMM_VIRTIO_SLOTS_H

#include <stdbool.h>

#include "../../hyp/abi/platform.h"
#include "../bus.h"
#include "../kvm.h"
#include "../ram.h"
#include "host.h"
#include "virtio.h"

/* All zeroes at the start. */
struct virtio_slots {
	struct virtio_host host;
	unsigned int count;
	struct virtio_device *device[PLAT_VIRTIO_MAX];
};

/*
 * Puts @device in the next slot and on @bus, and takes it over: virtio_destroy() destroys it, and a
 * failure does at once. @access_platform: the guest is protected, and a driver must accept
 * VIRTIO_F_ACCESS_PLATFORM. 0 or a negative errno, logged. NULL is a device whose constructor
 * failed, and logged it: -ENOMEM.
 */
int virtio_add(struct virtio_slots *slots, struct bus *bus, struct virtio_device *device,
	       bool access_platform);

/*
 * Connects the devices with guest RAM and the VM, and starts their threads. @alias: the address bit
 * by which the guest marks shared addresses, or 0. The fault handler (fault.h) must be installed
 * before the first vCPU runs. 0 or a negative errno, logged; virtio_stop() in both cases.
 */
int virtio_start(struct virtio_slots *slots, const struct guest_ram *ram, uint64_t alias,
		 const struct kvm_sys *sys, int vm);

/*
 * Ends the threads. No vCPU runs any more: what the guest had queued is worked on for at most a
 * second. -ETIMEDOUT (logged): a thread hangs in the host's kernel; the process should exit without
 * freeing anything.
 */
int virtio_stop(struct virtio_slots *slots);

void virtio_destroy(struct virtio_slots *slots);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine's virtio devices: device n is at PLAT_VIRTIO_BASE + n * PLAT_VIRTIO_STRIDE with SPI
 * PLAT_VIRTIO_SPI + n, in the order in which they are added.
 *
 * A machine: virtio_add() for each device, before the device tree is made (that is all that `donjon
 * dtb` needs); after vm_create(): virtio_start(); after vm_halt(): virtio_stop(); last,
 * virtio_destroy().
 */
#pragma once

#include <stdbool.h>

#include "../../hyp/abi/platform.h"
#include "../bus.h"
#include "../kvm.h"
#include "../ram.h"
#include "notify.h"
#include "virtio.h"

/* All zeroes at the start. */
struct virtio_devices {
	struct virtio_notify notify;
	unsigned int count;
	struct virtio_device *device[PLAT_VIRTIO_MAX];
};

/*
 * Gives @device the next place on @bus and takes ownership: virtio_destroy() destroys it, and so
 * does a failure. @access_platform: the guest is protected, and a driver must accept
 * VIRTIO_F_ACCESS_PLATFORM. 0 or a negative errno, logged. A NULL @device is one whose constructor
 * failed and logged it: -ENOMEM.
 */
int virtio_add(struct virtio_devices *devices, struct bus *bus, struct virtio_device *device,
	       bool access_platform);

/*
 * Connects the devices with guest RAM, which must stay, and the VM, and starts their threads. The
 * fault handler (fault.h) must be installed before the first vCPU runs. 0 or a negative errno,
 * logged; virtio_stop() in both cases.
 */
int virtio_start(struct virtio_devices *devices, const struct guest_ram *ram,
		 const struct kvm_sys *sys, int vm);

/*
 * Ends the threads. No vCPU runs any more: what the guest had queued is worked on for at most a
 * second. -ETIMEDOUT (logged): a thread hangs in the host's kernel; the process should exit without
 * freeing anything.
 */
int virtio_stop(struct virtio_devices *devices);

void virtio_destroy(struct virtio_devices *devices);

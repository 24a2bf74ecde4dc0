/* SPDX-License-Identifier: GPL-2.0-only */
/* All devices of a machine, in one place for `run`, `check` and `dtb`. */
#pragma once

#include "bus.h"
#include "config/settings.h"
#include "console/console.h"
#include "device/pl031.h"
#include "virtio/devices.h"
#include "vm.h"

struct devices {
	struct bus bus;
	struct console console;
	struct pl031 clock;
	struct virtio_devices virtio; /* the disks, then the console, then the entropy device */
};

enum devices_use {
	DEVICES_OPEN,	  /* disks are opened and locked */
	DEVICES_DESCRIBE, /* they are not: for a device tree */
};

/*
 * Creates the devices that @config names; @protected: for a protected guest. @vm is for interrupts
 * and may be NULL when nothing will run. An exit code, 0 for none, after logging why;
 * devices_destroy() in all cases.
 */
int devices_create(struct devices *devices, const struct config *config, enum devices_use use,
		   bool protected, struct vm *vm);

void devices_destroy(struct devices *devices);

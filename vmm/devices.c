// SPDX-License-Identifier: GPL-2.0-only
#include "devices.h"


#include "../hyp/abi/platform.h"
#include "exitcode.h"
#include "util/log.h"
#include "virtio/blk.h"
#include "virtio/rng.h"

static int add_clock(struct devices *devices)
{
	int ret = bus_add(&devices->bus, PLAT_RTC_BASE, PLAT_RTC_SIZE, &pl031_ops, &devices->clock);

	if (ret)
		log_error("cannot place the clock at 0x%lx: %s", PLAT_RTC_BASE, error_text(-ret));
	return ret;
}

int devices_create(struct devices *devices, const struct config *config, enum devices_use use,
		   bool protected, struct vm *vm)
{
	*devices = (struct devices){ .console.wanted = -1 };
	if (add_clock(devices))
		return EXIT_VMM_ERROR;
	for (unsigned int i = 0; i < config->disks; i++) {
		const struct disk_config *disk = &config->disk[i];
		struct virtio_device *device = use == DEVICES_OPEN
						       ? virtio_blk_create(disk, protected)
						       : virtio_blk_create_idle(disk, protected);

		/* Nearly always it is the file that the configuration names. */
		if (virtio_add(&devices->virtio, &devices->bus, device, protected))
			return EXIT_CONFIG;
	}
	if (console_create(&devices->console, config, &devices->bus, &devices->virtio, protected,
			   vm))
		return EXIT_VMM_ERROR;
	if (config->rng_enabled &&
	    virtio_add(&devices->virtio, &devices->bus, virtio_rng_create(), protected))
		return EXIT_VMM_ERROR;
	return 0;
}

void devices_destroy(struct devices *devices)
{
	virtio_destroy(&devices->virtio);
	console_destroy(&devices->console);
}

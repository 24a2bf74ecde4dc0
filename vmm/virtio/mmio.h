/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtio-mmio transport, version 2 (virtio 1.2, section 4.2): a device's registers on the bus
 * and its node in the device tree.
 */
#pragma once

#include "../bus.h"

/* For bus_add() with a struct virtio_device that has its index. */
extern const struct device_ops virtio_mmio_ops;

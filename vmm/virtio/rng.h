/* SPDX-License-Identifier: GPL-2.0-only */
/* Entropy device (virtio 1.2, section 5.4): random bytes of the host's kernel. */
#pragma once

#include "virtio.h"

/* For virtio_add(). NULL, logged: no memory or no descriptors. */
struct virtio_device *virtio_rng_create(void);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pool of shared memory through which a protected Linux guest copies what its devices read and
 * write (Linux's swiotlb). Linux chooses its size by the amount of RAM, which has nothing to do
 * with the need: a pool that is full makes a disk hang. So donjon sizes it by the devices.
 *
 * Each descriptor of a queue is one buffer, and a buffer is copied to consecutive slots of 2 KiB.
 * So at most
 *
 *   sum over all queues: descriptors * slots of the largest buffer
 *
 * are in use at once: a disk has 128 descriptors of at most 32 KiB (blk.h; it offers no indirect
 * descriptors to protected guests, which would multiply them), 2048 slots; the console 2 * 16 of a
 * page, 64 slots; the entropy device a few of one slot each. Linux splits the pool into an area for
 * each CPU, and a buffer must lie in one run of 128 slots: one more run a CPU for what that wastes.
 * It rounds the whole up to a power of two, and so does this.
 */
#pragma once

#include <stdint.h>

#include "../config/settings.h"

/* Linux's include/linux/swiotlb.h: bytes of a slot */
#define IO_TLB_SIZE 2048UL

/*
 * Bytes of the pool for the devices of @config, a multiple of RAM_BLOCK. 0 when there is nothing
 * but an entropy device, for which Linux's own smallest pool suffices.
 */
uint64_t swiotlb_pool(const struct config *config);

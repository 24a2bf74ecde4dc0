/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A disk's contents on the host: a raw file or a block device, through the host's page cache. An
 * open disk is locked (fcntl(2), "open file description locks"): exclusively when it is writable,
 * else shared, so that two guests never write one disk, and none reads what another writes.
 *
 * All offsets and lengths are in bytes and were checked against disk->size by the caller; only
 * disk_open() logs. One thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "config/settings.h"

#define DISK_SECTOR 512U

struct disk {
	int fd;
	bool readonly;
	bool device;		 /* a block device, not a file */
	uint64_t size;		 /* a multiple of DISK_SECTOR, not 0 */
	uint32_t logical_block;	 /* bytes, a power of two: the smallest unit that the guest should
				    address */
	uint32_t physical_block; /* bytes, a power of two: smaller writes are slower */
	bool no_discard, no_zero_range; /* the host has said that it cannot */
	int lost; /* negative errno: a flush failed, what was written before may be nowhere */
};

/*
 * Opens and locks what @config names. 0; or a negative errno, logged with the file's name and the
 * next step: -EBUSY when it is locked (by whom is said where it can be seen).
 */
int disk_open(struct disk *disk, const struct disk_config *config);

/*
 * Reads or writes @length bytes at @offset: all of @iov, @count entries, which are changed. 0, or
 * -EFAULT: the memory may not be touched; -EIO, -ENOSPC or what else the host answers. Some bytes
 * may have been transferred then.
 */
int disk_transfer(const struct disk *disk, bool write, struct iovec *iov, unsigned int count,
		  uint64_t offset, uint64_t length);

/*
 * Makes written data survive a loss of power. 0 or a negative errno. After the first error every
 * call returns it: the kernel reports a failed write once, and then treats the pages as clean.
 */
int disk_flush(struct disk *disk);

/*
 * Gives the range back to the host; it reads as zeroes or as before. 0 also where the host cannot.
 */
int disk_discard(struct disk *disk, uint64_t offset, uint64_t length);

/* Makes the range read as zeroes; @unmap: it may be given back to the host. */
int disk_zero(struct disk *disk, uint64_t offset, uint64_t length, bool unmap);

void disk_close(struct disk *disk);

// SPDX-License-Identifier: GPL-2.0-only
#include "blk.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/virtio_blk.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../disk.h"
#include "../util/log.h"

/* Work of one request: a range is a call to the host, zeroes may have to be written. */
#define RANGES_MAX	    16U
#define DISCARD_SECTORS_MAX (1U << 21) /* 1 GiB */
#define ZERO_SECTORS_MAX    (1U << 14) /* 8 MiB */

struct blk {
	struct virtio_device virtio;
	struct virtio_blk_config config;
	struct disk disk;
	bool discard;
	uint64_t request_max; /* bytes of data */
	char serial[VIRTIO_BLK_ID_BYTES];
	struct rate errors; /* messages about the host's errors */
	struct virtio_chain chain;
	struct iovec iov[QUEUE_SIZE_MAX];
};

/* A request's header, copied: the guest may change its own at any time. */
struct request {
	uint32_t type;
	uint64_t sector;
	uint64_t in, out; /* bytes of data for the driver, and from it */
};

static bool in_disk(const struct blk *blk, uint64_t sector, uint64_t sectors)
{
	uint64_t capacity = blk->disk.size / DISK_SECTOR;

	return sector <= capacity && sectors <= capacity - sector;
}

/* The status that the host's answer @error means. EFAULT is the guest's own doing. */
static uint8_t request_status(struct blk *blk, const char *what, uint64_t sector, int error)
{
	unsigned int hidden;

	if (!error)
		return VIRTIO_BLK_S_OK;
	if (rate_allows(&blk->errors, &hidden)) {
		if (hidden)
			log_warn("%s: %u more errors were suppressed", blk->virtio.name, hidden);
		if (error == -EFAULT)
			log_warn("%s: %s at sector %" PRIu64
				 ": the buffer is private guest memory; the request fails",
				 blk->virtio.name, what, sector);
		else
			log_warn("%s: %s at sector %" PRIu64 ": %s; the request fails",
				 blk->virtio.name, what, sector, error_text(-error));
	}
	return VIRTIO_BLK_S_IOERR;
}

static uint8_t flush(struct blk *blk, uint64_t sector)
{
	bool lost = blk->disk.lost;
	int ret = disk_flush(&blk->disk);

	if (ret && !lost)
		log_warn("%s: a flush failed, so data that the guest has written may be lost; no "
			 "flush succeeds until donjon is restarted",
			 blk->virtio.name);
	return request_status(blk, "flush", sector, ret);
}

/* A driver without VIRTIO_BLK_F_FLUSH sends no flushes, so each write must be durable (5.2.6.2). */
static uint8_t write_through(struct blk *blk, const struct request *request, uint8_t status)
{
	if (status != VIRTIO_BLK_S_OK || virtio_has(&blk->virtio, VIRTIO_BLK_F_FLUSH))
		return status;
	return flush(blk, request->sector);
}

static uint8_t transfer(struct blk *blk, const struct request *request, bool write)
{
	uint64_t length = write ? request->out : request->in;
	unsigned int count;
	uint8_t status;

	if (write && blk->disk.readonly)
		return VIRTIO_BLK_S_IOERR;
	if (length % DISK_SECTOR || length > blk->request_max || (write && request->in) ||
	    !in_disk(blk, request->sector, length / DISK_SECTOR))
		return VIRTIO_BLK_S_IOERR;
	count = write ? chain_slice(&blk->chain, CHAIN_READABLE, sizeof(struct virtio_blk_outhdr),
				    length, blk->iov)
		      : chain_slice(&blk->chain, CHAIN_WRITABLE, 0, length, blk->iov);
	status = request_status(blk, write ? "write" : "read", request->sector,
				disk_transfer(&blk->disk, write, blk->iov, count,
					      request->sector * DISK_SECTOR, length));
	return write ? write_through(blk, request, status) : status;
}

static uint8_t get_id(struct blk *blk, const struct request *request)
{
	size_t length =
		request->in < sizeof(blk->serial) ? (size_t)request->in : sizeof(blk->serial);

	return request_status(blk, "the serial number", 0,
			      chain_write(&blk->chain, 0, blk->serial, length));
}

/* Checks a range of a discard or a write of zeroes. */
static uint8_t check_range(const struct blk *blk, uint32_t type,
			   const struct virtio_blk_discard_write_zeroes *range)
{
	uint32_t sectors = le32toh(range->num_sectors), flags = le32toh(range->flags);
	uint32_t known = type == VIRTIO_BLK_T_DISCARD ? 0 : VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP;

	if (flags & ~known)
		return VIRTIO_BLK_S_UNSUPP;
	if (sectors > (type == VIRTIO_BLK_T_DISCARD ? DISCARD_SECTORS_MAX : ZERO_SECTORS_MAX) ||
	    !in_disk(blk, le64toh(range->sector), sectors))
		return VIRTIO_BLK_S_IOERR;
	return VIRTIO_BLK_S_OK;
}

static int clear(struct blk *blk, uint32_t type,
		 const struct virtio_blk_discard_write_zeroes *range)
{
	uint64_t offset = le64toh(range->sector) * DISK_SECTOR;
	uint64_t length = (uint64_t)le32toh(range->num_sectors) * DISK_SECTOR;

	if (type == VIRTIO_BLK_T_DISCARD)
		return disk_discard(&blk->disk, offset, length);
	return disk_zero(&blk->disk, offset, length,
			 blk->discard &&
				 le32toh(range->flags) & VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP);
}

/* Discard and write zeroes: all ranges are checked before the first is cleared. */
static uint8_t clear_ranges(struct blk *blk, const struct request *request)
{
	struct virtio_blk_discard_write_zeroes range[RANGES_MAX];
	unsigned int bit = request->type == VIRTIO_BLK_T_DISCARD ? VIRTIO_BLK_F_DISCARD
								 : VIRTIO_BLK_F_WRITE_ZEROES;
	unsigned int count = (unsigned int)(request->out / sizeof(range[0]));
	uint8_t status = VIRTIO_BLK_S_OK;

	if (!virtio_has(&blk->virtio, bit))
		return VIRTIO_BLK_S_UNSUPP;
	if (request->out % sizeof(range[0]) || !request->out || request->out > sizeof(range) ||
	    chain_read(&blk->chain, sizeof(struct virtio_blk_outhdr), range, (size_t)request->out))
		return VIRTIO_BLK_S_IOERR;
	for (unsigned int i = 0; i < count && status == VIRTIO_BLK_S_OK; i++)
		status = check_range(blk, request->type, &range[i]);
	for (unsigned int i = 0; i < count && status == VIRTIO_BLK_S_OK; i++)
		status = request_status(
			blk, request->type == VIRTIO_BLK_T_DISCARD ? "discard" : "write of zeroes",
			le64toh(range[i].sector), clear(blk, request->type, &range[i]));
	return write_through(blk, request, status);
}

static uint8_t serve(struct blk *blk)
{
	struct request request = {
		.in = blk->chain.bytes[CHAIN_WRITABLE] - 1ULL,
		.out = blk->chain.bytes[CHAIN_READABLE],
	};
	struct virtio_blk_outhdr header;

	if (chain_read(&blk->chain, 0, &header, sizeof(header)))
		return VIRTIO_BLK_S_IOERR;
	request.out -= sizeof(header);
	request.type = le32toh(header.type);
	request.sector = le64toh(header.sector);
	switch (request.type) {
	case VIRTIO_BLK_T_IN:
		return transfer(blk, &request, false);
	case VIRTIO_BLK_T_OUT:
		return transfer(blk, &request, true);
	case VIRTIO_BLK_T_FLUSH:
		return flush(blk, request.sector);
	case VIRTIO_BLK_T_GET_ID:
		return get_id(blk, &request);
	case VIRTIO_BLK_T_DISCARD:
	case VIRTIO_BLK_T_WRITE_ZEROES:
		return clear_ranges(blk, &request);
	}
	return VIRTIO_BLK_S_UNSUPP;
}

static void process(struct virtio_device *device, unsigned int queue)
{
	struct blk *blk = (struct blk *)device;

	while (virtio_pop(device, queue, &blk->chain)) {
		uint32_t room = blk->chain.bytes[CHAIN_WRITABLE];
		uint8_t status;

		if (!room) {
			virtio_violation(device, queue, "a request has no byte for its status");
			return;
		}
		status = serve(blk);
		if (chain_write(&blk->chain, room - 1, &status, 1)) {
			virtio_violation(device, queue,
					 "the status byte of a request is in private memory");
			return;
		}
		virtio_complete(device, queue, &blk->chain, room);
	}
}

static void destroy(struct virtio_device *device)
{
	struct blk *blk = (struct blk *)device;

	disk_close(&blk->disk);
	virtio_fini(device);
	free(blk);
}

static const struct virtio_ops ops = {
	.id = VIRTIO_ID_BLOCK,
	.process = process,
	.destroy = destroy,
};

static uint8_t exponent(uint32_t blocks)
{
	uint8_t n = 0;

	while (blocks >>= 1)
		n++;
	return n;
}

static void fill_config(struct blk *blk, uint32_t segment_max)
{
	const struct disk *disk = &blk->disk;
	uint32_t physical = disk->physical_block / disk->logical_block;

	blk->config = (struct virtio_blk_config){
		.capacity = htole64(disk->size / DISK_SECTOR),
		.size_max = htole32(segment_max),
		.seg_max = htole32(BLK_SEGMENTS),
		.blk_size = htole32(disk->logical_block),
		.physical_block_exp = exponent(physical),
		.min_io_size = htole16((uint16_t)physical),
		.max_discard_sectors = htole32(DISCARD_SECTORS_MAX),
		.max_discard_seg = htole32(RANGES_MAX),
		.discard_sector_alignment = htole32(disk->physical_block / DISK_SECTOR),
		.max_write_zeroes_sectors = htole32(ZERO_SECTORS_MAX),
		.max_write_zeroes_seg = htole32(RANGES_MAX),
		.write_zeroes_may_unmap = blk->discard,
	};
	blk->request_max = (uint64_t)segment_max * BLK_SEGMENTS;
	blk->virtio.config = &blk->config;
	blk->virtio.config_size = sizeof(blk->config);
}

static uint64_t features(const struct blk *blk, bool protected)
{
	uint64_t bits =
		VIRTIO_FEATURE(VIRTIO_BLK_F_SIZE_MAX) | VIRTIO_FEATURE(VIRTIO_BLK_F_SEG_MAX) |
		VIRTIO_FEATURE(VIRTIO_BLK_F_BLK_SIZE) | VIRTIO_FEATURE(VIRTIO_BLK_F_TOPOLOGY) |
		VIRTIO_FEATURE(VIRTIO_BLK_F_FLUSH) | VIRTIO_FEATURE(VIRTIO_RING_F_EVENT_IDX);

	if (!protected)
		bits |= VIRTIO_FEATURE(VIRTIO_RING_F_INDIRECT_DESC);
	if (blk->disk.readonly)
		return bits | VIRTIO_FEATURE(VIRTIO_BLK_F_RO);
	bits |= VIRTIO_FEATURE(VIRTIO_BLK_F_WRITE_ZEROES);
	return blk->discard ? bits | VIRTIO_FEATURE(VIRTIO_BLK_F_DISCARD) : bits;
}

static struct blk *create(const struct disk_config *config)
{
	static const uint16_t sizes[] = { BLK_QUEUE_SIZE };
	const char *serial = *config->serial ? config->serial : config->name;
	struct blk *blk = calloc(1, sizeof(*blk));
	char name[sizeof(blk->virtio.name)];

	if (!blk) {
		log_error("no memory for disk '%s'", config->name);
		return NULL;
	}
	blk->disk = (struct disk){ .fd = -1,
				   .logical_block = DISK_SECTOR,
				   .physical_block = DISK_SECTOR };
	blk->discard = config->discard && !config->readonly;
	/*
	 * Up to 20 bytes, padded with zeroes and not ended by one when it is that long (5.2.6.1).
	 */
	memcpy(blk->serial, serial, strnlen(serial, sizeof(blk->serial)));
	snprintf(name, sizeof(name), "disk '%s'", config->name);
	if (virtio_init(&blk->virtio, &ops, name, sizes, 1)) {
		destroy(&blk->virtio);
		return NULL;
	}
	return blk;
}

static struct virtio_device *finish(struct blk *blk, bool protected)
{
	fill_config(blk, protected ? BLK_SEGMENT_MAX_PROTECTED : BLK_SEGMENT_MAX);
	blk->virtio.offered = features(blk, protected);
	return &blk->virtio;
}

struct virtio_device *virtio_blk_create(const struct disk_config *config, bool protected)
{
	struct blk *blk = create(config);

	if (blk && disk_open(&blk->disk, config)) {
		destroy(&blk->virtio);
		return NULL;
	}
	return blk ? finish(blk, protected) : NULL;
}

struct virtio_device *virtio_blk_create_idle(const struct disk_config *config, bool protected)
{
	struct blk *blk = create(config);

	return blk ? finish(blk, protected) : NULL;
}

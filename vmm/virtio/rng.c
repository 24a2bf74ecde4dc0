// SPDX-License-Identifier: GPL-2.0-only
#include "rng.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "../util/log.h"

#define QUEUE_SIZE 64

/*
 * A request may be shorter answered than it is long (5.4.6.1): no guest keeps the host's generator
 * busy for long.
 */
#define BYTES_MAX 65536u

/* getrandom(2) fills this many bytes without being interrupted. */
#define CHUNK 256u

struct rng {
	struct virtio_device virtio;
	struct virtio_chain chain;
};

/*
 * How many bytes the request got; fewer than it asked for also when the guest keeps its pages to
 * itself.
 */
static uint32_t fill(const struct virtio_chain *chain)
{
	uint32_t wanted = chain->bytes[CHAIN_WRITABLE], done = 0;
	uint8_t bytes[CHUNK];

	if (wanted > BYTES_MAX)
		wanted = BYTES_MAX;
	while (done < wanted) {
		uint32_t length = wanted - done < CHUNK ? wanted - done : CHUNK;

		if (getrandom(bytes, length, 0) != (ssize_t)length ||
		    chain_write(chain, done, bytes, length))
			break;
		done += length;
	}
	return done;
}

static void process(struct virtio_device *device, unsigned int queue)
{
	struct rng *rng = (struct rng *)device;

	while (virtio_pop(device, queue, &rng->chain)) {
		uint32_t done = fill(&rng->chain);

		if (!done) {
			virtio_violation(device, queue,
					 "a request's buffer is empty or in private memory");
			return;
		}
		virtio_complete(device, queue, &rng->chain, done);
	}
}

static void destroy(struct virtio_device *device)
{
	virtio_fini(device);
	free(device);
}

static const struct virtio_ops ops = {
	.id = VIRTIO_ID_RNG,
	.process = process,
	.destroy = destroy,
};

struct virtio_device *virtio_rng_create(void)
{
	static const uint16_t sizes[] = { QUEUE_SIZE };
	struct rng *rng = calloc(1, sizeof(*rng));

	if (!rng) {
		log_error("no memory for the entropy device");
		return NULL;
	}
	if (virtio_init(&rng->virtio, &ops, "rng", sizes, 1)) {
		destroy(&rng->virtio);
		return NULL;
	}
	rng->virtio.offered = VIRTIO_FEATURE(VIRTIO_RING_F_INDIRECT_DESC) |
			      VIRTIO_FEATURE(VIRTIO_RING_F_EVENT_IDX);
	return &rng->virtio;
}

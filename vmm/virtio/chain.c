// SPDX-License-Identifier: GPL-2.0-only
/* Requests as devices see them: parts of a chain, however the driver divided it into buffers. */
#include <errno.h>

#include "queue.h"

unsigned int chain_slice(const struct virtio_chain *chain, enum chain_part part, uint64_t offset,
			 uint64_t length, struct iovec *out)
{
	const struct iovec *iov = chain->iov;
	unsigned int count = chain->count[part], filled = 0;

	if (part == CHAIN_WRITABLE)
		iov += chain->count[CHAIN_READABLE];
	if (offset > chain->bytes[part] || length > chain->bytes[part] - offset)
		return 0;
	for (; count && length; iov++, count--) {
		size_t take;

		if (offset >= iov->iov_len) {
			offset -= iov->iov_len;
			continue;
		}
		take = iov->iov_len - (size_t)offset;
		take = take < length ? take : (size_t)length;
		out[filled++] = (struct iovec){ (uint8_t *)iov->iov_base + offset, take };
		length -= take;
		offset = 0;
	}
	return filled;
}

int chain_read(const struct virtio_chain *chain, uint64_t offset, void *to, size_t length)
{
	struct iovec iov[QUEUE_SIZE_MAX];
	unsigned int count = chain_slice(chain, CHAIN_READABLE, offset, length, iov);
	uint8_t *next = to;

	if (!count && length)
		return -ERANGE;
	for (unsigned int i = 0; i < count; i++) {
		if (memory_copy_in(next, iov[i].iov_base, iov[i].iov_len))
			return -EFAULT;
		next += iov[i].iov_len;
	}
	return 0;
}

int chain_write(const struct virtio_chain *chain, uint64_t offset, const void *from, size_t length)
{
	struct iovec iov[QUEUE_SIZE_MAX];
	unsigned int count = chain_slice(chain, CHAIN_WRITABLE, offset, length, iov);
	const uint8_t *next = from;

	if (!count && length)
		return -ERANGE;
	for (unsigned int i = 0; i < count; i++) {
		if (memory_copy_out(iov[i].iov_base, next, iov[i].iov_len))
			return -EFAULT;
		next += iov[i].iov_len;
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Requests as devices see them: parts of a chain, whatever pieces the driver made it of. */
#include <errno.h>

#include "queue.h"

unsigned int chain_slice(const struct virtio_chain *chain, enum chain_part part, uint64_t offset,
			 uint64_t length, struct iovec *out)
{
	const struct iovec *piece = chain->piece;
	unsigned int count = chain->count[part], filled = 0;

	if (part == CHAIN_WRITABLE)
		piece += chain->count[CHAIN_READABLE];
	if (offset > chain->bytes[part] || length > chain->bytes[part] - offset)
		return 0;
	for (; count && length; piece++, count--) {
		size_t take;

		if (offset >= piece->iov_len) {
			offset -= piece->iov_len;
			continue;
		}
		take = piece->iov_len - (size_t)offset;
		take = take < length ? take : (size_t)length;
		out[filled++] = (struct iovec){ (uint8_t *)piece->iov_base + offset, take };
		length -= take;
		offset = 0;
	}
	return filled;
}

int chain_read(const struct virtio_chain *chain, uint64_t offset, void *to, size_t length)
{
	struct iovec piece[QUEUE_SIZE_MAX];
	unsigned int count = chain_slice(chain, CHAIN_READABLE, offset, length, piece);
	uint8_t *next = to;

	if (!count && length)
		return -ERANGE;
	for (unsigned int i = 0; i < count; i++) {
		if (memory_copy_in(next, piece[i].iov_base, piece[i].iov_len))
			return -EFAULT;
		next += piece[i].iov_len;
	}
	return 0;
}

int chain_write(const struct virtio_chain *chain, uint64_t offset, const void *from, size_t length)
{
	struct iovec piece[QUEUE_SIZE_MAX];
	unsigned int count = chain_slice(chain, CHAIN_WRITABLE, offset, length, piece);
	const uint8_t *next = from;

	if (!count && length)
		return -ERANGE;
	for (unsigned int i = 0; i < count; i++) {
		if (memory_copy_out(piece[i].iov_base, next, piece[i].iov_len))
			return -EFAULT;
		next += piece[i].iov_len;
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "queue.h"

#include <errno.h>
#include <string.h>

/* Places in the two index rings, in units of 16 bits; used elements are four units each. */
#define RING_FLAGS   0
#define RING_INDEX   1
#define RING_ENTRIES 2

#define AVAIL_BYTES(size) (6 + 2 * (uint64_t)(size))
#define USED_BYTES(size)  (6 + 8 * (uint64_t)(size))

/* Where a walk along a chain reads its descriptors: the queue's table or an indirect one. */
struct table {
	const struct vring_desc *entries;
	uint32_t size;
	bool indirect;
};

static int violation(const char **why, const char *what)
{
	*why = what;
	return -EPROTO;
}

static int private_ring(const char **why)
{
	return violation(why, "its rings are in private guest memory");
}

static const uint16_t *used_event(const struct queue *queue)
{
	return queue->avail_ring + RING_ENTRIES + queue->size;
}

static uint16_t *avail_event(const struct queue *queue)
{
	return queue->used_ring + RING_ENTRIES + 4 * (size_t)queue->size;
}

void queue_reset(struct queue *queue)
{
	*queue = (struct queue){ .ram = queue->ram,
				 .size_max = queue->size_max,
				 .size = queue->size_max };
}

int queue_enable(struct queue *queue, const char **why)
{
	uint64_t size = queue->size;

	*why = NULL;
	if (!size || size > queue->size_max || (size & (size - 1)))
		*why = "its size is zero, not a power of two, or above the device's";
	else if (queue->desc % 16 || queue->avail % 2 || queue->used % 4)
		*why = "its rings are not aligned";
	if (*why)
		return -EINVAL;
	queue->table = memory_translate(queue->ram, queue->desc, size * sizeof(*queue->table));
	queue->avail_ring = memory_translate(queue->ram, queue->avail, AVAIL_BYTES(size));
	queue->used_ring = memory_translate(queue->ram, queue->used, USED_BYTES(size));
	if (!queue->table || !queue->avail_ring || !queue->used_ring) {
		*why = "its rings are not in RAM";
		return -EINVAL;
	}
	queue->next_avail = queue->next_used = queue->signalled = 0;
	queue->ready = true;
	return 0;
}

/* A buffer of the chain, translated. */
static int add_piece(const struct queue *queue, struct virtio_chain *chain,
		     const struct vring_desc *descriptor, const char **why)
{
	enum chain_part part =
		descriptor->flags & VRING_DESC_F_WRITE ? CHAIN_WRITABLE : CHAIN_READABLE;
	unsigned int count = chain->count[CHAIN_READABLE] + chain->count[CHAIN_WRITABLE];
	void *host;

	if (part == CHAIN_READABLE && chain->count[CHAIN_WRITABLE])
		return violation(why, "a device-readable buffer follows a device-writable one");
	if (!descriptor->len)
		return violation(why, "a buffer is empty");
	if ((uint64_t)chain->bytes[CHAIN_READABLE] + chain->bytes[CHAIN_WRITABLE] +
		    descriptor->len >
	    UINT32_MAX)
		return violation(why, "a chain is longer than 4 GiB");
	host = memory_translate(queue->ram, descriptor->addr, descriptor->len);
	if (!host)
		return violation(why, "a buffer is not in RAM");
	chain->iov[count] = (struct iovec){ host, descriptor->len };
	chain->count[part]++;
	chain->bytes[part] += descriptor->len;
	return 0;
}

/* The rest of the chain is in an indirect table (2.7.5.3). */
static int enter_indirect(const struct queue *queue, struct table *table,
			  const struct vring_desc *descriptor, const char **why)
{
	if (!queue->indirect)
		return violation(why, "an indirect descriptor was not negotiated");
	if (table->indirect)
		return violation(why, "an indirect table contains an indirect descriptor");
	if (descriptor->flags & VRING_DESC_F_NEXT)
		return violation(why, "an indirect descriptor has a next one");
	if (!descriptor->len || descriptor->len % sizeof(*descriptor) ||
	    descriptor->len / sizeof(*descriptor) > queue->size)
		return violation(why, "an indirect table has an invalid length");
	table->entries = memory_translate(queue->ram, descriptor->addr, descriptor->len);
	if (!table->entries)
		return violation(why, "an indirect table is not in RAM");
	table->size = (uint32_t)(descriptor->len / sizeof(*descriptor));
	table->indirect = true;
	return 0;
}

/*
 * Every turn either adds a buffer or enters the one indirect table, so this ends after size + 1
 * turns.
 */
static int walk(const struct queue *queue, struct virtio_chain *chain, const char **why)
{
	struct table table = { queue->table, queue->size, false };
	struct vring_desc descriptor;
	uint32_t index = chain->head;
	int ret;

	for (;;) {
		if (index >= table.size)
			return violation(why, "a descriptor's index is outside its table");
		if (memory_copy_in(&descriptor, &table.entries[index], sizeof(descriptor)))
			return private_ring(why);
		if (descriptor.flags & VRING_DESC_F_INDIRECT) {
			ret = enter_indirect(queue, &table, &descriptor, why);
			index = 0;
		} else if (chain->count[0] + chain->count[1] == queue->size) {
			ret = violation(why, "a chain is longer than its queue: a loop");
		} else {
			ret = add_piece(queue, chain, &descriptor, why);
			index = descriptor.next;
			if (!(descriptor.flags & VRING_DESC_F_NEXT))
				return ret;
		}
		if (ret)
			return ret;
	}
}

/* 1: there is an available chain, 0: none. */
static int look(const struct queue *queue, const char **why)
{
	uint16_t index, ahead;

	/* Acquire: what the driver wrote before it moved the index is read after it. */
	if (memory_load16(queue->avail_ring + RING_INDEX, &index))
		return private_ring(why);
	ahead = (uint16_t)(index - queue->next_avail);
	if (ahead > queue->size)
		return violation(why, "its available index advanced by more than its size");
	return ahead != 0;
}

/*
 * None there: asks for a notification of the next one. The driver may have added one meanwhile,
 * without notifying: the store must be seen before the index is read again, and the driver does the
 * same the other way round (2.7.10).
 */
static int look_again(const struct queue *queue, const char **why)
{
	if (memory_store16(avail_event(queue), queue->next_avail))
		return private_ring(why);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return look(queue, why);
}

int queue_pop(struct queue *queue, struct virtio_chain *chain, const char **why)
{
	int found = look(queue, why);

	if (!found && queue->event_idx)
		found = look_again(queue, why);
	if (found <= 0)
		return found;
	if (memory_load16(queue->avail_ring + RING_ENTRIES + queue->next_avail % queue->size,
			  &chain->head))
		return private_ring(why);
	chain->count[CHAIN_READABLE] = chain->count[CHAIN_WRITABLE] = 0;
	chain->bytes[CHAIN_READABLE] = chain->bytes[CHAIN_WRITABLE] = 0;
	if (walk(queue, chain, why))
		return -EPROTO;
	queue->next_avail++;
	return 1;
}

int queue_push(struct queue *queue, uint16_t head, uint32_t written, const char **why)
{
	struct vring_used_elem element = { head, written };
	uint16_t *entry =
		queue->used_ring + RING_ENTRIES + 4 * (size_t)(queue->next_used % queue->size);

	if (memory_copy_out(entry, &element, sizeof(element)))
		return private_ring(why);
	/* Release: the element, and the answer in the buffers, are seen before the index. */
	if (memory_store16(queue->used_ring + RING_INDEX, (uint16_t)(queue->next_used + 1)))
		return private_ring(why);
	queue->next_used++;
	return 0;
}

int queue_wants_interrupt(struct queue *queue, const char **why)
{
	uint16_t before = queue->signalled, now = queue->next_used, wish;

	if (before == now)
		return 0;
	/*
	 * The index must be seen before the driver's wish is read: it does the same the other way
	 * round (2.7.7, 2.7.8).
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (memory_load16(queue->event_idx ? used_event(queue) : queue->avail_ring + RING_FLAGS,
			  &wish))
		return private_ring(why);
	queue->signalled = now;
	if (!queue->event_idx)
		return !(wish & VRING_AVAIL_F_NO_INTERRUPT);
	/* Whether the driver's used_event lies in [before, now), modulo 2^16. */
	return (uint16_t)(now - wish - 1) < (uint16_t)(now - before);
}

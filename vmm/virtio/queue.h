/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Split virtqueues (virtio 1.2, section 2.7), the device's side. The rings are shared with a guest
 * that runs meanwhile on other CPUs and that is not trusted: each field is read once, copied, then
 * checked. Nothing here locks: a queue is used by its device's worker, and set up or reset while
 * the worker pauses (device.c).
 *
 * Device code does not call the queue_ functions; it uses virtio_pop() and virtio_complete() of
 * virtio.h, and the chain_ functions below.
 */
#pragma once

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "memory.h"

/* Descriptors of the largest queue, and so the longest chain, in a table or an indirect one. */
#define QUEUE_SIZE_MAX 256

enum chain_part { CHAIN_READABLE, CHAIN_WRITABLE };

/*
 * One request: the buffers that the driver made available, translated and bounded. The
 * device-readable buffers come first in @iov, then the device-writable ones; each is one range of
 * guest RAM, none is empty, and together they have at most UINT32_MAX bytes. They may overlap, and
 * the guest may change their contents at any time: copy a header first, then check the copy.
 */
struct virtio_chain {
	uint16_t head;	       /* names the request in the rings */
	unsigned int count[2]; /* buffers, by enum chain_part */
	uint32_t bytes[2];     /* their lengths together */
	struct iovec iov[QUEUE_SIZE_MAX];
};

/*
 * Copies @length bytes out of the readable part of @chain, beginning @offset bytes into it. 0;
 * -ERANGE: the part is shorter, nothing was copied; -EFAULT: the guest keeps the page to itself.
 */
int chain_read(const struct virtio_chain *chain, uint64_t offset, void *to, size_t length);

/*
 * Copies @length bytes into the writable part, @offset bytes into it. Errors as for chain_read().
 */
int chain_write(const struct virtio_chain *chain, uint64_t offset, const void *from, size_t length);

/*
 * The buffers of [@offset, @offset + @length) of one part, for preadv(2) and pwritev(2): fills
 * @out, which has room for QUEUE_SIZE_MAX entries, and returns their number; 0 also when the part
 * is shorter than that. A system call on them may return EFAULT, or transfer less than requested.
 */
unsigned int chain_slice(const struct virtio_chain *chain, enum chain_part part, uint64_t offset,
			 uint64_t length, struct iovec *out);

/* A queue as the transport sets it up, and what the device remembers of it. */
struct queue {
	const struct guest_ram *ram;
	uint16_t size_max;	    /* of the device; at most QUEUE_SIZE_MAX */
	uint32_t size;		    /* as the driver wrote it, unchecked until queue_enable() */
	uint64_t desc, avail, used; /* guest addresses, likewise */
	bool ready;
	bool event_idx, indirect; /* negotiated */
	/* Translated by queue_enable(). */
	const struct vring_desc *table;
	const uint16_t *avail_ring;
	uint16_t *used_ring;
	/* Free-running indices of the device's own. */
	uint16_t next_avail, next_used;
	uint16_t signalled; /* value of next_used at the last interrupt */
};

/* Back to what it was before the driver touched it; memory and size_max stay. */
void queue_reset(struct queue *queue);

/*
 * Checks what the driver wrote, translates the rings, and begins at index 0. 0, or -EINVAL with the
 * violation in *@why (a phrase without the queue's name); the queue then stays not ready.
 */
int queue_enable(struct queue *queue, const char **why);

/*
 * Takes the next available chain. 1: @chain is filled; 0: none there, and the driver will notify
 * when there is one; -EPROTO: a violation, described in *@why. Call it for a ready queue only, and
 * not again after a violation until queue_reset().
 */
int queue_pop(struct queue *queue, struct virtio_chain *chain, const char **why);

/*
 * Gives the chain with @head back as used, with @written bytes of its writable part. 0, or -EPROTO
 * with the violation in *@why.
 */
int queue_push(struct queue *queue, uint16_t head, uint32_t written, const char **why);

/*
 * Whether the driver wants an interrupt for what was pushed since the last time this said yes. Call
 * it after each push or after some. 1, 0, or -EPROTO with the violation in *@why.
 */
int queue_wants_interrupt(struct queue *queue, const char **why);

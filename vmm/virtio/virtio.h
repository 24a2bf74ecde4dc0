/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interface of a virtio device to the VMM. A device is one file: a structure that begins with
 * struct virtio_device, a table of operations, and a constructor that returns the struct
 * virtio_device. The transport (mmio.c), threads (worker.c) and notifications (notify.c) are the
 * same for all.
 *
 * Threads. Each device has a worker, a thread with an event loop, which alone calls process() and
 * handlers of virtio_watch(). So a device's work is ordinary blocking code; it delays neither vCPUs
 * nor other devices, and its state needs no lock unless config_write(), which a vCPU thread calls,
 * or another thread uses it too. The price is one thread for each device.
 *
 * Life. The constructor calls virtio_init(); the machine adds the device (devices.h) and starts it:
 * start(), then process() whenever the driver notifies. When the driver resets it, process()
 * finishes its request, virtio_pop() then returns nothing more, and reset() is called. When the VM
 * ends, queued requests are served for at most a second. Last comes destroy().
 *
 * Guest input. virtio_pop() returns chains that are translated and bounded; their contents belong
 * to the guest and may change at any time (queue.h). An invalid request is answered as its device
 * type defines. Where that is not possible (no room for a status), virtio_violation() stops the
 * device until the driver resets it.
 */
#pragma once

#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../util/rate.h"
#include "queue.h"
#include "worker.h"

#define VIRTIO_QUEUES_MAX 4

/* A feature's bit, from its number in <linux/virtio_config.h> and its siblings. */
#define VIRTIO_FEATURE(bit) (1ULL << (bit))

/* For virtio_violation(): it concerns no queue. */
#define VIRTIO_NO_QUEUE UINT32_MAX

struct virtio_device;
struct virtio_notify;

/* The eventfd by which the driver, or virtio_wake(), asks for work on a queue. */
struct virtio_notification {
	struct virtio_device *device;
	unsigned int queue;
	int fd;
	struct worker_source source;
};

struct virtio_ops {
	uint32_t id; /* virtio 1.2, section 5 */
	/*
	 * Serves queue number @queue: pops chains and completes them until there are no more. Runs
	 * on the worker. Also called without a notification, so finding nothing is normal.
	 */
	void (*process)(struct virtio_device *device, unsigned int queue);
	/*
	 * May be NULL. Before the worker starts: virtio_watch() what else the device waits for. 0
	 * or a negative errno, logged.
	 */
	int (*start)(struct virtio_device *device);
	/*
	 * May be NULL. The driver has reset the device: forget what it negotiated and asked for.
	 * A vCPU thread, with the device's lock held, while the worker pauses.
	 */
	void (*reset)(struct virtio_device *device);
	/*
	 * May be NULL: nothing is writable. The driver writes @length (1, 2, 4, 8) bytes at @offset
	 * of the configuration space, all inside config_size; change device->config or ignore it. A
	 * vCPU thread, with the device's lock held: do not block, do not call back.
	 */
	void (*config_write)(struct virtio_device *device, size_t offset, unsigned int length,
			     uint64_t value);
	/* Frees the device, virtio_fini() included. No thread of it runs any more. */
	void (*destroy)(struct virtio_device *device);
};

struct virtio_device {
	/* The constructor's, constant once the device is added. */
	const struct virtio_ops *ops;
	char name[40];	  /* for messages: "disk 'root'" */
	uint64_t offered; /* features of the device type, and RING_ ones it can do; VERSION_1 is
			     added */
	void *config;	  /* configuration space as the driver sees it, little-endian, or NULL */
	size_t config_size;
	unsigned int queues;
	/*
	 * The transport's own: under the lock, except for queue[] while @busy, which then is the
	 * worker's, and what says otherwise.
	 */
	pthread_mutex_t lock;
	pthread_cond_t changed; /* busy or pauses */
	bool busy;		/* the worker is in process() or a handler */
	unsigned int pauses;	/* vCPU threads that wait for it to leave */
	uint32_t status, interrupt_status, generation;
	uint32_t device_features_select, driver_features_select, queue_select;
	uint64_t driver_features;
	long deadline; /* of all work, in ms of CLOCK_MONOTONIC; 0: none, the VM runs */
	struct rate reports;
	struct queue queue[VIRTIO_QUEUES_MAX];
	struct virtio_notification notification[VIRTIO_QUEUES_MAX]; /* constant */
	/* The worker's own. */
	struct worker worker;
	unsigned int budget; /* chains that process() may still pop in this pass */
	bool cut;	     /* virtio_pop() refused, though there may be more */
	/* Constant from virtio_start() on. */
	const struct guest_ram *ram;
	const struct virtio_notify *notify;
	unsigned int index;
	bool access_platform;
};

/*
 * For constructors: makes @device one with queues of the @count sizes in @sizes (powers of two, at
 * most QUEUE_SIZE_MAX). @name is for messages and copied. Set offered, config and config_size
 * afterwards. 0 or a negative errno, logged; virtio_fini() in both cases.
 */
int virtio_init(struct virtio_device *device, const struct virtio_ops *ops, const char *name,
		const uint16_t *sizes, unsigned int count);

/* For destroy(): frees what virtio_init() made. */
void virtio_fini(struct virtio_device *device);

/*
 * For process(): takes the next chain of @queue into @chain. False: nothing more for now (the queue
 * is empty, the driver resets the device, or another queue has its turn); process() then returns,
 * and is called again when there is more to do.
 */
bool virtio_pop(struct virtio_device *device, unsigned int queue, struct virtio_chain *chain);

/*
 * For process(): the chain is done, @written bytes of its writable part hold an answer (from its
 * beginning on). Interrupts the driver if it wants that. Chains may be completed in any order.
 */
void virtio_complete(struct virtio_device *device, unsigned int queue,
		     const struct virtio_chain *chain, uint32_t written);

/*
 * Whether the driver has accepted feature number @bit. Any thread, but not config_write() or
 * reset().
 */
bool virtio_has(struct virtio_device *device, unsigned int bit);

/*
 * The driver broke the protocol so that it cannot be answered: the device stops until it is reset
 * (DEVICE_NEEDS_RESET), the driver gets a configuration interrupt, and one line is logged, at most
 * RATE_LINES a second: "NAME: queue N: WHAT". Worker.
 */
void virtio_violation(struct virtio_device *device, unsigned int queue, const char *what);

/* Changes the configuration space and tells the driver. Not from config_write(). Any thread. */
void virtio_config_change(struct virtio_device *device, size_t offset, const void *bytes,
			  size_t length);

/* Makes the worker call process() for @queue soon: there is something new to do. Any thread. */
void virtio_wake(struct virtio_device *device, unsigned int queue);

/*
 * Something else that a device waits for. It belongs to the device and stays until it is removed.
 */
struct virtio_source {
	struct worker_source worker;
	struct virtio_device *device;
	void (*ready)(void *context);
	void *context;
};

/*
 * Makes the worker call @ready(@context) whenever @fd has one of @events (EPOLLIN, ...):
 * level-triggered, so the handler takes what is there or removes the source. As with process(), it
 * is not called while a reset is under way; it is called whether the driver is ready or not,
 * virtio_pop() then gives nothing. From start(), process() or a handler. 0 or a negative errno.
 */
int virtio_watch(struct virtio_device *device, struct virtio_source *source, int fd,
		 uint32_t events, void (*ready)(void *context), void *context);
/* No more calls from now on. Also for a source of zeroes, or one that was removed. */
void virtio_unwatch(struct virtio_source *source);

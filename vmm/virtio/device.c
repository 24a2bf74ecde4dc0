// SPDX-License-Identifier: GPL-2.0-only
#include "device.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "../util/log.h"
#include "../util/thread.h"

#define LAST_PASS_MS 1000

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t device_features(const struct virtio_device *device)
{
	return device->offered | VIRTIO_FEATURE(VIRTIO_F_VERSION_1) |
	       (device->access_platform ? VIRTIO_FEATURE(VIRTIO_F_ACCESS_PLATFORM) : 0);
}

/* Whether the queues are to be worked on. With the lock held. */
static bool is_live(const struct virtio_device *device)
{
	return (device->status & (VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_NEEDS_RESET |
				  VIRTIO_CONFIG_S_FAILED)) == VIRTIO_CONFIG_S_DRIVER_OK;
}

/* The worker begins a piece of work; it waits for a reset that is under way. */
static void enter(struct virtio_device *device)
{
	pthread_mutex_lock(&device->lock);
	while (device->pauses)
		pthread_cond_wait(&device->changed, &device->lock);
	device->busy = true;
	pthread_mutex_unlock(&device->lock);
}

static void leave(struct virtio_device *device)
{
	pthread_mutex_lock(&device->lock);
	device->busy = false;
	pthread_cond_broadcast(&device->changed);
	pthread_mutex_unlock(&device->lock);
}

void device_pause(struct virtio_device *device)
{
	device->pauses++;
	while (device->busy) {
		const struct timespec until = thread_time_in(CLOCK_MONOTONIC, THREAD_NUDGE_MS);

		if (pthread_cond_timedwait(&device->changed, &device->lock, &until) == ETIMEDOUT &&
		    device->busy)
			worker_interrupt(&device->worker);
	}
}

void device_resume(struct virtio_device *device)
{
	device->pauses--;
	pthread_cond_broadcast(&device->changed);
}

void device_reset(struct virtio_device *device)
{
	device->status = device->interrupt_status = 0;
	device->device_features_select = device->driver_features_select = 0;
	device->queue_select = 0;
	device->driver_features = 0;
	for (unsigned int i = 0; i < device->queues; i++)
		queue_reset(&device->queue[i]);
	if (device->ops->reset)
		device->ops->reset(device);
}

/* One pass over a queue. On the worker. */
static void serve_queue(struct virtio_device *device, unsigned int queue)
{
	enter(device);
	pthread_mutex_lock(&device->lock);
	/* A queue that is not ready may be written to meanwhile. */
	device->budget =
		is_live(device) && device->queue[queue].ready ? device->queue[queue].size : 0;
	pthread_mutex_unlock(&device->lock);
	device->cut = false;
	if (device->budget)
		device->ops->process(device, queue);
	leave(device);
	if (device->cut)
		virtio_wake(device, queue);
}

static void on_notified(void *context)
{
	const struct virtio_notification *notification = context;
	uint64_t count;

	/* Before the queue is looked at: a later notification comes again. */
	if (read(notification->fd, &count, sizeof(count)) != sizeof(count))
		return;
	serve_queue(notification->device, notification->queue);
}

static void on_source(void *context)
{
	struct virtio_source *source = context;

	enter(source->device);
	source->ready(source->context);
	leave(source->device);
}

/* The VM has stopped: what its driver had queued is done, as far as it is quick. On the worker. */
static void last_pass(void *context)
{
	struct virtio_device *device = context;

	for (unsigned int i = 0; i < device->queues; i++)
		serve_queue(device, i);
}

static int init_notification(struct virtio_device *device, unsigned int queue)
{
	struct virtio_notification *notification = &device->notification[queue];

	*notification = (struct virtio_notification){
		.device = device, .queue = queue, .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)
	};
	if (notification->fd < 0)
		return -errno;
	return worker_watch(&device->worker, &notification->source, notification->fd, EPOLLIN,
			    on_notified, notification);
}

static int init_threading(struct virtio_device *device)
{
	pthread_condattr_t attribute;
	int ret;

	pthread_mutex_init(&device->lock, NULL);
	pthread_condattr_init(&attribute);
	pthread_condattr_setclock(&attribute, CLOCK_MONOTONIC);
	pthread_cond_init(&device->changed, &attribute);
	pthread_condattr_destroy(&attribute);
	ret = worker_create(&device->worker);
	for (unsigned int i = 0; i < device->queues && !ret; i++)
		ret = init_notification(device, i);
	return ret;
}

int virtio_init(struct virtio_device *device, const struct virtio_ops *ops, const char *name,
		const uint16_t *sizes, unsigned int count)
{
	int ret;

	*device = (struct virtio_device){ .ops = ops, .queues = count };
	snprintf(device->name, sizeof(device->name), "%s", name);
	for (unsigned int i = 0; i < VIRTIO_QUEUES_MAX; i++)
		device->notification[i].fd = -1;
	for (unsigned int i = 0; i < count; i++) {
		device->queue[i].size_max = sizes[i];
		queue_reset(&device->queue[i]);
	}
	ret = init_threading(device);
	if (ret)
		log_error("%s: cannot create the device's file descriptors: %s", device->name,
			  error_text(-ret));
	return ret;
}

void virtio_fini(struct virtio_device *device)
{
	for (unsigned int i = 0; i < device->queues; i++)
		if (device->notification[i].fd >= 0)
			close(device->notification[i].fd);
	worker_destroy(&device->worker);
	pthread_cond_destroy(&device->changed);
	pthread_mutex_destroy(&device->lock);
}

int device_start(struct virtio_device *device)
{
	int ret;

	for (unsigned int i = 0; i < device->queues; i++)
		device->queue[i].ram = device->ram;
	ret = device->ops->start ? device->ops->start(device) : 0;
	if (ret)
		return ret;
	ret = worker_start(&device->worker, device->name, last_pass, device);
	if (ret)
		log_error("%s: cannot start its thread: %s", device->name, error_text(-ret));
	return ret;
}

void device_quit(struct virtio_device *device)
{
	pthread_mutex_lock(&device->lock);
	device->deadline = now_ms() + LAST_PASS_MS;
	pthread_mutex_unlock(&device->lock);
	worker_quit(&device->worker);
}

int device_join(struct virtio_device *device)
{
	int ret = worker_join(&device->worker);

	if (ret)
		log_error("%s: its thread is stuck in the host's kernel; giving up", device->name);
	return ret;
}

/*
 * Sets @bit; @raise: the driver has acknowledged it since, or there was none. With the lock held.
 */
static void interrupt(struct virtio_device *device, uint32_t bit)
{
	/*
	 * A bit that is still set belongs to an interrupt whose handler has not run: it will see
	 * this, too, as it acknowledges before it looks.
	 */
	bool raise = !(device->interrupt_status & bit);

	device->interrupt_status |= bit;
	if (raise)
		virtio_notify_driver(device->notify, device->index,
				     PLAT_VIRTIO_SPI + device->index);
}

void device_report(struct virtio_device *device, unsigned int queue, const char *what,
		   const char *then)
{
	char where[32] = "";
	unsigned int hidden;
	bool show;

	pthread_mutex_lock(&device->lock);
	show = rate_allows(&device->reports, &hidden);
	pthread_mutex_unlock(&device->lock);
	if (!show)
		return;
	if (queue != VIRTIO_NO_QUEUE)
		snprintf(where, sizeof(where), "queue %u: ", queue);
	if (hidden)
		log_warn("%s: %u more messages about the driver were suppressed", device->name,
			 hidden);
	log_warn("%s: %s%s; %s", device->name, where, what, then);
}

void virtio_violation(struct virtio_device *device, unsigned int queue, const char *what)
{
	pthread_mutex_lock(&device->lock);
	device->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	if (device->status & VIRTIO_CONFIG_S_DRIVER_OK)
		interrupt(device, VIRTIO_MMIO_INT_CONFIG);
	pthread_mutex_unlock(&device->lock);
	device_report(device, queue, what, "the device stops until the guest resets it");
}

/* Whether process() may take one more chain now. */
static bool may_pop(struct virtio_device *device)
{
	bool live;

	pthread_mutex_lock(&device->lock);
	live = is_live(device) && (!device->deadline || now_ms() < device->deadline);
	device->cut = live && (device->pauses || !device->budget);
	pthread_mutex_unlock(&device->lock);
	return live && !device->cut;
}

bool virtio_pop(struct virtio_device *device, unsigned int queue, struct virtio_chain *chain)
{
	const char *why;
	int found;

	if (!may_pop(device) || !device->queue[queue].ready)
		return false;
	device->budget--;
	found = queue_pop(&device->queue[queue], chain, &why);
	if (found < 0)
		virtio_violation(device, queue, why);
	return found > 0;
}

void virtio_complete(struct virtio_device *device, unsigned int queue,
		     const struct virtio_chain *chain, uint32_t written)
{
	struct queue *q = &device->queue[queue];
	const char *why;
	int wanted;

	pthread_mutex_lock(&device->lock);
	wanted = is_live(device) && q->ready ? 0 : -1;
	pthread_mutex_unlock(&device->lock);
	if (wanted)
		return;
	wanted = queue_push(q, chain->head, written, &why);
	if (!wanted)
		wanted = queue_wants_interrupt(q, &why);
	if (wanted < 0)
		virtio_violation(device, queue, why);
	if (wanted <= 0)
		return;
	pthread_mutex_lock(&device->lock);
	interrupt(device, VIRTIO_MMIO_INT_VRING);
	pthread_mutex_unlock(&device->lock);
}

bool virtio_has(struct virtio_device *device, unsigned int bit)
{
	bool has;

	pthread_mutex_lock(&device->lock);
	has = device->driver_features & VIRTIO_FEATURE(bit);
	pthread_mutex_unlock(&device->lock);
	return has;
}

void virtio_config_change(struct virtio_device *device, size_t offset, const void *bytes,
			  size_t length)
{
	pthread_mutex_lock(&device->lock);
	memcpy((uint8_t *)device->config + offset, bytes, length);
	device->generation++;
	if (device->status & VIRTIO_CONFIG_S_DRIVER_OK)
		interrupt(device, VIRTIO_MMIO_INT_CONFIG);
	pthread_mutex_unlock(&device->lock);
}

void virtio_wake(struct virtio_device *device, unsigned int queue)
{
	const uint64_t one = 1;

	/* EAGAIN when the counter is full: then it is readable as well. */
	if (write(device->notification[queue].fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		log_warn("%s: cannot notify queue %u: %s", device->name, queue, error_text(errno));
}

int virtio_watch(struct virtio_device *device, struct virtio_source *source, int fd,
		 uint32_t events, void (*ready)(void *context), void *context)
{
	source->device = device;
	source->ready = ready;
	source->context = context;
	return worker_watch(&device->worker, &source->worker, fd, events, on_source, source);
}

void virtio_unwatch(struct virtio_source *source)
{
	if (source->device)
		worker_unwatch(&source->device->worker, &source->worker);
}

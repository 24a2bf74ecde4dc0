// SPDX-License-Identifier: GPL-2.0-only
/*
 * Work on the device's own thread: resets and stops while a request is in flight, memory that is
 * taken away, and a driver on other threads that never waits.
 */
#include "driver.h"

#include "support.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../../virtio/device.h"
#include "../../virtio/rng.h"

#define QUEUE_SIZE 64
#define VERSION_1  VIRTIO_FEATURE(VIRTIO_F_VERSION_1)
#define EVENT_IDX  VIRTIO_FEATURE(VIRTIO_RING_F_EVENT_IDX)
#define READY_TO_GO                                                                                \
	(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK)
#define UNPROTECTED (1ULL << 39)

/* A device whose requests can be made to block, as those of a disk that is slow. */
struct slow {
	struct virtio_device virtio;
	struct virtio_chain chain;
	struct virtio_source source;
	int gate;	   /* eventfd: each count lets one request pass */
	int event;	   /* eventfd that the device watches */
	bool gated;	   /* requests wait at the gate */
	bool deaf;	   /* even when interrupted */
	bool sleepy;	   /* every request takes 20 ms */
	atomic_int inside; /* requests at the gate */
	atomic_int served, events, resets;
	atomic_bool broken; /* process() and reset() met */
};

static struct slow *slow;
static struct machine machine;
static struct driver driver;

/* False: interrupted. */
static bool pass_gate(void)
{
	uint64_t one;
	ssize_t got;

	atomic_fetch_add(&slow->inside, 1);
	do
		got = read(slow->gate, &one, sizeof(one)); /* blocks */
	while (got < 0 && slow->deaf);
	atomic_fetch_sub(&slow->inside, 1);
	return got > 0;
}

static void process(struct virtio_device *device, unsigned int queue)
{
	while (virtio_pop(device, queue, &slow->chain)) {
		bool done = !slow->gated || pass_gate();

		if (slow->sleepy)
			poll(NULL, 0, 20);
		if (done)
			chain_write(&slow->chain, 0, "answer", 6);
		atomic_fetch_add(&slow->served, 1);
		virtio_complete(device, queue, &slow->chain, done ? 6 : 0);
	}
}

static void on_event(void *context)
{
	uint64_t count;

	(void)context;
	if (read(slow->event, &count, sizeof(count)) == sizeof(count))
		atomic_fetch_add(&slow->events, (int)count);
	if (atomic_load(&slow->events) >= 3)
		virtio_unwatch(&slow->source);
}

static int start(struct virtio_device *device)
{
	return virtio_watch(device, &slow->source, slow->event, EPOLLIN, on_event, NULL);
}

static void reset(struct virtio_device *device)
{
	(void)device;
	atomic_fetch_add(&slow->resets, 1);
	if (atomic_load(&slow->inside))
		atomic_store(&slow->broken, true);
}

static void destroy(struct virtio_device *device)
{
	virtio_fini(device);
	close(slow->gate);
	close(slow->event);
	free(device);
}

static const struct virtio_ops ops = {
	.id = 1, .process = process, .start = start, .reset = reset, .destroy = destroy
};

static void begin_live(uint64_t features)
{
	uint64_t unprotected =
		features & VIRTIO_FEATURE(VIRTIO_F_ACCESS_PLATFORM) ? UNPROTECTED : 0;

	reg_write(&machine, VIRTIO_MMIO_STATUS, 0);
	memset(machine.ram.host, 0, RAM_SIZE);
	driver = driver_rings(machine.ram.host, 0, QUEUE_SIZE, unprotected);
	assert_int_equal(driver_negotiate(&machine, VERSION_1 | features), READY_TO_GO);
	driver_enable(&machine, 0, &driver);
	reg_write(&machine, VIRTIO_MMIO_STATUS, READY_TO_GO | VIRTIO_CONFIG_S_DRIVER_OK);
}

static void begin(bool gated)
{
	static const uint16_t sizes[] = { QUEUE_SIZE, QUEUE_SIZE };

	slow = calloc(1, sizeof(*slow));
	slow->gate = eventfd(0, EFD_SEMAPHORE);
	slow->event = eventfd(0, EFD_NONBLOCK);
	slow->gated = gated;
	assert_int_equal(virtio_init(&slow->virtio, &ops, "slow", sizes, 2), 0);
	slow->virtio.offered = EVENT_IDX;
	machine_begin(&machine, &slow->virtio, true, 0);
	begin_live(0);
}

static void end(void)
{
	assert_false(atomic_load(&slow->broken));
	assert_int_equal(machine_stop(&machine), 0);
	machine_end(&machine);
}

static void offer(unsigned int count)
{
	driver_describe(&driver, 0, RAM_IPA + BUFFERS_AT, 6, VRING_DESC_F_WRITE, 0);
	while (count--)
		driver_offer(&driver, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
}

static bool wait_for(const atomic_int *value, int wanted)
{
	for (int i = 0; i < limit_ms() && atomic_load(value) != wanted; i++)
		poll(NULL, 0, 1);
	return atomic_load(value) == wanted;
}

static void open_gate(uint64_t count)
{
	assert_int_equal(write(slow->gate, &count, sizeof(count)), sizeof(count));
}

/* A reset comes back only when nothing of the device touches memory any more. */
static void reset_waits_for_the_request(void **state)
{
	static const uint8_t zeroes[6];

	(void)state;
	begin(true);
	offer(5);
	assert_true(wait_for(&slow->inside, 1));
	reg_write(&machine, VIRTIO_MMIO_STATUS, 0); /* interrupts the request */
	assert_int_equal(atomic_load(&slow->inside), 0);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_STATUS), 0);
	assert_int_equal(atomic_load(&slow->served), 1); /* the other four are gone */
	memset(machine.ram.host, 0, RAM_SIZE);
	open_gate(10);
	poll(NULL, 0, 20);
	assert_int_equal(atomic_load(&slow->inside), 0);
	assert_memory_equal(machine.ram.host + BUFFERS_AT, zeroes, 6);
	assert_int_equal(driver_used(&driver), 0);
	/* And everything works again. */
	begin_live(0);
	offer(5);
	assert_true(driver_wait_used(&driver, 5));
	assert_memory_equal(machine.ram.host + BUFFERS_AT, "answer", 6);
	end();
}

/* So does QueueReady = 0; the queue's other requests stay where they are. */
static void queue_off_waits_for_the_request(void **state)
{
	(void)state;
	begin(true);
	offer(5);
	assert_true(wait_for(&slow->inside, 1));
	reg_write(&machine, VIRTIO_MMIO_QUEUE_SEL, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_READY, 0);
	assert_int_equal(atomic_load(&slow->inside), 0);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_QUEUE_READY), 0);
	assert_int_equal(driver_used(&driver), 1);
	open_gate(10);
	poll(NULL, 0, 20);
	assert_int_equal(driver_used(&driver), 1);
	end();
}

/* Another queue's setup is no reason to forget what was notified here. */
static void pauses_lose_no_notification(void **state)
{
	struct driver other;

	(void)state;
	begin(true);
	other = driver_rings(machine.ram.host, 1, QUEUE_SIZE, 0);
	offer(20);
	assert_true(wait_for(&slow->inside, 1));
	driver_enable(&machine, 1, &other);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_QUEUE_READY), 1);
	open_gate(100);
	assert_true(driver_wait_used(&driver, 20));
	end();
}

/* Several vCPUs reset at once, while others keep the device busy. */
static void *reset_storm(void *argument)
{
	(void)argument;
	for (int i = 0; i < 300; i++) {
		reg_write(&machine, VIRTIO_MMIO_STATUS, 0);
		reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, (uint32_t)i % 3);
		reg_write(&machine, VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE);
		reg_write(&machine, VIRTIO_MMIO_INTERRUPT_ACK, (uint32_t)i);
		reg_read(&machine, VIRTIO_MMIO_STATUS);
	}
	return NULL;
}

static void *setup_storm(void *argument)
{
	(void)argument;
	for (int i = 0; i < 300; i++) {
		driver_negotiate(&machine, VERSION_1 | EVENT_IDX);
		driver_enable(&machine, (unsigned int)i % 3, &driver);
		reg_write(&machine, VIRTIO_MMIO_STATUS, READY_TO_GO | VIRTIO_CONFIG_S_DRIVER_OK);
		__atomic_store_n(&driver.avail[1], (uint16_t)i, __ATOMIC_RELEASE);
		reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
		reg_write(&machine, VIRTIO_MMIO_QUEUE_READY, 0);
	}
	return NULL;
}

static void stress_ends(void **state)
{
	pthread_t thread[4];

	(void)state;
	capture_begin();
	begin(false);
	offer(1);
	for (int i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, i < 2 ? reset_storm : setup_storm, NULL),
			0);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	assert_true(wait_for(&slow->resets, 1 + 600));
	begin_live(0);
	offer(3);
	assert_true(driver_wait_used(&driver, 3));
	end();
	capture_end();
}

/* What was queued when the guest powered off is done, however it was notified. */
static void stop_serves_what_is_queued(void **state)
{
	(void)state;
	begin(false);
	poll(NULL, 0, 20);
	driver_describe(&driver, 0, RAM_IPA + BUFFERS_AT, 6, VRING_DESC_F_WRITE, 0);
	for (int i = 0; i < QUEUE_SIZE; i++)
		driver_offer(&driver, 0);
	assert_int_equal(machine_stop(&machine), 0);
	assert_int_equal(driver_used(&driver), QUEUE_SIZE);
	machine_end(&machine);
}

static void stop_is_quick_though_the_device_is_slow(void **state)
{
	(void)state;
	begin(true);
	slow->sleepy = true;
	offer(QUEUE_SIZE); /* 20 ms each, 1.3 s together */
	assert_true(wait_for(&slow->inside, 1));
	assert_int_equal(machine_stop(&machine), 0);
	/* Not all of them: the last pass is over after a second. */
	assert_in_range(driver_used(&driver), 1, QUEUE_SIZE - 1);
	machine_end(&machine);
}

#ifndef WITHOUT_SLOW_TESTS
static void stuck_thread_is_reported(void **state)
{
	const char *said;

	(void)state;
	capture_begin();
	begin(true);
	slow->deaf = true;
	offer(1);
	assert_true(wait_for(&slow->inside, 1));
	assert_int_equal(machine_stop(&machine), -ETIMEDOUT);
	open_gate(1);
	end();
	said = capture_end();
	assert_non_null(strstr(said, "slow: its thread is stuck"));
}
#endif

static void device_watches_its_own_descriptors(void **state)
{
	const uint64_t one = 1;

	(void)state;
	begin(false);
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(write(slow->event, &one, sizeof(one)), sizeof(one));
		assert_true(wait_for(&slow->events, i));
	}
	/* Removed by its handler: no more calls, though it is readable. */
	assert_int_equal(write(slow->event, &one, sizeof(one)), sizeof(one));
	offer(1);
	assert_true(driver_wait_used(&driver, 1));
	assert_int_equal(atomic_load(&slow->events), 3);
	end();
}

static void count_call(void *context)
{
	++*(unsigned int *)context;
}

/* Removing what is not there, or not any more, does not remove another source of the descriptor. */
static void sources_are_removed_once(void **state)
{
	struct worker_source first = { 0 }, second = { 0 };
	struct worker worker;
	unsigned int calls[2] = { 0, 0 };
	int fd = eventfd(1, 0);

	(void)state;
	assert_int_equal(worker_create(&worker), 0);
	assert_int_equal(worker_watch(&worker, &first, fd, EPOLLIN, count_call, &calls[0]), 0);
	assert_true(worker_serve(&worker, 0));
	worker_unwatch(&worker, &first);
	assert_int_equal(worker_watch(&worker, &second, fd, EPOLLIN, count_call, &calls[1]), 0);
	worker_unwatch(&worker, &first);
	assert_true(worker_serve(&worker, 0));
	assert_int_equal(calls[0], 1);
	assert_int_equal(calls[1], 1);
	worker_quit(&worker);
	worker_unwatch(&worker, &second);
	assert_false(worker_serve(&worker, 0));
	worker_destroy(&worker);
	close(fd);
}

/* A guest that stops sharing its rings harms only its own device. */
static void private_rings_stop_the_device(void **state)
{
	(void)state;
	capture_begin();
	begin(false);
	mprotect(machine.ram.host + RINGS_AT(0) + 0x4000, 4096, PROT_NONE);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	assert_true(wait_needs_reset(&machine));
	assert_int_equal(interrupts(&machine, limit_ms()), 1);
	mprotect(machine.ram.host + RINGS_AT(0) + 0x4000, 4096, PROT_READ | PROT_WRITE);
	offer(1);
	assert_int_equal(interrupts(&machine, A_WHILE), 0);
	assert_int_equal(driver_used(&driver), 0);
	begin_live(0);
	offer(1);
	assert_true(driver_wait_used(&driver, 1));
	end();
	assert_non_null(
		strstr(capture_end(), "slow: queue 0: its rings are in private guest memory"));
}

/*
 * The driver's and the device's threads at full speed, each telling the other only when it has to.
 */
static void ping_pong(uint64_t features)
{
	bool event_idx = features & EVENT_IDX;
	uint16_t seen = 0, now;
	unsigned int total = 30000;

	begin(false);
	begin_live(features);
	driver_describe(&driver, 0, RAM_IPA + BUFFERS_AT, 6, VRING_DESC_F_WRITE, 0);
	for (unsigned int sent = 0, got = 0; got < total;) {
		while (sent < total && sent - got < QUEUE_SIZE) {
			uint16_t before = driver.next;

			driver_offer(&driver, 0);
			sent++;
			__atomic_thread_fence(__ATOMIC_SEQ_CST);
			if (!event_idx || __atomic_load_n(&driver.used[2 + 4 * QUEUE_SIZE],
							  __ATOMIC_RELAXED) == before)
				reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
		}
		/* As Linux does: say from when on an interrupt is due, look again, and wait. */
		__atomic_store_n(&driver.avail[2 + QUEUE_SIZE], seen, __ATOMIC_RELEASE);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (driver_used(&driver) == seen) {
			if (!interrupts(&machine, limit_ms()))
				fail_msg("lost: event_idx %d, sent %u, got %u, used %u, interrupt "
					 "status %u, used_event %u",
					 event_idx, sent, got, driver_used(&driver),
					 reg_read(&machine, VIRTIO_MMIO_INTERRUPT_STATUS),
					 driver.avail[2 + QUEUE_SIZE]);
			reg_write(&machine, VIRTIO_MMIO_INTERRUPT_ACK, VIRTIO_MMIO_INT_VRING);
		}
		now = driver_used(&driver);
		got += (uint16_t)(now - seen);
		seen = now;
	}
	assert_int_equal(atomic_load(&slow->served), total);
	end();
}

static void nothing_is_lost_at_full_speed(void **state)
{
	(void)state;
	ping_pong(0);
	ping_pong(EVENT_IDX);
}

static void rng_begin(void)
{
	machine_begin(&machine, virtio_rng_create(), false, UNPROTECTED);
	begin_live(VIRTIO_FEATURE(VIRTIO_F_ACCESS_PLATFORM) |
		   VIRTIO_FEATURE(VIRTIO_RING_F_INDIRECT_DESC));
}

static void entropy_fills_what_is_asked_for(void **state)
{
	static const uint8_t zeroes[64];
	uint8_t *bytes;

	(void)state;
	rng_begin();
	bytes = machine.ram.host + BUFFERS_AT;
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_DEVICE_ID), 4);
	driver_describe(&driver, 0, (RAM_IPA + BUFFERS_AT) | UNPROTECTED, 300,
			VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, 1);
	driver_describe(&driver, 1, RAM_IPA + BUFFERS_AT + 1000, 64, VRING_DESC_F_WRITE, 0);
	driver_offer(&driver, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	assert_true(driver_wait_used(&driver, 1));
	assert_int_equal(driver_used_length(&driver, 0), 364);
	assert_memory_not_equal(bytes + 236, zeroes, 64);
	assert_memory_equal(bytes + 300, zeroes, 64);
	assert_memory_not_equal(bytes + 1000, zeroes, 64);
	assert_memory_equal(bytes + 1064, zeroes, 64);
	/* However much it asks for, it keeps the host for a short time only. */
	driver_describe(&driver, 0, RAM_IPA + BUFFERS_AT, 0x70000, VRING_DESC_F_WRITE, 0);
	driver_offer(&driver, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	assert_true(driver_wait_used(&driver, 2));
	assert_int_equal(driver_used_length(&driver, 1), 65536);
	/* A page that is private in the middle: what came before it counts. */
	mprotect(bytes + 4096, 4096, PROT_NONE);
	driver_offer(&driver, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	assert_true(driver_wait_used(&driver, 3));
	mprotect(bytes + 4096, 4096, PROT_READ | PROT_WRITE);
	assert_int_equal(driver_used_length(&driver, 2), 4096);
	assert_int_equal(machine_stop(&machine), 0);
	machine_end(&machine);
}

static void entropy_refuses_readable_requests(void **state)
{
	(void)state;
	capture_begin();
	rng_begin();
	driver_describe(&driver, 0, RAM_IPA + BUFFERS_AT, 64, 0, 0);
	driver_offer(&driver, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	assert_true(wait_needs_reset(&machine));
	assert_int_equal(machine_stop(&machine), 0);
	assert_non_null(strstr(capture_end(), "rng: queue 0: a request"));
	assert_int_equal(driver_used(&driver), 0);
	machine_end(&machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reset_waits_for_the_request),
		cmocka_unit_test(queue_off_waits_for_the_request),
		cmocka_unit_test(pauses_lose_no_notification),
		cmocka_unit_test(stress_ends),
		cmocka_unit_test(stop_serves_what_is_queued),
		cmocka_unit_test(stop_is_quick_though_the_device_is_slow),
#ifndef WITHOUT_SLOW_TESTS
		cmocka_unit_test(stuck_thread_is_reported),
#endif
		cmocka_unit_test(device_watches_its_own_descriptors),
		cmocka_unit_test(sources_are_removed_once),
		cmocka_unit_test(private_rings_stop_the_device),
		cmocka_unit_test(nothing_is_lost_at_full_speed),
		cmocka_unit_test(entropy_fills_what_is_asked_for),
		cmocka_unit_test(entropy_refuses_readable_requests),
	};

	return cmocka_run_group_tests_name("virtio work", tests, NULL, NULL) != 0;
}

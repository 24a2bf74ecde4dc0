// SPDX-License-Identifier: GPL-2.0-only
/* The virtio console, driven as a guest does it: bytes go out and come in whole and in order. */
#include "driver.h"

#include "support.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "../../virtio/console.h"
#include "../../virtio/device.h"

#define VERSION_1 VIRTIO_FEATURE(VIRTIO_F_VERSION_1)
#define TEXT_MAX  65536

enum { RECEIVE, TRANSMIT };

static struct machine machine;
static struct driver in, out;
static struct virtio_device *device;
static struct {
	pthread_mutex_t lock;
	char text[TEXT_MAX];
	size_t length;
	atomic_int wanted;
} seen = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void transmit(void *context, const void *bytes, size_t length)
{
	assert_ptr_equal(context, &seen);
	pthread_mutex_lock(&seen.lock);
	if (length <= TEXT_MAX - seen.length) {
		memcpy(seen.text + seen.length, bytes, length);
		seen.length += length;
	}
	pthread_mutex_unlock(&seen.lock);
}

static void input_wanted(void *context)
{
	assert_ptr_equal(context, &seen);
	atomic_fetch_add(&seen.wanted, 1);
}

static void begin(void)
{
	static const struct virtio_console_host host = { &seen, transmit, input_wanted };

	seen.length = 0;
	atomic_store(&seen.wanted, 0);
	device = virtio_console_create(&host);
	machine_begin(&machine, device, true, 0);
	in = driver_rings(machine.ram.host, RECEIVE, VIRTIO_CONSOLE_QUEUE_SIZE, 0);
	out = driver_rings(machine.ram.host, TRANSMIT, VIRTIO_CONSOLE_QUEUE_SIZE, 0);
	driver_negotiate(&machine, VERSION_1);
	driver_enable(&machine, RECEIVE, &in);
	driver_enable(&machine, TRANSMIT, &out);
	reg_write(&machine, VIRTIO_MMIO_STATUS,
		  reg_read(&machine, VIRTIO_MMIO_STATUS) | VIRTIO_CONFIG_S_DRIVER_OK);
}

static void end(void)
{
	assert_int_equal(machine_stop(&machine), 0);
	machine_end(&machine);
}

/* Buffer number @index of input, @length bytes. */
static uint8_t *offer_input(unsigned int index, uint32_t length)
{
	uint64_t at = BUFFERS_AT + 0x1000UL * index;

	driver_describe(&in, index % in.size, RAM_IPA + at, length, VRING_DESC_F_WRITE, 0);
	driver_offer(&in, (uint16_t)(index % in.size));
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, RECEIVE);
	return machine.ram.host + at;
}

static void output_arrives(void **state)
{
	uint8_t *buffer;

	(void)state;
	begin();
	buffer = machine.ram.host + BUFFERS_AT;
	for (size_t i = 0; i < 10000; i++)
		buffer[i] = (uint8_t)('a' + i % 26);
	/* Two buffers, the second of more than the device copies at once. */
	driver_describe(&out, 0, RAM_IPA + BUFFERS_AT, 3, VRING_DESC_F_NEXT, 1);
	driver_describe(&out, 1, RAM_IPA + BUFFERS_AT + 3, 9997, 0, 0);
	driver_offer(&out, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, TRANSMIT);
	assert_true(driver_wait_used(&out, 1));
	assert_int_equal(driver_used_length(&out, 0), 0);
	assert_int_equal(seen.length, 10000);
	assert_memory_equal(seen.text, buffer, 10000);
	end();
}

/* What the guest queued just before the VM ended is written, too. */
static void output_before_the_end_is_sent(void **state)
{
	(void)state;
	begin();
	memcpy(machine.ram.host + BUFFERS_AT, "bye", 3);
	driver_describe(&out, 0, RAM_IPA + BUFFERS_AT, 3, 0, 0);
	driver_offer(&out, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, TRANSMIT);
	end();
	assert_int_equal(seen.length, 3);
	assert_memory_equal(seen.text, "bye", 3);
}

static void input_waits_for_buffers(void **state)
{
	static const uint8_t text[] = "0123456789";
	uint8_t *first, *second;

	(void)state;
	begin();
	assert_int_equal(virtio_console_input(device, text, 10), 10);
	assert_int_equal(interrupts(&machine, A_WHILE), 0);
	first = offer_input(0, 4);
	second = offer_input(1, 4096);
	assert_true(driver_wait_used(&in, 2));
	assert_int_equal(driver_used_length(&in, 0), 4);
	assert_int_equal(driver_used_length(&in, 1), 6);
	assert_memory_equal(first, "0123", 4);
	assert_memory_equal(second, "456789", 6);
	/* A buffer that is there first waits for input. */
	interrupts(&machine, 0);
	first = offer_input(2, 4096);
	assert_int_equal(interrupts(&machine, A_WHILE),
			 0); /* long enough for the device to see it */
	assert_int_equal(driver_used(&in), 2);
	assert_int_equal(virtio_console_input(device, text, 10), 10);
	assert_true(driver_wait_used(&in, 3));
	assert_memory_equal(first, "0123456789", 10);
	assert_int_equal(atomic_load(&seen.wanted), 0);
	end();
}

/* Input is refused rather than lost, and asked for again when there is room. */
static void refused_input_is_asked_for(void **state)
{
	static uint8_t text[10000];
	size_t taken, sent = 0, got = 0;

	(void)state;
	begin();
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 7 + i / 256);
	for (unsigned int round = 0; got < sizeof(text); round++) {
		uint8_t *buffer;
		int wanted = atomic_load(&seen.wanted);

		taken = virtio_console_input(device, text + sent, sizeof(text) - sent);
		sent += taken;
		assert_true(round < 100 && sent - got <= 4096);
		buffer = offer_input(round, 4096);
		assert_true(driver_wait_used(&in, (uint16_t)(round + 1)));
		assert_memory_equal(buffer, text + got, driver_used_length(&in, (uint16_t)round));
		got += driver_used_length(&in, (uint16_t)round);
		for (int i = 0;
		     i < limit_ms() && sent < sizeof(text) && atomic_load(&seen.wanted) == wanted;
		     i++)
			poll(NULL, 0, 1);
		if (sent < sizeof(text))
			assert_true(atomic_load(&seen.wanted) > wanted);
	}
	assert_int_equal(sent, sizeof(text));
	end();
}

static void expect_stopped(const char *message)
{
	assert_true(wait_needs_reset(&machine));
	assert_int_equal(machine_stop(&machine), 0);
	assert_non_null(strstr(capture_end(), message));
	machine_end(&machine);
}

static void bad_buffers_stop_the_device(void **state)
{
	(void)state;
	begin();
	capture_begin();
	/* A megabyte and more, of the same pages again and again. */
	for (uint16_t i = 0; i < 3; i++)
		driver_describe(&out, i, RAM_IPA + 0x10000, 0x80000, i < 2 ? VRING_DESC_F_NEXT : 0,
				(uint16_t)(i + 1));
	driver_offer(&out, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, TRANSMIT);
	expect_stopped("console: queue 1: an output buffer is larger than 1 MiB");

	begin();
	capture_begin();
	assert_int_equal(virtio_console_input(device, (const uint8_t *)"x", 1), 1);
	driver_describe(&in, 0, RAM_IPA + BUFFERS_AT, 16, 0, 0); /* not writable */
	driver_offer(&in, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, RECEIVE);
	expect_stopped("console: queue 0: an input buffer is empty");

	begin();
	capture_begin();
	assert_int_equal(virtio_console_input(device, (const uint8_t *)"x", 1), 1);
	assert_int_equal(mprotect(machine.ram.host + BUFFERS_AT, 4096, PROT_NONE), 0);
	offer_input(0, 16);
	expect_stopped("console: queue 0: an input buffer is in private memory");

	begin();
	capture_begin();
	assert_int_equal(mprotect(machine.ram.host + BUFFERS_AT, 4096, PROT_NONE), 0);
	driver_describe(&out, 0, RAM_IPA + BUFFERS_AT, 16, 0, 0);
	driver_offer(&out, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, TRANSMIT);
	expect_stopped("console: queue 1: an output buffer is in private memory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_arrives),
		cmocka_unit_test(output_before_the_end_is_sent),
		cmocka_unit_test(input_waits_for_buffers),
		cmocka_unit_test(refused_input_is_asked_for),
		cmocka_unit_test(bad_buffers_stop_the_device),
	};

	return cmocka_run_group_tests_name("vmm virtio console", tests, NULL, NULL) != 0;
}

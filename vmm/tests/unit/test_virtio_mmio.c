// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers of virtio-mmio: what a driver sees, in which order it has to go, what it gets for
 * errors.
 */
#include "driver.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "../../virtio/device.h"
#include "../../virtio/rng.h"

#define UNPROTECTED (1ULL << 39)
#define DEVICE_ID   42
#define OFFERED	    (1ULL << 3 | 1ULL << 35 | VIRTIO_FEATURE(VIRTIO_RING_F_EVENT_IDX))
#define VERSION_1   VIRTIO_FEATURE(VIRTIO_F_VERSION_1)
#define PLATFORM    VIRTIO_FEATURE(VIRTIO_F_ACCESS_PLATFORM)
#define READY_TO_GO                                                                                \
	(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK)

/* A device that gives every chain back, with as many bytes as it is long. */
struct echo {
	struct virtio_device virtio;
	struct virtio_chain chain;
	uint8_t config[10];
	unsigned int resets;
	size_t written_offset;
	unsigned int written_length;
	uint64_t written_value;
};

static struct echo *echo;
static struct machine machine;
static struct driver driver;

static void process(struct virtio_device *device, unsigned int queue)
{
	while (virtio_pop(device, queue, &echo->chain))
		virtio_complete(device, queue, &echo->chain, echo->chain.bytes[CHAIN_WRITABLE]);
}

static void reset(struct virtio_device *device)
{
	((struct echo *)device)->resets++;
}

static void config_write(struct virtio_device *device, size_t offset, unsigned int length,
			 uint64_t value)
{
	struct echo *written = (struct echo *)device;

	written->written_offset = offset;
	written->written_length = length;
	written->written_value = value;
}

static void destroy(struct virtio_device *device)
{
	virtio_fini(device);
	free(device);
}

static const struct virtio_ops ops = {
	.id = DEVICE_ID,
	.process = process,
	.reset = reset,
	.config_write = config_write,
	.destroy = destroy,
};

static void begin(uint64_t unprotected, bool eventfds)
{
	static const uint16_t sizes[] = { 8, 256 };

	echo = calloc(1, sizeof(*echo));
	assert_int_equal(virtio_init(&echo->virtio, &ops, "echo 'a'", sizes, 2), 0);
	echo->virtio.offered = OFFERED;
	echo->virtio.config = echo->config;
	echo->virtio.config_size = sizeof(echo->config);
	for (unsigned int i = 0; i < sizeof(echo->config); i++)
		echo->config[i] = (uint8_t)(0x10 + i);
	machine_begin(&machine, &echo->virtio, eventfds, unprotected);
	driver = driver_rings(machine.ram.host, 0, 8, unprotected);
}

static void end(void)
{
	assert_int_equal(machine_stop(&machine), 0);
	machine_end(&machine);
}

/* The driver has the device, and its first queue is ready. */
static void begin_live(bool eventfds)
{
	begin(0, eventfds);
	assert_int_equal(driver_negotiate(&machine, VERSION_1), READY_TO_GO);
	driver_enable(&machine, 0, &driver);
	reg_write(&machine, VIRTIO_MMIO_STATUS, READY_TO_GO | VIRTIO_CONFIG_S_DRIVER_OK);
}

static void registers_identify_the_device(void **state)
{
	(void)state;
	begin(0, true);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_MAGIC_VALUE), 0x74726976);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_VERSION), 2);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_DEVICE_ID), DEVICE_ID);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_QUEUE_NUM_MAX), 8);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_SEL, 1);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_QUEUE_NUM_MAX), 256);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_SEL, 2);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_QUEUE_NUM_MAX), 0);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_SHM_LEN_LOW), UINT32_MAX);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_SHM_LEN_HIGH), UINT32_MAX);
	end();
}

static void features_come_by_halves(void **state)
{
	(void)state;
	begin(0, true);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_DEVICE_FEATURES), (uint32_t)OFFERED);
	reg_write(&machine, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_DEVICE_FEATURES),
			 (OFFERED | VERSION_1) >> 32);
	reg_write(&machine, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 2);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_DEVICE_FEATURES), 0);
	reg_write(&machine, VIRTIO_MMIO_DEVICE_FEATURES_SEL, UINT32_MAX);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_DEVICE_FEATURES), 0);
	end();
	begin(UNPROTECTED, true);
	reg_write(&machine, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_DEVICE_FEATURES),
			 (OFFERED | VERSION_1 | PLATFORM) >> 32);
	end();
}

static void features_are_refused(uint64_t unprotected, uint64_t features, const char *why)
{
	const char *said;

	begin(unprotected, true);
	capture_begin();
	assert_int_equal(driver_negotiate(&machine, features),
			 VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	said = capture_end();
	if (!strstr(said, why) || !strstr(said, "echo 'a': "))
		fail_msg("expected '%s', said '%s'", why, said);
	/* It may choose better. */
	reg_write(&machine, VIRTIO_MMIO_STATUS, 0);
	assert_int_equal(driver_negotiate(&machine, VERSION_1 | (unprotected ? PLATFORM : 0)),
			 READY_TO_GO);
	end();
}

static void bad_features_are_refused(void **state)
{
	(void)state;
	features_are_refused(0, 0, "VIRTIO_F_VERSION_1");
	features_are_refused(0, OFFERED, "VIRTIO_F_VERSION_1");
	features_are_refused(0, VERSION_1 | PLATFORM, "not offered");
	features_are_refused(0, VERSION_1 | 1, "not offered");
	features_are_refused(0, VERSION_1 | VIRTIO_FEATURE(VIRTIO_RING_F_INDIRECT_DESC),
			     "not offered");
	features_are_refused(0, UINT64_MAX, "not offered");
	features_are_refused(UNPROTECTED, VERSION_1, "VIRTIO_F_ACCESS_PLATFORM");
}

static void features_stay_once_they_are_agreed(void **state)
{
	(void)state;
	begin(0, true);
	assert_false(virtio_has(&echo->virtio, 3));
	assert_int_equal(driver_negotiate(&machine, VERSION_1 | 1 << 3), READY_TO_GO);
	reg_write(&machine, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	reg_write(&machine, VIRTIO_MMIO_DRIVER_FEATURES, 0);
	assert_true(virtio_has(&echo->virtio, 3));
	assert_false(virtio_has(&echo->virtio, 35));
	end();
}

/* The device needs a reset, says so once, and works after it. */
static void violated(const char *why)
{
	const char *said = capture_end();
	const char *line = strstr(said, "echo 'a': ");

	if (!line || !strstr(said, why) || strstr(line + 1, "echo 'a': "))
		fail_msg("expected one line with '%s', said '%s'", why, said);
	assert_true(reg_read(&machine, VIRTIO_MMIO_STATUS) & VIRTIO_CONFIG_S_NEEDS_RESET);
	reg_write(&machine, VIRTIO_MMIO_STATUS, 0);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_STATUS), 0);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_INTERRUPT_STATUS), 0);
	assert_int_equal(driver_negotiate(&machine, VERSION_1), READY_TO_GO);
	end();
}

static void status_goes_forward_only(void **state)
{
	(void)state;
	begin(0, true);
	reg_write(&machine, VIRTIO_MMIO_STATUS,
		  VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	capture_begin();
	reg_write(&machine, VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	violated("cleared a status bit");
	begin(0, true);
	capture_begin();
	reg_write(&machine, VIRTIO_MMIO_STATUS,
		  VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_DRIVER_OK);
	violated("DRIVER_OK without FEATURES_OK");
	begin(0, true);
	capture_begin();
	/* Both at once, with features that are not acceptable. */
	reg_write(&machine, VIRTIO_MMIO_STATUS, READY_TO_GO | VIRTIO_CONFIG_S_DRIVER_OK);
	violated("DRIVER_OK without FEATURES_OK");
	/* Reserved bits and NEEDS_RESET cannot be set by a driver. */
	begin(0, true);
	reg_write(&machine, VIRTIO_MMIO_STATUS,
		  0xffffff00 | VIRTIO_CONFIG_S_NEEDS_RESET | VIRTIO_CONFIG_S_ACKNOWLEDGE);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_STATUS), VIRTIO_CONFIG_S_ACKNOWLEDGE);
	end();
}

static void bad_queue_is_a_violation(void **state)
{
	(void)state;
	begin_live(true);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_SEL, 1);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NUM, 3);
	capture_begin();
	reg_write(&machine, VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_QUEUE_READY), 0);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_CONFIG);
	assert_int_equal(interrupts(&machine, limit_ms()), 1);
	violated("queue 1: its size");
	begin(0, true);
	capture_begin();
	driver.table_ipa = RAM_IPA - 16;
	driver_enable(&machine, 0, &driver);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_INTERRUPT_STATUS),
			 0); /* not before DRIVER_OK (2.1.2) */
	assert_int_equal(interrupts(&machine, 0), 0);
	violated("queue 0: its rings are not in RAM");
}

static void violations_do_not_flood_the_log(void **state)
{
	unsigned int lines = 0;

	(void)state;
	begin(0, true);
	capture_begin();
	for (int i = 0; i < 2000; i++) {
		reg_write(&machine, VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_DRIVER_OK);
		reg_write(&machine, VIRTIO_MMIO_STATUS, 0);
	}
	for (const char *at = capture_end(); (at = strchr(at, '\n')); at++)
		lines++;
	/* It may have taken more than a second, each with RATE_LINES and one about the hidden. */
	assert_in_range(lines, 1, 100);
	assert_int_equal(echo->resets, 2000);
	end();
}

static void queue_is_set_up_and_torn_down(void **state)
{
	(void)state;
	begin_live(true);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_QUEUE_READY), 1);
	/* What it was made of cannot be changed while it is in use. */
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NUM, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_DESC_LOW, 1);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_READY, 1);
	driver_describe(&driver, 0, RAM_IPA + BUFFERS_AT, 5, VRING_DESC_F_WRITE, 0);
	driver_offer(&driver, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	assert_true(driver_wait_used(&driver, 1));
	assert_int_equal(driver_used_length(&driver, 0), 5);
	/* Off: nothing moves. On again: it begins at index 0. */
	reg_write(&machine, VIRTIO_MMIO_QUEUE_READY, 0);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_QUEUE_READY), 0);
	driver_offer(&driver, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	assert_int_equal(interrupts(&machine, limit_ms()), 1);
	assert_int_equal(driver_used(&driver), 1);
	driver.avail[1] = driver.next = 0;
	driver.used[1] = 0;
	driver_enable(&machine, 0, &driver);
	driver_offer(&driver, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	assert_true(driver_wait_used(&driver, 1));
	end();
}

/* With irqfd and ioeventfd, and with neither. */
static void interrupts_and_notifications(void **state)
{
	(void)state;
	for (int eventfds = 0; eventfds < 2; eventfds++) {
		begin_live(eventfds);
		assert_int_equal(interrupts(&machine, A_WHILE),
				 0); /* the look at DRIVER_OK is over */
		driver_describe(&driver, 0, RAM_IPA + BUFFERS_AT, 5, VRING_DESC_F_WRITE, 0);
		driver_offer(&driver, 0);
		assert_int_equal(interrupts(&machine, A_WHILE), 0); /* nobody has notified */
		reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
		assert_int_equal(interrupts(&machine, limit_ms()), 1);
		assert_int_equal(reg_read(&machine, VIRTIO_MMIO_INTERRUPT_STATUS),
				 VIRTIO_MMIO_INT_VRING);
		/* Not acknowledged: the handler has yet to come, and needs no other interrupt. */
		driver_offer(&driver, 0);
		reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
		assert_true(driver_wait_used(&driver, 2));
		assert_int_equal(interrupts(&machine, A_WHILE), 0);
		reg_write(&machine, VIRTIO_MMIO_INTERRUPT_ACK,
			  VIRTIO_MMIO_INT_CONFIG); /* another one */
		assert_int_equal(reg_read(&machine, VIRTIO_MMIO_INTERRUPT_STATUS),
				 VIRTIO_MMIO_INT_VRING);
		reg_write(&machine, VIRTIO_MMIO_INTERRUPT_ACK, VIRTIO_MMIO_INT_VRING);
		assert_int_equal(reg_read(&machine, VIRTIO_MMIO_INTERRUPT_STATUS), 0);
		driver_offer(&driver, 0);
		reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
		assert_int_equal(interrupts(&machine, limit_ms()), 1);
		/* A queue that does not exist, and one that is not ready. */
		reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 2);
		reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, UINT32_MAX);
		reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 1);
		assert_int_equal(interrupts(&machine, A_WHILE), 0);
		end();
	}
}

static void buffers_from_before_driver_ok_are_served(void **state)
{
	(void)state;
	begin(0, false);
	assert_int_equal(driver_negotiate(&machine, VERSION_1), READY_TO_GO);
	driver_enable(&machine, 0, &driver);
	driver_describe(&driver, 0, RAM_IPA + BUFFERS_AT, 5, VRING_DESC_F_WRITE, 0);
	driver_offer(&driver, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	assert_int_equal(interrupts(&machine, A_WHILE), 0);
	assert_int_equal(driver_used(&driver), 0);
	reg_write(&machine, VIRTIO_MMIO_STATUS, READY_TO_GO | VIRTIO_CONFIG_S_DRIVER_OK);
	assert_true(driver_wait_used(&driver, 1));
	end();
}

static void configuration_space(void **state)
{
	uint32_t generation;

	(void)state;
	begin_live(true);
	assert_int_equal(reg_read_sized(&machine, 0x100, 1), 0x10);
	assert_int_equal(reg_read_sized(&machine, 0x101, 2), 0x1211);
	assert_int_equal(reg_read_sized(&machine, 0x103, 4), 0x16151413);
	assert_int_equal(reg_read_sized(&machine, 0x100, 8), 0x1716151413121110);
	assert_int_equal(reg_read_sized(&machine, 0x108, 4), 0x1918); /* the rest is beyond */
	assert_int_equal(reg_read_sized(&machine, 0x10a, 4), 0);
	assert_int_equal(reg_read_sized(&machine, 0xff8, 8), 0);
	reg_write_sized(&machine, 0x108, 2, 0xabcd);
	assert_int_equal(echo->written_offset, 8);
	assert_int_equal(echo->written_length, 2);
	assert_int_equal(echo->written_value, 0xabcd);
	reg_write_sized(&machine, 0x109, 2, 1);
	reg_write_sized(&machine, 0x10a, 1, 1);
	reg_write_sized(&machine, 0xff8, 8, 1);
	assert_int_equal(echo->written_offset, 8);
	generation = reg_read(&machine, VIRTIO_MMIO_CONFIG_GENERATION);
	virtio_config_change(&echo->virtio, 2, "\x77\x88", 2);
	assert_int_not_equal(reg_read(&machine, VIRTIO_MMIO_CONFIG_GENERATION), generation);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_CONFIG);
	assert_int_equal(interrupts(&machine, limit_ms()), 1);
	assert_int_equal(reg_read_sized(&machine, 0x102, 2), 0x8877);
	end();
}

static void odd_accesses_do_nothing(void **state)
{
	static const unsigned int lengths[] = { 1, 2, 4, 8 };

	(void)state;
	begin_live(true);
	/* Every offset and size below the configuration space that is no register. */
	for (uint64_t offset = 0; offset < 0x100; offset++)
		for (unsigned int i = 0; i < 4; i++) {
			if (lengths[i] == 4 && offset % 4 == 0)
				continue;
			assert_int_equal(reg_read_sized(&machine, offset, lengths[i]), 0);
			reg_write_sized(&machine, offset, lengths[i], 0);
			reg_write_sized(&machine, offset, lengths[i], UINT64_MAX);
		}
	for (uint64_t offset = 0x0a8; offset < 0x0b0; offset += 4)
		assert_int_equal(reg_read(&machine, offset), 0);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_STATUS),
			 READY_TO_GO | VIRTIO_CONFIG_S_DRIVER_OK);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_QUEUE_READY), 1);
	/* Write-only registers read as zero; writes to read-only ones are ignored. */
	for (uint64_t offset = 0; offset < 0x100; offset += 4)
		if (offset < 0x010 || offset == 0x034 || offset == 0x060 || offset == 0x0fc) {
			uint32_t before = reg_read(&machine, offset);

			reg_write(&machine, offset, ~before);
			assert_int_equal(reg_read(&machine, offset), before);
		}
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_QUEUE_NUM), 0);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_QUEUE_NOTIFY), 0);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_INTERRUPT_ACK), 0);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_QUEUE_DESC_LOW), 0);
	end();
}

static void reset_forgets_everything(void **state)
{
	(void)state;
	begin_live(true);
	virtio_config_change(&echo->virtio, 0, "x", 1);
	reg_write(&machine, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	reg_write(&machine, VIRTIO_MMIO_STATUS, 0);
	assert_int_equal(echo->resets, 1);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_STATUS), 0);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_INTERRUPT_STATUS), 0);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_QUEUE_READY), 0);
	assert_int_equal(reg_read(&machine, VIRTIO_MMIO_DEVICE_FEATURES), (uint32_t)OFFERED);
	assert_false(virtio_has(&echo->virtio, VIRTIO_F_VERSION_1));
	driver_offer(&driver, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	assert_int_equal(interrupts(&machine, limit_ms()), 1); /* of the change */
	assert_int_equal(driver_used(&driver), 0);
	end();
}

static void failed_driver_is_left_alone(void **state)
{
	(void)state;
	begin_live(true);
	reg_write(&machine, VIRTIO_MMIO_STATUS,
		  READY_TO_GO | VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_FAILED);
	driver_describe(&driver, 0, RAM_IPA + BUFFERS_AT, 5, VRING_DESC_F_WRITE, 0);
	driver_offer(&driver, 0);
	reg_write(&machine, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	assert_int_equal(interrupts(&machine, A_WHILE), 0);
	assert_int_equal(driver_used(&driver), 0);
	end();
}

static void device_tree_names_it(void **state)
{
	struct bus bus = { .count = 0 };
	struct virtio_devices devices = { .count = 0 };
	uint8_t fdt[4096];
	const fdt32_t *cells;
	int length, node;

	(void)state;
	/* As `donjon dtb` does: nothing is started. */
	assert_int_equal(virtio_add(&devices, &bus, virtio_rng_create(), false), 0);
	assert_int_equal(virtio_add(&devices, &bus, virtio_rng_create(), false), 0);
	assert_int_equal(fdt_create(fdt, sizeof(fdt)), 0);
	assert_int_equal(fdt_finish_reservemap(fdt), 0);
	assert_int_equal(fdt_begin_node(fdt, ""), 0);
	for (size_t i = 0; i < bus.count; i++)
		assert_int_equal(bus.device[i].ops->describe(bus.device[i].device, fdt), 0);
	assert_int_equal(fdt_end_node(fdt), 0);
	assert_int_equal(fdt_finish(fdt), 0);
	node = fdt_path_offset(fdt, "/virtio_mmio@a001000");
	assert_true(node > 0);
	assert_int_equal(fdt_node_check_compatible(fdt, node, "virtio,mmio"), 0);
	assert_non_null(fdt_getprop(fdt, node, "dma-coherent", NULL));
	cells = fdt_getprop(fdt, node, "interrupts", &length);
	assert_int_equal(length, 12);
	assert_int_equal(fdt32_to_cpu(cells[1]), 17);
	assert_int_equal(fdt32_to_cpu(cells[2]), 1);
	cells = fdt_getprop(fdt, node, "reg", &length);
	assert_int_equal(length, 16);
	assert_int_equal(fdt32_to_cpu(cells[1]), 0x0a001000);
	assert_int_equal(fdt32_to_cpu(cells[3]), 0x1000);
	virtio_destroy(&devices);
	/* Nothing was opened, so nothing is closed. */
	assert_int_equal(fcntl(0, F_GETFD) < 0 && errno == EBADF, 0);
}

static void devices_are_limited(void **state)
{
	struct bus bus = { .count = 0 };
	struct virtio_devices devices = { .count = 0 };
	const char *said;

	(void)state;
	for (unsigned int i = 0; i < PLAT_VIRTIO_MAX; i++)
		assert_int_equal(virtio_add(&devices, &bus, virtio_rng_create(), false), 0);
	capture_begin();
	assert_int_equal(virtio_add(&devices, &bus, virtio_rng_create(), false), -ENOSPC);
	assert_int_equal(virtio_add(&devices, &bus, NULL, false), -ENOMEM);
	said = capture_end();
	assert_non_null(strstr(said, "at most 32"));
	virtio_destroy(&devices);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers_identify_the_device),
		cmocka_unit_test(features_come_by_halves),
		cmocka_unit_test(bad_features_are_refused),
		cmocka_unit_test(features_stay_once_they_are_agreed),
		cmocka_unit_test(status_goes_forward_only),
		cmocka_unit_test(bad_queue_is_a_violation),
		cmocka_unit_test(violations_do_not_flood_the_log),
		cmocka_unit_test(queue_is_set_up_and_torn_down),
		cmocka_unit_test(interrupts_and_notifications),
		cmocka_unit_test(buffers_from_before_driver_ok_are_served),
		cmocka_unit_test(configuration_space),
		cmocka_unit_test(odd_accesses_do_nothing),
		cmocka_unit_test(reset_forgets_everything),
		cmocka_unit_test(failed_driver_is_left_alone),
		cmocka_unit_test(device_tree_names_it),
		cmocka_unit_test(devices_are_limited),
	};

	return cmocka_run_group_tests_name("virtio mmio", tests, NULL, NULL) != 0;
}

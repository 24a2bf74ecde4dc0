// SPDX-License-Identifier: GPL-2.0-only
/* The device tree, read back with libfdt: what a guest finds there is what the VMM built. */
#include "support.h"

#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "../../../hyp/abi/platform.h"
#include "../../boot/fdt.h"
#include "../../device/pl031.h"
#include "../../device/uart.h"

static uint8_t blob[BOOT_FDT_SIZE];
static bool smc; /* how the guest calls PSCI */

static void nothing(void *context)
{
	(void)context;
}

static void no_byte(void *context, uint8_t byte)
{
	(void)context;
	(void)byte;
}

static void no_interrupt(void *context, bool level)
{
	(void)context;
	(void)level;
}

static bool seeded = true;

static void make(const struct uart_model *model, unsigned int cpus, uint64_t initrd,
		 const char *cmdline)
{
	static const struct uart_host host = {
		.transmit = no_byte,
		.interrupt = no_interrupt,
		.input_wanted = nothing,
	};
	struct config config = { .vm_cpus = cpus };
	struct boot_plan plan = {
		.ram_ipa = PLAT_RAM_BASE,
		.ram_size = 64UL << 20,
		.initrd = { .ipa = 0x41000000, .memory_size = initrd },
	};
	struct pl031 clock = { .match = 0 };
	uint64_t mpidr[PLAT_MAX_VCPUS];
	struct bus bus = { .count = 0 };
	struct fdt_input input = {
		.config = &config,
		.plan = &plan,
		.bus = &bus,
		.mpidr = mpidr,
		.console = model->node,
	};
	void *uart = model->create(&host);
	uint8_t seed[FDT_SEED_SIZE];
	int size;

	for (unsigned int i = 0; i < cpus; i++)
		mpidr[i] = fdt_default_mpidr(i);
	for (unsigned int i = 0; i < sizeof(seed); i++)
		seed[i] = (uint8_t)(i + 1);
	input.seed = seeded ? seed : NULL;
	snprintf(plan.cmdline, sizeof(plan.cmdline), "%s", cmdline);
	input.psci_method = smc ? "smc" : "hvc";
	assert_int_equal(bus_add(&bus, PLAT_UART_BASE, model->size, model->ops, uart), 0);
	assert_int_equal(bus_add(&bus, PLAT_RTC_BASE, PLAT_RTC_SIZE, &pl031_ops, &clock), 0);
	size = fdt_make(blob, &input);
	assert_true(size > 0 && size <= (int)sizeof(blob));
	assert_int_equal(fdt_check_full(blob, sizeof(blob)), 0);
	uart_destroy(uart);
}

static int node(const char *path)
{
	int offset = fdt_path_offset(blob, path);

	if (offset < 0)
		fail_msg("no node %s", path);
	return offset;
}

static const void *property(const char *path, const char *name, int expected)
{
	int length;
	const void *value = fdt_getprop(blob, node(path), name, &length);

	if (!value)
		fail_msg("%s has no %s", path, name);
	assert_int_equal(length, expected);
	return value;
}

static uint64_t number64(const char *path, const char *name, int index, int count)
{
	return fdt64_ld((const fdt64_t *)property(path, name, 8 * count) + index);
}

static uint32_t number32(const char *path, const char *name, int index, int count)
{
	return fdt32_ld((const fdt32_t *)property(path, name, 4 * count) + index);
}

static void memory_and_chosen_nodes(void **state)
{
	(void)state;
	make(&pl011_model, 1, 5000, "console=ttyAMA0 x;y");
	assert_int_equal(number64("/memory@40000000", "reg", 0, 2), PLAT_RAM_BASE);
	assert_int_equal(number64("/memory@40000000", "reg", 1, 2), 64UL << 20);
	assert_string_equal(property("/chosen", "bootargs", 20), "console=ttyAMA0 x;y");
	assert_string_equal(property("/chosen", "stdout-path", 15), "/pl011@9000000");
	assert_int_equal(number64("/chosen", "linux,initrd-start", 0, 1), 0x41000000);
	assert_int_equal(number64("/chosen", "linux,initrd-end", 0, 1), 0x41000000 + 5000);
	assert_memory_equal(property("/chosen", "kaslr-seed", 8), "\1\2\3\4\5\6\7\10", 8);
	assert_memory_equal(property("/chosen", "rng-seed", 32), "\11\12\13", 3);
	make(&pl011_model, 1, 0, "");
	assert_null(fdt_getprop(blob, node("/chosen"), "linux,initrd-start", NULL));
	seeded = false;
	make(&pl011_model, 1, 0, "");
	seeded = true;
	assert_null(fdt_getprop(blob, node("/chosen"), "kaslr-seed", NULL));
	assert_null(fdt_getprop(blob, node("/chosen"), "rng-seed", NULL));
}

static void every_cpu_has_its_mpidr(void **state)
{
	char path[32];

	(void)state;
	make(&pl011_model, PLAT_MAX_VCPUS, 0, "");
	for (unsigned int i = 0; i < PLAT_MAX_VCPUS; i++) {
		snprintf(path, sizeof(path), "/cpus/cpu@%x", i);
		assert_int_equal(number64(path, "reg", 0, 1), i);
		assert_string_equal(property(path, "enable-method", 5), "psci");
	}
	assert_int_equal(fdt_default_mpidr(17) & 0xff00ffffff, 0x101);
	assert_int_equal(number64("/interrupt-controller@8000000", "reg", 3, 4),
			 PLAT_GICR_STRIDE * PLAT_MAX_VCPUS);
}

static void platform_nodes(void **state)
{
	(void)state;
	make(&pl011_model, 2, 0, "");
	assert_string_equal(property("/psci", "method", 4), "hvc");
	smc = true;
	make(&pl011_model, 2, 0, "");
	assert_string_equal(property("/psci", "method", 4), "smc");
	smc = false;
	assert_memory_equal(property("/psci", "compatible", 26), "arm,psci-1.0\0arm,psci-0.2", 26);
	assert_int_equal(number32("/timer", "interrupts", 4, 12), PLAT_PTIMER_PPI);
	assert_int_equal(number32("/timer", "interrupts", 7, 12), PLAT_VTIMER_PPI);
	assert_string_equal(property("/interrupt-controller@8000000", "compatible", 11),
			    "arm,gic-v3");
	assert_int_equal(number64("/interrupt-controller@8000000", "reg", 0, 4), PLAT_GICD_BASE);
	assert_int_equal(number64("/interrupt-controller@8000000", "reg", 2, 4), PLAT_GICR_BASE);
	assert_int_equal(fdt_node_offset_by_phandle(blob, number32("/", "interrupt-parent", 0, 1)),
			 node("/interrupt-controller@8000000"));
}

static void consoles_describe_themselves(void **state)
{
	(void)state;
	make(&pl011_model, 1, 0, "");
	assert_memory_equal(property("/pl011@9000000", "compatible", 24),
			    "arm,pl011\0arm,primecell", 24);
	assert_int_equal(number64("/pl011@9000000", "reg", 1, 2), PLAT_UART_SIZE);
	assert_int_equal(number32("/pl011@9000000", "interrupts", 1, 3), PLAT_UART_SPI);
	assert_int_equal(
		fdt_node_offset_by_phandle(blob, number32("/pl011@9000000", "clocks", 0, 2)),
		node("/uart-clock"));
	make(&uart8250_model, 1, 0, "");
	assert_string_equal(property("/serial@9000000", "compatible", 9), "ns16550a");
	assert_string_equal(property("/chosen", "stdout-path", 16), "/serial@9000000");
	assert_int_equal(fdt_path_offset(blob, "/pl011@9000000"), -FDT_ERR_NOTFOUND);
}

/* No interrupt: by that Linux sees that the clock has no alarm. */
static void clock_describes_itself(void **state)
{
	(void)state;
	make(&pl011_model, 1, 0, "");
	assert_memory_equal(property("/pl031@9010000", "compatible", 24),
			    "arm,pl031\0arm,primecell", 24);
	assert_int_equal(number64("/pl031@9010000", "reg", 0, 2), PLAT_RTC_BASE);
	assert_string_equal(property("/pl031@9010000", "clock-names", 9), "apb_pclk");
	assert_int_equal(
		fdt_node_offset_by_phandle(blob, number32("/pl031@9010000", "clocks", 0, 1)),
		node("/uart-clock"));
	assert_null(fdt_getprop(blob, node("/pl031@9010000"), "interrupts", NULL));
}

static int too_much(void *device, void *fdt)
{
	static const uint8_t bytes[BOOT_FDT_SIZE];

	(void)device;
	return fdt_property(fdt, "bytes", bytes, sizeof(bytes));
}

static void overflow_is_an_error(void **state)
{
	static const struct device_ops ops = { .name = "big", .describe = too_much };
	struct config config = { .vm_cpus = 0 };
	struct boot_plan plan = { .ram_size = 1 };
	struct bus bus = { .count = 0 };
	struct fdt_input input = {
		.config = &config, .plan = &plan, .bus = &bus, .console = "x", .psci_method = "hvc"
	};

	(void)state;
	assert_int_equal(bus_add(&bus, 0, 1, &ops, NULL), 0);
	capture_begin();
	assert_true(fdt_make(blob, &input) < 0);
	assert_string_equal(capture_end(), "donjon: error: cannot make the device tree: "
					   "FDT_ERR_NOSPACE (limit: 65536 bytes)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_and_chosen_nodes),
		cmocka_unit_test(every_cpu_has_its_mpidr),
		cmocka_unit_test(platform_nodes),
		cmocka_unit_test(consoles_describe_themselves),
		cmocka_unit_test(clock_describes_itself),
		cmocka_unit_test(overflow_is_an_error),
	};

	return cmocka_run_group_tests_name("vmm fdt", tests, NULL, NULL) != 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* What the driver reads from the device tree. A tree here is an array of nodes. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef uint32_t u32;
typedef uint64_t u64;

#include "driver/el2/machine.h"

/* As much of Linux as the file uses. */
#define PAGE_SIZE	4096ULL
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x)	(((x) + PAGE_SIZE - 1) & PAGE_MASK)
#define GFP_KERNEL	0
#define pr_err(...)	(said = true)

static bool said;

struct resource {
	u64 start, end;
};

struct device {
	void *driver;
	struct device *parent;
	struct device_node *of_node;
};

struct device_node {
	const char *full_name, *name, *compatible;
	const char *also;		/* a second compatible string */
	u32 smc_id;
	bool disabled;
	const char *method, *enable_method, *interrupt_names[4], *stdout_path;
	int cpu;			/* its number, from 1; 0: no CPU */
	struct resource reg[6];
	struct { struct device *dev; } fwnode;
	int refs;
};

struct of_device_id {
	const char *compatible;
	const void *data;
};

static struct device_node tree[12];
static unsigned int nodes;
static struct device_node *of_chosen;
static int acpi_disabled = 1;
static unsigned int cpus_online;	/* a mask */

#define cpu_online(cpu)	(cpus_online >> (cpu) & 1)

static struct device_node *get(struct device_node *node)
{
	if (node)
		node->refs++;
	return node;
}

static void of_node_put(struct device_node *node)
{
	if (node)
		node->refs--;
}

static bool of_device_is_compatible(const struct device_node *node, const char *what)
{
	return node && ((node->compatible && !strcmp(node->compatible, what)) ||
			(node->also && !strcmp(node->also, what)));
}

static bool of_device_is_available(const struct device_node *node)
{
	return !node->disabled;
}

static struct device_node *of_find_all_nodes(struct device_node *from)
{
	struct device_node *next = from ? from + 1 : tree;

	of_node_put(from);
	return next < tree + nodes ? get(next) : NULL;
}

static const struct of_device_id *of_match_node(const struct of_device_id *ids,
						const struct device_node *node)
{
	for (; ids->compatible; ids++)
		if (of_device_is_compatible(node, ids->compatible))
			return ids;
	return NULL;
}

static struct device_node *of_find_matching_node(struct device_node *from,
						 const struct of_device_id *ids)
{
	while ((from = of_find_all_nodes(from)) && !of_match_node(ids, from))
		;
	return from;
}

static struct device_node *of_find_compatible_node(struct device_node *from, const char *type,
						   const char *what)
{
	const struct of_device_id ids[] = { { what, NULL }, { NULL, NULL } };

	return of_find_matching_node(from, ids);
}

static struct device_node *next_cpu(struct device_node *from)
{
	while ((from = of_find_all_nodes(from)) && !from->cpu)
		;
	return from;
}

static bool of_node_name_eq(const struct device_node *node, const char *name)
{
	return node->name && !strcmp(node->name, name);
}

#define for_each_of_cpu_node(node) for (node = next_cpu(NULL); node; node = next_cpu(node))

static int of_cpu_node_to_id(const struct device_node *node)
{
	return node->cpu - 1;
}

static int of_property_read_string(const struct device_node *node, const char *name,
				   const char **out)
{
	const char *value = !strcmp(name, "enable-method") ? node->enable_method :
			    !strcmp(name, "stdout-path")   ? node->stdout_path : NULL;

	if (!value)
		return -EINVAL;
	*out = value;
	return 0;
}

static int of_property_read_string_index(const struct device_node *node, const char *name,
					 int index, const char **out)
{
	assert_string_equal(name, "compatible");
	if (index > 1 || !(index ? node->also : node->compatible))
		return -EINVAL;
	*out = index ? node->also : node->compatible;
	return 0;
}

static int of_property_read_u32(const struct device_node *node, const char *name, u32 *out)
{
	assert_string_equal(name, "arm,smc-id");
	if (!node->smc_id)
		return -EINVAL;
	*out = node->smc_id;
	return 0;
}

/* The index, or an error, also without a node. */
static int of_property_match_string(const struct device_node *node, const char *name,
				    const char *value)
{
	int i;

	if (!node)
		return -EINVAL;
	if (!strcmp(name, "method"))
		return node->method && !strcmp(node->method, value) ? 0 : -ENODATA;
	for (i = 0; i < 4 && node->interrupt_names[i]; i++)
		if (!strcmp(node->interrupt_names[i], value))
			return i;
	return -ENODATA;
}

/* A node's n-th interrupt. */
static unsigned int irq_of_parse_and_map(struct device_node *node, int index)
{
	return 100 * (node - tree + 1) + index;
}

static int of_address_to_resource(struct device_node *node, int index, struct resource *res)
{
	if (index >= 6 || !node->reg[index].end)
		return -EINVAL;
	*res = node->reg[index];
	return 0;
}

static struct device_node *of_find_node_opts_by_path(const char *path, const char **opts)
{
	unsigned int i;

	for (i = 0; i < nodes; i++)
		if (!strcmp(tree[i].full_name, path))
			return get(&tree[i]);
	return NULL;
}

struct pci_bus {
	struct { struct device dev; } bridge;
};

#define pci_find_host_bridge(bus) (&(bus)->bridge)

static bool no_memory;

/* %pOF is a node's path. */
static char *name_of(const char *prefix, const struct device_node *node)
{
	char *name = NULL;

	if (no_memory || asprintf(&name, "%s%s", prefix, node->full_name) < 0)
		return NULL;
	return name;
}

#define kasprintf(flags, format, prefix, node)	name_of(prefix, node)
#define kfree(at)				free(at)

const struct machine machine_acpi;

#include "machine_of.inc"

/* -- The machine -- */

static struct device_node *add(struct device_node node)
{
	tree[nodes] = node;
	return &tree[nodes++];
}

static struct device_node *timer, *psci, *cpu1, *uart, *ecam_node;

static int setup(void **state)
{
	memset(tree, 0, sizeof(tree));
	nodes = 0;
	said = no_memory = false;
	cpus_online = 3;
	timer = add((struct device_node){ .full_name = "/timer", .compatible = "arm,armv8-timer" });
	psci = add((struct device_node){
		.full_name = "/psci", .compatible = "arm,psci-1.0", .method = "smc" });
	add((struct device_node){ .full_name = "/intc", .compatible = "arm,gic-v3" });
	add((struct device_node){ .full_name = "/cpus/cpu@0", .cpu = 1, .enable_method = "psci" });
	cpu1 = add((struct device_node){
		.full_name = "/cpus/cpu@1", .cpu = 2, .enable_method = "psci" });
	uart = add((struct device_node){
		.full_name = "/pl011", .compatible = "arm,pl011",
		.reg = { { 0x9000000, 0x9000fff } } });
	ecam_node = add((struct device_node){
		.full_name = "/pcie", .compatible = "pci-host-ecam-generic",
		.reg = { { 0x4010000000, 0x401fffffff } } });
	of_chosen = add((struct device_node){ .full_name = "/chosen", .stdout_path = "/pl011" });
	return 0;
}

static int teardown(void **state)
{
	unsigned int i;

	for (i = 0; i < nodes; i++)
		assert_int_equal(tree[i].refs, 0);	/* all were put back */
	return 0;
}

/* -- Tests -- */

static void source(void **state)
{
	assert_ptr_equal(machine(), &machine_of);
	acpi_disabled = 0;
	assert_ptr_equal(machine(), &machine_acpi);
	acpi_disabled = 1;
}

static void interrupts(void **state)
{
	assert_int_equal(machine_of.vtimer_irq(), 102);
	timer->interrupt_names[0] = "virt";
	timer->interrupt_names[1] = "phys";
	assert_int_equal(machine_of.vtimer_irq(), 100);
	timer->compatible = "arm,armv7-timer";
	assert_int_equal(machine_of.vtimer_irq(), 0);
	assert_int_equal(machine_of.maintenance_irq(), 300);
	tree[2].compatible = "arm,cortex-a15-gic";
	assert_int_equal(machine_of.maintenance_irq(), 0);
}

static void firmware(void **state)
{
	assert_true(machine_of.psci_by_smc());
	psci->method = "hvc";
	assert_false(machine_of.psci_by_smc());
	psci->compatible = "arm,other";
	assert_false(machine_of.psci_by_smc());
}

static void cpus(void **state)
{
	assert_int_equal(machine_of.check_cpus(), 0);
	cpus_online = 1;
	assert_int_equal(machine_of.check_cpus(), 0);
	cpu1->enable_method = "spin-table";
	assert_false(said);
	assert_int_equal(machine_of.check_cpus(), -ENODEV);
	assert_true(said);
	cpu1->enable_method = NULL;
	assert_int_equal(machine_of.check_cpus(), -ENODEV);
	cpus_online = 3;
	assert_int_equal(machine_of.check_cpus(), 0);
	cpu1->cpu = -4;		/* Linux has no number for it */
	assert_int_equal(machine_of.check_cpus(), -ENODEV);
}

static void console(void **state)
{
	assert_int_equal(machine_of.console_uart(), 0x9000000);
	uart->compatible = "ns16550a";
	assert_int_equal(machine_of.console_uart(), 0);
	of_chosen->stdout_path = "/nothing";
	assert_int_equal(machine_of.console_uart(), 0);
	of_chosen->stdout_path = NULL;
	assert_int_equal(machine_of.console_uart(), 0);
	of_chosen = NULL;
	assert_int_equal(machine_of.console_uart(), 0);
}

static void pci(void **state)
{
	struct device parent = { .of_node = ecam_node };
	struct pci_bus bus = { 0 };

	assert_true(machine_of.ecam(&bus) == 0);
	bus.bridge.dev.parent = &parent;
	assert_true(machine_of.ecam(&bus) == 0x4010000000);
	ecam_node->compatible = "some,bridge";
	assert_true(machine_of.ecam(&bus) == 0);
}

#define MACHINE machine_of
#include "watchdogs.h"

static void all_watchdogs(void **state)
{
	struct device dev = { .driver = &dev };
	struct device_node *sbsa = add((struct device_node){
		.full_name = "/watchdog@a0000", .name = "watchdog", .compatible = "arm,sbsa-gwdt",
		.reg = { { 0xa0000, 0xa0fff }, { 0xb0800, 0xb17ff } } });
	struct device_node *near = add((struct device_node){
		.full_name = "/watchdog@9000800", .name = "watchdog",
		.reg = { { 0x9000800, 0x90008ff } } });
	struct device_node *reset = add((struct device_node){
		.full_name = "/reset", .compatible = "syscon-reboot" });
	unsigned int i;

	answer = 0;
	assert_string_equal(watchdogs(false),
			    "the watchdog /watchdog@a0000 a0000+1000 b0000+2000 a0000\n"
			    "the watchdog /watchdog@9000800 0\n"
			    "/reset 0\n");
	/* The registers beside it are nobody's; and neither are they when it has a driver. */
	uart->disabled = reset->disabled = true;
	sbsa->fwnode.dev = &dev;
	assert_string_equal(watchdogs(true),
			    "the watchdog /watchdog@a0000 left busy a0000+1000 b0000+2000 a0000\n"
			    "the watchdog /watchdog@9000800 left 9000000+1000 0\n");
	dev.driver = NULL;
	/* One with more registers than there is room for is left alone. */
	sbsa->compatible = NULL;
	for (i = 0; i < 5; i++)
		sbsa->reg[i] = (struct resource){ 0x100000 * (i + 1), 0x100000 * (i + 1) + 0xfff };
	assert_string_equal(watchdogs(false), "the watchdog /watchdog@a0000 0\n"
			    "the watchdog /watchdog@9000800 9000000+1000 0\n");
	answer = -16;
	assert_string_equal(watchdogs(false), "the watchdog /watchdog@a0000 0\n");
	near->disabled = sbsa->disabled = true;
	answer = 0;
	assert_string_equal(watchdogs(false), "");
	reset->disabled = false;
	no_memory = true;
	answer = -ENOMEM;
	assert_string_equal(watchdogs(false), "");
}

/* What there is in device trees, and what only has a name like theirs. */
static void found(void **state)
{
	static const struct {
		const char *name, *compatible, *also;
		bool is;
	} nodes_of_trees[] = {
		{ "wdt", "arm,sp805", "arm,primecell", true },
		{ "timer", "arm,primecell", "arm,sp805", true },
		{ "wdt", "toshiba,visconti", NULL, true },
		{ "wdog", "some,thing", NULL, true },
		{ "watchdog", NULL, NULL, true },
		{ "timer", "snps,dw-wdt", NULL, true },
		{ "timer", "qcom,apss-wdt-sdm845", NULL, true },
		{ "timer", "allwinner,sun20i-d1-wdt-reset", NULL, true },
		{ "timer", "xlnx,xps-timebase-wdt-1.00.a", NULL, true },
		{ "timer", "cdns,wdt-r1p2", NULL, true },
		{ "timer", "xlnx,versal-wwdt", NULL, true },
		{ "timer", "arm,sbsa-gwdt", NULL, true },
		{ "timer", "st,stm32mp1-iwdg", NULL, true },
		{ "timer", "fsl,vf-wdog", NULL, true },
		{ "timer", "realtek,rtd1295-watchdog", NULL, true },
		{ "wdt", NULL, NULL, false },
		{ "wdog", NULL, NULL, false },
		{ "wdoggrp", "some,pins", NULL, false },
		{ "wdt-clk", "fixed-clock", NULL, false },
		{ "clock", "some,soc-wdt-clk", NULL, false },
		{ "clock", "some,wdt-clock", NULL, false },
		{ "reset", "some,nflwdth", "some,wdtx", false },
		{ "timer", "arm,sp804", "arm,primecell", false },
		{ "timer", "-,", ",", false },
	};
	struct device_node *node = add((struct device_node){
		.full_name = "/it", .reg = { { 0xa0000, 0xa0fff } } });
	unsigned int i;

	answer = 0;
	for (i = 0; i < sizeof(nodes_of_trees) / sizeof(nodes_of_trees[0]); i++) {
		node->name = nodes_of_trees[i].name;
		node->compatible = nodes_of_trees[i].compatible;
		node->also = nodes_of_trees[i].also;
		assert_int_equal(!strncmp(watchdogs(false), "the watchdog /it a0000+1000 ", 28),
				 nodes_of_trees[i].is);
		assert_int_equal(!seen[0], !nodes_of_trees[i].is);
	}
	node->compatible = "arm,sp805";
	node->disabled = true;
	assert_string_equal(watchdogs(false), "");
}

/* Timers with a watchdog are named and stay; a GPIO's watchdog is named once. */
static void parts(void **state)
{
	struct device_node *node = add((struct device_node){
		.full_name = "/it", .name = "timer", .compatible = "nvidia,tegra186-timer",
		.reg = { { 0xa0000, 0xa0fff } } });

	answer = 0;
	assert_string_equal(watchdogs(false), "/it 0\n");
	node->name = "watchdog";
	node->compatible = "linux,wdt-gpio";
	assert_string_equal(watchdogs(false), "/it 0\n");
}

static void served_by_firmware(void **state)
{
	struct device dev = { .driver = &dev };
	struct device_node *node = add((struct device_node){
		.full_name = "/it", .name = "watchdog", .compatible = "arm,smc-wdt" });

	answer = 0;
	assert_string_equal(watchdogs(false), "the watchdog /it smc 82003d06 0\n");
	node->smc_id = 0xb200005a;
	node->fwnode.dev = &dev;
	assert_string_equal(watchdogs(false), "the watchdog /it busy smc b200005a 0\n");
	node->smc_id = 0;
	node->compatible = "fsl,imx8qxp-sc-wdt";
	node->also = "fsl,imx-sc-wdt";
	assert_string_equal(watchdogs(true), "the watchdog /it left busy smc c2000002 0\n");
	node->disabled = true;
	assert_string_equal(watchdogs(false), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(source),
		cmocka_unit_test_setup_teardown(interrupts, setup, teardown),
		cmocka_unit_test_setup_teardown(firmware, setup, teardown),
		cmocka_unit_test_setup_teardown(cpus, setup, teardown),
		cmocka_unit_test_setup_teardown(console, setup, teardown),
		cmocka_unit_test_setup_teardown(pci, setup, teardown),
		cmocka_unit_test_setup_teardown(all_watchdogs, setup, teardown),
		cmocka_unit_test_setup_teardown(found, setup, teardown),
		cmocka_unit_test_setup_teardown(parts, setup, teardown),
		cmocka_unit_test_setup_teardown(served_by_firmware, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device tree (Linux's Documentation/devicetree/bindings).
 */
#define pr_fmt(fmt) "donjon: " fmt

#include <linux/acpi.h>
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/of_irq.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "machine.h"

/* Index of the virtual timer among the interrupts of "arm,armv8-timer", if they have no names. */
#define VTIMER_INDEX	2

/*
 * Reset controllers without registers of their own, and timers that Linux needs and that have a
 * watchdog among their registers.
 */
static const struct of_device_id out_of_reach[] = {
	{ .compatible = "syscon-reboot" },
	{ .compatible = "gpio-restart" },
	{ .compatible = "linux,wdt-gpio" },
	{ .compatible = "nvidia,tegra30-timer" },
	{ .compatible = "nvidia,tegra210-timer" },
	{ .compatible = "nvidia,tegra186-timer" },
	{ .compatible = "nvidia,tegra234-timer" },
	{ .compatible = "qcom,kpss-timer" },
	{ .compatible = "qcom,scss-timer" },
	{ .compatible = "st,stih407-lpc" },
	{ }
};

/* Watchdogs that are the firmware's, and have no registers: the function that serves each. */
static const struct of_device_id by_smc[] = {
	{ .compatible = "arm,smc-wdt", .data = (void *)0x82003d06UL },	/* or its "arm,smc-id" */
	{ .compatible = "fsl,imx-sc-wdt", .data = (void *)0xc2000002UL },
	{ }
};

const struct machine *machine(void)
{
	return acpi_disabled ? &machine_of : &machine_acpi;
}

static int vtimer_irq(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "arm,armv8-timer");
	int index, virq = 0;

	if (node) {
		index = of_property_match_string(node, "interrupt-names", "virt");
		virq = irq_of_parse_and_map(node, index < 0 ? VTIMER_INDEX : index);
	}
	of_node_put(node);
	return virq;
}

static int maintenance_irq(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "arm,gic-v3");
	int virq = node ? irq_of_parse_and_map(node, 0) : 0;

	of_node_put(node);
	return virq;
}

static bool psci_by_smc(void)
{
	static const struct of_device_id psci[] = {
		{ .compatible = "arm,psci" }, { .compatible = "arm,psci-0.2" },
		{ .compatible = "arm,psci-1.0" }, {},
	};
	struct device_node *node = of_find_matching_node(NULL, psci);
	bool smc = !of_property_match_string(node, "method", "smc");

	of_node_put(node);
	return smc;
}

static int check_cpus(void)
{
	struct device_node *node;

	for_each_of_cpu_node(node) {
		const char *method = "none";
		int cpu = of_cpu_node_to_id(node);

		of_property_read_string(node, "enable-method", &method);
		if ((cpu >= 0 && cpu_online(cpu)) || !strcmp(method, "psci"))
			continue;
		pr_err("%pOF is off, and its enable-method is %s, not psci: boot with all CPUs\n",
		       node, method);
		of_node_put(node);
		return -ENODEV;
	}
	return 0;
}

static unsigned long console_uart(void)
{
	struct device_node *node;
	struct resource res;
	unsigned long base = 0;
	const char *path;

	if (!of_chosen || of_property_read_string(of_chosen, "stdout-path", &path))
		return 0;
	node = of_find_node_opts_by_path(path, NULL);
	if (!node)
		return 0;
	if (of_device_is_compatible(node, "arm,pl011") && !of_address_to_resource(node, 0, &res))
		base = res.start;
	of_node_put(node);
	return base;
}

static u64 ecam(struct pci_bus *bus)
{
	struct device *parent = pci_find_host_bridge(bus)->dev.parent;
	struct resource res;

	if (!parent || !of_device_is_compatible(parent->of_node, "pci-host-ecam-generic") ||
	    of_address_to_resource(parent->of_node, 0, &res))
		return 0;
	return res.start;
}

/* No other device has registers in [base, end). */
static bool is_alone(const struct device_node *node, u64 base, u64 end)
{
	struct device_node *other = NULL;
	struct resource res;
	int i;

	while ((other = of_find_all_nodes(other)))
		for (i = 0; other != node && of_device_is_available(other) &&
			    !of_address_to_resource(other, i, &res); i++)
			if (res.start < end && res.end >= base) {
				of_node_put(other);
				return false;
			}
	return true;
}

/* nr_frames stays 0 if one of them cannot be taken. */
static void add_frames(struct machine_watchdog *w, struct device_node *node)
{
	struct resource res;
	unsigned int i;

	for (i = 0; !of_address_to_resource(node, i, &res); i++) {
		u64 base = res.start & PAGE_MASK, end = PAGE_ALIGN(res.end + 1);

		if (i == MACHINE_WATCHDOG_FRAMES || !is_alone(node, base, end))
			return;
		w->frames[i].base = base;
		w->frames[i].size = end - base;
		if (!i && of_device_is_compatible(node, "arm,sbsa-gwdt"))
			w->sbsa_control = res.start;
	}
	w->nr_frames = i;
}

static bool has_word(const char *text, const char *const words[])
{
	size_t length;

	for (; *text; text += length + !!text[length]) {
		const char *const *word = words;

		length = strcspn(text, ",-_");
		while (*word && (strlen(*word) != length || memcmp(text, *word, length)))
			word++;
		if (*word)
			return true;
	}
	return false;
}

/*
 * By its name, or by a compatible string: of those that Linux's drivers and bindings have, nearly
 * all have such a word between their commas and hyphens. What has the words of a clock is one.
 */
static bool is_watchdog(const struct device_node *node)
{
	static const char *const words[] = {
		"watchdog", "wdt", "gwdt", "wwdt", "wdog", "iwdg", "sp805", NULL
	};
	static const char *const clocks[] = { "clk", "clock", NULL };
	const char *text;
	int i;

	if (of_node_name_eq(node, "watchdog"))
		return true;
	for (i = 0; !of_property_read_string_index(node, "compatible", i, &text); i++)
		if (of_node_name_eq(node, "wdt") || of_node_name_eq(node, "wdog") ||
		    (has_word(text, words) && !has_word(text, clocks)))
			return true;
	return false;
}

static int take_node(struct device_node *node,
		     int (*take)(const struct machine_watchdog *w, bool leave), bool leave)
{
	bool in_reach = !of_match_node(out_of_reach, node);
	const struct of_device_id *smc = of_match_node(by_smc, node);
	struct machine_watchdog w = { };
	char *name;
	int ret;

	if (!of_device_is_available(node) || (in_reach && !is_watchdog(node)))
		return 0;
	name = kasprintf(GFP_KERNEL, "%s%pOF", in_reach ? "the watchdog " : "", node);
	if (!name)
		return -ENOMEM;
	w.name = name;
	if (smc) {
		w.smc = (unsigned long)smc->data;
		of_property_read_u32(node, "arm,smc-id", &w.smc);
	} else if (in_reach) {
		add_frames(&w, node);
	}
	w.has_driver = node->fwnode.dev && node->fwnode.dev->driver;
	ret = take(&w, leave);
	kfree(name);
	return ret;
}

static int each_watchdog(int (*take)(const struct machine_watchdog *w, bool leave), bool leave)
{
	struct device_node *node = NULL;
	int ret = 0;

	while (!ret && (node = of_find_all_nodes(node)))
		ret = take_node(node, take, leave);
	of_node_put(node);
	return ret;
}

const struct machine machine_of = {
	.vtimer_irq = vtimer_irq,
	.maintenance_irq = maintenance_irq,
	.psci_by_smc = psci_by_smc,
	.check_cpus = check_cpus,
	.console_uart = console_uart,
	.ecam = ecam,
	.each_watchdog = each_watchdog,
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A PCI watchdog stops answering at its registers once its memory space is off; only its page of
 * configuration space could change that, so that page is taken. Of a watchdog of the device tree
 * the registers themselves are taken, which nobody else may have in the same pages.
 */
#define pr_fmt(fmt) "donjon: " fmt

#include <linux/io.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/pci.h>

#include "memmap.h"
#include "watchdog.h"

#define MAX_FRAMES	16U
#define READABLE	"after a reset by it guests' memory is readable, unless firmware zeroes it"

/* Intel 6300ESB, which QEMU has: the only PCI one that Debian's arm64 kernels have a driver for. */
#define ESB_VENDOR	0x8086
#define ESB_DEVICE	0x25ab
#define ESB_LOCK	0x68		/* in configuration space */
#define ESB_ENABLE	BIT(1)

/* SBSA generic watchdog: in the first of its frames */
#define SBSA_WCS	0x0
#define SBSA_EN		BIT(0)

/* Reset controllers without registers of their own. */
static const struct of_device_id out_of_reach[] = {
	{ .compatible = "syscon-reboot" },
	{ .compatible = "gpio-restart" },
	{ .compatible = "linux,wdt-gpio" },
	{ }
};

/* Changed by module init and exit only. */
static struct { u64 base, size; } frames[MAX_FRAMES];
static unsigned int nr_frames;
static struct pci_bus *bus;		/* a root bus that lacks some */

/* Page-aligned. False: there is no place. */
static bool add_frame(u64 base, u64 size)
{
	if (nr_frames == MAX_FRAMES)
		return false;
	frames[nr_frames].base = base;
	frames[nr_frames++].size = size;
	return true;
}

static int busy(const char *name, const char *why)
{
	pr_err("the watchdog %s %s: stop it first, or leave it to the host with watchdogs=1\n",
	       name, why);
	return -EBUSY;
}

/* -- PCI -- */

/* The physical address of its page of configuration space; 0: not known, or it can be moved. */
static u64 config_page(struct pci_dev *dev)
{
	struct device *parent = pci_find_host_bridge(dev->bus)->dev.parent;
	struct resource res;

	/* Behind a bridge the bus number, and so the address, is what the host writes there. */
	if (!pci_is_root_bus(dev->bus) || !parent || (bus && bus != dev->bus) ||
	    !of_device_is_compatible(parent->of_node, "pci-host-ecam-generic") ||
	    of_address_to_resource(parent->of_node, 0, &res))
		return 0;
	return res.start + ((u64)dev->devfn << PAGE_SHIFT);
}

static int take_pci(struct pci_dev *dev, bool leave)
{
	u64 page = leave ? 0 : config_page(dev);
	u8 lock = 0;

	if (!page || nr_frames == MAX_FRAMES) {
		pr_warn("the watchdog %s is the host's: " READABLE "\n", pci_name(dev));
		return 0;
	}
	pci_read_config_byte(dev, ESB_LOCK, &lock);
	if (lock & ESB_ENABLE)
		return busy(pci_name(dev), "runs");
	if (dev->dev.driver)
		return busy(pci_name(dev), "has a driver");
	add_frame(page, PAGE_SIZE);
	if (!bus)
		get_device(&dev->bus->dev);
	bus = dev->bus;
	pr_info("the watchdog %s is kept from the host\n", pci_name(dev));
	pci_write_config_word(dev, PCI_COMMAND, 0);
	pci_stop_and_remove_bus_device_locked(dev);
	return 0;
}

static int take_all_pci(bool leave)
{
	struct pci_dev *dev = NULL;
	int ret = 0;

	while (!ret && (dev = pci_get_device(ESB_VENDOR, ESB_DEVICE, dev)))
		ret = take_pci(dev, leave);
	pci_dev_put(dev);
	return ret;
}

/* -- Device tree -- */

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

static bool add_node_frames(const struct device_node *node)
{
	unsigned int before = nr_frames;
	struct resource res;
	int i;

	for (i = 0; !of_address_to_resource((struct device_node *)node, i, &res); i++) {
		u64 base = res.start & PAGE_MASK, end = PAGE_ALIGN(res.end + 1);

		if (!is_alone(node, base, end) || !add_frame(base, end - base)) {
			nr_frames = before;
			return false;
		}
	}
	return i;
}

static bool node_runs(struct device_node *node)
{
	void __iomem *control;
	bool runs;

	if (!of_device_is_compatible(node, "arm,sbsa-gwdt"))
		return false;
	control = of_iomap(node, 0);
	runs = control && readl(control + SBSA_WCS) & SBSA_EN;
	if (control)
		iounmap(control);
	return runs;
}

static int take_node(struct device_node *node, bool leave)
{
	struct device *dev = node->fwnode.dev;

	/* Firmware's own, by an SMC: EL2 does not let it through. */
	if (!of_device_is_available(node) || of_device_is_compatible(node, "arm,smc-wdt"))
		return 0;
	if (leave || !add_node_frames(node)) {
		pr_warn("the watchdog %pOF is the host's: " READABLE "\n", node);
		return 0;
	}
	if (node_runs(node))
		return busy(node->full_name, "runs");
	if (dev && dev->driver)
		return busy(node->full_name, "has a driver");
	pr_info("the watchdog %pOF is kept from the host\n", node);
	return 0;
}

static int take_all_nodes(bool leave)
{
	struct device_node *node;
	int ret;

	for_each_matching_node(node, out_of_reach)
		if (of_device_is_available(node))
			pr_warn("%pOF is the host's: " READABLE "\n", node);
	for_each_node_by_name(node, "watchdog") {
		ret = take_node(node, leave);
		if (ret) {
			of_node_put(node);
			return ret;
		}
	}
	return 0;
}

int watchdog_take(bool leave)
{
	int ret = take_all_nodes(leave) ?: take_all_pci(leave);

	if (ret)
		watchdog_return();
	return ret;
}

int watchdog_deny(struct donjon_boot *boot)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < nr_frames; i++)
		ret = memmap_deny(boot, frames[i].base, frames[i].size);
	return ret;
}

void watchdog_return(void)
{
	nr_frames = 0;
	if (!bus)
		return;
	pci_lock_rescan_remove();
	pci_rescan_bus(bus);
	pci_unlock_rescan_remove();
	put_device(&bus->dev);
	bus = NULL;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A PCI watchdog stops answering at its registers once its memory space is off; only its page of
 * configuration space could change that, so that page is taken. Of a watchdog that is no PCI
 * device the registers themselves are taken, which nobody else may have in the same pages. One that
 * the firmware serves has no registers, and EL2 refuses its call unless it is listed.
 */
#define pr_fmt(fmt) "donjon: " fmt

#include <linux/io.h>
#include <linux/mm.h>
#include <linux/pci.h>

#include "firmware.h"
#include "machine.h"
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

/* Changed by module init and exit only. */
static struct { u64 base, size; } frames[MAX_FRAMES];
static unsigned int nr_frames;
static struct pci_bus *bus;		/* a root bus that lacks some */
static const struct donjon_firmware_calls *listed;	/* for as long as watchdog_take() runs */

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
	pr_err("%s %s: stop it first, or leave it to the host with watchdogs=1\n",
	       name, why);
	return -EBUSY;
}

/* -- PCI -- */

/* The physical address of its page of configuration space; 0: not known, or it can be moved. */
static u64 config_page(struct pci_dev *dev)
{
	u64 base;

	/* Behind a bridge the bus number, and so the address, is what the host writes there. */
	if (!pci_is_root_bus(dev->bus) || (bus && bus != dev->bus))
		return 0;
	base = machine()->ecam(dev->bus);
	return base ? base + ((u64)dev->devfn << PAGE_SHIFT) : 0;
}

static int take_pci(struct pci_dev *dev, bool leave)
{
	u64 page = leave ? 0 : config_page(dev);
	char name[48];
	u8 lock = 0;

	snprintf(name, sizeof(name), "the watchdog %s", pci_name(dev));
	if (!page || nr_frames == MAX_FRAMES) {
		pr_warn("%s is the host's: " READABLE "\n", name);
		return 0;
	}
	pci_read_config_byte(dev, ESB_LOCK, &lock);
	if (lock & ESB_ENABLE)
		return busy(name, "runs");
	if (dev->dev.driver)
		return busy(name, "has a driver");
	add_frame(page, PAGE_SIZE);
	if (!bus)
		get_device(&dev->bus->dev);
	bus = dev->bus;
	pr_info("%s is kept from the host\n", name);
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

/* -- Others -- */

static bool add_frames(const struct machine_watchdog *w)
{
	unsigned int before = nr_frames, i;

	for (i = 0; i < w->nr_frames; i++)
		if (!add_frame(w->frames[i].base, w->frames[i].size)) {
			nr_frames = before;
			return false;
		}
	return i;
}

static bool runs(const struct machine_watchdog *w)
{
	void __iomem *control = w->sbsa_control ? ioremap(w->sbsa_control, PAGE_SIZE) : NULL;
	bool runs = control && readl(control + SBSA_WCS) & SBSA_EN;

	if (control)
		iounmap(control);
	return runs;
}

/* Whether it is the host's does not depend on what is left to the host, but on the list. */
static int take_smc(const struct machine_watchdog *w)
{
	if (firmware_lists(listed, w->smc)) {
		pr_warn("%s is the host's: " READABLE "\n", w->name);
		return 0;
	}
	if (w->has_driver) {
		pr_err("%s has a driver: stop it first, or list its call 0x%x in firmware_calls\n",
		       w->name, w->smc);
		return -EBUSY;
	}
	pr_info("%s is kept from the host\n", w->name);
	return 0;
}

static int take(const struct machine_watchdog *w, bool leave)
{
	if (w->smc)
		return take_smc(w);
	if (leave || !add_frames(w)) {
		pr_warn("%s is the host's: " READABLE "\n", w->name);
		return 0;
	}
	if (runs(w))
		return busy(w->name, "runs");
	if (w->has_driver)
		return busy(w->name, "has a driver");
	pr_info("%s is kept from the host\n", w->name);
	return 0;
}

int watchdog_take(bool leave, const struct donjon_firmware_calls *calls)
{
	int ret;

	listed = calls;
	ret = machine()->each_watchdog(take, leave) ?: take_all_pci(leave);
	listed = NULL;
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

// SPDX-License-Identifier: GPL-2.0-only
/*
 * ACPI: FADT, MADT, GTDT, MCFG, SPCR and WDAT (ACPI specification 6.5, section 5.2; PCI Firmware
 * Specification 3.3, section 4.1.2).
 */
#define pr_fmt(fmt) "donjon: " fmt

#include <linux/acpi.h>
#include <linux/ioport.h>
#include <linux/pci.h>
#include <linux/sizes.h>

#include "machine.h"

/* A table, to be put back, or NULL. */
static void *get_table(const char *signature)
{
	struct acpi_table_header *table;

	return ACPI_SUCCESS(acpi_get_table((char *)signature, 0, &table)) ? table : NULL;
}

static void put_table(void *table)
{
	acpi_put_table(table);
}

/*
 * The entry at the offset *at of a table, which moves on to the next: size_offset and size_bytes, 1
 * or 2, say where in an entry its size is. NULL: no whole one is left.
 */
static void *next_entry(struct acpi_table_header *table, u32 *at, u32 size_offset, u32 size_bytes)
{
	u8 *entry = (u8 *)table + *at;
	u32 size;

	if (*at > table->length || table->length - *at < size_offset + size_bytes)
		return NULL;
	size = entry[size_offset] | (size_bytes > 1 ? entry[size_offset + 1] << 8 : 0);
	if (size < size_offset + size_bytes || size > table->length - *at)
		return NULL;
	*at += size;
	return entry;
}

/* The kernel's own timer and GIC drivers map the same interrupts, with the same settings. */
static int map_irq(u32 gsi, bool edge, bool active_low)
{
	int virq = gsi ? acpi_register_gsi(NULL, gsi,
					   edge ? ACPI_EDGE_SENSITIVE : ACPI_LEVEL_SENSITIVE,
					   active_low ? ACPI_ACTIVE_LOW : ACPI_ACTIVE_HIGH) : 0;

	return max(virq, 0);
}

static int vtimer_irq(void)
{
	struct acpi_table_gtdt *gtdt = get_table(ACPI_SIG_GTDT);
	int virq = 0;

	if (gtdt)
		virq = map_irq(gtdt->virtual_timer_interrupt,
			       gtdt->virtual_timer_flags & ACPI_GTDT_INTERRUPT_MODE,
			       gtdt->virtual_timer_flags & ACPI_GTDT_INTERRUPT_POLARITY);
	put_table(gtdt);
	return virq;
}

/* The same for all CPUs, or Linux's own KVM would not use it either: that of the first. */
static int maintenance_irq(void)
{
	struct acpi_table_madt *madt = get_table(ACPI_SIG_MADT);
	struct acpi_madt_generic_interrupt *gicc;
	u32 at = sizeof(*madt);
	int virq = 0;

	while (madt && !virq &&
	       (gicc = next_entry(&madt->header, &at,
				  offsetof(struct acpi_subtable_header, length), 1)))
		if (gicc->header.type == ACPI_MADT_TYPE_GENERIC_INTERRUPT &&
		    gicc->header.length >= offsetofend(typeof(*gicc), vgic_interrupt) &&
		    (gicc->flags & ACPI_MADT_ENABLED))
			virq = map_irq(gicc->vgic_interrupt, gicc->flags & ACPI_MADT_VGIC_IRQ_MODE,
				       false);
	put_table(madt);
	return virq;
}

static bool psci_by_smc(void)
{
	u16 flags = acpi_gbl_FADT.arm_boot_flags;

	return (flags & ACPI_FADT_PSCI_COMPLIANT) && !(flags & ACPI_FADT_PSCI_USE_HVC);
}

/* Linux starts CPUs by PSCI where there is PSCI, and no other table says how else. */
static int check_cpus(void)
{
	return 0;
}

static unsigned long console_uart(void)
{
	struct acpi_table_spcr *spcr = get_table(ACPI_SIG_SPCR);
	unsigned long base = 0;

	if (spcr && spcr->interface_type == ACPI_DBG2_ARM_PL011 &&
	    spcr->serial_port.space_id == ACPI_ADR_SPACE_SYSTEM_MEMORY)
		base = spcr->serial_port.address;
	put_table(spcr);
	return base;
}

static u64 ecam(struct pci_bus *bus)
{
	struct acpi_table_mcfg *mcfg = get_table(ACPI_SIG_MCFG);
	const struct acpi_mcfg_allocation *entry;
	u32 at = sizeof(*mcfg);
	u64 base = 0;

	for (; mcfg && at + sizeof(*entry) <= mcfg->header.length; at += sizeof(*entry)) {
		entry = (void *)mcfg + at;
		if (entry->pci_segment == pci_domain_nr(bus) &&
		    entry->start_bus_number <= bus->number &&
		    bus->number <= entry->end_bus_number)
			base = entry->address + ((u64)bus->number << 20);
	}
	put_table(mcfg);
	return base;
}

/* Whether a driver has asked for the registers. */
static bool is_claimed(u64 base)
{
	if (!request_mem_region(base, SZ_4K, "donjon"))
		return true;
	release_mem_region(base, SZ_4K);
	return false;
}

/* Each of its two frames has a page of its own: Server Base System Architecture, appendix A. */
static int take_sbsa(const struct acpi_gtdt_watchdog *entry,
		     int (*take)(const struct machine_watchdog *w, bool leave), bool leave)
{
	struct machine_watchdog w = {
		.frames = {
			{ .base = entry->control_frame_address & PAGE_MASK, .size = SZ_4K },
			{ .base = entry->refresh_frame_address & PAGE_MASK, .size = SZ_4K },
		},
		.nr_frames = 2,
		.sbsa_control = entry->control_frame_address,
		.has_driver = is_claimed(entry->control_frame_address),
	};
	char name[48];

	snprintf(name, sizeof(name), "the watchdog at 0x%llx", entry->control_frame_address);
	w.name = name;
	return take(&w, leave);
}

static int each_watchdog(int (*take)(const struct machine_watchdog *w, bool leave), bool leave)
{
	static const struct machine_watchdog wdat = { .name = "the watchdog of ACPI's WDAT" };
	struct acpi_table_gtdt *gtdt = get_table(ACPI_SIG_GTDT);
	void *table = get_table(ACPI_SIG_WDAT);
	u32 at = gtdt ? gtdt->platform_timer_offset : 0;
	struct acpi_gtdt_watchdog *entry;
	int ret = table ? take(&wdat, leave) : 0;

	while (gtdt && at && !ret &&
	       (entry = next_entry(&gtdt->header, &at,
				   offsetof(struct acpi_gtdt_header, length), 2)))
		if (entry->header.type == ACPI_GTDT_TYPE_WATCHDOG &&
		    entry->header.length >= sizeof(*entry) && entry->control_frame_address)
			ret = take_sbsa(entry, take, leave);
	put_table(gtdt);
	put_table(table);
	return ret;
}

const struct machine machine_acpi = {
	.vtimer_irq = vtimer_irq,
	.maintenance_irq = maintenance_irq,
	.psci_by_smc = psci_by_smc,
	.check_cpus = check_cpus,
	.console_uart = console_uart,
	.ecam = ecam,
	.each_watchdog = each_watchdog,
};

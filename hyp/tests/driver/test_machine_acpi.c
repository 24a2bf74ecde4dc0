// SPDX-License-Identifier: GPL-2.0-only
/* What the driver reads from ACPI's tables, also where they are cut short or say something odd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <acpi/acpi.h>

#include "driver/el2/machine.h"

/* As much of Linux as the file uses. */
#define SZ_4K			4096U
#define PAGE_MASK		(~4095ULL)
#define max(a, b)		((a) > (b) ? (a) : (b))
#define offsetofend(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

struct pci_bus {
	int domain;
	u8 number;
};

struct acpi_table_fadt acpi_gbl_FADT;

static u64 claimed;		/* registers that have a driver */
static unsigned int held;	/* tables, and regions */

static int pci_domain_nr(const struct pci_bus *bus)
{
	return bus->domain;
}

static bool request_mem_region(u64 base, u64 size, const char *name)
{
	held += base != claimed;
	return base != claimed;
}

static void release_mem_region(u64 base, u64 size)
{
	held--;
}

/* A Linux interrupt's number here: the GSI, and how it was set. */
#define EDGE	0x10000
#define LOW	0x20000

static int acpi_register_gsi(void *dev, u32 gsi, int trigger, int polarity)
{
	return gsi | (trigger == ACPI_EDGE_SENSITIVE ? EDGE : 0) |
	       (polarity == ACPI_ACTIVE_LOW ? LOW : 0);
}

/* Where ACPI's headers are not the kernel's, u64 is another type of the same size. */
#pragma GCC diagnostic ignored "-Wformat"
#include "machine_acpi.inc"
#pragma GCC diagnostic error "-Wformat"

/* -- The machine's tables -- */

static struct {
	struct acpi_table_madt table;
	struct acpi_madt_generic_distributor dist;
	struct acpi_madt_generic_interrupt cpus[3];
} __attribute__((packed)) madt;

static struct {
	struct acpi_table_gtdt table;
	struct acpi_gtdt_timer_block block;
	struct acpi_gtdt_watchdog dogs[2];
} __attribute__((packed)) gtdt;

static struct {
	struct acpi_table_mcfg table;
	struct acpi_mcfg_allocation buses[3];
} __attribute__((packed)) mcfg;

static struct acpi_table_spcr spcr;
static struct acpi_table_header wdat;

static void set(struct acpi_table_header *table, const char *signature, size_t size)
{
	memset(table, 0, size);
	memcpy(table->signature, signature, 4);
	table->length = size;
}

static int setup(void **state)
{
	unsigned int i;

	claimed = held = 0;
	memset(&acpi_gbl_FADT, 0, sizeof(acpi_gbl_FADT));
	acpi_gbl_FADT.arm_boot_flags = ACPI_FADT_PSCI_COMPLIANT;

	set(&madt.table.header, ACPI_SIG_MADT, sizeof(madt));
	madt.dist.header.type = ACPI_MADT_TYPE_GENERIC_DISTRIBUTOR;
	madt.dist.header.length = sizeof(madt.dist);
	for (i = 0; i < 3; i++) {
		madt.cpus[i].header.type = ACPI_MADT_TYPE_GENERIC_INTERRUPT;
		madt.cpus[i].header.length = sizeof(madt.cpus[i]);
		madt.cpus[i].vgic_interrupt = 25 + i;
		madt.cpus[i].flags = i ? ACPI_MADT_ENABLED : 0;
	}

	set(&gtdt.table.header, ACPI_SIG_GTDT, sizeof(gtdt));
	gtdt.table.virtual_timer_interrupt = 27;
	gtdt.table.platform_timer_count = 3;
	gtdt.table.platform_timer_offset = offsetof(typeof(gtdt), block);
	gtdt.block.header.type = ACPI_GTDT_TYPE_TIMER_BLOCK;
	gtdt.block.header.length = sizeof(gtdt.block);
	for (i = 0; i < 2; i++) {
		gtdt.dogs[i].header.type = ACPI_GTDT_TYPE_WATCHDOG;
		gtdt.dogs[i].header.length = sizeof(gtdt.dogs[i]);
		gtdt.dogs[i].control_frame_address = 0x2a440000 + i * 0x100000;
		gtdt.dogs[i].refresh_frame_address = 0x2a450000 + i * 0x100000;
	}

	set(&mcfg.table.header, ACPI_SIG_MCFG, sizeof(mcfg));
	for (i = 0; i < 3; i++)
		mcfg.buses[i] = (struct acpi_mcfg_allocation){
			.address = 0x4000000000ULL + i * 0x100000000ULL, .pci_segment = i / 2,
			.start_bus_number = i == 1 ? 128 : 0, .end_bus_number = i ? 255 : 127,
		};

	set(&spcr.header, ACPI_SIG_SPCR, sizeof(spcr));
	spcr.interface_type = ACPI_DBG2_ARM_PL011;
	spcr.serial_port.address = 0x9000000;
	wdat.length = 0;	/* none */
	return 0;
}

acpi_status acpi_get_table(acpi_string signature, u32 instance, struct acpi_table_header **out)
{
	struct acpi_table_header *all[] = {
		&madt.table.header, &gtdt.table.header, &mcfg.table.header, &spcr.header, &wdat,
	};
	unsigned int i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->length && !memcmp(all[i]->signature, signature, 4)) {
			held++;
			*out = all[i];
			return AE_OK;
		}
	return AE_NOT_FOUND;
}

void acpi_put_table(struct acpi_table_header *table)
{
	held -= !!table;
}

static int teardown(void **state)
{
	assert_int_equal(held, 0);	/* all was put back */
	return 0;
}

/* -- Tests -- */

static void timer(void **state)
{
	assert_int_equal(machine_acpi.vtimer_irq(), 27);
	gtdt.table.virtual_timer_flags = ACPI_GTDT_INTERRUPT_MODE;
	assert_int_equal(machine_acpi.vtimer_irq(), 27 | EDGE);
	gtdt.table.virtual_timer_flags = ACPI_GTDT_INTERRUPT_POLARITY;
	assert_int_equal(machine_acpi.vtimer_irq(), 27 | LOW);
	gtdt.table.virtual_timer_interrupt = 0;
	assert_int_equal(machine_acpi.vtimer_irq(), 0);
	gtdt.table.header.length = 0;
	assert_int_equal(machine_acpi.vtimer_irq(), 0);
}

/* Of the first CPU that is enabled. */
static void maintenance(void **state)
{
	assert_int_equal(machine_acpi.maintenance_irq(), 26);
	madt.cpus[1].flags |= ACPI_MADT_VGIC_IRQ_MODE;
	assert_int_equal(machine_acpi.maintenance_irq(), 26 | EDGE);
	madt.cpus[1].vgic_interrupt = 0;
	assert_int_equal(machine_acpi.maintenance_irq(), 27);
	madt.cpus[2].flags = 0;
	assert_int_equal(machine_acpi.maintenance_irq(), 0);
	madt.table.header.length = 0;
	assert_int_equal(machine_acpi.maintenance_irq(), 0);
}

/* Entries that are too short for their contents, have no length, or go on behind the table. */
static void short_entries(void **state)
{
	size_t all = sizeof(madt), to_cpu1 = offsetof(typeof(madt), cpus[1]);

	madt.cpus[1].header.length = offsetof(struct acpi_madt_generic_interrupt, vgic_interrupt);
	/* Its rest is read as an entry, of a type that is not known. */
	memset((void *)&madt.cpus[1] + madt.cpus[1].header.length, 2,
	       sizeof(madt.cpus[1]) - madt.cpus[1].header.length);
	assert_int_equal(machine_acpi.maintenance_irq(), 27);
	setup(state);
	madt.cpus[1].header.length = 0;
	assert_int_equal(machine_acpi.maintenance_irq(), 0);
	setup(state);
	for (madt.table.header.length = 0; madt.table.header.length < all;
	     madt.table.header.length++) {
		bool whole = madt.table.header.length >= to_cpu1 + sizeof(madt.cpus[1]);

		assert_int_equal(machine_acpi.maintenance_irq(), whole ? 26 : 0);
	}
}

static void psci(void **state)
{
	assert_true(machine_acpi.psci_by_smc());
	acpi_gbl_FADT.arm_boot_flags |= ACPI_FADT_PSCI_USE_HVC;
	assert_false(machine_acpi.psci_by_smc());
	acpi_gbl_FADT.arm_boot_flags = 0;
	assert_false(machine_acpi.psci_by_smc());
	assert_int_equal(machine_acpi.check_cpus(), 0);
}

static void uart(void **state)
{
	assert_int_equal(machine_acpi.console_uart(), 0x9000000);
	spcr.serial_port.space_id = ACPI_ADR_SPACE_SYSTEM_IO;
	assert_int_equal(machine_acpi.console_uart(), 0);
	spcr.serial_port.space_id = ACPI_ADR_SPACE_SYSTEM_MEMORY;
	spcr.interface_type = ACPI_DBG2_16550_COMPATIBLE;
	assert_int_equal(machine_acpi.console_uart(), 0);
	spcr.header.length = 0;
	assert_int_equal(machine_acpi.console_uart(), 0);
}

static void pci(void **state)
{
	struct pci_bus bus = { 0, 1 };

	assert_true(machine_acpi.ecam(&bus) == 0x4000100000ULL);
	bus.number = 128;
	assert_true(machine_acpi.ecam(&bus) == 0x4100000000ULL + (128 << 20));
	bus.domain = 1;
	assert_true(machine_acpi.ecam(&bus) == 0x4200000000ULL + (128 << 20));
	mcfg.table.header.length--;
	assert_true(machine_acpi.ecam(&bus) == 0);
	bus.domain = 2;
	assert_true(machine_acpi.ecam(&bus) == 0);
	mcfg.table.header.length = 0;
	assert_true(machine_acpi.ecam(&bus) == 0);
}

#define MACHINE machine_acpi
#include "watchdogs.h"

static void all_watchdogs(void **state)
{
#define FIRST	" 2a440000+1000 2a450000+1000 2a440000\n"
#define SECOND	" 2a540000+1000 2a550000+1000 2a540000\n"
	answer = 0;
	assert_string_equal(watchdogs(false), "the watchdog at 0x2a440000" FIRST
			    "the watchdog at 0x2a540000" SECOND);
	claimed = 0x2a540000;
	assert_string_equal(watchdogs(true), "the watchdog at 0x2a440000 left" FIRST
			    "the watchdog at 0x2a540000 left busy" SECOND);
	/* The first refusal is the last that is looked at. */
	answer = -16;
	assert_string_equal(watchdogs(false), "the watchdog at 0x2a440000" FIRST);
	answer = 0;
	set(&wdat, ACPI_SIG_WDAT, sizeof(wdat));
	gtdt.dogs[0].header.length = 4;
	assert_string_equal(watchdogs(false), "the watchdog of ACPI's WDAT 0\n");
	gtdt.table.platform_timer_offset = sizeof(gtdt);
	assert_string_equal(watchdogs(false), "the watchdog of ACPI's WDAT 0\n");
	gtdt.table.platform_timer_offset = ~0U;
	assert_string_equal(watchdogs(false), "the watchdog of ACPI's WDAT 0\n");
	gtdt.table.platform_timer_offset = 0;
	wdat.length = 0;
	assert_string_equal(watchdogs(false), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(timer, setup, teardown),
		cmocka_unit_test_setup_teardown(maintenance, setup, teardown),
		cmocka_unit_test_setup_teardown(short_entries, setup, teardown),
		cmocka_unit_test_setup_teardown(psci, setup, teardown),
		cmocka_unit_test_setup_teardown(uart, setup, teardown),
		cmocka_unit_test_setup_teardown(pci, setup, teardown),
		cmocka_unit_test_setup_teardown(all_watchdogs, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

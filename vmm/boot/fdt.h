/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes the guest's device tree. Devices add their own nodes through the bus. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../bus.h"
#include "../config/settings.h"
#include "boot.h"

/* Phandles that nodes refer to each other by. */
#define FDT_PHANDLE_GIC	  1
#define FDT_PHANDLE_CLOCK 2

/* Interrupt specifiers of the GIC's binding: three cells. */
#define FDT_GIC_SPI	    0
#define FDT_GIC_PPI	    1
#define FDT_IRQ_EDGE_RISING 1
#define FDT_IRQ_LEVEL_HIGH  4
#define FDT_NO_INTERRUPT    UINT32_MAX /* instead of an SPI's number */

struct fdt_input {
	const struct config *config;
	const struct boot_plan *plan;
	const struct bus *bus;
	const uint64_t *mpidr;	 /* of each vCPU, config->vm_cpus entries */
	const char *console;	 /* name of the console's node, for stdout-path, or NULL */
	const char *psci_method; /* "hvc" or "smc" */
	/*
	 * FDT_SEED_SIZE random bytes: 8 for KASLR, 32 for the generator. NULL: none. A protected
	 * guest gets none, for it must not depend on what its host knows.
	 */
	const uint8_t *seed;
};

#define FDT_SEED_SIZE 40

/*
 * Writes the device tree into @buffer of BOOT_FDT_SIZE bytes; the rest becomes zero. Returns its
 * size in bytes, or a negative errno after logging it.
 */
int fdt_make(void *buffer, const struct fdt_input *input);

/* The MPIDR_EL1 that KVM gives vCPU @index, for `donjon dtb`, which has no vCPU to ask. */
uint64_t fdt_default_mpidr(unsigned int index);

/*
 * For devices: adds "name@base" with compatible, reg, a level interrupt (SPI number @spi, or
 * FDT_NO_INTERRUPT) and leaves the node open for more properties; end it with fdt_end_node().
 * @compatible is one or more strings with their final zero bytes, @compatible_size bytes together.
 * 0 or a libfdt error.
 */
int fdt_begin_device(void *fdt, const char *name, const char *compatible, size_t compatible_size,
		     uint64_t base, uint64_t size, uint32_t spi);

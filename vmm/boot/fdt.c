// SPDX-License-Identifier: GPL-2.0-only
#include "fdt.h"

#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "../../hyp/abi/platform.h"
#include "../util/log.h"

#define MPIDR_AFFINITY 0xff00ffffffULL
#define UART_CLOCK_HZ  24000000

/* libfdt's sequential-write calls return 0 or a negative error: the first one ends the function. */
#define TRY(call)                                                                                  \
	do {                                                                                       \
		int ret_ = (call);                                                                 \
		if (ret_)                                                                          \
			return ret_;                                                               \
	} while (0)

static int property_pairs(void *fdt, const char *name, const uint64_t *values, int count)
{
	fdt64_t cells[8];

	for (int i = 0; i < count; i++)
		cells[i] = cpu_to_fdt64(values[i]);
	return fdt_property(fdt, name, cells, count * (int)sizeof(cells[0]));
}

static int property_cells(void *fdt, const char *name, const uint32_t *values, int count)
{
	fdt32_t cells[16];

	for (int i = 0; i < count; i++)
		cells[i] = cpu_to_fdt32(values[i]);
	return fdt_property(fdt, name, cells, count * (int)sizeof(cells[0]));
}

int fdt_begin_device(void *fdt, const char *name, const char *compatible, size_t compatible_size,
		     uint64_t base, uint64_t size, uint32_t spi)
{
	const uint64_t reg[] = { base, size };
	const uint32_t interrupt[] = { FDT_GIC_SPI, spi, FDT_IRQ_LEVEL_HIGH };
	char node[48];

	snprintf(node, sizeof(node), "%s@%llx", name, (unsigned long long)base);
	TRY(fdt_begin_node(fdt, node));
	TRY(fdt_property(fdt, "compatible", compatible, (int)compatible_size));
	TRY(property_pairs(fdt, "reg", reg, 2));
	return spi == FDT_NO_INTERRUPT ? 0 : property_cells(fdt, "interrupts", interrupt, 3);
}

static int add_chosen(void *fdt, const struct fdt_input *input)
{
	const struct boot_file *initrd = &input->plan->initrd;
	char path[64];

	TRY(fdt_begin_node(fdt, "chosen"));
	TRY(fdt_property_string(fdt, "bootargs", input->plan->cmdline));
	if (input->console) {
		snprintf(path, sizeof(path), "/%s", input->console);
		TRY(fdt_property_string(fdt, "stdout-path", path));
	}
	if (initrd->memory_size) {
		TRY(fdt_property_u64(fdt, "linux,initrd-start", initrd->ipa));
		TRY(fdt_property_u64(fdt, "linux,initrd-end", initrd->ipa + initrd->memory_size));
	}
	if (input->seed) {
		TRY(fdt_property(fdt, "kaslr-seed", input->seed, 8));
		TRY(fdt_property(fdt, "rng-seed", input->seed + 8, FDT_SEED_SIZE - 8));
	}
	return fdt_end_node(fdt);
}

static int add_memory(void *fdt, const struct boot_plan *plan)
{
	const uint64_t reg[] = { plan->ram_ipa, plan->ram_size };
	char node[32];

	snprintf(node, sizeof(node), "memory@%llx", (unsigned long long)plan->ram_ipa);
	TRY(fdt_begin_node(fdt, node));
	TRY(fdt_property_string(fdt, "device_type", "memory"));
	TRY(property_pairs(fdt, "reg", reg, 2));
	return fdt_end_node(fdt);
}

static int add_cpus(void *fdt, const struct fdt_input *input)
{
	TRY(fdt_begin_node(fdt, "cpus"));
	TRY(fdt_property_u32(fdt, "#address-cells", 2));
	TRY(fdt_property_u32(fdt, "#size-cells", 0));
	for (uint64_t i = 0; i < input->config->vm_cpus; i++) {
		uint64_t affinity = input->mpidr[i] & MPIDR_AFFINITY;
		char node[32];

		snprintf(node, sizeof(node), "cpu@%llx", (unsigned long long)affinity);
		TRY(fdt_begin_node(fdt, node));
		TRY(fdt_property_string(fdt, "device_type", "cpu"));
		TRY(fdt_property_string(fdt, "compatible", "arm,armv8"));
		TRY(fdt_property_string(fdt, "enable-method", "psci"));
		TRY(fdt_property_u64(fdt, "reg", affinity));
		TRY(fdt_end_node(fdt));
	}
	return fdt_end_node(fdt);
}

static int add_psci(void *fdt, const char *method)
{
	static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";

	TRY(fdt_begin_node(fdt, "psci"));
	TRY(fdt_property(fdt, "compatible", compatible, sizeof(compatible)));
	TRY(fdt_property_string(fdt, "method", method));
	return fdt_end_node(fdt);
}

static int add_timer(void *fdt)
{
	/*
	 * Secure physical, non-secure physical, virtual, hypervisor: in the order of the binding.
	 */
	const uint32_t interrupts[] = {
		FDT_GIC_PPI,
		13,
		FDT_IRQ_LEVEL_HIGH,
		FDT_GIC_PPI,
		PLAT_PTIMER_PPI,
		FDT_IRQ_LEVEL_HIGH,
		FDT_GIC_PPI,
		PLAT_VTIMER_PPI,
		FDT_IRQ_LEVEL_HIGH,
		FDT_GIC_PPI,
		10,
		FDT_IRQ_LEVEL_HIGH,
	};

	TRY(fdt_begin_node(fdt, "timer"));
	TRY(fdt_property_string(fdt, "compatible", "arm,armv8-timer"));
	TRY(property_cells(fdt, "interrupts", interrupts, 12));
	TRY(fdt_property(fdt, "always-on", NULL, 0));
	return fdt_end_node(fdt);
}

static int add_gic(void *fdt, uint64_t cpus)
{
	const uint64_t reg[] = { PLAT_GICD_BASE, PLAT_GICD_SIZE, PLAT_GICR_BASE,
				 PLAT_GICR_STRIDE * cpus };
	char node[48];

	snprintf(node, sizeof(node), "interrupt-controller@%lx", PLAT_GICD_BASE);
	TRY(fdt_begin_node(fdt, node));
	TRY(fdt_property_string(fdt, "compatible", "arm,gic-v3"));
	TRY(fdt_property(fdt, "interrupt-controller", NULL, 0));
	TRY(fdt_property_u32(fdt, "#interrupt-cells", 3));
	TRY(property_pairs(fdt, "reg", reg, 4));
	TRY(fdt_property_u32(fdt, "phandle", FDT_PHANDLE_GIC));
	return fdt_end_node(fdt);
}

static int add_clock(void *fdt)
{
	TRY(fdt_begin_node(fdt, "uart-clock"));
	TRY(fdt_property_string(fdt, "compatible", "fixed-clock"));
	TRY(fdt_property_u32(fdt, "#clock-cells", 0));
	TRY(fdt_property_u32(fdt, "clock-frequency", UART_CLOCK_HZ));
	TRY(fdt_property_u32(fdt, "phandle", FDT_PHANDLE_CLOCK));
	return fdt_end_node(fdt);
}

static int add_everything(void *fdt, const struct fdt_input *input)
{
	TRY(fdt_create(fdt, BOOT_FDT_SIZE));
	TRY(fdt_finish_reservemap(fdt));
	TRY(fdt_begin_node(fdt, ""));
	TRY(fdt_property_string(fdt, "compatible", "linux,dummy-virt"));
	TRY(fdt_property_string(fdt, "model", "donjon"));
	TRY(fdt_property_u32(fdt, "#address-cells", 2));
	TRY(fdt_property_u32(fdt, "#size-cells", 2));
	TRY(fdt_property_u32(fdt, "interrupt-parent", FDT_PHANDLE_GIC));
	TRY(add_chosen(fdt, input));
	TRY(add_memory(fdt, input->plan));
	TRY(add_cpus(fdt, input));
	TRY(add_psci(fdt, input->psci_method));
	TRY(add_timer(fdt));
	TRY(add_gic(fdt, input->config->vm_cpus));
	TRY(add_clock(fdt));
	for (size_t i = 0; i < input->bus->count; i++) {
		const struct bus_device *entry = &input->bus->device[i];

		if (entry->ops->describe)
			TRY(entry->ops->describe(entry->device, fdt));
	}
	TRY(fdt_end_node(fdt));
	return fdt_finish(fdt);
}

int fdt_make(void *buffer, const struct fdt_input *input)
{
	int ret;

	memset(buffer, 0, BOOT_FDT_SIZE);
	ret = add_everything(buffer, input);
	if (!ret)
		return (int)fdt_totalsize(buffer);
	log_error("cannot make the device tree: %s (limit: %lu bytes)", fdt_strerror(ret),
		  BOOT_FDT_SIZE);
	return ret == -FDT_ERR_NOSPACE ? -ENOSPC : -EINVAL;
}

uint64_t fdt_default_mpidr(unsigned int index)
{
	/*
	 * Linux arch/arm64/kvm/sys_regs.c, reset_mpidr(): 16 vCPUs per affinity level 0, bit 31 is
	 * RES1.
	 */
	return 1ULL << 31 | (index & 0xf) | (uint64_t)((index >> 4) & 0xff) << 8 |
	       (uint64_t)((index >> 12) & 0xff) << 16;
}

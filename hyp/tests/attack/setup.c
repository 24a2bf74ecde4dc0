// SPDX-License-Identifier: GPL-2.0-only
/* Makes a guest: memory, VM, GIC, vCPUs, image, device tree, entry; documented calls of KVM only.
 */
#include "setup.h"

#include <errno.h>
#include <fcntl.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK	 (2UL << 20)
#define FDT_ROOM 4096
#define CORE(member)                                                                               \
	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |                                     \
	 offsetof(struct kvm_regs, member) / sizeof(uint32_t))
#define ID_MPIDR       ARM64_SYS_REG(3, 0, 0, 0, 5)
#define MPIDR_AFFINITY 0xff00ffffffULL

int setup_fdt(void *buffer, int room, const struct guest *g, const uint64_t *mpidr)
{
	fdt64_t memory[2] = {cpu_to_fdt64(PLAT_RAM_BASE), cpu_to_fdt64(g->size)};
	int bad = fdt_create(buffer, room);

	bad |= fdt_finish_reservemap(buffer);
	bad |= fdt_begin_node(buffer, "");
	bad |= fdt_property_u32(buffer, "#address-cells", 2);
	bad |= fdt_property_u32(buffer, "#size-cells", 2);
	bad |= fdt_begin_node(buffer, "chosen");
	bad |= fdt_property_string(buffer, "bootargs", g->setup.args ? g->setup.args : "");
	bad |= fdt_end_node(buffer);
	bad |= fdt_begin_node(buffer, "memory");
	bad |= fdt_property_string(buffer, "device_type", "memory");
	bad |= fdt_property(buffer, "reg", memory, sizeof(memory));
	bad |= fdt_end_node(buffer);
	bad |= fdt_begin_node(buffer, "psci");
	bad |= fdt_property_string(buffer, "compatible", "arm,psci-0.2");
	bad |= fdt_property_string(buffer, "method", "hvc");
	bad |= fdt_end_node(buffer);
	bad |= fdt_begin_node(buffer, "cpus");
	bad |= fdt_property_u32(buffer, "#address-cells", 2);
	bad |= fdt_property_u32(buffer, "#size-cells", 0);
	for (unsigned int i = 0; i < g->setup.cpus; i++) {
		char name[16];

		snprintf(name, sizeof(name), "cpu@%x", i);
		bad |= fdt_begin_node(buffer, name);
		bad |= fdt_property_string(buffer, "device_type", "cpu");
		bad |= fdt_property_u64(buffer, "reg", mpidr[i] & MPIDR_AFFINITY);
		bad |= fdt_end_node(buffer);
	}
	bad |= fdt_end_node(buffer);
	bad |= fdt_end_node(buffer);
	bad |= fdt_finish(buffer);
	return bad ? -1 : (int)fdt_totalsize(buffer);
}

static bool map_ram(struct guest *g)
{
	/* Aligned for 2 MiB pages whether they are wanted or not: the layout shall be the same. */
	uint8_t *area = mmap(NULL, g->size + BLOCK, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint8_t *start;

	if (area == MAP_FAILED)
		return false;
	start = (uint8_t *)(((uintptr_t)area + BLOCK - 1) & ~(BLOCK - 1));
	if (start > area)
		munmap(area, (size_t)(start - area));
	munmap(start + g->size, (size_t)(area + BLOCK - start));
	g->ram = mmap(start, g->size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (g->ram == MAP_FAILED) {
		g->ram = NULL;
		return false;
	}
	if (g->setup.huge)
		madvise(g->ram, g->size, MADV_HUGEPAGE);
	if (g->setup.small)
		madvise(g->ram, g->size, MADV_NOHUGEPAGE);
	return true;
}

static bool load_image(struct guest *g)
{
	char path[128];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "build/guest/%s.bin", g->setup.image);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, g->ram, g->size);
	close(fd);
	return got > 0;
}

static int set_attr(int gic, uint32_t group, uint64_t attr, void *value)
{
	struct kvm_device_attr a = {.group = group, .attr = attr, .addr = (uintptr_t)value};

	return kvm(gic, KVM_SET_DEVICE_ATTR, (unsigned long)&a);
}

static bool make_gic(struct guest *g)
{
	struct kvm_create_device device = {.type = KVM_DEV_TYPE_ARM_VGIC_V3};
	uint64_t dist = PLAT_GICD_BASE, redist = PLAT_GICR_BASE;
	uint32_t irqs = PLAT_NR_IRQS;

	if (kvm(g->vm, KVM_CREATE_DEVICE, (unsigned long)&device))
		return false;
	g->gic = (int)device.fd;
	return !set_attr(g->gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &dist) &&
	       !set_attr(g->gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST,
			 &redist) &&
	       !set_attr(g->gic, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &irqs);
}

static bool make_vcpu(struct guest *g, unsigned int index, size_t run_size, uint64_t *mpidr)
{
	struct kvm_one_reg reg = {.id = ID_MPIDR, .addr = (uintptr_t)mpidr};
	struct kvm_vcpu_init init = {0};
	int fd = kvm(g->vm, KVM_CREATE_VCPU, index);

	if (fd < 0)
		return false;
	g->vcpu[index] = fd;
	g->run[index] = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (g->run[index] == MAP_FAILED) {
		g->run[index] = NULL;
		return false;
	}
	if (kvm(g->vm, KVM_ARM_PREFERRED_TARGET, (unsigned long)&init))
		return false;
	memset(init.features, 0, sizeof(init.features));
	init.features[0] = 1U << KVM_ARM_VCPU_PSCI_0_2 | (index ? 1U << KVM_ARM_VCPU_POWER_OFF : 0);
	return !kvm(fd, KVM_ARM_VCPU_INIT, (unsigned long)&init) &&
	       !kvm(fd, KVM_GET_ONE_REG, (unsigned long)&reg);
}

static bool set_reg(struct guest *g, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = {.id = id, .addr = (uintptr_t)&value};

	return !kvm(g->vcpu[0], KVM_SET_ONE_REG, (unsigned long)&reg);
}

/* The device tree stands in the last page; the entry is the image's first byte. */
static bool set_entry(struct guest *g, const uint64_t *mpidr)
{
	uint64_t offset = g->size - FDT_ROOM;

	return setup_fdt(g->ram + offset, FDT_ROOM, g, mpidr) > 0 &&
	       set_reg(g, CORE(regs.regs[0]), PLAT_RAM_BASE + offset) &&
	       set_reg(g, CORE(regs.pc), PLAT_RAM_BASE);
}

static bool make_vm(struct guest *g, int dev, const char **what)
{
	struct kvm_userspace_memory_region slot = {
		.guest_phys_addr = PLAT_RAM_BASE,
		.memory_size = g->size,
		.userspace_addr = (uintptr_t)g->ram,
	};
	uint64_t mpidr[GUEST_MAX_CPUS];
	int run_size = kvm(dev, KVM_GET_VCPU_MMAP_SIZE, 0);
	int bits = kvm(dev, KVM_CHECK_EXTENSION, KVM_CAP_ARM_VM_IPA_SIZE);

	*what = "KVM_CREATE_VM";
	if (bits <= 0 || bits > 40)
		bits = 40;
	g->vm = kvm(dev, KVM_CREATE_VM,
		    (g->setup.unprotected ? 0 : KVM_VM_TYPE_ARM_PROTECTED) | (unsigned long)bits);
	if (g->vm < 0)
		return false;
	*what = "KVM_SET_USER_MEMORY_REGION";
	if (kvm(g->vm, KVM_SET_USER_MEMORY_REGION, (unsigned long)&slot))
		return false;
	*what = "the GICv3";
	if (!make_gic(g))
		return false;
	*what = "vCPUs";
	for (unsigned int i = 0; i < g->setup.cpus; i++)
		if (!make_vcpu(g, i, (size_t)run_size, &mpidr[i]))
			return false;
	*what = "the GICv3's start";
	if (set_attr(g->gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL))
		return false;
	*what = "entry and device tree";
	return set_entry(g, mpidr);
}

bool guest_create(struct guest *g, const struct guest_setup *setup, const char **what)
{
	bool good;
	int dev;

	memset(g, 0, sizeof(*g));
	g->setup = *setup;
	if (!g->setup.cpus)
		g->setup.cpus = 1;
	g->size = setup->size ? setup->size : GUEST_RAM_SIZE;
	g->vm = g->gic = -1;
	for (unsigned int i = 0; i < GUEST_MAX_CPUS; i++)
		g->vcpu[i] = -1;
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->changed, NULL);
	*what = "/dev/kvm";
	dev = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (dev < 0)
		return false;
	*what = "memory and image";
	good = map_ram(g) && load_image(g) && make_vm(g, dev, what);
	close(dev);
	if (!good)
		guest_free(g);
	return good;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Makes a guest: memory, VM, image, device tree, entry. */
#include "guest.h"

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
#define MPIDR_AFFINITY 0xff00ffffffULL

/* Writes the guest's device tree to buffer. Returns its size, or a negative number. */
static int make_fdt(void *buffer, int room, const struct guest *g)
{
	fdt64_t memory[2] = { cpu_to_fdt64(PLAT_RAM_BASE), cpu_to_fdt64(g->size) };
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
		__u64 mpidr = 0;
		char name[16];

		bad |= kvm_get_reg(g->vm.vcpu[i], KVM_MPIDR, &mpidr);
		snprintf(name, sizeof(name), "cpu@%x", i);
		bad |= fdt_begin_node(buffer, name);
		bad |= fdt_property_string(buffer, "device_type", "cpu");
		bad |= fdt_property_u64(buffer, "reg", mpidr & MPIDR_AFFINITY);
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

/* The device tree is in the last page; the entry is the image's first byte. */
static bool set_entry(struct guest *g)
{
	uint64_t offset = g->size - FDT_ROOM;

	return make_fdt(g->ram + offset, FDT_ROOM, g) > 0 &&
	       !kvm_set_reg(g->vm.vcpu[0], KVM_CORE_REG(regs.regs[0]), PLAT_RAM_BASE + offset) &&
	       !kvm_set_reg(g->vm.vcpu[0], KVM_CORE_REG(regs.pc), PLAT_RAM_BASE);
}

static const char *make_vm(struct guest *g)
{
	unsigned long type = g->setup.unprotected ? 0 : KVM_VM_TYPE_ARM_PROTECTED;
	int bits = kvm(kvm_dev, KVM_CHECK_EXTENSION, KVM_CAP_ARM_VM_IPA_SIZE);
	const char *failed;

	if (bits <= 0 || bits > 40)
		bits = 40;
	failed = kvm_vm_make(&g->vm, type | (unsigned long)bits, g->setup.cpus, g->ram, g->size,
			     PLAT_NR_IRQS);
	if (!failed && !set_entry(g))
		failed = "entry and device tree";
	return failed;
}

bool guest_create(struct guest *g, const struct guest_setup *setup, const char **what)
{
	memset(g, 0, sizeof(*g));
	g->setup = *setup;
	if (!g->setup.cpus)
		g->setup.cpus = 1;
	g->size = setup->size ? setup->size : GUEST_RAM_SIZE;
	g->vm.fd = g->vm.gic = -1;
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->changed, NULL);
	*what = kvm_open() ? "memory and image" : "/dev/kvm";
	if (kvm_dev >= 0 && map_ram(g) && load_image(g))
		*what = make_vm(g);
	if (*what)
		guest_free(g);
	return !*what;
}

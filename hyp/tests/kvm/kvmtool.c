// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calls that an unmodified kvmtool makes, in its order and with its layout of addresses, so
 * that what it needs is held without it: the GIC before the vCPUs, one with an ITS tried first, 32
 * bits of IPA, pointer authentication where it is offered, the number of interrupts last.
 */
#include "kvmtool.h"

#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#define TOOL_RAM	0x80000000UL
#define TOOL_UART	0x01000000UL
#define TOOL_DIST	0x3fff0000UL
#define TOOL_CPUS	2
#define TOOL_REDIST	(TOOL_DIST - TOOL_CPUS * 0x20000UL)
#define TOOL_NR_IRQS	64

static long extension(int fd, long cap)
{
	return ioctl(fd, KVM_CHECK_EXTENSION, cap);
}

static void required(void)
{
	static const long caps[] = { KVM_CAP_IRQCHIP,
				     KVM_CAP_ONE_REG,
				     KVM_CAP_ARM_PSCI,
				     KVM_CAP_ARM_PSCI_0_2,
				     KVM_CAP_CHECK_EXTENSION_VM,
				     KVM_CAP_IOEVENTFD,
				     KVM_CAP_IRQFD,
				     KVM_CAP_USER_MEMORY,
				     KVM_CAP_DEVICE_CTRL,
				     KVM_CAP_IMMEDIATE_EXIT };
	unsigned int i, there = 0;

	for (i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
		there += extension(kvm_dev, caps[i]) > 0;
	tap_ok(there == i, "kvmtool and other small VMMs: %u of %u extensions are there", there, i);
	tap_ok(extension(kvm_dev, KVM_CAP_NR_VCPUS) >= 1 &&
		       extension(kvm_dev, KVM_CAP_MAX_VCPUS) >= TOOL_CPUS,
	       "kvmtool: vCPUs are recommended, and two allowed");
	/* It would use these if it saw them. */
	tap_ok(!extension(kvm_dev, KVM_CAP_COALESCED_MMIO) &&
		       !extension(kvm_dev, KVM_CAP_SIGNAL_MSI) &&
		       !extension(kvm_dev, KVM_CAP_ARM_SVE) &&
		       !extension(kvm_dev, KVM_CAP_STEAL_TIME),
	       "kvmtool: what there is not is not claimed");
}

static bool place_gic(int gic)
{
	return !kvm_gic_attr(gic, ADDR, REDIST, TOOL_REDIST) &&
	       !kvm_gic_attr(gic, ADDR, DIST, TOOL_DIST);
}

/* With an ITS first; that device is closed when there is none. */
static int automatic_gic(int vm)
{
	struct kvm_create_device its = { .type = KVM_DEV_TYPE_ARM_VGIC_ITS };
	int gic = kvm_create_gic(vm, 0);
	bool good = gic >= 0 && place_gic(gic);

	good = good && ioctl(vm, KVM_CREATE_DEVICE, &its) && errno == ENODEV;
	close(gic);
	gic = kvm_create_gic(vm, 0);
	tap_ok(good && gic >= 0 && place_gic(gic),
	       "kvmtool: a GIC with an ITS is given up for one without");
	return gic;
}

/* The features that it selects by itself. */
static bool init_like_kvmtool(int vm, int vcpu, bool off)
{
	struct kvm_vcpu_init preferred, init = {};

	if (ioctl(vm, KVM_ARM_PREFERRED_TARGET, &preferred))
		return false;
	init.target = preferred.target;
	init.features[0] = 1 << KVM_ARM_VCPU_PSCI_0_2 | off << KVM_ARM_VCPU_POWER_OFF;
	if (extension(kvm_dev, KVM_CAP_ARM_PTRAUTH_ADDRESS) > 0 &&
	    extension(kvm_dev, KVM_CAP_ARM_PTRAUTH_GENERIC) > 0)
		init.features[0] |=
			1 << KVM_ARM_VCPU_PTRAUTH_ADDRESS | 1 << KVM_ARM_VCPU_PTRAUTH_GENERIC;
	return !ioctl(vcpu, KVM_ARM_VCPU_INIT, &init);
}

static bool finish_gic(int gic)
{
	__u32 nr = TOOL_NR_IRQS;
	struct kvm_device_attr irqs = { .group = KVM_DEV_ARM_VGIC_GRP_NR_IRQS,
					.addr = (uintptr_t)&nr };
	struct kvm_device_attr init = { .group = KVM_DEV_ARM_VGIC_GRP_CTRL,
					.attr = KVM_DEV_ARM_VGIC_CTRL_INIT };

	return !ioctl(gic, KVM_HAS_DEVICE_ATTR, &irqs) && !ioctl(gic, KVM_SET_DEVICE_ATTR, &irqs) &&
	       !ioctl(gic, KVM_HAS_DEVICE_ATTR, &init) && !ioctl(gic, KVM_SET_DEVICE_ATTR, &init);
}

static bool reset_vcpu(int vcpu, bool boot)
{
	const __u64 pstate = 0x3c5;
	__u64 mpidr;

	return !kvm_set_reg(vcpu, KVM_CORE_REG(regs.pstate), pstate) &&
	       !kvm_set_reg(vcpu, KVM_CORE_REG(regs.regs[1]), 0) &&
	       !kvm_set_reg(vcpu, KVM_CORE_REG(regs.regs[2]), 0) &&
	       !kvm_set_reg(vcpu, KVM_CORE_REG(regs.regs[3]), 0) &&
	       (!boot || (!kvm_set_reg(vcpu, KVM_CORE_REG(regs.regs[0]), TOOL_UART) &&
			  !kvm_set_reg(vcpu, KVM_CORE_REG(regs.pc), TOOL_RAM))) &&
	       !kvm_get_reg(vcpu, KVM_MPIDR, &mpidr);
}

/* A doorbell for each queue of a device, with the queue's number as data. */
static bool doorbells(int vm)
{
	struct kvm_ioeventfd bell = { .addr = TOOL_UART + 8,
				      .len = 4,
				      .flags = KVM_IOEVENTFD_FLAG_DATAMATCH };
	bool good = true;

	for (bell.datamatch = 0; bell.datamatch < 2; bell.datamatch++) {
		bell.fd = eventfd(0, EFD_CLOEXEC);
		bell.flags &= ~KVM_IOEVENTFD_FLAG_DEASSIGN;
		good = good && !ioctl(vm, KVM_IOEVENTFD, &bell);
		bell.flags |= KVM_IOEVENTFD_FLAG_DEASSIGN;
		good = good && !ioctl(vm, KVM_IOEVENTFD, &bell);
		close(bell.fd);
	}
	return good;
}

void test_kvmtool(void)
{
	struct kvm_irq_level irq = { .irq = SPI_LINE(32), .level = 1 };
	int vm, gic, vcpu[TOOL_CPUS], i, size = ioctl(kvm_dev, KVM_GET_VCPU_MMAP_SIZE, 0);
	struct kvm_run *run = NULL;
	void *ram = anonymous();
	bool good = true;

	required();
	vm = ioctl(kvm_dev, KVM_CREATE_VM, 32UL);
	if (!tap_ok(vm >= 0 && extension(vm, KVM_CAP_IRQCHIP) == 1,
		    "kvmtool: a VM with 32 bits of IPA"))
		return;
	gic = automatic_gic(vm);
	tap_ok(!kvm_set_memory(vm, 0, 0, TOOL_RAM, RAM_SIZE, ram), "kvmtool: its memory");
	memcpy(ram, guest_mmio, guest_mmio_end - guest_mmio);
	__builtin___clear_cache(ram, (char *)ram + (guest_mmio_end - guest_mmio));
	for (i = TOOL_CPUS; i--;) {
		vcpu[i] = ioctl(vm, KVM_CREATE_VCPU, (unsigned long)i);
		run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu[i], 0);
		good = good && vcpu[i] >= 0 && run != MAP_FAILED &&
		       init_like_kvmtool(vm, vcpu[i], i);
	}
	tap_ok(good, "kvmtool: its vCPUs, after the GIC");
	tap_ok(finish_gic(gic), "kvmtool: the number of interrupts, and the GIC is initialised");
	tap_ok(reset_vcpu(vcpu[0], true) && reset_vcpu(vcpu[1], false),
	       "kvmtool: registers, and MPIDR_EL1");
	tap_ok(doorbells(vm), "kvmtool: a doorbell for each queue");
	tap_ok(!ioctl(vm, KVM_IRQ_LINE, &irq), "kvmtool: an interrupt's line");
	tap_ok(!ioctl(vcpu[0], KVM_RUN, 0) && run->exit_reason == KVM_EXIT_MMIO &&
		       run->mmio.phys_addr == TOOL_UART && !ioctl(vcpu[0], KVM_RUN, 0) &&
		       run->exit_reason == KVM_EXIT_MMIO && run->mmio.is_write &&
		       !ioctl(vcpu[0], KVM_RUN, 0) && run->exit_reason == KVM_EXIT_SYSTEM_EVENT &&
		       run->system_event.type == KVM_SYSTEM_EVENT_SHUTDOWN,
	       "kvmtool: it runs to the power-off");
	munmap(run, size);
	for (i = 0; i < TOOL_CPUS; i++)
		close(vcpu[i]);
	close(gic);
	close(vm);
	munmap(ram, RAM_SIZE);
}

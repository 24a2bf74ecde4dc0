// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "test_vm.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define GIC_IRQS 96

int kvm, count, failures;

bool ok(bool good, const char *format, ...)
{
	va_list args;

	printf("%s %d - ", good ? "ok" : "not ok", ++count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	failures += !good;
	return good;
}

void refused(int ret, int error, const char *what)
{
	int got = ret < 0 ? errno : 0;

	ok(got == error, "%s: %s (expected %s)", what, got ? strerror(got) : "done", strerror(error));
}

int set_memory(int vm, __u32 slot, __u32 flags, __u64 ipa, __u64 size, void *ram)
{
	struct kvm_userspace_memory_region r = {
		.slot = slot, .flags = flags, .guest_phys_addr = ipa, .memory_size = size,
		.userspace_addr = (unsigned long)ram,
	};

	return ioctl(vm, KVM_SET_USER_MEMORY_REGION, &r);
}

int set_reg(int vcpu, __u64 id, __u64 value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (unsigned long)&value };

	return ioctl(vcpu, KVM_SET_ONE_REG, &reg);
}

int get_reg(int vcpu, __u64 id, __u64 *value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (unsigned long)value };

	return ioctl(vcpu, KVM_GET_ONE_REG, &reg);
}

int gic_attr(int gic, __u32 group, __u64 attr, __u64 value)
{
	__u32 nr = value;
	struct kvm_device_attr a = {
		.group = group, .attr = attr,
		.addr = (unsigned long)(group == KVM_DEV_ARM_VGIC_GRP_NR_IRQS ? (void *)&nr : &value),
	};

	return ioctl(gic, KVM_SET_DEVICE_ATTR, &a);
}

int create_gic(int vm, __u32 flags)
{
	struct kvm_create_device dev = { .type = KVM_DEV_TYPE_ARM_VGIC_V3, .flags = flags };

	return ioctl(vm, KVM_CREATE_DEVICE, &dev) ? -1 : (int)dev.fd;
}

int init_vcpu(int vm, int vcpu, bool off)
{
	struct kvm_vcpu_init init;

	if (ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init))
		return -1;
	init.features[0] = 1 << KVM_ARM_VCPU_PSCI_0_2 | off << KVM_ARM_VCPU_POWER_OFF;
	return ioctl(vcpu, KVM_ARM_VCPU_INIT, &init);
}

static bool build_vcpu(struct test_vm *vm, unsigned int i, __u64 x0)
{
	int fd = ioctl(vm->fd, KVM_CREATE_VCPU, (unsigned long)i);

	vm->vcpu[i] = fd;
	vm->run[i] = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return fd >= 0 && vm->run[i] != MAP_FAILED && !init_vcpu(vm->fd, fd, i > 0) &&
	       !set_reg(fd, CORE(regs.regs[0]), x0) && !set_reg(fd, CORE(regs.pc), RAM);
}

bool build(struct test_vm *vm, bool protected, unsigned int cpus, void *ram, struct code code, __u64 x0, __u64 step)
{
	unsigned int i;

	*vm = (struct test_vm){ .protected = protected, .cpus = cpus, .ram = ram };
	vm->fd = ioctl(kvm, KVM_CREATE_VM, protected ? KVM_VM_TYPE_ARM_PROTECTED : 0);
	if (vm->fd < 0)
		return false;
	memcpy(ram, code.start, code.end - code.start);
	__builtin___clear_cache(ram, (char *)ram + (code.end - code.start));
	for (i = 0; i < cpus; i++)
		if (!build_vcpu(vm, i, x0 + i * step))
			return false;
	vm->gic = create_gic(vm->fd, 0);
	return vm->gic >= 0 && !set_memory(vm->fd, 0, 0, RAM, RAM_SIZE, ram) &&
	       !gic_attr(vm->gic, ADDR, DIST, GICD) &&
	       !gic_attr(vm->gic, ADDR, REDIST, GICR) &&
	       !gic_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, GIC_IRQS) &&
	       !gic_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0);
}

void destroy(struct test_vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->cpus; i++) {
		munmap(vm->run[i], getpagesize());
		close(vm->vcpu[i]);
	}
	close(vm->gic);
	close(vm->fd);
}

void *anonymous(void)
{
	char *p = mmap(NULL, RAM_SIZE + MB2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	p = (char *)(((unsigned long)p + MB2 - 1) & ~(MB2 - 1));
	madvise(p, RAM_SIZE, MADV_NOHUGEPAGE);
	return p;
}

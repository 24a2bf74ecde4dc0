// SPDX-License-Identifier: GPL-2.0-only
#include "kvm.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int kvm_dev = -1;

bool kvm_open(void)
{
	if (kvm_dev < 0)
		kvm_dev = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	return kvm_dev >= 0;
}

int kvm(int fd, unsigned long request, unsigned long argument)
{
	int ret = ioctl(fd, request, argument);

	return ret < 0 ? -errno : ret;
}

int kvm_set_memory(int vm, __u32 slot, __u32 flags, __u64 ipa, __u64 size, void *ram)
{
	struct kvm_userspace_memory_region r = {
		.slot = slot, .flags = flags, .guest_phys_addr = ipa, .memory_size = size,
		.userspace_addr = (unsigned long)ram,
	};

	return ioctl(vm, KVM_SET_USER_MEMORY_REGION, &r);
}

int kvm_set_reg(int vcpu, __u64 id, __u64 value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (unsigned long)&value };

	return ioctl(vcpu, KVM_SET_ONE_REG, &reg);
}

int kvm_get_reg(int vcpu, __u64 id, __u64 *value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (unsigned long)value };

	return ioctl(vcpu, KVM_GET_ONE_REG, &reg);
}

int kvm_gic_attr(int gic, __u32 group, __u64 attr, __u64 value)
{
	bool is_word = group == KVM_DEV_ARM_VGIC_GRP_NR_IRQS;
	__u32 nr = (__u32)value;
	struct kvm_device_attr a = {
		.group = group, .attr = attr,
		.addr = (unsigned long)(is_word ? (void *)&nr : &value),
	};

	return ioctl(gic, KVM_SET_DEVICE_ATTR, &a);
}

int kvm_create_gic(int vm, __u32 flags)
{
	struct kvm_create_device dev = { .type = KVM_DEV_TYPE_ARM_VGIC_V3, .flags = flags };

	return ioctl(vm, KVM_CREATE_DEVICE, &dev) ? -1 : (int)dev.fd;
}

int kvm_init_vcpu(int vm, int vcpu, bool off)
{
	struct kvm_vcpu_init init = { 0 };

	if (ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init))
		return -1;
	init.features[0] = 1U << KVM_ARM_VCPU_PSCI_0_2 | (__u32)off << KVM_ARM_VCPU_POWER_OFF;
	return ioctl(vcpu, KVM_ARM_VCPU_INIT, &init);
}

static bool make_vcpu(struct kvm_vm *vm, unsigned int i)
{
	int size = ioctl(kvm_dev, KVM_GET_VCPU_MMAP_SIZE, 0);
	void *run;

	vm->vcpu[i] = ioctl(vm->fd, KVM_CREATE_VCPU, (unsigned long)i);
	if (vm->vcpu[i] < 0 || size < 0)
		return false;
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu[i], 0);
	if (run == MAP_FAILED)
		return false;
	vm->run[i] = run;
	return !kvm_init_vcpu(vm->fd, vm->vcpu[i], i > 0);
}

static bool make_gic(struct kvm_vm *vm, unsigned int irqs)
{
	vm->gic = kvm_create_gic(vm->fd, 0);
	return vm->gic >= 0 &&
	       !kvm_gic_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST,
			     PLAT_GICD_BASE) &&
	       !kvm_gic_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST,
			     PLAT_GICR_BASE) &&
	       !kvm_gic_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, irqs) &&
	       !kvm_gic_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0);
}

/* The VM alone. */
static bool make_vm(struct kvm_vm *vm, unsigned long type, unsigned int cpus, void *ram)
{
	unsigned int i;

	*vm = (struct kvm_vm){ .protected = type & KVM_VM_TYPE_ARM_PROTECTED, .cpus = cpus,
			       .gic = -1, .gmem = -1, .ram = ram };
	for (i = 0; i < cpus; i++)
		vm->vcpu[i] = -1;
	vm->fd = ioctl(kvm_dev, KVM_CREATE_VM, type);
	return vm->fd >= 0;
}

static const char *make_rest(struct kvm_vm *vm, unsigned int irqs)
{
	unsigned int i;

	for (i = 0; i < vm->cpus; i++)
		if (!make_vcpu(vm, i))
			return "a vCPU";
	return make_gic(vm, irqs) ? NULL : "the GICv3";
}

const char *kvm_vm_make(struct kvm_vm *vm, unsigned long type, unsigned int cpus, void *ram,
			__u64 size, unsigned int irqs)
{
	if (!make_vm(vm, type, cpus, ram))
		return "KVM_CREATE_VM";
	if (kvm_set_memory(vm->fd, 0, 0, PLAT_RAM_BASE, size, ram))
		return "KVM_SET_USER_MEMORY_REGION";
	return make_rest(vm, irqs);
}

int kvm_create_gmem(int vm, __u64 size, __u64 flags)
{
	struct kvm_create_guest_memfd args = { .size = size, .flags = flags };

	return ioctl(vm, KVM_CREATE_GUEST_MEMFD, &args);
}

int kvm_set_gmem(int vm, __u32 slot, __u32 flags, __u64 ipa, __u64 size, void *ram, int gmem,
		 __u64 offset)
{
	struct kvm_userspace_memory_region2 r = {
		.slot = slot, .flags = flags | KVM_MEM_GUEST_MEMFD, .guest_phys_addr = ipa,
		.memory_size = size, .userspace_addr = (unsigned long)ram,
		.guest_memfd = (__u32)gmem, .guest_memfd_offset = offset,
	};

	return ioctl(vm, KVM_SET_USER_MEMORY_REGION2, &r);
}

const char *kvm_vm_make_gmem(struct kvm_vm *vm, unsigned int cpus, __u64 size, unsigned int irqs)
{
	void *ram;

	if (!make_vm(vm, KVM_VM_TYPE_ARM_PROTECTED, cpus, NULL))
		return "KVM_CREATE_VM";
	vm->gmem = kvm_create_gmem(vm->fd, size, KVM_GMEM_SHARED);
	if (vm->gmem < 0)
		return "KVM_CREATE_GUEST_MEMFD";
	ram = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->gmem, 0);
	if (ram == MAP_FAILED)
		return "mmap of the guest_memfd";
	vm->ram = ram;
	if (kvm_set_gmem(vm->fd, 0, 0, PLAT_RAM_BASE, size, ram, vm->gmem, 0))
		return "KVM_SET_USER_MEMORY_REGION2";
	return make_rest(vm, irqs);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void kvm_vm_close(struct kvm_vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->cpus; i++) {
		if (vm->run[i])
			munmap(vm->run[i], (size_t)sysconf(_SC_PAGESIZE));
		vm->run[i] = NULL;
		close_one(&vm->vcpu[i]);
	}
	close_one(&vm->gic);
	close_one(&vm->gmem);
	close_one(&vm->fd);
}

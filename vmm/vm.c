// SPDX-License-Identifier: GPL-2.0-only
#include "vm.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../hyp/abi/hypercall.h"
#include "gic.h"
#include "util/log.h"
#include "vcpu.h"

/*
 * A setter that a driver refuses early is easier to understand than a guest that does not start:
 * asked for on /dev/kvm.
 */
static const struct {
	unsigned long capability;
	const char *name;
} needs[] = {
	{ KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY" },
	{ KVM_CAP_ONE_REG, "KVM_CAP_ONE_REG" },
	{ KVM_CAP_ARM_PSCI_0_2, "KVM_CAP_ARM_PSCI_0_2" },
	{ KVM_CAP_DEVICE_CTRL, "KVM_CAP_DEVICE_CTRL" },
};

int vm_check_host(struct vm *vm, uint64_t ram_end)
{
	bool halved = vm->protection->unprotected_bit(kvm_ipa_bits(vm->sys));
	int bits = kvm_choose_ipa_bits(vm->sys, ram_end, halved);
	int most = kvm_capability(vm->sys, vm->sys->fd, KVM_CAP_MAX_VCPUS);

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		if (kvm_capability(vm->sys, vm->sys->fd, needs[i].capability))
			continue;
		log_error("the host's KVM lacks %s, which donjon needs", needs[i].name);
		return -ENODEV;
	}
	if (most && (int)vm->vcpus > most) {
		log_error("[vm] cpus is %u, but the host's KVM allows at most %d", vm->vcpus, most);
		return -ERANGE;
	}
	if (bits > 0) {
		vm->ipa_bits = (unsigned int)bits;
		return 0;
	}
	log_error("guest RAM ends at 0x%llx, but the host offers guest addresses of %u bits%s; "
		  "lower [vm] memory",
		  (unsigned long long)ram_end, kvm_ipa_bits(vm->sys),
		  halved ? ", one of which marks the memory that a protected guest shares" : "");
	return -ERANGE;
}

static int create_memslot(const struct vm *vm, const struct guest_ram *ram)
{
	/* The shorter struct of the older call is the beginning of this one. */
	struct kvm_userspace_memory_region2 memslot = {
		.guest_phys_addr = ram->ipa,
		.memory_size = ram->size,
		.userspace_addr = (uint64_t)(uintptr_t)ram->host,
		.flags = ram->guest_memfd ? KVM_MEM_GUEST_MEMFD : 0,
		.guest_memfd = ram->guest_memfd ? (uint32_t)ram->fd : 0,
	};
	int ret = kvm_call(vm->sys, vm->fd,
			   ram->guest_memfd ? KVM_SET_USER_MEMORY_REGION2
					    : KVM_SET_USER_MEMORY_REGION,
			   (unsigned long)&memslot);

	if (ret)
		log_error("KVM does not accept the guest's memory (%llu MiB at 0x%llx): %s",
			  (unsigned long long)(ram->size >> 20), (unsigned long long)ram->ipa,
			  error_text(-ret));
	return ret;
}

static int create_vcpus(struct vm *vm)
{
	int size = kvm_call(vm->sys, vm->sys->fd, KVM_GET_VCPU_MMAP_SIZE, 0);

	if (size < (int)sizeof(struct kvm_run)) {
		log_error(
			"KVM_GET_VCPU_MMAP_SIZE gives %d; a vCPU's run page has at least %zu bytes",
			size, sizeof(struct kvm_run));
		return size < 0 ? size : -ENODEV;
	}
	vm->run_size = (size_t)size;
	for (unsigned int i = 0; i < vm->vcpus; i++) {
		int ret = vcpu_create(&vm->vcpu[i], vm, i);

		if (ret)
			return ret;
	}
	return 0;
}

/*
 * Instructions on devices that KVM cannot decode come to us, to become an abort; protected VMs have
 * no such exit.
 */
static void ask_for_undecoded_accesses(const struct vm *vm)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_NISV_TO_USER };

	if (vm->can_abort && kvm_capability(vm->sys, vm->fd, KVM_CAP_ARM_NISV_TO_USER))
		kvm_call(vm->sys, vm->fd, KVM_ENABLE_CAP, (unsigned long)&cap);
}

/* A file descriptor, or a negative errno after logging it. */
static int create(const struct vm *vm)
{
	int fd = kvm_create_vm(vm->sys, vm->protection->vm_flags, vm->ipa_bits);

	if (fd == -EBUSY && kvm_is_module(vm->sys))
		log_error("KVM cannot create the VM: %d exist already, the most that the donjon "
			  "module can have; stop one first",
			  DONJON_MAX_VMS);
	else if (fd < 0)
		log_error("KVM cannot create the VM (protection %s): %s", vm->protection->name,
			  error_text(-fd));
	return fd;
}

int vm_try(const struct vm *vm)
{
	int fd = create(vm);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int vm_create(struct vm *vm)
{
	vm->fd = vm->gic = -1;
	for (unsigned int i = 0; i < PLAT_MAX_VCPUS; i++)
		vm->vcpu[i].fd = -1;
	vm->fd = create(vm);
	if (vm->fd < 0)
		return vm->fd;
	vm->can_abort = kvm_capability(vm->sys, vm->sys->fd, KVM_CAP_ARM_INJECT_EXT_DABT);
	ask_for_undecoded_accesses(vm);
	return 0;
}

int vm_equip(struct vm *vm, const struct guest_ram *ram)
{
	int ret = create_memslot(vm, ram);

	if (ret)
		return ret;
	vm->gic = gic_create(vm->sys, vm->fd);
	if (vm->gic < 0)
		return vm->gic;
	ret = create_vcpus(vm);
	return ret ? ret : gic_init(vm->sys, vm->gic);
}

uint64_t vm_unprotected_bit(const struct vm *vm)
{
	return vm->protection->unprotected_bit(vm->ipa_bits);
}

int vm_read_mpidr(const struct vm *vm, uint64_t *mpidr)
{
	for (unsigned int i = 0; i < vm->vcpus; i++) {
		int ret = vcpu_read_mpidr(&vm->vcpu[i], &mpidr[i]);

		if (ret)
			return ret;
	}
	return 0;
}

int vm_set_entry(const struct vm *vm, uint64_t entry, uint64_t fdt)
{
	return vcpu_set_entry(&vm->vcpu[0], entry, fdt);
}

int vm_start(struct vm *vm)
{
	int ret = vcpu_catch_kick();

	for (unsigned int i = 0; i < vm->vcpus && !ret; i++)
		ret = vcpu_start(&vm->vcpu[i]);
	return ret;
}

int vm_halt(struct vm *vm)
{
	int ret = 0;

	/* All are kicked before the first is waited for, so that the waits do not add up. */
	for (unsigned int i = 0; i < vm->vcpus; i++)
		vcpu_kick(&vm->vcpu[i]);
	for (unsigned int i = 0; i < vm->vcpus; i++)
		ret = vcpu_join(&vm->vcpu[i]) ? -ETIMEDOUT : ret;
	return ret;
}

void vm_destroy(struct vm *vm)
{
	for (unsigned int i = 0; i < vm->vcpus; i++)
		vcpu_destroy(&vm->vcpu[i]);
	if (vm->gic >= 0)
		close(vm->gic);
	if (vm->fd >= 0)
		close(vm->fd);
	vm->gic = vm->fd = -1;
}

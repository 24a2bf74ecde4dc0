/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMs by nothing but the calls that Linux documents for KVM. Functions that return int do as
 * ioctl(2) does, with errno, unless they say otherwise.
 */
#pragma once

#include <errno.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>

#include "abi/platform.h"

#ifndef KVM_VM_TYPE_ARM_PROTECTED
#define KVM_VM_TYPE_ARM_PROTECTED (1UL << 31)
#endif

#define KVM_CORE_REG(member)                                                                       \
	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |                                     \
	 offsetof(struct kvm_regs, member) / sizeof(__u32))
#define KVM_MPIDR ARM64_SYS_REG(3, 0, 0, 0, 5)

/* /dev/kvm, after kvm_open(). */
extern int kvm_dev;
bool kvm_open(void);

/* ioctl(2) that returns -errno. */
int kvm(int fd, unsigned long request, unsigned long argument);

int kvm_set_memory(int vm, __u32 slot, __u32 flags, __u64 ipa, __u64 size, void *ram);

/* With the descriptor of a guest_memfd; the second with KVM_MEM_GUEST_MEMFD besides the flags. */
#define KVM_GMEM_SHARED (GUEST_MEMFD_FLAG_MMAP | GUEST_MEMFD_FLAG_INIT_SHARED)
int kvm_create_gmem(int vm, __u64 size, __u64 flags);
int kvm_set_gmem(int vm, __u32 slot, __u32 flags, __u64 ipa, __u64 size, void *ram, int gmem,
		 __u64 offset);

int kvm_set_reg(int vcpu, __u64 id, __u64 value);
int kvm_get_reg(int vcpu, __u64 id, __u64 *value);
int kvm_gic_attr(int gic, __u32 group, __u64 attr, __u64 value);
int kvm_create_gic(int vm, __u32 flags);
int kvm_init_vcpu(int vm, int vcpu, bool off);

struct kvm_vm {
	bool protected;
	int fd, gic;
	int gmem; /* its memory, or -1 */
	unsigned int cpus;
	int vcpu[PLAT_MAX_VCPUS];
	struct kvm_run *run[PLAT_MAX_VCPUS];
	char *ram;
};

/*
 * A VM of that type with this RAM at PLAT_RAM_BASE, its GIC ready; all vCPUs but the first are
 * powered off. NULL, or the step that failed, with errno.
 */
const char *kvm_vm_make(struct kvm_vm *vm, unsigned long type, unsigned int cpus, void *ram,
			__u64 size, unsigned int irqs);

/* The same, protected, with memory of a guest_memfd, mapped at vm->ram. */
const char *kvm_vm_make_gmem(struct kvm_vm *vm, unsigned int cpus, __u64 size, unsigned int irqs);

/* Closes what is open. */
void kvm_vm_close(struct kvm_vm *vm);

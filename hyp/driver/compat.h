/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All differences between the kernels that the driver is built for: 6.1, 6.12 and 7.3.
 * The rest of the driver is written against the newest one.
 */
#pragma once

#include <linux/eventfd.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/version.h>
#include <linux/xarray.h>

#if PAGE_SHIFT != 12
#error "Donjon needs a kernel with pages of 4 KiB: this one's are larger"
#endif

/* Protected VMs came to the KVM API after 6.12. */
#ifndef KVM_VM_TYPE_ARM_PROTECTED
#define KVM_VM_TYPE_ARM_PROTECTED	(1UL << 31)
#endif

/* Later headers warn in this way that the VMM may change the field at any time. */
#ifdef HINT_UNSAFE_IN_KVM
#define kvm_immediate_exit(run)	READ_ONCE((run)->immediate_exit__unsafe)
#else
#define kvm_immediate_exit(run)	READ_ONCE((run)->immediate_exit)
#endif

/*
 * Largest order of the page allocator: MAX_ORDER was exclusive up to 6.3 and is called
 * MAX_PAGE_ORDER from 6.8 on.
 */
#if defined(MAX_PAGE_ORDER)
#define DONJON_MAX_ORDER	MAX_PAGE_ORDER
#else
#define DONJON_MAX_ORDER	(MAX_ORDER - 1)
#endif

/* KVM_SET_USER_MEMORY_REGION2, from 6.8 on. */
#ifndef KVM_SET_USER_MEMORY_REGION2
struct kvm_userspace_memory_region2 {
	__u32 slot;
	__u32 flags;
	__u64 guest_phys_addr;
	__u64 memory_size;
	__u64 userspace_addr;
	__u64 guest_memfd_offset;
	__u32 guest_memfd;
	__u32 pad1;
	__u64 pad2[14];
};
#define KVM_SET_USER_MEMORY_REGION2 \
	_IOW(KVMIO, 0x49, struct kvm_userspace_memory_region2)
#define KVM_CAP_USER_MEMORY2	231
#endif

/* KVM_EXIT_MEMORY_FAULT, from 6.8 on: in the union of struct kvm_run. */
#ifndef KVM_EXIT_MEMORY_FAULT
#define KVM_EXIT_MEMORY_FAULT		39
#define KVM_MEMORY_EXIT_FLAG_PRIVATE	(1ULL << 3)
#endif
static inline void set_memory_fault(struct kvm_run *run, u64 flags, u64 gpa, u64 size)
{
	struct { u64 flags, gpa, size; } *fault = (void *)run->padding;

	run->exit_reason = KVM_EXIT_MEMORY_FAULT;
	fault->flags = flags;
	fault->gpa = gpa;
	fault->size = size;
}

/* guest_memfd, from 6.8 on; that it can be mapped, and what arm64 has of it, from 6.18 on. */
#ifndef KVM_CREATE_GUEST_MEMFD
struct kvm_create_guest_memfd {
	__u64 size;
	__u64 flags;
	__u64 reserved[6];
};
#define KVM_CREATE_GUEST_MEMFD	_IOWR(KVMIO, 0xd4, struct kvm_create_guest_memfd)
#define KVM_MEM_GUEST_MEMFD	(1UL << 2)
#define KVM_CAP_GUEST_MEMFD	234
#endif
#ifndef GUEST_MEMFD_FLAG_MMAP
#define GUEST_MEMFD_FLAG_MMAP		(1ULL << 0)
#define GUEST_MEMFD_FLAG_INIT_SHARED	(1ULL << 1)
#define KVM_CAP_GUEST_MEMFD_FLAGS	244
#endif

/* The first argument of an inode's setattr(). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
typedef struct mnt_idmap setattr_idmap_t;
#else
typedef struct user_namespace setattr_idmap_t;
#endif

/* Flags of an area whose mmap() is under way: behind a function from 6.3 on. */
static inline void add_vm_flags(struct vm_area_struct *vma, unsigned long flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
}

/* Adds one to an eventfd; any context. Up to 6.7 the caller said how much. */
static inline void signal_eventfd(struct eventfd_ctx *ctx)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	eventfd_signal(ctx);
#else
	eventfd_signal(ctx, 1);
#endif
}

/* The name space of some of the kernel's symbols: a string from 6.13 on. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define IMPORT_SYMBOLS(space)	MODULE_IMPORT_NS(#space)
#else
#define IMPORT_SYMBOLS(space)	MODULE_IMPORT_NS(space)
#endif

/* FPSIMD for the kernel: from 6.19 on the caller brings the buffer for its state. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
typedef struct user_fpsimd_state fpsimd_area_t;
#define fpsimd_begin(area)	kernel_neon_begin(area)
#define fpsimd_end(area)	kernel_neon_end(area)
#else
typedef struct { } fpsimd_area_t;
#define fpsimd_begin(area)	do { (void)(area); kernel_neon_begin(); } while (0)
#define fpsimd_end(area)	do { (void)(area); kernel_neon_end(); } while (0)
#endif

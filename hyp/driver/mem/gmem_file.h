/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest_memfd: guest memory as a file, with the calls and answers of Linux 7.3. Protected VMs.
 */
#pragma once

#include <linux/types.h>

struct gmem;
struct kvm_create_guest_memfd;
struct vm;

/* For the module. */
int gmem_file_init(void);
void gmem_file_exit(void);

/* KVM_CREATE_GUEST_MEMFD: a file descriptor, or a negative errno value. Takes vm->mem_lock. */
int gmem_create(struct vm *vm, const struct kvm_create_guest_memfd *args);

/*
 * The guest_memfd with that descriptor, for a slot of the VM with size bytes of it from offset on,
 * of single pages only if the current process has asked for them where hva is.
 * -EBADF; -EINVAL: it is none, another VM's, shorter, or was made without GUEST_MEMFD_FLAG_MMAP;
 * -EEXIST: another slot has a part of that. Under vm->mem_lock. It stays until gmem_free().
 */
struct gmem *gmem_bind(struct vm *vm, int fd, u64 offset, u64 size, u64 hva);

/* Frees what is left of a VM's files, which are closed, after gmem_end(). */
void gmem_free(struct vm *vm);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/kvm: the ioctls' thin cover, which a test replaces, and what the whole VM needs from the
 * host.
 */
#pragma once

#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>

/* From arm64's <asm/kvm.h>, which the unit tests lack: they are built for the build machine. */
#ifndef KVM_ARM_IRQ_TYPE_SPI
#define KVM_ARM_IRQ_TYPE_SHIFT 24
#define KVM_ARM_IRQ_TYPE_SPI   1
#endif
#ifndef KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2
#define KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2 (1ULL << 0)
#endif

/* The host as the VMM sees it. Tests replace ioctl. */
struct kvm_sys {
	int fd;		    /* /dev/kvm */
	const char *module; /* folder that exists while the donjon module is loaded */
	int (*ioctl)(int fd, unsigned long request,
		     unsigned long argument); /* as ioctl(2): -1 and errno */
};

#define KVM_MODULE_FOLDER "/sys/module/donjon"

/* A guest_memfd that can be mapped, and whose pages are the VMM's until the guest has them. */
#define KVM_GMEM_FLAGS (GUEST_MEMFD_FLAG_MMAP | GUEST_MEMFD_FLAG_INIT_SHARED)

/*
 * Opens /dev/kvm and checks its version. 0, or a negative errno after logging it with what to do.
 */
int kvm_open(struct kvm_sys *sys);

/* Sets the level of VM @vm's shared peripheral interrupt @spi (INTID 32 + @spi). Any thread. */
void kvm_set_spi(const struct kvm_sys *sys, int vm, unsigned int spi, bool level);

/*
 * Whether the donjon module serves /dev/kvm. It pins the memory of every guest, also of unprotected
 * ones.
 */
bool kvm_is_module(const struct kvm_sys *sys);

/* ioctl(2) that returns -errno. */
int kvm_call(const struct kvm_sys *sys, int fd, unsigned long request, unsigned long argument);

/* KVM_CHECK_EXTENSION on @fd (/dev/kvm or a VM), 0 when it fails. */
int kvm_capability(const struct kvm_sys *sys, int fd, unsigned long capability);

/*
 * Size of guest-physical addresses that the host offers, in bits; at most 40 (protected VMs stay
 * below).
 */
unsigned int kvm_ipa_bits(const struct kvm_sys *sys);

/*
 * The size of IPAs to ask for when all RAM and devices lie below @end. @halved: the upper half of
 * the IPA space stays free, for a protected guest's unprotected addresses; the smallest size that
 * fits then, else the host's. -ERANGE: the host does not offer that many bits.
 */
int kvm_choose_ipa_bits(const struct kvm_sys *sys, uint64_t end, bool halved);

/* KVM_CREATE_GUEST_MEMFD of @size bytes for VM @vm, closed by exec(). It, or a negative errno. */
int kvm_create_guest_memfd(const struct kvm_sys *sys, int vm, uint64_t size);

/*
 * KVM_CREATE_VM with @flags (KVM_VM_TYPE_ARM_PROTECTED or 0) and @ipa_bits. The VM, or a negative
 * errno.
 */
int kvm_create_vm(const struct kvm_sys *sys, unsigned long flags, unsigned int ipa_bits);

// SPDX-License-Identifier: GPL-2.0-only
#include "kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/log.h"

#define KVM_NODE	 "/dev/kvm"
#define IPA_BITS_DEFAULT 40 /* what KVM_CREATE_VM means with 0 in the type's low byte */
#define IPA_BITS_MAX	 40
#define IPA_BITS_MIN	 32 /* KVM refuses less */

static int real_ioctl(int fd, unsigned long request, unsigned long argument)
{
	return ioctl(fd, request, argument);
}

int kvm_call(const struct kvm_sys *sys, int fd, unsigned long request, unsigned long argument)
{
	int ret = sys->ioctl(fd, request, argument);

	return ret < 0 ? -errno : ret;
}

int kvm_capability(const struct kvm_sys *sys, int fd, unsigned long capability)
{
	int ret = kvm_call(sys, fd, KVM_CHECK_EXTENSION, capability);

	return ret < 0 ? 0 : ret;
}

int kvm_open(struct kvm_sys *sys)
{
	int version, ret;

	sys->module = KVM_MODULE_FOLDER;
	sys->ioctl = real_ioctl;
	sys->fd = open(KVM_NODE, O_RDWR | O_CLOEXEC);
	if (sys->fd < 0) {
		ret = -errno;
		log_error("%s: %s%s", KVM_NODE, error_text(-ret),
			  ret == -EACCES ? "; run as root or join the group that owns it"
			  : ret == -EMFILE
				  ? ""
				  : "; load the donjon module, or boot a kernel with KVM enabled");
		return ret;
	}
	version = kvm_call(sys, sys->fd, KVM_GET_API_VERSION, 0);
	if (version == KVM_API_VERSION)
		return 0;
	log_error("%s: KVM API version %d is not supported; donjon needs version %d", KVM_NODE,
		  version, KVM_API_VERSION);
	close(sys->fd);
	sys->fd = -1;
	return -ENODEV;
}

void kvm_set_spi(const struct kvm_sys *sys, int vm, unsigned int spi, bool level)
{
	struct kvm_irq_level line = {
		.irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | (32 + spi), /* INTID */
		.level = level,
	};
	int ret = kvm_call(sys, vm, KVM_IRQ_LINE, (unsigned long)&line);

	if (ret < 0)
		log_warn("cannot set the guest's interrupt %u: %s", 32 + spi, error_text(-ret));
}

bool kvm_is_module(const struct kvm_sys *sys)
{
	return !access(sys->module, F_OK);
}

unsigned int kvm_ipa_bits(const struct kvm_sys *sys)
{
	int bits = kvm_capability(sys, sys->fd, KVM_CAP_ARM_VM_IPA_SIZE);

	if (bits <= 0)
		return IPA_BITS_DEFAULT;
	return bits < IPA_BITS_MAX ? (unsigned int)bits : IPA_BITS_MAX;
}

int kvm_choose_ipa_bits(const struct kvm_sys *sys, uint64_t end, bool halved)
{
	unsigned int most = kvm_ipa_bits(sys), bits = IPA_BITS_MIN;

	if (!halved || kvm_capability(sys, sys->fd, KVM_CAP_ARM_VM_IPA_SIZE) <= 0)
		bits = most;
	while (bits < most && end > 1ULL << (bits - 1))
		bits++;
	return end <= 1ULL << (halved ? bits - 1 : bits) ? (int)bits : -ERANGE;
}

int kvm_create_vm(const struct kvm_sys *sys, unsigned long flags, unsigned int ipa_bits)
{
	unsigned long type = flags;

	/* Without the capability the low byte must be 0, which means 40 bits. */
	if (kvm_capability(sys, sys->fd, KVM_CAP_ARM_VM_IPA_SIZE) > 0)
		type |= ipa_bits;
	return kvm_call(sys, sys->fd, KVM_CREATE_VM, type);
}

int kvm_create_guest_memfd(const struct kvm_sys *sys, int vm, uint64_t size)
{
	struct kvm_create_guest_memfd args = { .size = size, .flags = KVM_GMEM_FLAGS };
	int fd = kvm_call(sys, vm, KVM_CREATE_GUEST_MEMFD, (unsigned long)&args);

	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

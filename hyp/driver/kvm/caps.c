// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the driver and the machine offer, as KVM's extensions.
 */
#include <linux/cpumask.h>
#include <linux/kvm.h>
#include <linux/minmax.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>

#include "abi/hypercall.h"
#include "caps.h"
#include "compat.h"
#include "vm_types.h"

/*
 * Bits of a physical address, ID_AA64MMFR0_EL1.PARange; 48 at most, as the architecture has it
 * without LPA2.
 */
unsigned int caps_max_ipa_bits(void)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48 };
	u64 range = read_sanitised_ftr_reg(SYS_ID_AA64MMFR0_EL1) & 0xf;

	return range < ARRAY_SIZE(bits) ? bits[range] : 48;
}

/*
 * Address (first) or generic authentication in one of the three algorithms: ID_AA64ISAR1_EL1 and
 * ID_AA64ISAR2_EL1.
 */
static bool has_ptrauth(bool address)
{
	u64 isar1 = read_sanitised_ftr_reg(SYS_ID_AA64ISAR1_EL1);
	u64 isar2 = read_sanitised_ftr_reg(SYS_ID_AA64ISAR2_EL1);

	if (address)
		return (isar1 & (0xffULL << 4)) || (isar2 & (0xfULL << 12));
	return (isar1 & (0xffULL << 24)) || (isar2 & (0xfULL << 8));
}

int caps_check_extension(unsigned long cap, const struct vm *vm)
{
	switch (cap) {
	case KVM_CAP_IRQCHIP:
	case KVM_CAP_USER_MEMORY:
	case KVM_CAP_USER_MEMORY2:
	case KVM_CAP_DESTROY_MEMORY_REGION_WORKS:
	case KVM_CAP_JOIN_MEMORY_REGIONS_WORKS:
	case KVM_CAP_MP_STATE:
	case KVM_CAP_INTERNAL_ERROR_DATA:
	case KVM_CAP_VCPU_EVENTS:
	case KVM_CAP_ONE_REG:
	case KVM_CAP_ARM_PSCI:
	case KVM_CAP_ARM_PSCI_0_2:
	case KVM_CAP_DEVICE_CTRL:
	case KVM_CAP_CHECK_EXTENSION_VM:
	case KVM_CAP_IMMEDIATE_EXIT:
	case KVM_CAP_ARM_INJECT_EXT_DABT:
	case KVM_CAP_IRQFD:
	case KVM_CAP_IRQFD_RESAMPLE:
	case KVM_CAP_IOEVENTFD:
	case KVM_CAP_IOEVENTFD_ANY_LENGTH:
	case KVM_CAP_IOEVENTFD_NO_LENGTH:
		return 1;
	case KVM_CAP_READONLY_MEM:
		return !vm || !vm->protected;
	case KVM_CAP_GUEST_MEMFD:
		return !vm || vm->protected;
	case KVM_CAP_GUEST_MEMFD_FLAGS:
		return !vm || vm->protected ?
			       GUEST_MEMFD_FLAG_MMAP | GUEST_MEMFD_FLAG_INIT_SHARED : 0;
	case KVM_CAP_NR_VCPUS:
		return min_t(unsigned int, num_online_cpus(), DONJON_MAX_VCPUS);
	case KVM_CAP_MAX_VCPUS:
	case KVM_CAP_MAX_VCPU_ID:
		return DONJON_MAX_VCPUS;
	case KVM_CAP_NR_MEMSLOTS:
		return DONJON_MAX_RAM_RANGES;
	case KVM_CAP_ARM_VM_IPA_SIZE:
		return caps_max_ipa_bits();
	case KVM_CAP_ARM_PTRAUTH_ADDRESS:
	case KVM_CAP_ARM_PTRAUTH_GENERIC:
		return has_ptrauth(true) && has_ptrauth(false);
	default:
		return 0;
	}
}

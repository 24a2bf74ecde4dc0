/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Function identifiers of the SMC Calling Convention (Arm DEN0028), PSCI (DEN0022), TRNG (DEN0098)
 * and the KVM vendor calls (Linux Documentation/virt/kvm/arm/hypercalls.rst), as used between
 * guest, EL2, host and firmware.
 */
#pragma once

#include "types.h"

/* Return codes, DEN0028 section 7.1. */
#define SMCCC_SUCCESS		0L
#define SMCCC_NOT_SUPPORTED	(-1L)
#define SMCCC_NOT_REQUIRED	(-2L)	/* of ARCH_FEATURES, as is 1: the CPU is not affected */
#define SMCCC_INVALID_PARAMETER	(-3L)

/* Structure of a function identifier. */
#define SMCCC_64		0x40000000UL
#define SMCCC_SVE_HINT		0x10000UL	/* the caller has no live SVE state (SMCCC 1.3) */
#define SMCCC_MBZ		0xffffffff00ff0000UL

/* Arm architecture calls. */
#define SMCCC_VERSION		0x80000000UL
#define SMCCC_ARCH_FEATURES	0x80000001UL
#define SMCCC_ARCH_SOC_ID	0x80000002UL
#define SMCCC_ARCH_WORKAROUND_3	0x80003fffUL
#define SMCCC_ARCH_WORKAROUND_2	0x80007fffUL
#define SMCCC_ARCH_WORKAROUND_1	0x80008000UL

/* PSCI. The 64-bit form of a call is the 32-bit identifier with SMCCC_64 set. */
#define PSCI_VERSION		0x84000000UL
#define PSCI_CPU_SUSPEND	0x84000001UL
#define PSCI_CPU_OFF		0x84000002UL
#define PSCI_CPU_ON		0x84000003UL
#define PSCI_AFFINITY_INFO	0x84000004UL
#define PSCI_MIGRATE		0x84000005UL
#define PSCI_MIGRATE_INFO_TYPE	0x84000006UL
#define PSCI_SYSTEM_OFF		0x84000008UL
#define PSCI_SYSTEM_RESET	0x84000009UL
#define PSCI_FEATURES		0x8400000aUL
#define PSCI_SYSTEM_SUSPEND	0x8400000eUL
#define PSCI_SYSTEM_RESET2	0x84000012UL
#define PSCI_MEM_PROTECT	0x84000013UL
/* CPU_SUSPEND, x1, in either format of it: a state in which what a CPU has is lost; no standby */
#define PSCI_POWER_DOWN		(1UL << 16 | 1UL << 30)
#define PSCI_OS_INITIATED	1UL	/* PSCI_FEATURES of CPU_SUSPEND: with SET_SUSPEND_MODE */
#define PSCI_RESET2_WARM	0UL		/* x1: the architecture's one type of reset */

#define PSCI_RET_SUCCESS		0L
#define PSCI_RET_NOT_SUPPORTED		(-1L)
#define PSCI_RET_INVALID_PARAMS		(-2L)
#define PSCI_RET_DENIED			(-3L)
#define PSCI_RET_ALREADY_ON		(-4L)
#define PSCI_RET_ON_PENDING		(-5L)
#define PSCI_RET_INTERNAL_FAILURE	(-6L)
#define PSCI_AFFINITY_ON		0L
#define PSCI_AFFINITY_OFF		1L
/* MIGRATE_INFO_TYPE: no trusted OS, or no need to migrate */
#define PSCI_TOS_NOT_PRESENT		2L
#define PSCI_VERSION_1_1		0x10001UL

/* True random number generator. */
#define TRNG_VERSION		0x84000050UL
#define TRNG_FEATURES		0x84000051UL
#define TRNG_GET_UUID		0x84000052UL
#define TRNG_RND32		0x84000053UL
#define TRNG_RND64		0xc4000053UL
#define TRNG_VERSION_1_0	0x10000UL
#define TRNG_NO_ENTROPY		(-3L)
#define TRNG_INVALID_PARAMETER	(-2L)

/* KVM vendor calls that a guest makes: sharing of its pages with the host, and its devices. */
#define KVM_VENDOR_UID		0x8600ff01UL
#define KVM_VENDOR_FEATURES	0x86000000UL
#define KVM_VENDOR_MEMINFO	0xc6000002UL	/* x0 = granule in bytes */
#define KVM_VENDOR_MEM_SHARE	0xc6000003UL	/* x1 = IPA, page-aligned; x2, x3 = 0 */
#define KVM_VENDOR_MEM_UNSHARE	0xc6000004UL	/* the same */
/*
 * MMIO guard, with the numbers of Android's pKVM; mainline has MAP as MMIO_GUARD. Once a guest has
 * made one of ENROLL and MAP, its access to an address that is neither RAM nor in a page that it
 * has mapped is an external abort in the guest, and the host does not hear of it. x2 and x3 of
 * MAP are ignored: old guests pass attributes in them.
 */
#define KVM_VENDOR_MMIO_GUARD_INFO	0xc6000005UL	/* as MEMINFO; x1 to x3 = 0 */
#define KVM_VENDOR_MMIO_GUARD_ENROLL	0xc6000006UL
/* x1 = IPA, page-aligned, outside RAM. MAP: again is fine; UNMAP: of what is mapped. */
#define KVM_VENDOR_MMIO_GUARD_MAP	0xc6000007UL
#define KVM_VENDOR_MMIO_GUARD_UNMAP	0xc6000008UL
/* The UID that Linux guests look for, in w0 to w3. */
#define KVM_VENDOR_UID_0	0xb66fb428UL
#define KVM_VENDOR_UID_1	0xe911c52eUL
#define KVM_VENDOR_UID_2	0x564bcaa9UL
#define KVM_VENDOR_UID_3	0x743a004dUL

/*
 * What the host may call because whoever loads Donjon says so (donjon_boot.firmware_calls): of the
 * chip's maker (2), the machine's (3), trusted applications and trusted OSs (48 to 63). Nothing of
 * Arm's own, such as PSCI, SDEI, TRNG and FF-A, and nothing that a hypervisor answers.
 */
#define SMCCC_LISTED_OWNERS	0xffff00000000000cUL
static inline bool smccc_may_be_listed(uint64_t function)
{
	return !(function & SMCCC_MBZ) && SMCCC_LISTED_OWNERS >> (function >> 24 & 0x3f) & 1;
}

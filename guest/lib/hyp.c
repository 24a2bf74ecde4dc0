// SPDX-License-Identifier: GPL-2.0-only
#include "lib/hyp.h"

static enum conduit used_conduit = CONDUIT_HVC;

struct smccc_result smccc_call_by(enum conduit conduit, uint64_t id, uint64_t x1, uint64_t x2,
				  uint64_t x3)
{
	register uint64_t r0 __asm__("x0") = id;
	register uint64_t r1 __asm__("x1") = x1;
	register uint64_t r2 __asm__("x2") = x2;
	register uint64_t r3 __asm__("x3") = x3;

	/* SMCCC 1.0 preserves x18 and up only. */
	if (conduit == CONDUIT_HVC)
		__asm__ volatile("hvc #0"
				 : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)
				 :
				 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
				   "x14", "x15", "x16", "x17", "memory");
	else
		__asm__ volatile("smc #0"
				 : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)
				 :
				 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
				   "x14", "x15", "x16", "x17", "memory");
	return (struct smccc_result){ { r0, r1, r2, r3 } };
}

struct smccc_result smccc_call(uint64_t id, uint64_t x1, uint64_t x2, uint64_t x3)
{
	return smccc_call_by(used_conduit, id, x1, x2, x3);
}

void hyp_set_conduit(enum conduit conduit)
{
	used_conduit = conduit;
}

uint32_t psci_version(void)
{
	return (uint32_t)smccc_call(PSCI_VERSION, 0, 0, 0).x[0];
}

int32_t psci_features(uint32_t id)
{
	return (int32_t)smccc_call(PSCI_FEATURES, id, 0, 0).x[0];
}

uint32_t smccc_version(void)
{
	/* DEN0028 appendix B: only PSCI_FEATURES may say that SMCCC_VERSION can be called. */
	if (psci_features(SMCCC_VERSION) < 0)
		return 0x10000;
	return (uint32_t)smccc_call(SMCCC_VERSION, 0, 0, 0).x[0];
}

int64_t psci_cpu_on(uint64_t mpidr, uint64_t entry, uint64_t context)
{
	return (int64_t)smccc_call(PSCI_CPU_ON | SMCCC_64, mpidr, entry, context).x[0];
}

int64_t psci_affinity_info(uint64_t mpidr)
{
	return (int64_t)smccc_call(PSCI_AFFINITY_INFO | SMCCC_64, mpidr, 0, 0).x[0];
}

/* After a call that must not return has returned. */
static _Noreturn void park(void)
{
	for (;;)
		__asm__ volatile("wfi" : : : "memory");
}

void psci_cpu_off(void)
{
	smccc_call(PSCI_CPU_OFF, 0, 0, 0);
	park();
}

void psci_system_off(void)
{
	smccc_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	park();
}

void psci_system_reset(void)
{
	smccc_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	park();
}

static uint64_t function_bit(uint64_t id)
{
	return 1UL << (id & 0x1f);
}

/* KVM's vendor features, 0 if nobody has them. */
static uint64_t vendor_features(void)
{
	struct smccc_result uid = smccc_call(KVM_VENDOR_UID, 0, 0, 0);

	if ((uint32_t)uid.x[0] != KVM_VENDOR_UID_0 || (uint32_t)uid.x[1] != KVM_VENDOR_UID_1 ||
	    (uint32_t)uid.x[2] != KVM_VENDOR_UID_2 || (uint32_t)uid.x[3] != KVM_VENDOR_UID_3)
		return 0;
	return smccc_call(KVM_VENDOR_FEATURES, 0, 0, 0).x[0];
}

uint64_t hyp_share_granule(void)
{
	uint64_t needed = function_bit(KVM_VENDOR_MEMINFO) | function_bit(KVM_VENDOR_MEM_SHARE) |
			  function_bit(KVM_VENDOR_MEM_UNSHARE);
	int64_t granule;

	if ((vendor_features() & needed) != needed)
		return 0;
	granule = (int64_t)smccc_call(KVM_VENDOR_MEMINFO, 0, 0, 0).x[0];
	return granule > 0 ? (uint64_t)granule : 0;
}

int64_t hyp_mem_share(uint64_t ipa)
{
	return (int64_t)smccc_call(KVM_VENDOR_MEM_SHARE, ipa, 0, 0).x[0];
}

int64_t hyp_mem_unshare(uint64_t ipa)
{
	return (int64_t)smccc_call(KVM_VENDOR_MEM_UNSHARE, ipa, 0, 0).x[0];
}

bool hyp_has_mmio_guard(void)
{
	uint64_t needed = function_bit(KVM_VENDOR_MMIO_GUARD_INFO) |
			  function_bit(KVM_VENDOR_MMIO_GUARD_ENROLL) |
			  function_bit(KVM_VENDOR_MMIO_GUARD_MAP) |
			  function_bit(KVM_VENDOR_MMIO_GUARD_UNMAP);

	return (vendor_features() & needed) == needed;
}

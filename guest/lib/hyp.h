/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls to the hypervisor or firmware: SMCCC, PSCI and the KVM vendor calls. */
#pragma once

#include <stdbool.h>
#include "abi/smccc.h"
#include "abi/types.h"

enum conduit { CONDUIT_HVC, CONDUIT_SMC };

struct smccc_result {
	uint64_t x[4];
};

/* One call with the given instruction, immediate 0. */
struct smccc_result smccc_call_by(enum conduit conduit, uint64_t id, uint64_t x1, uint64_t x2,
				  uint64_t x3);

/*
 * The same with the conduit that the device tree names, HVC unless hyp_set_conduit() said
 * otherwise.
 */
struct smccc_result smccc_call(uint64_t id, uint64_t x1, uint64_t x2, uint64_t x3);
void hyp_set_conduit(enum conduit conduit);

/*
 * Version words with the major number in the upper half. smccc_version() is 1.0 when it cannot be
 * asked for.
 */
uint32_t psci_version(void);
uint32_t smccc_version(void);
/* A PSCI or SMCCC error code, or flags. */
int32_t psci_features(uint32_t id);

int64_t psci_cpu_on(uint64_t mpidr, uint64_t entry, uint64_t context);
int64_t psci_affinity_info(uint64_t mpidr);
_Noreturn void psci_cpu_off(void);
_Noreturn void psci_system_off(void);
_Noreturn void psci_system_reset(void);

/*
 * The sharing granule in bytes, or 0 when the hypervisor is not KVM-compatible or does not protect
 * this VM.
 */
uint64_t hyp_share_granule(void);
/* SMCCC_SUCCESS or a documented error; one page of that granule. */
int64_t hyp_mem_share(uint64_t ipa);
int64_t hyp_mem_unshare(uint64_t ipa);

/* Whether the hypervisor offers all four calls of MMIO guard. */
bool hyp_has_mmio_guard(void);

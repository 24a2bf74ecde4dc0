/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM made by calls to EL2 alone, past the driver, out of pages that donjon_attack.ko got from the
 * host. */
#ifndef ATTACK_OWN_H
#define ATTACK_OWN_H

#include "abi/platform.h"
#include "abi/run.h"
#include "evil.h"

#define OWN_VM_ORDER	5
#define OWN_CACHE_ORDER 4
#define OWN_RAM		PLAT_RAM_BASE
#define OWN_RAM_SIZE	(4UL << 20)
#define OWN_VCPUS	2 /* room for; vCPU 0 is made */

struct own {
	uint64_t handle;
	uint64_t vm_pa, cache_pa;
	uint64_t vcpu_pa[OWN_VCPUS], run_pa[OWN_VCPUS];
};

/* VM with one vCPU, one RAM range and pages for its tables; gives up the test when it can't. */
void own_create(struct own *o, bool protected);

/* Without RAM, vCPU and pages for tables. */
void own_create_bare(struct own *o, bool protected);
long own_vcpu(struct own *o, unsigned int index);
long own_topup(struct own *o);

long own_map(const struct own *o, uint64_t pa, uint64_t ipa, uint64_t size);

/*
 * Kills it, takes all back, and destroys it. False, after a note: a call failed, or a page that
 * came back is not the host's or not zero. The pages that were mapped are the caller's to free.
 */
bool own_destroy(struct own *o);

/* Reads a run page, writes its first part. */
void own_read_run(const struct own *o, unsigned int index, struct donjon_run *run);
void own_write_run(const struct own *o, unsigned int index, const struct donjon_run *run);

/* Runs a vCPU until something else than an interrupt ends it. */
long own_run(const struct own *o, unsigned int index, struct donjon_run *run);

/* True if the host owns the pages and each reads as zero. */
bool own_clean(uint64_t pa, uint64_t size);

#endif

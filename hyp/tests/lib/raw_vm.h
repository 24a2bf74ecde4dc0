/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM made by calls to EL2 alone, past the driver, out of pages that donjon_attack.ko got from the
 * host. */
#pragma once

#include "abi/platform.h"
#include "abi/run.h"
#include "kmod.h"

#define RAW_VM_ORDER	5
#define RAW_VM_CACHE_ORDER 4
#define RAW_VM_RAM		PLAT_RAM_BASE
#define RAW_VM_RAM_SIZE	(4UL << 20)
#define RAW_VM_VCPUS	2 /* room for; vCPU 0 is made */

struct raw_vm {
	uint64_t handle;
	uint64_t vm_pa, cache_pa;
	uint64_t vcpu_pa[RAW_VM_VCPUS], run_pa[RAW_VM_VCPUS];
};

/* VM with one vCPU, one RAM range and pages for its tables; gives up the test when it cannot. */
void raw_vm_create(struct raw_vm *o, bool protected);

/* Without RAM, vCPU and pages for tables. */
void raw_vm_create_bare(struct raw_vm *o, bool protected);
long raw_vm_vcpu(struct raw_vm *o, unsigned int index);
long raw_vm_topup(struct raw_vm *o);

long raw_vm_map(const struct raw_vm *o, uint64_t pa, uint64_t ipa, uint64_t size);

/*
 * Kills it, takes all back, and destroys it. False, after a note: a call failed, or a page that
 * came back is not the host's or not zero. The pages that were mapped are the caller's to free.
 */
bool raw_vm_destroy(struct raw_vm *o);

/* Reads a run page, writes its first part. */
void raw_vm_read_run(const struct raw_vm *o, unsigned int index, struct donjon_run *run);
void raw_vm_write_run(const struct raw_vm *o, unsigned int index, const struct donjon_run *run);

/* Runs a vCPU until something else than an interrupt ends it. */
long raw_vm_run(const struct raw_vm *o, unsigned int index, struct donjon_run *run);

/* True if the host owns the pages and each reads as zero. */
bool raw_vm_clean(uint64_t pa, uint64_t size);

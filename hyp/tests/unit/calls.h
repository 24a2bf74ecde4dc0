/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's calls, and a VM made with them. For tests of vm.c, hypercall.c and what guests call.
 */
#pragma once

#include "world.h"
#include <abi/smccc.h>
#include <arch/cpu.h>
#include <arch/features.h>
#include <el2/host.h>
#include <el2/init.h>

/* Calls that neither EL2 nor a driver makes or answers; parts of an identifier. */
#define SMCCC_FAST		 0x80000000UL
#define SMCCC_OWNER_SHIFT	 24
#define PSCI_MIGRATE_INFO_UP_CPU 0x84000007UL
#define PSCI_SET_SUSPEND_MODE	 0x8400000fUL
#define PSCI_SYSTEM_OFF2	 0x84000015UL

/* The SMCs that reach the firmware as the host makes them (host.h), in their 32-bit forms. */
#define FORWARDED_SMCS                                                                             \
	SMCCC_VERSION, SMCCC_ARCH_FEATURES, SMCCC_ARCH_SOC_ID, PSCI_VERSION, PSCI_FEATURES,        \
		PSCI_AFFINITY_INFO, PSCI_MIGRATE_INFO_TYPE, TRNG_VERSION, TRNG_FEATURES,           \
		TRNG_GET_UUID, TRNG_RND32, SMCCC_ARCH_WORKAROUND_1, SMCCC_ARCH_WORKAROUND_3

static struct host_regs host_regs;

/*
 * Makes the call; the results x1 to x4 are in host_regs. x5 to x17 must come back as they were.
 */
static inline int64_t call(uint64_t id, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4)
{
	unsigned int i;

	host_regs.x[0] = id;
	host_regs.x[1] = a1;
	host_regs.x[2] = a2;
	host_regs.x[3] = a3;
	host_regs.x[4] = a4;
	for (i = 5; i < 31; i++)
		host_regs.x[i] = i * 0x0101010101010101UL;
	fake_host_call(&host_regs);
	for (i = 5; i < 31; i++)
		assert_int_equal(host_regs.x[i], i * 0x0101010101010101UL);
	assert_int_equal(this_cpu()->locks_held, 0);
	assert_int_equal(fake_pending(), 0);
	return host_regs.x[0];
}

#define HC(name, ...) HC_(DONJON_HC_##name, ##__VA_ARGS__, 0, 0, 0, 0)
#define HC_(id, a1, a2, a3, a4, ...) call(id, a1, a2, a3, a4)

/*
 * A VM with nr vCPUs, all off, RAM at RAM_IPA and 16 pages in its cache. Physical pages from
 * VM_BASE on are taken.
 */
#define VM_BASE		FREE_BASE
#define VCPU_PA(i)	(VM_BASE + (DONJON_VM_PAGES + 2 * (i)) * PAGE_SIZE)
#define RUN_PA(i)	(VCPU_PA(i) + PAGE_SIZE)
#define CACHE_PA	(VM_BASE + 96 * PAGE_SIZE)
#define CACHE_PAGES	16
#define RAM_IPA		0x40000000UL
#define RAM_SIZE	(8 * BLOCK)
#define RAM_PA		(FREE_BASE + 4 * BLOCK)		/* host's pages that may be given to it */

static inline struct vcpu *vcpu_of(unsigned int i)
{
	return fake_page(VCPU_PA(i));
}

static inline struct donjon_run *run_of(unsigned int i)
{
	return fake_page(RUN_PA(i));
}

static inline uint64_t make_vm(uint64_t flags, unsigned int nr_vcpus)
{
	uint64_t handle;
	unsigned int i;

	assert_int_equal(HC(VM_CREATE, flags, 36, VM_BASE), 0);
	handle = host_regs.x[1];
	assert_int_not_equal(handle, 0);
	for (i = 0; i < nr_vcpus; i++)
		assert_int_equal(HC(VCPU_CREATE, handle, i, VCPU_PA(i), RUN_PA(i)), 0);
	assert_int_equal(HC(VM_TOPUP, handle, CACHE_PA, CACHE_PAGES * PAGE_SIZE), 0);
	assert_int_equal(HC(VM_ADD_RAM, handle, RAM_IPA, RAM_SIZE), 0);
	return handle;
}

/*
 * Takes everything back. Returns how many pages the destruction gave one by one, the VM's own not
 * counted.
 */
static inline unsigned int end_vm(uint64_t handle)
{
	uint64_t off;
	unsigned int n = 0;
	int64_t ret;

	assert_int_equal(HC(VM_KILL, handle), 0);
	for (off = 0; off < RAM_SIZE; off += BLOCK)
		assert_int_equal(HC(VM_RECLAIM, handle, RAM_IPA + off, BLOCK), 0);
	while (!(ret = HC(VM_DESTROY, handle)) && host_regs.x[2] != DONJON_VM_PAGE_LAST) {
		assert_true(world_is_zero(host_regs.x[1], PAGE_SIZE));
		assert_int_equal(world_state(host_regs.x[1]), DONJON_PAGE_HOST);
		n++;
	}
	assert_int_equal(ret, 0);
	assert_int_equal(HC(VM_DESTROY, handle), DONJON_E_NOT_FOUND);
	return n;
}

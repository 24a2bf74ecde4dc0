// SPDX-License-Identifier: GPL-2.0-only
/*
 * S5, S6: calls to EL2 that it does not know or must refuse, by HVC and by SMC, each with registers
 * that must survive it; counters are compared around each call, the whole ledger around each group.
 * Every wrong argument of every call: scripts/donation/arguments, hyp/tests/unit/test_hypercall.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/boot.h"
#include "abi/smccc.h"
#include "raw_vm.h"
#include "suites.h"
#include "tap.h"

#define CANARY(n) (0xc0ffee0000000000UL + (n))

static struct raw_vm vm;
static uint64_t free_page;

/* Makes the call; true when the answer is that code, x5 to x17 are as before, and no counter has
 * moved. */
static bool refused(const char *name, long want, const uint64_t *args, enum attack_conduit conduit)
{
	struct attack_call call = { .conduit = conduit };
	struct fingerprint before, after;
	bool good;

	memcpy(call.x, args, 5 * sizeof(args[0]));
	for (unsigned int i = 5; i < ATTACK_REGS; i++)
		call.x[i] = CANARY(i);
	kmod_counters(&before);
	kmod_raw(&call);
	kmod_counters(&after);
	good = (long)call.x[0] == want;
	if (!good)
		tap_note("%s (0x%llx 0x%llx 0x%llx 0x%llx): %lld, not %ld", name,
			 (unsigned long long)args[1], (unsigned long long)args[2],
			 (unsigned long long)args[3], (unsigned long long)args[4],
			 (long long)call.x[0], want);
	for (unsigned int i = 5; i < ATTACK_REGS; i++)
		if (call.x[i] != CANARY(i)) {
			tap_note("%s: x%u is 0x%llx afterwards", name, i,
				 (unsigned long long)call.x[i]);
			good = false;
		}
	return kmod_same(&before, &after) && good;
}

/* -- Identifiers -- */

static const struct {
	uint64_t id;
	const char *name;
	bool vm, vcpu; /* x1 is a VM's handle; x2 a vCPU's index */
	long code;     /* of a call without a VM, with arguments that are all ones */
} ids[] = {
	{ DONJON_HC_INFO, "INFO", false, false, DONJON_OK },
	{ DONJON_HC_INIT, "INIT", false, false, DONJON_E_PHASE },
	{ DONJON_HC_CPU_COMMIT, "CPU_COMMIT", false, false, DONJON_E_PHASE },
	{ DONJON_HC_START, "START", false, false, DONJON_E_PHASE },
	{ DONJON_HC_STOP, "STOP", false, false, DONJON_E_BUSY },
	{ DONJON_HC_CPU_RELEASE, "CPU_RELEASE", false, false, DONJON_E_PHASE },
	{ DONJON_HC_POOL_DONATE, "POOL_DONATE", false, false, DONJON_E_INVALID },
	{ DONJON_HC_COUNTER, "COUNTER", false, false, DONJON_E_INVALID },
	{ DONJON_HC_LEDGER, "LEDGER", false, false, DONJON_E_INVALID },
	{ DONJON_HC_VM_CREATE, "VM_CREATE", false, false, DONJON_E_INVALID },
	{ DONJON_HC_VCPU_CREATE, "VCPU_CREATE", true, true, 0 },
	{ DONJON_HC_VM_TOPUP, "VM_TOPUP", true, false, 0 },
	{ DONJON_HC_VM_ADD_RAM, "VM_ADD_RAM", true, false, 0 },
	{ DONJON_HC_VM_DEL_RAM, "VM_DEL_RAM", true, false, 0 },
	{ DONJON_HC_VM_MAP, "VM_MAP", true, false, 0 },
	{ DONJON_HC_VM_UNMAP, "VM_UNMAP", true, false, 0 },
	{ DONJON_HC_VCPU_SET_REG, "VCPU_SET_REG", true, true, 0 },
	{ DONJON_HC_VCPU_GET_REG, "VCPU_GET_REG", true, true, 0 },
	{ DONJON_HC_VCPU_POWER, "VCPU_POWER", true, true, 0 },
	{ DONJON_HC_VCPU_RUN, "VCPU_RUN", true, true, 0 },
	{ DONJON_HC_VCPU_RESET, "VCPU_RESET", true, true, 0 },
	{ DONJON_HC_VM_KILL, "VM_KILL", true, false, 0 },
	{ DONJON_HC_VM_RECLAIM, "VM_RECLAIM", true, false, 0 },
	{ DONJON_HC_VM_DESTROY, "VM_DESTROY", true, false, 0 },
	{ DONJON_HC_DEBUG_PANIC, "DEBUG_PANIC", false, false, DONJON_E_NOT_SUPPORTED },
};

#define IDS (sizeof(ids) / sizeof(ids[0]))

static bool known(uint64_t id)
{
	for (unsigned int i = 0; i < IDS; i++)
		if (ids[i].id == id)
			return true;
	return false;
}

static bool unsupported(uint64_t id, enum attack_conduit conduit)
{
	/* What follows must not matter, so it is plausible. */
	uint64_t args[5] = { id, vm.handle, 0, free_page, PAGE };

	return refused("an unknown call", DONJON_E_NOT_SUPPORTED, args, conduit);
}

static void identifiers(void)
{
	static const uint64_t others[] = {
		5,
		6,
		0x1000,
		SMCCC_VERSION,
		PSCI_VERSION,
		PSCI_CPU_ON | SMCCC_64,
		PSCI_SYSTEM_RESET,
		KVM_VENDOR_UID,
		KVM_VENDOR_MEM_SHARE,
		KVM_VENDOR_MMIO_GUARD_ENROLL,
		KVM_VENDOR_MMIO_GUARD_MAP,
		0x8600d000,
		0xc600c000,
		0xc600e000,
		0xc700d000,
		0x4600d000,
		0x600d000,
		0xffffffff,
		1UL << 63,
		~0UL,
		~0UL - 4,
	};
	unsigned int bad = 0, n = 0;

	for (uint64_t id = DONJON_HC_BASE - 0x20; id < DONJON_HC_BASE + 0x120; id++)
		if (!known(id)) {
			bad += !unsupported(id, ATTACK_HVC0);
			n++;
		}
	tap_ok(!bad, "each unknown call in the range and around it (%u): NOT_SUPPORTED", n);
	bad = 0;
	for (unsigned int i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		bad += !unsupported(others[i], ATTACK_HVC0);
	tap_ok(!bad, "calls of other owners, also PSCI, and nonsense: NOT_SUPPORTED");
	bad = 0;
	for (unsigned int i = 0; i < IDS; i++)
		for (unsigned int bit = 32; bit < 64; bit++)
			bad += !unsupported(ids[i].id | 1UL << bit, ATTACK_HVC0);
	tap_ok(!bad, "each call with any bit of x0's upper half set: NOT_SUPPORTED");
	bad = 0;
	for (unsigned int i = 0; i < IDS; i++)
		bad += !unsupported(ids[i].id, ATTACK_HVC1) ||
		       !unsupported(ids[i].id, ATTACK_HVCFFFF);
	for (uint64_t id = 0; id < 5; id++)
		bad += !unsupported(id, ATTACK_HVC1) || !unsupported(id, ATTACK_HVCFFFF);
	tap_ok(!bad, "each call with an immediate: NOT_SUPPORTED");
}

/* Linux's stub calls (SET_VECTORS, SOFT_RESTART, RESET_VECTORS, FINALISE_EL2 and one more), with
 * arguments that would hurt. */
static void stub_calls(void)
{
	static const char *const names[] = {"0 (SET_VECTORS)", "1 (SOFT_RESTART)",
					    "2 (RESET_VECTORS)", "3 (FINALISE_EL2)", "4"};
	uint64_t results[4];

	for (uint64_t id = 0; id < 5; id++) {
		struct attack_call call = {
			.x = { id, free_page, free_page, free_page, free_page },
			.conduit = ATTACK_HVC0,
		};
		struct fingerprint before, after;
		long code;

		kmod_fingerprint(&before);
		kmod_raw(&call);
		kmod_fingerprint(&after);
		code = kmod_call(DONJON_HC_INFO, 0, 0, 0, 0, 0, results);
		tap_ok(call.x[0] == DONJON_STUB_ERR && !code &&
			       results[1] == DONJON_PHASE_RUNNING && kmod_same(&before, &after),
		       "stub call %s: 0xbadca11, and EL2 stays", names[id]);
	}
}

/* -- SMCs -- */

static void smc_of(const char *name, uint64_t id, uint64_t argument, enum attack_conduit conduit,
		   long want)
{
	struct attack_call call = { .x = { id, argument, free_page, 0 }, .conduit = conduit };

	kmod_raw(&call);
	if ((int32_t)call.x[0] != want)
		tap_note("%s: 0x%llx", name, (unsigned long long)call.x[0]);
	tap_ok((int32_t)call.x[0] == want, "SMC %s: %s", name,
	       want == PSCI_RET_SUCCESS ? "done" :
	       want == PSCI_RET_DENIED	? "DENIED" : "NOT_SUPPORTED");
}

static void smc(const char *name, uint64_t id, enum attack_conduit conduit, long want)
{
	smc_of(name, id, 0, conduit, want);
}

/* States of CPU_SUSPEND, and what PSCI_FEATURES says. QEMU's firmware knows all of it. */
static void suspend_and_features(void)
{
	const uint64_t refused[] = { PSCI_CPU_ON, PSCI_CPU_ON | SMCCC_64, PSCI_CPU_OFF,
				     PSCI_SYSTEM_SUSPEND, PSCI_MIGRATE };
	unsigned int i;

	smc_of("CPU_SUSPEND, power down", PSCI_CPU_SUSPEND, 1UL << 16, ATTACK_SMC0,
	       PSCI_RET_DENIED);
	smc_of("CPU_SUSPEND, 64-bit, power down", PSCI_CPU_SUSPEND | SMCCC_64, 1UL << 16,
	       ATTACK_SMC0, PSCI_RET_DENIED);
	smc_of("CPU_SUSPEND, power down in the extended format", PSCI_CPU_SUSPEND | SMCCC_64,
	       1UL << 30, ATTACK_SMC0, PSCI_RET_DENIED);
	smc_of("CPU_SUSPEND, standby", PSCI_CPU_SUSPEND, 0, ATTACK_SMC0, PSCI_RET_SUCCESS);
	smc_of("CPU_SUSPEND, 64-bit, standby", PSCI_CPU_SUSPEND | SMCCC_64, 0, ATTACK_SMC0,
	       PSCI_RET_SUCCESS);
	smc_of("PSCI_FEATURES of CPU_SUSPEND", PSCI_FEATURES, PSCI_CPU_SUSPEND | SMCCC_64,
	       ATTACK_SMC0, PSCI_RET_SUCCESS);
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		smc_of("PSCI_FEATURES of a call that is refused", PSCI_FEATURES, refused[i],
		       ATTACK_SMC0, SMCCC_NOT_SUPPORTED);
}

static int32_t answer_to(uint64_t id, uint64_t argument)
{
	struct attack_call call = { .x = { id, argument }, .conduit = ATTACK_SMC0 };

	kmod_raw(&call);
	return call.x[0];
}

/* What PSCI_FEATURES says of each of PSCI's calls is what the call itself says. */
static void features_are_true(void)
{
	unsigned int n, bad = 0;
	uint64_t id;

	for (n = 0; n < 0x40; n++) {
		int32_t says, does;

		id = PSCI_VERSION | (n & 0x1f) | (n & 0x20 ? SMCCC_64 : 0);
		if (id == PSCI_SYSTEM_OFF || id == PSCI_SYSTEM_RESET ||
		    (id & ~SMCCC_64) == PSCI_SYSTEM_RESET2)
			continue;
		says = answer_to(PSCI_FEATURES, id);
		does = answer_to(id, PSCI_VERSION);
		if ((says == PSCI_RET_NOT_SUPPORTED) ==
		    (does == PSCI_RET_NOT_SUPPORTED || does == PSCI_RET_DENIED))
			continue;
		tap_note("0x%llx: PSCI_FEATURES says %d, and the call %d", (unsigned long long)id,
			 says, does);
		bad++;
	}
	tap_ok(!bad, "PSCI_FEATURES is right about each call of PSCI's but those that end all");
}

static void smcs(void)
{
	struct attack_call version = {.x = {PSCI_VERSION}, .conduit = ATTACK_SMC0};

	smc("CPU_ON", PSCI_CPU_ON, ATTACK_SMC0, PSCI_RET_DENIED);
	smc("CPU_ON, 64-bit", PSCI_CPU_ON | SMCCC_64, ATTACK_SMC0, PSCI_RET_DENIED);
	smc("CPU_OFF", PSCI_CPU_OFF, ATTACK_SMC0, PSCI_RET_DENIED);
	suspend_and_features();
	features_are_true();
	smc("SYSTEM_SUSPEND", PSCI_SYSTEM_SUSPEND, ATTACK_SMC0, PSCI_RET_DENIED);
	smc("SYSTEM_SUSPEND, 64-bit", PSCI_SYSTEM_SUSPEND | SMCCC_64, ATTACK_SMC0, PSCI_RET_DENIED);
	smc("MIGRATE", PSCI_MIGRATE, ATTACK_SMC0, SMCCC_NOT_SUPPORTED);
	smc("of an unknown function", 0x8400ff00, ATTACK_SMC0, SMCCC_NOT_SUPPORTED);
	/* QEMU's firmware would take it: ALREADY_ON. */
	smc("CPU_ON by its number of PSCI 0.1", 0x95c1ba60, ATTACK_SMC0, SMCCC_NOT_SUPPORTED);
	smc("to the secure world", 0xb2000000, ATTACK_SMC0, SMCCC_NOT_SUPPORTED);
	smc("of SYSTEM_RESET with junk in the upper half", PSCI_SYSTEM_RESET | 1UL << 40,
	    ATTACK_SMC0, SMCCC_NOT_SUPPORTED);
	smc("of Donjon's own call", DONJON_HC_STOP, ATTACK_SMC0, SMCCC_NOT_SUPPORTED);
	smc("with an immediate", PSCI_VERSION, ATTACK_SMC1, SMCCC_NOT_SUPPORTED);
	smc("of SYSTEM_RESET with an immediate", PSCI_SYSTEM_RESET, ATTACK_SMC1,
	    SMCCC_NOT_SUPPORTED);
	kmod_raw(&version);
	tap_ok((int64_t)version.x[0] >= 0x10000, "SMC PSCI_VERSION still reaches the firmware");
}

/* -- Handles and indices -- */

/* Each call that names no VM, with arguments that are all wrong. */
static void without_a_vm(void)
{
	for (unsigned int i = 0; i < IDS; i++) {
		const uint64_t args[5] = { ids[i].id, ~0UL, ~0UL, ~0UL, ~0UL };

		if (!ids[i].vm && ids[i].id != DONJON_HC_INFO)
			tap_ok(refused(ids[i].name, ids[i].code, args, ATTACK_HVC0),
			       "S5: %s with wrong arguments is refused", ids[i].name);
	}
}

static void handles(void)
{
	const uint64_t bad[] = {
		0, 1, 0xff, ~0UL, vm.handle + 0x100, vm.handle - 0x100, vm.handle | 1UL << 40,
		vm.handle | 1UL << 63, vm.handle ^ 0x80, 0xffff0000,
	};
	const uint64_t indices[] = { 1, 15, 16, 17, 0x100, 1UL << 32, ~0UL };

	for (unsigned int i = 0; i < IDS; i++) {
		unsigned int wrong = 0, n;

		for (n = 0; ids[i].vm && n < sizeof(bad) / sizeof(bad[0]); n++) {
			const uint64_t args[5] = { ids[i].id, bad[n], 0, free_page, PAGE };

			wrong += !refused(ids[i].name, DONJON_E_NOT_FOUND, args, ATTACK_HVC0);
		}
		for (n = 0; ids[i].vcpu && n < sizeof(indices) / sizeof(indices[0]); n++) {
			const uint64_t args[5] = { ids[i].id, vm.handle, indices[n], 0, 0 };

			/* This call makes the vCPU: from DONJON_MAX_VCPUS on it is refused. */
			if (ids[i].id != DONJON_HC_VCPU_CREATE)
				wrong += !refused(ids[i].name, DONJON_E_NOT_FOUND, args,
						  ATTACK_HVC0);
		}
		if (ids[i].vm)
			tap_ok(!wrong, "S5: %s with a handle%s that does not exist: NOT_FOUND",
			       ids[i].name, ids[i].vcpu ? " or an index" : "");
	}
}

int suite_calls(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} groups[] = {
		{ "identifiers", identifiers }, { "stub calls", stub_calls }, { "SMCs", smcs },
		{ "calls without a VM", without_a_vm }, { "handles", handles },
	};
	struct fingerprint before, after;
	uint64_t results[4];

	kmod_open();
	tap_ok(!kmod_call(DONJON_HC_INFO, 0, 0, 0, 0, 0, results) &&
		       results[0] == DONJON_ABI_VERSION && results[1] == DONJON_PHASE_RUNNING &&
		       results[2] == results[3] && results[2],
	       "INFO: version, phase, CPUs");
	raw_vm_create(&vm, true);
	free_page = kmod_alloc(0);
	if (!free_page)
		tap_give_up("the host has no page");
	for (unsigned int i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		kmod_fingerprint(&before);
		groups[i].run();
		kmod_fingerprint(&after);
		tap_ok(kmod_same(&before, &after), "S5: after all wrong %s the ledger is as before",
		       groups[i].name);
	}
	tap_ok(raw_vm_destroy(&vm) && kmod_counter(DONJON_CNT_VMS) == 0,
	       "S3: the VM of the test ends, and leaves zeros");
	kmod_free(free_page, 0);
	return tap_end();
}

int smc_of_user(char **words)
{
	struct attack_call call = { .conduit = ATTACK_SMC0 };
	unsigned int i;

	for (i = 0; i < 8 && words[i]; i++)
		call.x[i] = strtoull(words[i], NULL, 0);
	kmod_open();
	kmod_raw(&call);
	printf("smc: 0x%llx 0x%llx 0x%llx 0x%llx\n", (unsigned long long)call.x[0],
	       (unsigned long long)call.x[1], (unsigned long long)call.x[2],
	       (unsigned long long)call.x[3]);
	return 0;
}

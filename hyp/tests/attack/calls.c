// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every call to EL2 with every kind of wrong argument. Each must give a documented error and change
 * nothing: counters are compared around each call, the whole ledger around each group.
 */
#include <string.h>
#include <stdio.h>

#include "abi/boot.h"
#include "abi/smccc.h"
#include "raw_vm.h"
#include "suites.h"
#include "tap.h"

#define CODE(name) (1U << -DONJON_E_##name)
#define CANARY(n)  (0xc0ffee0000000000UL + (n))

static const char *const code_names[] = {
	"OK",	     "NOT_SUPPORTED", "INVALID",  "PHASE", "DENIED", "NO_POOL", "BUSY",
	"NOT_FOUND", "EXISTS",	      "POISONED", "DYING", "OFF",    "CPU",	  "INTERNAL",
	"NO_CACHE",
};

static const char *code_name(long code)
{
	return code <= 0 && -code < (long)(sizeof(code_names) / sizeof(code_names[0]))
		       ? code_names[-code]
		       : "?";
}

static struct raw_vm p, q, u; /* two protected VMs and an unprotected one */
static uint64_t chunk;	   /* 2 MiB of the host's; the first pages are mapped in p, q and u */
static uint64_t hyp_page;  /* EL2's image */

#define P_PAGE	  (chunk)
#define Q_PAGE	  (chunk + 2 * PAGE)
#define U_PAGE	  (chunk + 4 * PAGE)
#define FREE_PAGE (chunk + 16 * PAGE) /* free pages from here on */
#define MMIO	  PLAT_UART_BASE      /* the nested host's UART is there, too */

/* Makes the call; true when the answer is one of want, x5 to x17 are as before, and no counter has
 * moved. */
static bool refused(const char *name, unsigned int want, const uint64_t *args,
		    enum attack_conduit conduit)
{
	struct attack_call call = {.conduit = conduit};
	struct fingerprint before, after;
	bool good;
	long code;

	memcpy(call.x, args, 5 * sizeof(args[0]));
	for (unsigned int i = 5; i < ATTACK_REGS; i++)
		call.x[i] = CANARY(i);
	kmod_counters(&before);
	kmod_raw(&call);
	kmod_counters(&after);
	code = (long)call.x[0];
	good = code <= 0 && code > -32 && (want & 1U << -code);
	if (!good)
		tap_note("%s (0x%llx 0x%llx 0x%llx 0x%llx): %ld %s", name,
			 (unsigned long long)args[1], (unsigned long long)args[2],
			 (unsigned long long)args[3], (unsigned long long)args[4], code,
			 code_name(code));
	for (unsigned int i = 5; i < ATTACK_REGS; i++)
		if (call.x[i] != CANARY(i)) {
			tap_note("%s: x%u is 0x%llx afterwards", name, i,
				 (unsigned long long)call.x[i]);
			good = false;
		}
	return kmod_same(&before, &after) && good;
}

static void deny(const char *name, unsigned int want, uint64_t id, uint64_t a1, uint64_t a2,
		 uint64_t a3, uint64_t a4)
{
	uint64_t args[5] = {id, a1, a2, a3, a4};

	tap_ok(refused(name, want, args, ATTACK_HVC0), "%s", name);
}

/* -- Identifiers -- */

static const struct {
	uint64_t id;
	const char *name;
	bool vm, vcpu; /* x1 is a VM's handle; x2 a vCPU's index */
} ids[] = {
	{DONJON_HC_INFO, "INFO", false, false},
	{DONJON_HC_INIT, "INIT", false, false},
	{DONJON_HC_CPU_COMMIT, "CPU_COMMIT", false, false},
	{DONJON_HC_START, "START", false, false},
	{DONJON_HC_STOP, "STOP", false, false},
	{DONJON_HC_CPU_RELEASE, "CPU_RELEASE", false, false},
	{DONJON_HC_POOL_DONATE, "POOL_DONATE", false, false},
	{DONJON_HC_COUNTER, "COUNTER", false, false},
	{DONJON_HC_LEDGER, "LEDGER", false, false},
	{DONJON_HC_VM_CREATE, "VM_CREATE", false, false},
	{DONJON_HC_VCPU_CREATE, "VCPU_CREATE", true, true},
	{DONJON_HC_VM_TOPUP, "VM_TOPUP", true, false},
	{DONJON_HC_VM_ADD_RAM, "VM_ADD_RAM", true, false},
	{DONJON_HC_VM_DEL_RAM, "VM_DEL_RAM", true, false},
	{DONJON_HC_VM_MAP, "VM_MAP", true, false},
	{DONJON_HC_VM_UNMAP, "VM_UNMAP", true, false},
	{DONJON_HC_VCPU_SET_REG, "VCPU_SET_REG", true, true},
	{DONJON_HC_VCPU_GET_REG, "VCPU_GET_REG", true, true},
	{DONJON_HC_VCPU_POWER, "VCPU_POWER", true, true},
	{DONJON_HC_VCPU_RUN, "VCPU_RUN", true, true},
	{DONJON_HC_VM_KILL, "VM_KILL", true, false},
	{DONJON_HC_VM_RECLAIM, "VM_RECLAIM", true, false},
	{DONJON_HC_VM_DESTROY, "VM_DESTROY", true, false},
	{DONJON_HC_DEBUG_PANIC, "DEBUG_PANIC", false, false},
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
	uint64_t args[5] = {id, p.handle, 0, FREE_PAGE, PAGE};

	return refused("an unknown call", CODE(NOT_SUPPORTED), args, conduit);
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
		struct attack_call call = {.x = {id, FREE_PAGE, FREE_PAGE, FREE_PAGE, FREE_PAGE},
					   .conduit = ATTACK_HVC0};
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

static void smc(const char *name, uint64_t id, enum attack_conduit conduit, long want)
{
	struct attack_call call = {.x = {id, 0, FREE_PAGE, 0}, .conduit = conduit};

	kmod_raw(&call);
	if ((int32_t)call.x[0] != want)
		tap_note("%s: 0x%llx", name, (unsigned long long)call.x[0]);
	tap_ok((int32_t)call.x[0] == want, "SMC %s: %s", name,
	       want == PSCI_RET_DENIED ? "DENIED" : "NOT_SUPPORTED");
}

static void smcs(void)
{
	struct attack_call version = {.x = {PSCI_VERSION}, .conduit = ATTACK_SMC0};

	smc("CPU_ON", PSCI_CPU_ON, ATTACK_SMC0, PSCI_RET_DENIED);
	smc("CPU_ON, 64-bit", PSCI_CPU_ON | SMCCC_64, ATTACK_SMC0, PSCI_RET_DENIED);
	smc("CPU_OFF", PSCI_CPU_OFF, ATTACK_SMC0, PSCI_RET_DENIED);
	smc("CPU_SUSPEND", PSCI_CPU_SUSPEND, ATTACK_SMC0, PSCI_RET_DENIED);
	smc("CPU_SUSPEND, 64-bit", PSCI_CPU_SUSPEND | SMCCC_64, ATTACK_SMC0, PSCI_RET_DENIED);
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

/* -- Phases, handles, indices -- */

static void phases(void)
{
	deny("INIT while running: PHASE", CODE(PHASE), DONJON_HC_INIT, 0, 0, 0, 0);
	deny("CPU_COMMIT while running: PHASE", CODE(PHASE), DONJON_HC_CPU_COMMIT, 0, 0, 0, 0);
	deny("START while running: PHASE", CODE(PHASE), DONJON_HC_START, 0, 0, 0, 0);
	deny("CPU_RELEASE while running: PHASE", CODE(PHASE), DONJON_HC_CPU_RELEASE, 0, 0, 0, 0);
	deny("STOP while a VM exists: BUSY", CODE(BUSY), DONJON_HC_STOP, 0, 0, 0, 0);
	deny("COUNTER that there is not: INVALID", CODE(INVALID), DONJON_HC_COUNTER,
	     DONJON_NR_COUNTERS, 0, 0, 0);
	deny("COUNTER ~0: INVALID", CODE(INVALID), DONJON_HC_COUNTER, ~0UL, 0, 0, 0);
}

static void handles(void)
{
	const uint64_t bad[] = {0,
				1,
				0xff,
				~0UL,
				p.handle + 0x100,
				p.handle - 0x100,
				p.handle | 1UL << 40,
				p.handle | 1UL << 63,
				p.handle ^ 0x80,
				0xffff0000};
	const uint64_t indices[] = {1, 15, 16, 17, 0x100, 1UL << 32, ~0UL};

	for (unsigned int i = 0; i < IDS; i++) {
		unsigned int wrong = 0;

		if (!ids[i].vm)
			continue;
		for (unsigned int h = 0; h < sizeof(bad) / sizeof(bad[0]); h++) {
			uint64_t args[5] = {ids[i].id, bad[h], 0, FREE_PAGE, FREE_PAGE + PAGE};

			if (!ids[i].vcpu) {
				args[2] = ids[i].id == DONJON_HC_VM_MAP ? FREE_PAGE : RAW_VM_RAM;
				args[3] = ids[i].id == DONJON_HC_VM_MAP ? RAW_VM_RAM : PAGE;
				args[4] = PAGE;
			}
			if (ids[i].id == DONJON_HC_VM_TOPUP)
				args[2] = FREE_PAGE;
			wrong += !refused(ids[i].name, CODE(NOT_FOUND), args, ATTACK_HVC0);
		}
		tap_ok(!wrong, "%s with a handle that there is not (%zu): NOT_FOUND", ids[i].name,
		       sizeof(bad) / sizeof(bad[0]));
	}
	for (unsigned int i = 0; i < IDS; i++) {
		unsigned int wrong = 0;

		if (!ids[i].vcpu || ids[i].id == DONJON_HC_VCPU_CREATE)
			continue;
		for (unsigned int n = 0; n < sizeof(indices) / sizeof(indices[0]); n++) {
			uint64_t args[5] = {ids[i].id, p.handle, indices[n], 0, 0};

			wrong += !refused(ids[i].name,
					  indices[n] < DONJON_MAX_VCPUS
						  ? CODE(NOT_FOUND)
						  : CODE(NOT_FOUND) | CODE(INVALID),
					  args, ATTACK_HVC0);
		}
		tap_ok(!wrong, "%s with an index that there is not: NOT_FOUND", ids[i].name);
	}
	deny("VCPU_CREATE with index 16: INVALID", CODE(INVALID), DONJON_HC_VCPU_CREATE, p.handle,
	     16, FREE_PAGE, FREE_PAGE + PAGE);
	deny("VCPU_CREATE with index 2^32: INVALID", CODE(INVALID), DONJON_HC_VCPU_CREATE, p.handle,
	     1UL << 32, FREE_PAGE, FREE_PAGE + PAGE);
	deny("VCPU_CREATE twice: EXISTS", CODE(EXISTS), DONJON_HC_VCPU_CREATE, p.handle, 0,
	     FREE_PAGE, FREE_PAGE + PAGE);
	deny("VCPU_CREATE with one page as vCPU and run page: INVALID",
	     CODE(INVALID) | CODE(DENIED), DONJON_HC_VCPU_CREATE, p.handle, 1, FREE_PAGE,
	     FREE_PAGE);
}

/* -- Physical addresses and sizes -- */

struct pages_call {
	const char *name;
	uint64_t args[5];
	unsigned int pa, size; /* which of args; size 0: the call has none */
	uint64_t alignment;
};

static void try_pa(const struct pages_call *c, const char *what, uint64_t pa, uint64_t size,
		   unsigned int want)
{
	uint64_t args[5];
	char name[128];

	memcpy(args, c->args, sizeof(args));
	args[c->pa] = pa;
	if (c->size)
		args[c->size] = size;
	snprintf(name, sizeof(name), "%s, %s", c->name, what);
	tap_ok(refused(name, want, args, ATTACK_HVC0), "%s: %s", name,
	       want == CODE(INVALID)  ? "INVALID"
	       : want == CODE(DENIED) ? "DENIED"
				      : "DENIED or INVALID");
}

static void bad_pages(const struct pages_call *c)
{
	uint64_t free = c->alignment > PAGE ? chunk + 0x100000 : FREE_PAGE;

	try_pa(c, "unaligned by one byte", free + 1, PAGE, CODE(INVALID));
	try_pa(c, "unaligned by half the alignment", free + c->alignment / 2, PAGE, CODE(INVALID));
	try_pa(c, "wrapping", 0UL - c->alignment, 2 * PAGE, CODE(INVALID) | CODE(DENIED));
	try_pa(c, "above all addresses", 1UL << 52, PAGE, CODE(INVALID) | CODE(DENIED));
	try_pa(c, "with the top bit set", free | 1UL << 63, PAGE, CODE(INVALID) | CODE(DENIED));
	try_pa(c, "of a device", MMIO, PAGE, CODE(INVALID) | CODE(DENIED));
	try_pa(c, "of nothing", 0x3f000000, PAGE, CODE(INVALID) | CODE(DENIED));
	try_pa(c, "of EL2's image", hyp_page, PAGE, CODE(DENIED));
	try_pa(c, "of a VM's tables", p.vm_pa, PAGE, CODE(DENIED));
	if (c->alignment == PAGE) {
		try_pa(c, "of a VM's vCPU", p.vcpu_pa[0], PAGE, CODE(DENIED));
		try_pa(c, "of a vCPU's run page, which is lent", p.run_pa[0], PAGE, CODE(DENIED));
		try_pa(c, "of a VM's page cache", p.cache_pa, PAGE, CODE(DENIED));
		try_pa(c, "of a page that is the VM's already", P_PAGE, PAGE, CODE(DENIED));
		try_pa(c, "of another VM's page", Q_PAGE, PAGE, CODE(DENIED));
		try_pa(c, "of a page lent to an unprotected VM", U_PAGE, PAGE, CODE(DENIED));
	} else {
		try_pa(c, "of pages of which one is a guest's", chunk, PAGE, CODE(DENIED));
	}
	if (!c->size)
		return;
	try_pa(c, "size 0", free, 0, CODE(INVALID));
	try_pa(c, "size of half a page", free, PAGE / 2, CODE(INVALID));
	try_pa(c, "size one byte too long", free, PAGE + 1, CODE(INVALID));
	try_pa(c, "more than 2 MiB", chunk, DONJON_MAX_RANGE + PAGE, CODE(INVALID));
	try_pa(c, "size 2^63", free, 1UL << 63, CODE(INVALID));
	try_pa(c, "size -4096", free, 0UL - PAGE, CODE(INVALID));
	try_pa(c, "ending in a guest's page", chunk - PAGE, 2 * PAGE, CODE(DENIED));
	try_pa(c, "with a guest's page in the middle", chunk + PAGE, 8 * PAGE, CODE(DENIED));
	try_pa(c, "ending in EL2's image", hyp_page - PAGE, 2 * PAGE, CODE(DENIED) | CODE(INVALID));
}

static void pages(void)
{
	const struct pages_call list[] = {
		{"POOL_DONATE", {DONJON_HC_POOL_DONATE}, 1, 2, PAGE},
		{"VM_CREATE",
		 {DONJON_HC_VM_CREATE, DONJON_VM_PROTECTED, 36},
		 3,
		 0,
		 PAGE * DONJON_VM_PAGES},
		{"VCPU_CREATE, vCPU page",
		 {DONJON_HC_VCPU_CREATE, p.handle, 1, 0, FREE_PAGE + 8 * PAGE},
		 3,
		 0,
		 PAGE},
		{"VCPU_CREATE, run page",
		 {DONJON_HC_VCPU_CREATE, p.handle, 1, FREE_PAGE + 8 * PAGE, 0},
		 4,
		 0,
		 PAGE},
		{"VM_TOPUP", {DONJON_HC_VM_TOPUP, p.handle}, 2, 3, PAGE},
		{"VM_MAP", {DONJON_HC_VM_MAP, p.handle, 0, RAW_VM_RAM + 0x100000, PAGE}, 2, 4, PAGE},
		{"VM_MAP, unprotected",
		 {DONJON_HC_VM_MAP, u.handle, 0, RAW_VM_RAM + 0x100000, PAGE},
		 2,
		 4,
		 PAGE},
	};

	for (unsigned int i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		bad_pages(&list[i]);
	deny("VM_CREATE with unknown flags: INVALID", CODE(INVALID), DONJON_HC_VM_CREATE, 2, 36,
	     chunk + 0x100000, 0);
	deny("VM_CREATE with all flags: INVALID", CODE(INVALID), DONJON_HC_VM_CREATE, ~0UL, 36,
	     chunk + 0x100000, 0);
	deny("VM_CREATE with 31 bits: INVALID", CODE(INVALID), DONJON_HC_VM_CREATE, 1, 31,
	     chunk + 0x100000, 0);
	deny("VM_CREATE with 0 bits: INVALID", CODE(INVALID), DONJON_HC_VM_CREATE, 1, 0,
	     chunk + 0x100000, 0);
	deny("VM_CREATE with 49 bits: INVALID", CODE(INVALID), DONJON_HC_VM_CREATE, 1, 49,
	     chunk + 0x100000, 0);
	deny("VM_CREATE with 2^40 bits: INVALID", CODE(INVALID), DONJON_HC_VM_CREATE, 1, 1UL << 40,
	     chunk + 0x100000, 0);
}

/* -- Guest-physical addresses -- */

static void ipas(void)
{
	const struct {
		const char *name;
		uint64_t id, handle;
	} list[] = {
		{"VM_MAP", DONJON_HC_VM_MAP, p.handle},
		{"VM_MAP, unprotected", DONJON_HC_VM_MAP, u.handle},
		{"VM_UNMAP", DONJON_HC_VM_UNMAP, u.handle},
		{"VM_RECLAIM", DONJON_HC_VM_RECLAIM, p.handle},
		{"VM_ADD_RAM", DONJON_HC_VM_ADD_RAM, p.handle},
	};
	const struct {
		const char *what;
		uint64_t ipa, size;
		bool bounded; /* only where a call covers at most 2 MiB */
	} bad[] = {
		{"IPA unaligned", RAW_VM_RAM + 0x800, PAGE, false},
		{"IPA wrapping", 0UL - PAGE, 2 * PAGE, false},
		{"IPA above the VM's", 1UL << 36, PAGE, false},
		{"IPA range that ends above", (1UL << 36) - PAGE, 2 * PAGE, false},
		{"IPA with the top bit set", RAW_VM_RAM | 1UL << 63, PAGE, false},
		{"size 0", RAW_VM_RAM, 0, false},
		{"size of half a page", RAW_VM_RAM, PAGE / 2, false},
		{"size -4096", 0x80000000, 0UL - PAGE, false},
		{"more than 2 MiB", RAW_VM_RAM, DONJON_MAX_RANGE + PAGE, true},
	};

	for (unsigned int i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		for (unsigned int b = 0; b < sizeof(bad) / sizeof(bad[0]); b++) {
			uint64_t args[5] = {list[i].id, list[i].handle, bad[b].ipa, bad[b].size, 0};

			if (bad[b].bounded && list[i].id == DONJON_HC_VM_ADD_RAM)
				continue;
			if (list[i].id == DONJON_HC_VM_MAP) {
				args[2] = FREE_PAGE;
				args[3] = bad[b].ipa;
				args[4] = bad[b].size;
			}
			tap_ok(refused(list[i].name, CODE(INVALID), args, ATTACK_HVC0),
			       "%s, %s: INVALID", list[i].name, bad[b].what);
		}
	deny("VM_MAP where something is mapped: EXISTS", CODE(EXISTS), DONJON_HC_VM_MAP, p.handle,
	     FREE_PAGE, RAW_VM_RAM, PAGE);
	deny("VM_MAP of a range that ends there: EXISTS", CODE(EXISTS), DONJON_HC_VM_MAP, q.handle,
	     FREE_PAGE, RAW_VM_RAM, 8 * PAGE);
	deny("VM_MAP outside the guest's RAM: INVALID", CODE(INVALID), DONJON_HC_VM_MAP, p.handle,
	     FREE_PAGE, 0x30000000, PAGE);
	deny("VM_MAP that ends outside the guest's RAM: INVALID", CODE(INVALID), DONJON_HC_VM_MAP,
	     p.handle, FREE_PAGE, RAW_VM_RAM + RAW_VM_RAM_SIZE - PAGE, 2 * PAGE);
	deny("VM_UNMAP of a protected VM: DENIED", CODE(DENIED), DONJON_HC_VM_UNMAP, p.handle,
	     RAW_VM_RAM, PAGE, 0);
	deny("VM_RECLAIM of a VM that isn't dying: DENIED", CODE(DENIED) | CODE(BUSY),
	     DONJON_HC_VM_RECLAIM, p.handle, RAW_VM_RAM, PAGE, 0);
	deny("VM_DESTROY of a VM that isn't dying: BUSY", CODE(BUSY), DONJON_HC_VM_DESTROY,
	     p.handle, 0, 0, 0);
	deny("VM_ADD_RAM of what is there: EXISTS", CODE(EXISTS), DONJON_HC_VM_ADD_RAM, p.handle,
	     RAW_VM_RAM, PAGE, 0);
	deny("VM_ADD_RAM that overlaps: EXISTS", CODE(EXISTS), DONJON_HC_VM_ADD_RAM, p.handle,
	     RAW_VM_RAM - PAGE, 2 * PAGE, 0);
	deny("VM_DEL_RAM of a protected VM: DENIED", CODE(DENIED), DONJON_HC_VM_DEL_RAM, p.handle,
	     RAW_VM_RAM, RAW_VM_RAM_SIZE, 0);
	deny("VM_DEL_RAM of a part: NOT_FOUND", CODE(NOT_FOUND), DONJON_HC_VM_DEL_RAM, u.handle,
	     RAW_VM_RAM, PAGE, 0);
	deny("VM_DEL_RAM with pages mapped: BUSY", CODE(BUSY), DONJON_HC_VM_DEL_RAM, u.handle,
	     RAW_VM_RAM, RAW_VM_RAM_SIZE, 0);
	deny("VM_DEL_RAM of nonsense: NOT_FOUND", CODE(NOT_FOUND) | CODE(INVALID),
	     DONJON_HC_VM_DEL_RAM, u.handle, ~0UL, ~0UL, 0);
}

/* -- Registers -- */

static void registers(void)
{
	deny("VCPU_SET_REG of register 38: INVALID", CODE(INVALID), DONJON_HC_VCPU_SET_REG,
	     p.handle, 0, DONJON_NR_REGS, 0);
	deny("VCPU_SET_REG of register ~0: INVALID", CODE(INVALID), DONJON_HC_VCPU_SET_REG,
	     p.handle, 0, ~0UL, 0);
	deny("VCPU_GET_REG of register 38: INVALID", CODE(INVALID), DONJON_HC_VCPU_GET_REG,
	     p.handle, 0, DONJON_NR_REGS, 0);
	deny("VCPU_GET_REG of register 2^32: INVALID", CODE(INVALID), DONJON_HC_VCPU_GET_REG,
	     p.handle, 0, 1UL << 32, 0);
	deny("VCPU_SET_REG of MPIDR: DENIED", CODE(DENIED) | CODE(INVALID), DONJON_HC_VCPU_SET_REG,
	     p.handle, 0, DONJON_REG_MPIDR, 0);
	deny("VCPU_POWER with 2: INVALID", CODE(INVALID), DONJON_HC_VCPU_POWER, p.handle, 0, 2, 0);
	deny("VCPU_POWER with ~0: INVALID", CODE(INVALID), DONJON_HC_VCPU_POWER, p.handle, 0, ~0UL,
	     0);
	deny("VCPU_RUN of a vCPU that is off: OFF", CODE(OFF), DONJON_HC_VCPU_RUN, p.handle, 0, 0,
	     0);
}

static void find_image(const struct run *run, void *context)
{
	uint64_t *page = context;

	if (!*page && run->state == DONJON_PAGE_HYP)
		*page = run->start;
}

static void prepare(void)
{
	kmod_walk(find_image, &hyp_page);
	raw_vm_create(&p, true);
	raw_vm_create(&q, true);
	raw_vm_create(&u, false);
	chunk = kmod_alloc(9);
	if (!hyp_page || !chunk || raw_vm_map(&p, P_PAGE, RAW_VM_RAM, PAGE) ||
	    raw_vm_map(&q, Q_PAGE, RAW_VM_RAM + 7 * PAGE, PAGE) || raw_vm_map(&u, U_PAGE, RAW_VM_RAM, PAGE))
		tap_give_up("the VMs for the test can't be made");
}

int suite_calls(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} groups[] = {
		{"identifiers", identifiers},
		{"stub calls", stub_calls},
		{"SMCs", smcs},
		{"phases", phases},
		{"handles", handles},
		{"physical addresses", pages},
		{"guest-physical addresses", ipas},
		{"registers", registers},
	};
	struct fingerprint before, after;
	uint64_t results[4];

	kmod_open();
	tap_ok(!kmod_call(DONJON_HC_INFO, 0, 0, 0, 0, 0, results) &&
		       results[0] == DONJON_ABI_VERSION && results[1] == DONJON_PHASE_RUNNING &&
		       results[2] == results[3] && results[2],
	       "INFO: version, phase, CPUs");
	prepare();
	for (unsigned int i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		kmod_fingerprint(&before);
		groups[i].run();
		kmod_fingerprint(&after);
		tap_ok(kmod_same(&before, &after), "after all wrong %s the ledger is as before",
		       groups[i].name);
	}
	tap_ok(raw_vm_destroy(&p) && raw_vm_destroy(&q) && raw_vm_destroy(&u),
	       "the VMs of the test end, and leave zeros");
	tap_ok(raw_vm_clean(P_PAGE, PAGE) && raw_vm_clean(Q_PAGE, PAGE) &&
		       kmod_counter(DONJON_CNT_VMS) == 0,
	       "nothing of them is left");
	kmod_free(chunk, 9);
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-only
#include <abi/run.h>
#include <abi/smccc.h>
#include <arch/cpu.h>
#include <el2/host.h>
#include <el2/init.h>
#include <tests/spec/hooks.h>
#include "check.h"
#include "harness.h"
#include "host.h"

/* Where VMs' own pages, vCPUs and tables come from; their memory comes from the blocks before. */
#define OWN_BASE   (FREE_BASE + 8 * BLOCK)
#define OWN_PAGES  (8 * PT_ENTRIES)
#define RAM_BLOCKS 8
#define IPA_BASE   0x40000000UL

/* Kinds of arguments. */
enum argument {
	NONE,
	HANDLE,
	INDEX,	  /* of a vCPU */
	OWN,	  /* pages for a VM, its vCPUs or tables: not in use yet */
	OWN_32,	  /* the same, aligned to a VM's */
	OWN_SIZE, /* a few pages */
	PA,	  /* a page that may become a guest's */
	IPA,
	SIZE,
	FLAGS,
	BITS,
	REG,
	VALUE,
	ON,
	COUNTER,
	ANY_PA,
};

static const struct call {
	const char *name;
	uint64_t id;
	uint8_t arguments[4];
} calls[] = {
#define CALL(name, ...)                                                                            \
	{                                                                                          \
#name, DONJON_HC_##name,                                                           \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
	CALL(VM_MAP, HANDLE, PA, IPA, SIZE),
	CALL(VM_MAP, HANDLE, PA, IPA, SIZE),
	CALL(VCPU_RUN, HANDLE, INDEX),
	CALL(VCPU_RUN, HANDLE, INDEX),
	CALL(VM_UNMAP, HANDLE, IPA, SIZE),
	CALL(VM_RECLAIM, HANDLE, IPA, SIZE),
	CALL(VM_KILL, HANDLE),
	CALL(VM_DESTROY, HANDLE),
	CALL(VM_TOPUP, HANDLE, OWN, OWN_SIZE),
	CALL(VCPU_POWER, HANDLE, INDEX, ON),
	CALL(VCPU_SET_REG, HANDLE, INDEX, REG, VALUE),
	CALL(VCPU_GET_REG, HANDLE, INDEX, REG),
	CALL(VCPU_CREATE, HANDLE, INDEX, OWN, OWN),
	CALL(VM_CREATE, FLAGS, BITS, OWN_32),
	CALL(VM_ADD_RAM, HANDLE, IPA, SIZE, FLAGS),
	CALL(VM_DEL_RAM, HANDLE, IPA, SIZE),
	CALL(POOL_DONATE, OWN, OWN_SIZE),
	CALL(COUNTER, COUNTER),
	CALL(LEDGER, ANY_PA),
	CALL(INFO, NONE),
	CALL(STOP, NONE),
	CALL(INIT, NONE),
	CALL(CPU_COMMIT, NONE),
	CALL(START, NONE),
	CALL(CPU_RELEASE, NONE),
	CALL(DEBUG_PANIC, NONE),
	CALL(VCPU_RESET, HANDLE, INDEX),
};

static uint64_t handles[8]; /* made last; some are of VMs that are gone */
static unsigned int nr_handles;
static uint64_t next_own, donated;
static uint64_t results[5];

void host_begin(void)
{
	memset(handles, 0, sizeof(handles));
	nr_handles = 0;
	next_own = donated = 0;
}

uint64_t host_donated(void)
{
	return donated;
}

uint64_t host_result(unsigned int n)
{
	return results[n];
}

/* -- Arguments -- */

static uint64_t own(uint64_t n)
{
	uint64_t at = (next_own + n - 1) / n * n % OWN_PAGES;

	next_own = at + n;
	return OWN_BASE + at * PAGE_SIZE;
}

uint64_t host_page(struct input *in)
{
	uint8_t a = input_8(in), b = input_8(in);
	uint64_t block = a % RAM_BLOCKS * BLOCK;

	switch (a >> 6) {
	case 0:
		return FREE_BASE + block;
	case 1:
		return FREE_BASE + block + (b & 7) * PAGE_SIZE;
	case 2:
		return OWN_BASE + ((a & 0x3f) * 256UL + b) % OWN_PAGES * PAGE_SIZE;
	}
	return (b & 1 ? HIGH_BASE : FIRMWARE_BASE) + (uint64_t)(int8_t)b * PAGE_SIZE;
}

uint64_t host_ipa(struct input *in)
{
	uint8_t a = input_8(in);

	return IPA_BASE + a % RAM_BLOCKS * BLOCK + (a >> 3 & 7) * PAGE_SIZE * (a & 0x40 ? 3 : 0);
}

static uint64_t size(uint8_t a)
{
	switch (a & 3) {
	case 0:
		return PAGE_SIZE;
	case 1:
		return BLOCK;
	}
	return (1 + (a >> 2)) * (a & 1 ? 1 : 7) * PAGE_SIZE;
}

static uint64_t argument(enum argument kind, struct input *in)
{
	switch (kind) {
	case NONE:
		return 0;
	case HANDLE:
		return handles[input_8(in) % ARRAY_SIZE(handles) % (nr_handles ? nr_handles : 1)];
	case INDEX:
		return input_8(in) & 3;
	case OWN:
		return own(1);
	case OWN_32:
		return own(DONJON_VM_PAGES);
	case OWN_SIZE:
		return (1 + (input_8(in) & 15)) * PAGE_SIZE;
	case PA:
	case ANY_PA:
		return host_page(in);
	case IPA:
		return host_ipa(in);
	case SIZE:
		return size(input_8(in));
	case FLAGS:
	case ON:
		return input_8(in) & 1;
	case BITS:
		return 32 + (input_8(in) & 7);
	case REG:
		return input_8(in) % (DONJON_NR_REGS + 1);
	case VALUE:
		return input_wild(in);
	case COUNTER:
		return input_8(in) % (DONJON_NR_COUNTERS + 1);
	}
	return 0;
}

/* -- One call -- */

static bool has_parts(uint64_t base, uint64_t size)
{
	return size > DONJON_MAP_PAGES * PAGE_SIZE || size > PT_MAX_RANGE - base % PT_MAX_RANGE;
}

/* DESTROY gives a run page back before it needs memory for the rest; a run has many effects; a kill
 * marks what it cannot end yet; ranges are done in parts. */
static bool may_change_and_fail(uint64_t id, const uint64_t a[5])
{
	return id == DONJON_HC_VM_DESTROY || id == DONJON_HC_VCPU_RUN || id == DONJON_HC_VM_KILL ||
	       id == DONJON_HC_VM_UNMAP || id == DONJON_HC_VM_RECLAIM ||
	       (id == DONJON_HC_VM_MAP && (has_parts(a[2], a[4]) || has_parts(a[3], a[4]))) ||
	       (id == DONJON_HC_VM_TOPUP && has_parts(a[2], a[3])) ||
	       (id == DONJON_HC_POOL_DONATE && has_parts(a[1], a[2]));
}

static bool is_known(uint64_t id)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		if (calls[i].id == id)
			return true;
	return false;
}

int64_t host_call_with(uint64_t id, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4)
{
	struct host_regs regs = {.x = {id, a1, a2, a3, a4}};
	const uint64_t a[] = {id, a1, a2, a3, a4};
	bool may = may_change_and_fail(id, a);
	uint64_t sum = may ? 0 : world_sum(NULL);
	unsigned int i;
	int64_t ret;

	for (i = 5; i < ARRAY_SIZE(regs.x); i++)
		regs.x[i] = i * 0x0101010101010101UL;
	fake_host_call(&regs);
	ret = regs.x[0];
	for (i = is_known(id) ? 5 : 1; i < ARRAY_SIZE(regs.x); i++) {
		uint64_t was = i == 1	? a1
			       : i == 2 ? a2
			       : i == 3 ? a3
			       : i == 4 ? a4
					: i * 0x0101010101010101UL;

		FUZZ_CHECK(regs.x[i] == was, "call 0x%lx changes x%u from 0x%lx to 0x%lx", id, i,
			   was, regs.x[i]);
	}
	FUZZ_CHECK(ret <= DONJON_OK && ret >= DONJON_E_NO_CACHE, "call 0x%lx answers %ld", id, ret);
	FUZZ_CHECK(is_known(id) || ret == SMCCC_NOT_SUPPORTED, "the unknown call 0x%lx answers %ld",
		   id, ret);
	FUZZ_CHECK(!this_cpu()->locks_held && !fake_pending(),
		   "call 0x%lx leaves locks 0x%x and %u broken entries", id, this_cpu()->locks_held,
		   fake_pending());
	FUZZ_CHECK(!ret || may || world_sum(NULL) == sum,
		   "call 0x%lx answers %ld, but something has changed", id, ret);
	contents_forget_hyp(hooks_spec());
	contents_check(hooks_spec(), false);
	memcpy(results, regs.x, sizeof(results));
	return ret;
}

/* The host gets at no register of an activated vCPU, and sets no state that EL1 could not set by
 * itself. */
static void check_registers(const struct call *call, const uint64_t *a)
{
	struct vm *vm = vm_get(a[0]);
	struct vcpu *vcpu = vm ? vm_vcpu(vm, a[1]) : NULL;

	FUZZ_CHECK(vcpu, "%s of a vCPU that does not exist succeeds", call->name);
	FUZZ_CHECK(!vm->mem.protected || !vm->mem.activated || a[2] == DONJON_REG_MPIDR,
		   "%s of register %lu succeeds though the VM is activated", call->name, a[2]);
	FUZZ_CHECK(!vcpu->loaded || a[2] == DONJON_REG_MPIDR, "%s succeeds while the vCPU runs",
		   call->name);
	FUZZ_CHECK(!(vcpu->pstate & ~(MASK(31, 28) | MASK(9, 6) | 0xfUL)) &&
			   ((vcpu->pstate & 0xf) == 0 || (vcpu->pstate & 0xf) == 4 ||
			    (vcpu->pstate & 0xf) == 5),
		   "PSTATE has become 0x%lx", vcpu->pstate);
	vm_put(vm);
}

static void check_success(const struct call *call, const uint64_t *a)
{
	switch (call->id) {
	case DONJON_HC_VM_CREATE:
		FUZZ_CHECK(results[1] &&
				   vm_handle_of(OWNER_GUEST + (results[1] & 0xff)) == results[1],
			   "VM_CREATE gives the handle 0x%lx", results[1]);
		handles[nr_handles++ % ARRAY_SIZE(handles)] = results[1];
		break;
	case DONJON_HC_POOL_DONATE:
		donated += a[1] >> PAGE_SHIFT;
		break;
	case DONJON_HC_VCPU_SET_REG:
	case DONJON_HC_VCPU_GET_REG:
		check_registers(call, a);
		break;
	case DONJON_HC_LEDGER:
		FUZZ_CHECK(results[1] > a[0] && is_aligned(results[1], PAGE_SIZE) &&
				   results[2] == spec_state(spec_page(hooks_spec(), a[0])),
			   "LEDGER of 0x%lx gives end 0x%lx, state %lu", a[0], results[1],
			   results[2]);
		break;
	case DONJON_HC_VM_DESTROY:
		FUZZ_CHECK(world_is_zero(results[1], PAGE_SIZE) &&
				   results[2] <= DONJON_VM_PAGE_LAST,
			   "VM_DESTROY gives page 0x%lx, not zero, as %lu", results[1], results[2]);
		FUZZ_CHECK(world_state(results[1]) == DONJON_PAGE_HOST,
			   "VM_DESTROY gives 0x%lx, which stays EL2's", results[1]);
	}
}

/* What the call's VM and vCPU are like before it. */
struct target {
	bool exists, dying, loaded;
	uint64_t pages;
};

static struct target target_of(uint64_t handle, uint64_t index)
{
	struct vm *vm = vm_get(handle);
	struct vcpu *vcpu = vm ? vm_vcpu(vm, index) : NULL;
	struct target target = {.exists = vm && vm->handle == handle};

	if (vm) {
		target.dying = vm->mem.dying;
		target.pages = vm->mem.pages;
		target.loaded = vcpu && vcpu->loaded;
		vm_put(vm);
	}
	return target;
}

/* A call on a VM has succeeded that must not. */
static void check_target(const struct call *call, const struct target *target)
{
	if (call->arguments[0] != HANDLE)
		return;
	FUZZ_CHECK(target->exists, "%s succeeds on a VM that does not exist", call->name);
	FUZZ_CHECK(!target->dying ||
			   (call->id != DONJON_HC_VM_MAP && call->id != DONJON_HC_VCPU_RUN),
		   "%s succeeds on a dying VM", call->name);
	FUZZ_CHECK(!target->loaded || call->id != DONJON_HC_VCPU_RUN, "a vCPU runs twice at once");
	FUZZ_CHECK(call->id != DONJON_HC_VM_DESTROY || (target->dying && !target->pages),
		   "VM_DESTROY succeeds on a VM with %lu pages", target->pages);
}

/* The host writes what it likes to the run page before the vCPU runs. */
static void write_run_page(uint64_t handle, uint64_t index, struct input *in)
{
	struct vm *vm = vm_get(handle);
	struct vcpu *vcpu = vm ? vm_vcpu(vm, index) : NULL;
	uint8_t a = input_8(in);

	if (vcpu) {
		vcpu->run->entry_flags = a & 0x80 ? input_wild(in) : a & DONJON_ENTRY_FLAGS;
		vcpu->run->nr_lrs = a & 0x40 ? input_wild(in) : 0;
	}
	if (vm)
		vm_put(vm);
}

/* CPU_RELEASE leaves EL2 for good: the fake panics where it would. */
static bool releases(uint64_t id)
{
	return id == DONJON_HC_CPU_RELEASE &&
	       (phase_get() == DONJON_PHASE_BOOT || phase_get() == DONJON_PHASE_RELEASING);
}

static void unknown_call(struct input *in)
{
	uint64_t id = input_8(in) & 1 ? DONJON_HC_BASE + input_8(in) : input_wild(in);

	if (is_known(id))
		return;
	show("call 0x%lx -> %ld\n", id, host_call_with(id, 1, 2, 3, 4));
}

void host_step(uint8_t what, struct input *in)
{
	const struct call *call = &calls[what % ARRAY_SIZE(calls)];
	/* One call of four has arguments that may be anything. */
	uint8_t wild = what >= 0xc0 ? input_8(in) : 0;
	struct target target;
	uint64_t a[4];
	unsigned int i;
	int64_t ret;

	if (what == 0xef) {
		unknown_call(in);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(a); i++)
		a[i] = wild & (1 << i) ? input_wild(in) : argument(call->arguments[i], in);
	/* Where blocks are to be, addresses agree. */
	if (call->id == DONJON_HC_VM_MAP && wild & 0x10)
		a[2] = IPA_BASE + (a[1] - FREE_BASE) % (RAM_BLOCKS * BLOCK);
	if (call->id == DONJON_HC_VCPU_RUN)
		write_run_page(a[0], a[1], in);
	show("%s(0x%lx, 0x%lx, 0x%lx, 0x%lx)\n", call->name, a[0], a[1], a[2], a[3]);
	if (releases(call->id)) {
		struct host_regs regs = {.x = {call->id}};

		FUZZ_CHECK(fake_panics(fake_host_call(&regs)), "CPU_RELEASE comes back");
		return;
	}
	target = target_of(a[0], a[1]);
	ret = host_call_with(call->id, a[0], a[1], a[2], a[3]);
	show("-> %ld, 0x%lx 0x%lx 0x%lx 0x%lx\n", ret, results[1], results[2], results[3],
	     results[4]);
	if (!ret) {
		check_target(call, &target);
		check_success(call, a);
	}
}

void host_make_vm(struct input *in)
{
	uint8_t what = input_8(in);
	unsigned int i;
	uint64_t handle;

	if (HOST_CALL(VM_CREATE, what & 1, 36, own(DONJON_VM_PAGES)))
		return;
	handle = results[1];
	handles[nr_handles++ % ARRAY_SIZE(handles)] = handle;
	for (i = 0; i <= (what >> 1 & 3); i++) {
		uint64_t page = own(2);

		if (!HOST_CALL(VCPU_CREATE, handle, i, page, page + PAGE_SIZE) && !(what & 0x80))
			HOST_CALL(VCPU_POWER, handle, i, 1);
	}
	HOST_CALL(VM_TOPUP, handle, own(8), 8 * PAGE_SIZE);
	HOST_CALL(VM_ADD_RAM, handle, IPA_BASE, RAM_BLOCKS * BLOCK);
	if (what & 8)
		HOST_CALL(VM_MAP, handle, FREE_BASE + (what >> 4 & 7) * BLOCK,
			  IPA_BASE + (what >> 4 & 7) * BLOCK, BLOCK);
	show("VM 0x%lx, %sprotected, %u vCPUs\n", handle, what & 1 ? "" : "un", i);
}

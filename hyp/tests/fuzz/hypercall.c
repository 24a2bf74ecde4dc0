// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any sequence of the host's calls, through the decoder, with arguments that make sense and with
 * wild ones; guests that run and make calls of their own while the host's other CPU goes on
 * calling; a host that touches any page. The specification's hooks compare all tables at each
 * taking and release of the host's lock. Beside that: each answer is a documented one, registers
 * that are no results stay, a call that failed has changed nothing, no secret of a guest gets out,
 * and in the end everything can be taken down with nothing left.
 */
#include "check.h"
#include "guest.h"
#include "harness.h"
#include "host.h"
#include <el2/init.h>
#include <tests/spec/hooks.h>
#include <arch/features.h>

#define MAX_STEPS   200
#define OTHER_PHASE 4 /* steps after which the machine is running again */

/* -- What is not a call -- */

/* As arch/aarch64 does it: a fault brings a page in; a guest's page that the host's kernel touches
 * is taken by force. */
static void host_touches(struct input *in)
{
	uint64_t addr = host_page(in) & ((1UL << HOST_IA_BITS) - 1);
	unsigned int owner;
	int ret = ledger_host_fault(pa(addr), &owner, NULL), forced = 0;

	if (ret == -EPERM && owner >= OWNER_GUEST)
		forced = ledger_force_reclaim(pa(addr));
	show("host touches 0x%lx -> %d, %d\n", addr, ret, forced);
	FUZZ_CHECK(!ret || ret == -EPERM || ret == -ENOMEM, "a host's fault: seen %d", ret);
}

/* Somebody who may writes the page: from now on it holds a word that no other page has. */
static void somebody_writes(struct input *in)
{
	uint64_t addr = host_page(in);
	spec_page_t page = spec_page(hooks_spec(), addr);

	if (spec_state(page) == DONJON_PAGE_NOT_RAM || spec_state(page) == DONJON_PAGE_HYP ||
	    (spec_state(page) == DONJON_PAGE_HOST_SHARED && spec_borrower(page) == SPEC_HYP))
		return;
	show("0x%lx (%s) is written\n", addr, spec_state_name(spec_state(page)));
	contents_write(addr, false);
	spec_written(hooks_spec(), addr, PAGE_SIZE);
}

/* Before a reset of the machine EL2 zeroes what is private to guests. Here they live on. */
static void scrub(void)
{
	struct spec *spec = hooks_spec();
	uint64_t addr;

	show("all that is private to guests is zeroed\n");
	ledger_scrub_all(true);
	for (addr = FREE_BASE; addr < HIGH_END; addr += PAGE_SIZE) {
		if (spec_state(spec_page(spec, addr)) != DONJON_PAGE_GUEST)
			continue;
		FUZZ_CHECK(world_is_zero(addr, PAGE_SIZE),
			   "page 0x%lx of a guest is not zero before the reset", addr);
		contents_write(addr, true);
	}
}

static void change_phase(struct input *in)
{
	static const enum donjon_phase phases[] = {
		DONJON_PHASE_RUNNING,
		DONJON_PHASE_BOOT,
		DONJON_PHASE_RELEASING,
		DONJON_PHASE_DEAD,
	};
	uint8_t which = input_8(in);

	phase_set(phases[which % ARRAY_SIZE(phases)]);
	fake.initialised = !(which & 0x40);
	show("phase %d, %sinitialised\n", phase_get(), fake.initialised ? "" : "not ");
}

static void change_machine(struct input *in)
{
	uint8_t what = input_8(in);

	cpu_features.rng = what & 1;
	fake.random_left = what >> 1 & 3;
	show("machine: %srandom numbers, %u words\n", what & 1 ? "" : "no ", fake.random_left);
}

static void starve(struct input *in)
{
	uint64_t n = input_8(in) % 8;

	/* Down only: pages of the world's own would not be known to have been given. */
	if (pool.count > n)
		world_set_cache(&pool, n);
	show("the pool has %lu pages\n", pool.count);
}

static void step(struct input *in)
{
	uint8_t what = input_8(in);

	switch (what) {
	case 0xf0 ... 0xf2:
		host_touches(in);
		break;
	case 0xf3 ... 0xf5:
		somebody_writes(in);
		break;
	case 0xf6:
		scrub();
		break;
	case 0xf7:
		change_phase(in);
		break;
	case 0xf8:
		change_machine(in);
		break;
	case 0xf9:
		starve(in);
		break;
	case 0xfa ... 0xff:
		host_make_vm(in);
		break;
	default:
		host_step(what, in);
	}
}

/* -- The end -- */

static void feed(void)
{
	if (pool.count < 24)
		world_set_cache(&pool, 24);
}

static void reclaim(uint64_t handle, uint64_t addr)
{
	feed();
	FUZZ_CHECK(!HOST_CALL(VM_RECLAIM, handle, align_down(addr, BLOCK), BLOCK),
		   "a dying VM's memory at IPA 0x%lx cannot be reclaimed", addr);
}

/* All that the VM has goes back to the host. */
static void take_down(uint64_t handle)
{
	struct spec *spec = hooks_spec();
	struct vm *vm = vm_get(handle);
	unsigned int owner = vm->mem.owner, i;
	uint64_t addr = FAKE_RAM_BASE;
	int64_t ret;

	vm_put(vm);
	FUZZ_CHECK(!HOST_CALL(VM_KILL, handle), "a VM without running vCPUs cannot be killed");
	for (; addr < HIGH_END; addr += PAGE_SIZE) {
		spec_page_t page = spec_page(spec, addr);
		bool shared =
			spec_state(page) == DONJON_PAGE_HOST_SHARED && spec_borrower(page) == owner;

		if (shared || spec_owner(page) == owner)
			reclaim(handle, spec_ipa(page));
	}
	for (i = 0; i < spec->nr_poisoned;) {
		if (spec->poisoned[i] >> 48 == owner) {
			reclaim(handle, spec->poisoned[i] & MASK(47, 0));
			i = 0;
		} else {
			i++;
		}
	}
	for (i = 0; i < spec->nr_empty;) {
		if (spec->empty[i].owner == owner) {
			reclaim(handle, spec->empty[i].from);
			i = 0;
		} else {
			i++;
		}
	}
	do {
		feed();
		ret = HOST_CALL(VM_DESTROY, handle);
		FUZZ_CHECK(!ret, "a dead VM cannot be destroyed: %ld", ret);
		FUZZ_CHECK(world_is_zero(host_result(1), PAGE_SIZE),
			   "page 0x%lx came back with contents", host_result(1));
	} while (host_result(2) != DONJON_VM_PAGE_LAST);
	FUZZ_CHECK(HOST_CALL(VM_DESTROY, handle) == DONJON_E_NOT_FOUND,
		   "the handle outlives its VM");
}

static void end(void)
{
	struct spec *spec = hooks_spec();
	uint64_t handle;
	unsigned int i;

	show("# the end\n");
	phase_set(DONJON_PHASE_RUNNING);
	fake.initialised = true;
	for (i = 0; i < DONJON_MAX_VMS; i++) {
		handle = vm_handle_of(OWNER_GUEST + i);
		if (handle)
			take_down(handle);
	}
	contents_check(spec, true);
	check_ledger(spec, NULL, 0);
	FUZZ_CHECK(!vms_count() && !spec->nr_poisoned && !spec->shared_with_hyp,
		   "left are %lu VMs, %lu poisoned IPAs, %lu pages shared with EL2", vms_count(),
		   spec->nr_poisoned, spec->shared_with_hyp);
	FUZZ_CHECK(spec->hyp == host_donated(), "EL2 has %lu pages, but was given %lu for its pool",
		   spec->hyp, host_donated());
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input in = input_of(bytes, size);
	unsigned int n = 0, other = 0;

	world_setup(NULL);
	hooks_is_zero = contents_are_zero;
	fake.coherent = input_8(&in) & 1;
	contents_forget();
	host_begin();
	guest_begin(&in);
	while (input_left(&in) && n++ < MAX_STEPS) {
		step(&in);
		other = phase_get() == DONJON_PHASE_RUNNING && fake.initialised ? 0 : other + 1;
		if (other == OTHER_PHASE) {
			phase_set(DONJON_PHASE_RUNNING);
			fake.initialised = true;
		}
	}
	end();
	world_teardown(NULL);
	return 0;
}

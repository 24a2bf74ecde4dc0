// SPDX-License-Identifier: GPL-2.0-only
/* VMs of scripts, made of pages that the runner gets from the host: one vCPU, a program for it,
 * tables, RAM. */
#include <stdio.h>
#include <string.h>

#include "run.h"

#define PSTATE	  0x345UL /* EL1h; debug, SError and FIQ masked, interrupts not */
#define OWN_ORDER 5
#define MAX_CHUNK 4    /* order of what vm_feed() gives in one piece */
#define MAX_PAGES 1000 /* that VM_DESTROY may give back */

_Static_assert(1UL << OWN_ORDER == DONJON_VM_PAGES, "a VM's own pages");

static int64_t call(uint64_t id, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t r[4])
{
	const uint64_t a[SCRIPT_ARGS] = {a1, a2, a3, a4, 0};

	return target.call(id, a, r);
}

static unsigned int order_of(uint64_t pages)
{
	unsigned int order = 0;

	while (1UL << order < pages)
		order++;
	return order;
}

static void forget(struct script_vm *vm)
{
	for (unsigned int i = 0; i < vm->nr_given; i++)
		if (vm->given[i].mine)
			target.free(vm->given[i].pa, order_of(vm->given[i].pages));
	for (unsigned int i = 0; i < vm->nr_run; i++)
		if (vm->run_mine[i])
			target.free(vm->run_pa[i], 0);
	if (vm->agent_pa)
		target.free(vm->agent_pa, 0);
	vm->exists = false;
	vm->agent_pa = 0;
	vm->nr_given = vm->nr_run = 0;
}

static bool give(struct run *run, struct script_vm *vm, uint64_t pa, uint64_t pages, bool mine)
{
	if (vm->nr_given == VM_GIVEN)
		return run_fail(run, "the runner keeps count of at most %d ranges for one VM",
				VM_GIVEN);
	vm->given[vm->nr_given++] = (struct given){pa, pages, mine};
	return true;
}

bool vm_feed(struct run *run, struct script_vm *vm, uint64_t n)
{
	while (n) {
		unsigned int order = order_of(n);
		uint64_t pa, pages;
		int64_t code;

		if (1UL << order > n)
			order--;
		order = order > MAX_CHUNK ? MAX_CHUNK : order;
		pages = 1UL << order;
		pa = target.alloc(order);
		if (!pa)
			return run_fail(run, "the host has no %lu pages", pages);
		code = call(DONJON_HC_VM_TOPUP, vm->handle, pa, pages * SCRIPT_PAGE, 0, NULL);
		if (code || !oracle_donated_hyp(pa, pages))
			return run_fail(run, "VM_TOPUP with pages of the runner's: %s",
					answer_name(code) ?: "?");
		if (!give(run, vm, pa, pages, true))
			return false;
		n -= pages;
	}
	return true;
}

static bool make_vcpu(struct run *run, struct script_vm *vm)
{
	uint64_t page = target.alloc(0), run_page = target.alloc(0);
	int64_t code = page && run_page
			       ? call(DONJON_HC_VCPU_CREATE, vm->handle, 0, page, run_page, NULL)
			       : DONJON_E_INTERNAL;

	if (code || !oracle_donated_hyp(page, 1) || !oracle_shared_hyp(run_page))
		return run_fail(run, "VCPU_CREATE with pages of the runner's: %s",
				answer_name(code) ?: "no pages");
	vm->run_pa[0] = run_page;
	vm->run_mine[0] = true;
	vm->nr_run = 1;
	vm->vcpus = 1;
	return give(run, vm, page, 1, true);
}

static bool load_agent(struct run *run, struct script_vm *vm)
{
	int64_t code = call(DONJON_HC_VM_ADD_RAM, vm->handle, AGENT_IPA, SCRIPT_PAGE, 0, NULL);

	code = code ?: call(DONJON_HC_VM_ADD_RAM, vm->handle, vm->ram_ipa, vm->ram_size, 0, NULL);
	if (code)
		return run_fail(run, "VM_ADD_RAM: %s", answer_name(code) ?: "?");
	vm->agent_pa = target.alloc(0);
	if (!vm->agent_pa)
		return run_fail(run, "the host has no page");
	target.load_agent(vm->agent_pa);
	code = call(DONJON_HC_VM_MAP, vm->handle, vm->agent_pa, AGENT_IPA, SCRIPT_PAGE, NULL);
	if (code || !oracle_gave_guest(vm, vm->agent_pa, AGENT_IPA, 1))
		return run_fail(run, "VM_MAP of the runner's program: %s",
				answer_name(code) ?: "?");
	code = call(DONJON_HC_VCPU_SET_REG, vm->handle, 0, DONJON_REG_PC, AGENT_IPA, NULL);
	code = code ?: call(DONJON_HC_VCPU_SET_REG, vm->handle, 0, DONJON_REG_PSTATE, PSTATE, NULL);
	code = code
		       ?: call(DONJON_HC_VCPU_SET_REG, vm->handle, 0, DONJON_REG_X(19),
			       AGENT_DEVICE, NULL);
	code = code ?: call(DONJON_HC_VCPU_POWER, vm->handle, 0, 1, 0, NULL);
	if (code)
		return run_fail(run, "VCPU_SET_REG or VCPU_POWER: %s", answer_name(code) ?: "?");
	return true;
}

bool vm_make(struct run *run, const struct statement *st)
{
	struct script_vm *vm = &run->vms[st->vm];
	bool mine = st->place.kind == PLACE_NONE;
	uint64_t r[4] = {0};
	struct step step = {.statement = st, .size = DONJON_VM_PAGES * SCRIPT_PAGE};

	if (vm->exists)
		return run_fail(run, "there is a VM of this name; destroy it before");
	step.pa = mine ? target.alloc(OWN_ORDER)
		  : st->place.kind == PLACE_RANGE
			  ? run->range[st->place.index] + st->place.page * SCRIPT_PAGE
			  : st->place.bytes;
	if (!step.pa)
		return run_fail(run, "the host has no %lu pages in one piece", DONJON_VM_PAGES);
	step.answer = call(DONJON_HC_VM_CREATE, st->protected ? DONJON_VM_PROTECTED : 0,
			   VM_IPA_BITS, step.pa, 0, r);
	if (!run_check(run, &step))
		return false;
	if (step.answer) {
		if (mine)
			target.free(step.pa, OWN_ORDER);
		return true;
	}
	memset(vm, 0, sizeof(*vm));
	vm->exists = true;
	vm->protected = st->protected;
	vm->bare = st->bare;
	vm->handle = r[0];
	vm->ram_ipa = st->ipa;
	vm->ram_size = st->size;
	oracle_vm_made(vm);
	give(run, vm, step.pa, DONJON_VM_PAGES, mine);
	if (vm->bare)
		return true;
	return make_vcpu(run, vm) && vm_feed(run, vm, AGENT_TABLES) && load_agent(run, vm) &&
	       vm_feed(run, vm, st->number);
}

/* -- The end -- */

static bool is_given(const struct script_vm *vm, uint64_t pa, bool last)
{
	if (last)
		return vm->given[0].pa == pa;
	for (unsigned int i = 1; i < vm->nr_given; i++)
		if (pa >= vm->given[i].pa &&
		    pa < vm->given[i].pa + vm->given[i].pages * SCRIPT_PAGE)
			return true;
	return false;
}

static bool is_zero(uint64_t pa, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++) {
		struct contents contents = {0};

		if (target.host(ACTOR_KERNEL, pa + i * SCRIPT_PAGE, false, &contents) ||
		    contents.word || contents.mixed)
			return false;
	}
	return true;
}

/* One page, or the last of it, has come back. */
static bool came_back(struct run *run, const struct script_vm *vm, uint64_t pa, uint64_t what)
{
	bool last = what == DONJON_VM_PAGE_LAST;

	if (what > DONJON_VM_PAGE_LAST || !is_given(vm, pa, last))
		return run_fail(run,
				"VM_DESTROY gave 0x%lx as kind %lu, which the VM was not given", pa,
				what);
	if (!is_zero(pa, last ? DONJON_VM_PAGES : 1))
		return run_fail(
			run, "VM_DESTROY gave 0x%lx (kind %lu), which the host cannot read as zero",
			pa, what);
	return true;
}

static bool all_back(struct run *run, struct script_vm *vm, uint64_t pages)
{
	uint64_t given = 0;

	for (unsigned int i = 1; i < vm->nr_given; i++)
		given += vm->given[i].pages;
	if (pages != given)
		return run_fail(run, "VM_DESTROY: expected %lu pages back, got %lu", given, pages);
	if (vm->agent_pa && vm->protected && !is_zero(vm->agent_pa, 1))
		return run_fail(run, "the program's page 0x%lx came back and is not zero",
				vm->agent_pa);
	return true;
}

void vm_dissolve(struct run *run, struct step *step)
{
	struct script_vm *vm = step->vm;
	uint64_t r[4] = {0}, pages;

	/* The program's page is the runner's: it goes when nothing of the script's is left. */
	if (vm->exists && vm->agent_pa && !oracle_vm_pages(vm))
		call(DONJON_HC_VM_RECLAIM, vm->handle, AGENT_IPA, SCRIPT_PAGE, 0, NULL);
	for (pages = 0; pages < MAX_PAGES; pages++) {
		step->answer = call(DONJON_HC_VM_DESTROY, vm->handle, 0, 0, 0, r);
		if (step->answer || (!run->failed && !came_back(run, vm, r[0], r[1])) ||
		    r[1] == DONJON_VM_PAGE_LAST)
			break;
	}
	if (!step->answer && !run->failed)
		all_back(run, vm, pages);
}

void vm_gone(struct script_vm *vm)
{
	oracle_vm_gone(vm);
	forget(vm);
}

static bool end_step(struct run *run, struct step *step)
{
	return run->failed ? !step->answer : run_check(run, step);
}

static void vm_end(struct run *run, struct script_vm *vm)
{
	static const struct statement kill = {
		.verb = VERB_KILL, .text = "end of the script: kill", .expected_pages = -1};
	static const struct statement take = {
		.verb = VERB_RECLAIM, .text = "end of the script: reclaim", .expected_pages = -1};
	static const struct statement destroy = {
		.verb = VERB_DESTROY, .text = "end of the script: destroy", .expected_pages = -1};
	struct step step = {.statement = &kill, .vm = vm};
	uint64_t r[4] = {0};

	run->at = &kill;
	step.answer = call(DONJON_HC_VM_KILL, vm->handle, 0, 0, 0, NULL);
	end_step(run, &step);
	run->at = &take;
	for (uint64_t off = 0; !vm->bare && off < vm->ram_size; off += step.size) {
		step = (struct step){.statement = &take, .vm = vm, .ipa = vm->ram_ipa + off};
		step.size = vm->ram_size - off < DONJON_MAX_RANGE ? vm->ram_size - off
								  : DONJON_MAX_RANGE;
		step.answer = call(DONJON_HC_VM_RECLAIM, vm->handle, step.ipa, step.size, 0, r);
		step.pages = r[0] / SCRIPT_PAGE;
		end_step(run, &step);
	}
	run->at = &destroy;
	step = (struct step){.statement = &destroy, .vm = vm};
	if (run->failed && vm->agent_pa)
		call(DONJON_HC_VM_RECLAIM, vm->handle, AGENT_IPA, SCRIPT_PAGE, 0, NULL);
	vm_dissolve(run, &step);
	if (end_step(run, &step) && !step.answer)
		vm_gone(vm);
	else
		run_fail(run, "VM_DESTROY: %s", answer_name(step.answer) ?: "?");
}

void vms_end(struct run *run)
{
	for (unsigned int i = 0; i < SCRIPT_VMS; i++)
		if (run->vms[i].exists)
			vm_end(run, &run->vms[i]);
}

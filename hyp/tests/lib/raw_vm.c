// SPDX-License-Identifier: GPL-2.0-only
#include "raw_vm.h"

#include <string.h>

#include "guest.h"
#include "tap.h"

#define RUNS_MAX 1000 /* interrupts that end runs: seconds */

static uint64_t alloc(unsigned int order)
{
	uint64_t pa = kmod_alloc(order);

	if (!pa)
		tap_give_up("the host has no %lu KiB in one piece", (PAGE << order) >> 10);
	return pa;
}

bool raw_vm_clean(uint64_t pa, uint64_t size)
{
	uint8_t page[PAGE];
	struct run run;

	for (uint64_t end = pa + size; pa < end; pa += PAGE) {
		memset(page, 0xff, PAGE);
		if (!kmod_ledger(pa, &run) || run.state != DONJON_PAGE_HOST) {
			tap_note("page 0x%llx is not the host's: state %llu",
				 (unsigned long long)pa, (unsigned long long)run.state);
			return false;
		}
		if (kmod_memory(pa, page, PAGE, ATTACK_LINEAR, false) ||
		    first_nonzero(page, PAGE) != PAGE) {
			tap_note("page 0x%llx is not zero", (unsigned long long)pa);
			return false;
		}
	}
	return true;
}

void raw_vm_create_bare(struct raw_vm *o, bool protected)
{
	uint64_t results[4];
	long code;

	memset(o, 0, sizeof(*o));
	o->vm_pa = alloc(RAW_VM_ORDER);
	code = kmod_call(DONJON_HC_VM_CREATE, protected ? DONJON_VM_PROTECTED : 0, 36, o->vm_pa, 0,
			 0, results);
	if (code || !results[0])
		tap_give_up("VM_CREATE: %ld", code);
	o->handle = results[0];
}

long raw_vm_vcpu(struct raw_vm *o, unsigned int index)
{
	long code;

	o->vcpu_pa[index] = alloc(0);
	o->run_pa[index] = alloc(0);
	code = kmod_call(DONJON_HC_VCPU_CREATE, o->handle, index, o->vcpu_pa[index],
			 o->run_pa[index], 0, NULL);
	if (code) {
		kmod_free(o->vcpu_pa[index], 0);
		kmod_free(o->run_pa[index], 0);
		o->vcpu_pa[index] = o->run_pa[index] = 0;
	}
	return code;
}

long raw_vm_topup(struct raw_vm *o)
{
	o->cache_pa = alloc(RAW_VM_CACHE_ORDER);
	return kmod_call(DONJON_HC_VM_TOPUP, o->handle, o->cache_pa, PAGE << RAW_VM_CACHE_ORDER, 0,
			 0, NULL);
}

void raw_vm_create(struct raw_vm *o, bool protected)
{
	long code;

	raw_vm_create_bare(o, protected);
	code = kmod_call(DONJON_HC_VM_ADD_RAM, o->handle, RAW_VM_RAM, RAW_VM_RAM_SIZE, 0, 0, NULL);
	code = code ? code : raw_vm_vcpu(o, 0);
	code = code ? code : raw_vm_topup(o);
	if (code)
		tap_give_up("a VM of our own: %ld", code);
}

long raw_vm_map(const struct raw_vm *o, uint64_t pa, uint64_t ipa, uint64_t size)
{
	return kmod_call(DONJON_HC_VM_MAP, o->handle, pa, ipa, size, 0, NULL);
}

static void free_all(struct raw_vm *o)
{
	kmod_free(o->vm_pa, RAW_VM_ORDER);
	if (o->cache_pa)
		kmod_free(o->cache_pa, RAW_VM_CACHE_ORDER);
	for (unsigned int i = 0; i < RAW_VM_VCPUS; i++)
		if (o->vcpu_pa[i]) {
			kmod_free(o->vcpu_pa[i], 0);
			kmod_free(o->run_pa[i], 0);
		}
}

/* What VM_DESTROY gives back must be the page that was given, and empty. */
static bool page_back(const struct raw_vm *o, uint64_t pa, uint64_t what)
{
	switch (what) {
	case DONJON_VM_PAGE_CACHE:
		if (pa >= o->cache_pa && pa < o->cache_pa + (PAGE << RAW_VM_CACHE_ORDER))
			return raw_vm_clean(pa, PAGE);
		break;
	case DONJON_VM_PAGE_VCPU:
		for (unsigned int i = 0; i < RAW_VM_VCPUS; i++)
			if (pa == o->vcpu_pa[i])
				return raw_vm_clean(pa, PAGE);
		break;
	case DONJON_VM_PAGE_LAST:
		if (pa == o->vm_pa)
			return raw_vm_clean(pa, PAGE << RAW_VM_ORDER);
		break;
	}
	tap_note("VM_DESTROY gave 0x%llx, of kind %llu", (unsigned long long)pa,
		 (unsigned long long)what);
	return false;
}

bool raw_vm_destroy(struct raw_vm *o)
{
	uint64_t results[4] = {0};
	bool good = true;
	long code;

	code = kmod_call(DONJON_HC_VM_KILL, o->handle, 0, 0, 0, 0, NULL);
	for (uint64_t off = 0; !code && off < RAW_VM_RAM_SIZE; off += DONJON_MAX_RANGE)
		code = kmod_call(DONJON_HC_VM_RECLAIM, o->handle, RAW_VM_RAM + off,
				 DONJON_MAX_RANGE, 0, 0, NULL);
	do {
		code = code ? code
			    : kmod_call(DONJON_HC_VM_DESTROY, o->handle, 0, 0, 0, 0, results);
		if (code) {
			tap_note("a VM's end: %ld; its pages are lost", code);
			return false;
		}
		good = page_back(o, results[0], results[1]) && good;
	} while (results[1] != DONJON_VM_PAGE_LAST);
	free_all(o);
	return good;
}

void raw_vm_read_run(const struct raw_vm *o, unsigned int index, struct donjon_run *run)
{
	uint8_t page[PAGE];

	if (kmod_memory(o->run_pa[index], page, PAGE, ATTACK_LINEAR, false))
		tap_give_up("a run page cannot be read by the host");
	memcpy(run, page, sizeof(*run));
}

void raw_vm_write_run(const struct raw_vm *o, unsigned int index, const struct donjon_run *run)
{
	if (kmod_memory(o->run_pa[index], (void *)run, sizeof(*run), ATTACK_LINEAR, true))
		tap_give_up("a run page cannot be written by the host");
}

long raw_vm_run(const struct raw_vm *o, unsigned int index, struct donjon_run *run)
{
	for (unsigned int i = 0; i < RUNS_MAX; i++) {
		long code;

		raw_vm_write_run(o, index, run);
		code = kmod_call(DONJON_HC_VCPU_RUN, o->handle, index, 0, 0, 0, NULL);
		raw_vm_read_run(o, index, run);
		if (code || run->exit != DONJON_EXIT_INTERRUPT)
			return code;
	}
	tap_give_up("a vCPU makes no progress: %d runs ended by interrupts (timer %llx %llx)",
		    RUNS_MAX, (unsigned long long)run->cntv_ctl,
		    (unsigned long long)run->cntv_cval);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "own.h"

#include <string.h>

#include "guest.h"
#include "tap.h"

#define RUNS_MAX 1000 /* interrupts that end runs: seconds */

static uint64_t alloc(unsigned int order)
{
	uint64_t pa = evil_alloc(order);

	if (!pa)
		tap_give_up("the host has no %lu KiB in one piece", (PAGE << order) >> 10);
	return pa;
}

bool own_clean(uint64_t pa, uint64_t size)
{
	uint8_t page[PAGE];
	struct run run;

	for (uint64_t end = pa + size; pa < end; pa += PAGE) {
		memset(page, 0xff, PAGE);
		if (!evil_ledger(pa, &run) || run.state != DONJON_PAGE_HOST) {
			tap_note("page 0x%llx isn't the host's: state %llu", (unsigned long long)pa,
				 (unsigned long long)run.state);
			return false;
		}
		if (evil_memory(pa, page, PAGE, ATTACK_LINEAR, false) ||
		    first_nonzero(page, PAGE) != PAGE) {
			tap_note("page 0x%llx isn't zero", (unsigned long long)pa);
			return false;
		}
	}
	return true;
}

void own_create_bare(struct own *o, bool protected)
{
	uint64_t results[4];
	long code;

	memset(o, 0, sizeof(*o));
	o->vm_pa = alloc(OWN_VM_ORDER);
	code = evil_call(DONJON_HC_VM_CREATE, protected ? DONJON_VM_PROTECTED : 0, 36, o->vm_pa, 0,
			 0, results);
	if (code || !results[0])
		tap_give_up("VM_CREATE: %ld", code);
	o->handle = results[0];
}

long own_vcpu(struct own *o, unsigned int index)
{
	long code;

	o->vcpu_pa[index] = alloc(0);
	o->run_pa[index] = alloc(0);
	code = evil_call(DONJON_HC_VCPU_CREATE, o->handle, index, o->vcpu_pa[index],
			 o->run_pa[index], 0, NULL);
	if (code) {
		evil_free(o->vcpu_pa[index], 0);
		evil_free(o->run_pa[index], 0);
		o->vcpu_pa[index] = o->run_pa[index] = 0;
	}
	return code;
}

long own_topup(struct own *o)
{
	o->cache_pa = alloc(OWN_CACHE_ORDER);
	return evil_call(DONJON_HC_VM_TOPUP, o->handle, o->cache_pa, PAGE << OWN_CACHE_ORDER, 0, 0,
			 NULL);
}

void own_create(struct own *o, bool protected)
{
	long code;

	own_create_bare(o, protected);
	code = evil_call(DONJON_HC_VM_ADD_RAM, o->handle, OWN_RAM, OWN_RAM_SIZE, 0, 0, NULL);
	code = code ? code : own_vcpu(o, 0);
	code = code ? code : own_topup(o);
	if (code)
		tap_give_up("a VM of our own: %ld", code);
}

long own_map(const struct own *o, uint64_t pa, uint64_t ipa, uint64_t size)
{
	return evil_call(DONJON_HC_VM_MAP, o->handle, pa, ipa, size, 0, NULL);
}

static void free_all(struct own *o)
{
	evil_free(o->vm_pa, OWN_VM_ORDER);
	if (o->cache_pa)
		evil_free(o->cache_pa, OWN_CACHE_ORDER);
	for (unsigned int i = 0; i < OWN_VCPUS; i++)
		if (o->vcpu_pa[i]) {
			evil_free(o->vcpu_pa[i], 0);
			evil_free(o->run_pa[i], 0);
		}
}

/* What VM_DESTROY gives back must be the page that was given, and empty. */
static bool page_back(const struct own *o, uint64_t pa, uint64_t what)
{
	switch (what) {
	case DONJON_VM_PAGE_CACHE:
		if (pa >= o->cache_pa && pa < o->cache_pa + (PAGE << OWN_CACHE_ORDER))
			return own_clean(pa, PAGE);
		break;
	case DONJON_VM_PAGE_VCPU:
		for (unsigned int i = 0; i < OWN_VCPUS; i++)
			if (pa == o->vcpu_pa[i])
				return own_clean(pa, PAGE);
		break;
	case DONJON_VM_PAGE_LAST:
		if (pa == o->vm_pa)
			return own_clean(pa, PAGE << OWN_VM_ORDER);
		break;
	}
	tap_note("VM_DESTROY gave 0x%llx, of kind %llu", (unsigned long long)pa,
		 (unsigned long long)what);
	return false;
}

bool own_destroy(struct own *o)
{
	uint64_t results[4] = {0};
	bool good = true;
	long code;

	code = evil_call(DONJON_HC_VM_KILL, o->handle, 0, 0, 0, 0, NULL);
	for (uint64_t off = 0; !code && off < OWN_RAM_SIZE; off += DONJON_MAX_RANGE)
		code = evil_call(DONJON_HC_VM_RECLAIM, o->handle, OWN_RAM + off, DONJON_MAX_RANGE,
				 0, 0, NULL);
	do {
		code = code ? code
			    : evil_call(DONJON_HC_VM_DESTROY, o->handle, 0, 0, 0, 0, results);
		if (code) {
			tap_note("a VM's end: %ld; its pages are lost", code);
			return false;
		}
		good = page_back(o, results[0], results[1]) && good;
	} while (results[1] != DONJON_VM_PAGE_LAST);
	free_all(o);
	return good;
}

void own_read_run(const struct own *o, unsigned int index, struct donjon_run *run)
{
	uint8_t page[PAGE];

	if (evil_memory(o->run_pa[index], page, PAGE, ATTACK_LINEAR, false))
		tap_give_up("a run page can't be read by the host");
	memcpy(run, page, sizeof(*run));
}

void own_write_run(const struct own *o, unsigned int index, const struct donjon_run *run)
{
	if (evil_memory(o->run_pa[index], (void *)run, sizeof(*run), ATTACK_LINEAR, true))
		tap_give_up("a run page can't be written by the host");
}

long own_run(const struct own *o, unsigned int index, struct donjon_run *run)
{
	for (unsigned int i = 0; i < RUNS_MAX; i++) {
		long code;

		own_write_run(o, index, run);
		code = evil_call(DONJON_HC_VCPU_RUN, o->handle, index, 0, 0, 0, NULL);
		own_read_run(o, index, run);
		if (code || run->exit != DONJON_EXIT_INTERRUPT)
			return code;
	}
	tap_give_up("a vCPU makes no progress: %d runs ended by interrupts (timer %llx %llx)",
		    RUNS_MAX, (unsigned long long)run->cntv_ctl,
		    (unsigned long long)run->cntv_cval);
}

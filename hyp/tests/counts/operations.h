/* SPDX-License-Identifier: GPL-2.0-only */
/* What operations.c and bounds.c share: memory at fixed addresses, and VMs made of it by calls. */
#pragma once

#include <string.h>

#include "guest.h"
#include "raw_vm.h"
#include "tap.h"

#define PSTATE_EL1H 0x3c5UL
#define CHUNKS_RAM  (5 * BLOCK)		/* of each VM, from RAW_VM_RAM on */

/* Chunks of 2 MiB: pages for EL2's objects, and memory for guests. */
enum { OBJECTS, CODE, BLOCK_A, BLOCK_B, BLOCK_C, PAGES, UNPROTECTED, NR_CHUNKS };

extern uint64_t base;
extern uint64_t next_object;

static inline uint64_t chunk(unsigned int n, unsigned int page)
{
	return base + n * BLOCK + page * PAGE;
}

static inline uint64_t object(unsigned int pages)
{
	uint64_t pa = next_object;

	next_object += pages * PAGE;
	return pa;
}

static inline void must(const char *what, long code)
{
	if (code)
		tap_give_up("%s: %ld", what, code);
}

static inline void reg(const struct raw_vm *o, uint64_t number, uint64_t value)
{
	must("VCPU_SET_REG",
	     kmod_call(DONJON_HC_VCPU_SET_REG, o->handle, 0, number, value, 0, NULL));
}

/* Pages of the VM's own, next to each other and aligned as VM_CREATE wants them. */
static inline void create(struct raw_vm *o, bool protected)
{
	uint64_t results[4];

	memset(o, 0, sizeof(*o));
	next_object = (next_object + DONJON_VM_PAGES * PAGE - 1) & ~(DONJON_VM_PAGES * PAGE - 1);
	o->vm_pa = object(DONJON_VM_PAGES);
	must("VM_CREATE", kmod_call(DONJON_HC_VM_CREATE, protected, 36, o->vm_pa, 0, 0, results));
	o->handle = results[0];
	must("VM_ADD_RAM",
	     kmod_call(DONJON_HC_VM_ADD_RAM, o->handle, RAW_VM_RAM, CHUNKS_RAM, 0, 0, NULL));
	o->vcpu_pa[0] = object(1);
	o->run_pa[0] = object(1);
	must("VCPU_CREATE",
	     kmod_call(DONJON_HC_VCPU_CREATE, o->handle, 0, o->vcpu_pa[0], o->run_pa[0], 0, NULL));
	must("VM_TOPUP",
	     kmod_call(DONJON_HC_VM_TOPUP, o->handle, object(16), 16 * PAGE, 0, 0, NULL));
	must("VM_TOPUP", kmod_call(DONJON_HC_VM_TOPUP, o->handle, object(1), PAGE, 0, 0, NULL));
}

static inline void map(const struct raw_vm *o, unsigned int from, unsigned int page,
		       unsigned int to, unsigned int pages)
{
	must("VM_MAP", raw_vm_map(o, chunk(from, page), RAW_VM_RAM + to * PAGE, pages * PAGE));
}

static inline void give_back(const struct raw_vm *o, uint64_t call, unsigned int page,
			     unsigned int pages)
{
	must("VM_UNMAP or VM_RECLAIM",
	     kmod_call(call, o->handle, RAW_VM_RAM + page * PAGE, pages * PAGE, 0, 0, NULL));
}

static inline void destroy(const struct raw_vm *o)
{
	uint64_t results[4] = {0};

	must("VM_KILL", kmod_call(DONJON_HC_VM_KILL, o->handle, 0, 0, 0, 0, NULL));
	for (unsigned int i = 0; i < CHUNKS_RAM / BLOCK; i++)
		give_back(o, DONJON_HC_VM_RECLAIM, 512 * i, 512);
	while (results[1] != DONJON_VM_PAGE_LAST)
		must("VM_DESTROY", kmod_call(DONJON_HC_VM_DESTROY, o->handle, 0, 0, 0, 0, results));
}

/* bounds.c: what takes longest, refused calls among it. fresh: see there. */
void bounds(uint64_t fresh);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What holds the ledger's lock, or masks interrupts, for longest: calls that look at many pages
 * before they are refused, and those that split what the host has as 1 GiB. counts.py holds its
 * bounds against all of them.
 */
#include <stdio.h>

#include "operations.h"

#define GIB		(1UL << 30)
#define EMPTY_PAGES	(3 * 512 - 1)

/* x20: address, x21: number of pages, which become EMPTY one by one; x22: a missing page */
__asm__(".pushsection .rodata\n"
	"	.globl empty_code, empty_code_end\n"
	"	.balign 4\n"
	"empty_code:\n"
	"1:	movz x0, #0x197\n"
	"	movk x0, #0xc400, lsl #16\n"
	"	mov x1, x20\n"
	"	add x2, x1, #1, lsl #12\n"
	"	mov x3, xzr\n"
	"	mov x4, xzr\n"
	"	hvc #0\n"
	"	add x20, x20, #1, lsl #12\n"
	"	subs x21, x21, #1\n"
	"	b.ne 1b\n"
	"	ldr x0, [x22]\n"
	"	b .\n"
	"empty_code_end:\n"
	".popsection\n");
extern const char empty_code[], empty_code_end[];

static void expect(const char *what, long code, long want)
{
	printf("# %s: %ld\n", what, code);
	if (code != want)
		tap_give_up("%s: %ld, not %ld", what, code, want);
}

static void touch(uint64_t pa)
{
	uint64_t value;

	if (kmod_memory(pa, &value, 8, ATTACK_LINEAR, false))
		tap_give_up("0x%llx cannot be read", (unsigned long long)pa);
}

static long topup(const struct raw_vm *o, uint64_t pa, unsigned int pages)
{
	return kmod_call(DONJON_HC_VM_TOPUP, o->handle, pa, pages * PAGE, 0, 0, NULL);
}

static long map_block(const struct raw_vm *o, uint64_t pa, unsigned int to)
{
	return raw_vm_map(o, pa, RAW_VM_RAM + to * BLOCK, BLOCK);
}

/* Blocks 3 to 5 become EMPTY page by page, but for the last page. */
static void make_empty(const struct raw_vm *o)
{
	struct donjon_run run = {0};
	uint8_t code[PAGE] = {0};

	must("VM_ADD_RAM", kmod_call(DONJON_HC_VM_ADD_RAM, o->handle, RAW_VM_RAM + 5 * BLOCK,
				     2 * BLOCK, 0, 0, NULL));
	memcpy(code, empty_code, (size_t)(empty_code_end - empty_code));
	if (kmod_memory(chunk(CODE, 0), code, PAGE, ATTACK_LINEAR, true))
		tap_give_up("the code cannot be written");
	map(o, CODE, 0, 0, 1);
	reg(o, DONJON_REG_PC, RAW_VM_RAM);
	reg(o, DONJON_REG_PSTATE, PSTATE_EL1H);
	reg(o, DONJON_REG_X(20), RAW_VM_RAM + 3 * BLOCK);
	reg(o, DONJON_REG_X(21), EMPTY_PAGES);
	reg(o, DONJON_REG_X(22), RAW_VM_RAM + 6 * BLOCK);
	must("VCPU_POWER", kmod_call(DONJON_HC_VCPU_POWER, o->handle, 0, 1, 0, 0, NULL));
	must("VCPU_RUN", raw_vm_run(o, 0, &run));
	if (run.exit != DONJON_EXIT_MEMORY)
		tap_give_up("the guest left with %llu", (unsigned long long)run.exit);
}

static void the_last_page(uint64_t fresh)
{
	uint64_t untouched = fresh + 100 * BLOCK, results[4];
	struct raw_vm o;

	create(&o, true);
	must("VM_TOPUP", topup(&o, object(16), 16));
	make_empty(&o);
	must("VM_TOPUP", topup(&o, chunk(BLOCK_C, 511), 1));
	expect("a block whose last page is EL2's", map_block(&o, chunk(BLOCK_C, 0), 2),
	       DONJON_E_DENIED);
	must("LEDGER", kmod_call(DONJON_HC_LEDGER, chunk(BLOCK_C, 0), 0, 0, 0, 0, results));
	must("VM_TOPUP", topup(&o, untouched + 511 * PAGE, 1));
	expect("the same, and the host has touched none", map_block(&o, untouched, 2),
	       DONJON_E_DENIED);
	map(&o, PAGES, 0, 512 + 511, 1);
	expect("a block whose last page is there", map_block(&o, chunk(BLOCK_B, 0), 1),
	       DONJON_E_EXISTS);
	touch(chunk(PAGES, 0));
	expect("a block whose last page is poisoned", map_block(&o, chunk(BLOCK_B, 0), 1),
	       DONJON_E_POISONED);
	map(&o, PAGES, 1, 3 * 512 + 511, 1);
	expect("EMPTY pages, the last one shared", map_block(&o, chunk(BLOCK_B, 0), 3),
	       DONJON_E_EXISTS);
	expect("EMPTY pages", map_block(&o, chunk(BLOCK_B, 0), 4), 0);
	expect("EMPTY pages but the last", map_block(&o, chunk(BLOCK_A, 0), 5), DONJON_E_EXISTS);
	must("VM_KILL", kmod_call(DONJON_HC_VM_KILL, o.handle, 0, 0, 0, 0, NULL));
	give_back(&o, DONJON_HC_VM_RECLAIM, 5 * 512, 512);
	destroy(&o);
}

/* The largest range, empty and with a page at its end; a VM in the same 2 MiB as another one. */
static void largest_range(void)
{
	const uint64_t size = 1UL << 40;
	struct raw_vm o = {0};
	uint64_t results[4];

	next_object = (next_object + DONJON_VM_PAGES * PAGE - 1) & ~(DONJON_VM_PAGES * PAGE - 1);
	must("VM_CREATE",
	     kmod_call(DONJON_HC_VM_CREATE, 0, 40, object(DONJON_VM_PAGES), 0, 0, results));
	o.handle = results[0];
	must("VM_TOPUP", topup(&o, object(16), 16));
	must("VM_ADD_RAM", kmod_call(DONJON_HC_VM_ADD_RAM, o.handle, 0, size, 0, 0, NULL));
	must("VM_MAP", raw_vm_map(&o, chunk(PAGES, 0), size - PAGE, PAGE));
	expect("VM_DEL_RAM with a page",
	       kmod_call(DONJON_HC_VM_DEL_RAM, o.handle, 0, size, 0, 0, NULL), DONJON_E_BUSY);
	must("VM_UNMAP", kmod_call(DONJON_HC_VM_UNMAP, o.handle, size - PAGE, PAGE, 0, 0, NULL));
	must("VM_DEL_RAM", kmod_call(DONJON_HC_VM_DEL_RAM, o.handle, 0, size, 0, 0, NULL));
	destroy(&o);
}

/* The host has the GiB as one entry again: nobody else has a page there. */
static void end(const struct raw_vm *o, uint64_t fresh)
{
	destroy(o);
	touch(fresh);
}

static void splits(uint64_t fresh)
{
	struct raw_vm o;
	uint64_t results[4];

	touch(fresh);
	touch(fresh + GIB);
	create(&o, true);
	must("VM_MAP over 2 MiB", raw_vm_map(&o, fresh + BLOCK - 4 * PAGE,
					     RAW_VM_RAM + BLOCK - 4 * PAGE, 8 * PAGE));
	end(&o, fresh);
	create(&o, true);
	must("VM_MAP over 1 GiB", raw_vm_map(&o, fresh + GIB - 4 * PAGE,
					     RAW_VM_RAM + BLOCK - 4 * PAGE, 8 * PAGE));
	end(&o, fresh);
	create(&o, true);
	must("VM_MAP of 2 MiB out of 1 GiB", map_block(&o, fresh + BLOCK, 1));
	end(&o, fresh);
	create(&o, true);
	must("VM_TOPUP", topup(&o, fresh + 33 * BLOCK - 4 * PAGE, 8));
	end(&o, fresh);
	create(&o, true);
	must("VCPU_CREATE", kmod_call(DONJON_HC_VCPU_CREATE, o.handle, 1, fresh + 40 * BLOCK,
				      fresh + GIB + 8 * PAGE, 0, NULL));
	end(&o, fresh);
	memset(&o, 0, sizeof(o));
	must("VM_CREATE",
	     kmod_call(DONJON_HC_VM_CREATE, 1, 36, fresh + 16 * BLOCK, 0, 0, results));
	o.handle = results[0];
	end(&o, fresh);
	must("POOL_DONATE", kmod_call(DONJON_HC_POOL_DONATE, fresh + BLOCK - 4 * PAGE, 8 * PAGE, 0,
				      0, 0, NULL));
}

void bounds(uint64_t fresh)
{
	the_last_page(fresh);
	next_object = chunk(OBJECTS, 0);
	largest_range();
	next_object = chunk(OBJECTS, 0);
	splits(fresh);
}

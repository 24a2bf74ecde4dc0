// SPDX-License-Identifier: GPL-2.0-only
/*
 * donjon-counts BASE GUARD FRESH: one of each operation of EL2, in each size and case, for
 * counts.py to measure. All memory comes from 16 MiB at BASE that the kernel was told not to use
 * (scripts/host --reserve), so that nothing else changes the tables for it and the figures repeat.
 * A VM that stays lies in 2 MiB at GUARD, where RAM begins: EL2's search for a table that says
 * nothing any more ends there at once, wherever the kernel's memory lies. FRESH: for bounds.c, 1
 * GiB, and 2 MiB behind it, that nobody has ever touched. Needs donjon_attack.ko.
 */
#include <errno.h>
#include <stdlib.h>

#include "operations.h"

#define MEM_SHARE   0xc6000003UL

/*
 * x20, x21: function numbers of MEM_SHARE and MEM_UNSHARE; x1: address; each call ends in an exit.
 * Then RSI's IPA_STATE_SET, which does not: two pages there and back, a block, once more with one
 * page of it back, a block that is not there.
 */
__asm__(".pushsection .rodata\n"
	"	.globl operations_code, operations_code_end\n"
	"	.balign 4\n"
	"operations_code:\n"
	"	.irp n, 22, 23, 24\n" /* two pages of one block, a page of its own */
	"	mov x0, x20\n"
	"	mov x1, x\\n\n"
	"	mov x2, xzr\n"
	"	mov x3, xzr\n"
	"	hvc #0\n"
	"	.endr\n"
	"	mov x0, x21\n"
	"	mov x1, x23\n"
	"	hvc #0\n"
	"	.macro set base, pages, ripas\n"
	"	movz x0, #0x197\n"
	"	movk x0, #0xc400, lsl #16\n"
	"	mov x1, \\base\n"
	"	add x2, x1, #\\pages, lsl #12\n"
	"	mov x3, #\\ripas\n"
	"	mov x4, xzr\n"
	"	hvc #0\n"
	"	.endm\n"
	"	set x26, 1, 0\n"
	"	add x28, x26, #1, lsl #12\n"
	"	set x28, 1, 0\n"
	"	set x28, 1, 1\n"
	"	set x26, 1, 1\n"
	"	set x27, 512, 0\n"
	"	set x27, 512, 1\n"
	"	set x27, 512, 0\n"
	"	set x27, 1, 1\n"
	"	set x25, 512, 0\n"
	"	set x25, 512, 1\n"
	"	ldr x0, [x25]\n" /* a page that is missing */
	"	b .\n"
	"operations_code_end:\n"
	".popsection\n");
extern const char operations_code[], operations_code_end[];

uint64_t base, next_object;

static void run_until(const struct raw_vm *o, uint64_t exit)
{
	struct donjon_run run = {0};

	do {
		run.entry_flags = run.exit == DONJON_EXIT_RECALL ? DONJON_ENTRY_RELEASED : 0;
		must("VCPU_RUN", raw_vm_run(o, 0, &run));
	} while (run.exit == DONJON_EXIT_RECALL);
	if (run.exit != exit)
		tap_give_up("the guest left with %llu, not %llu", (unsigned long long)run.exit,
			    (unsigned long long)exit);
}

/* Before activation: with contents. The guest's addresses: chunk i of its RAM for the block that
 * begins there. */
static void before_the_seal(const struct raw_vm *o)
{
	uint8_t code[PAGE] = {0};

	memcpy(code, operations_code, (size_t)(operations_code_end - operations_code));
	if (kmod_memory(chunk(CODE, 0), code, PAGE, ATTACK_LINEAR, true))
		tap_give_up("the code cannot be written");
	map(o, CODE, 0, 0, 1); /* with the tables above it */
	map(o, CODE, 1, 1, 1);
	map(o, CODE, 2, 2, 16);
	map(o, BLOCK_A, 0, 512, 512);
	map(o, BLOCK_C, 0, 2048, 512);
	reg(o, DONJON_REG_PC, RAW_VM_RAM);
	reg(o, DONJON_REG_PSTATE, PSTATE_EL1H);
	reg(o, DONJON_REG_X(20), MEM_SHARE);
	reg(o, DONJON_REG_X(21), MEM_SHARE + 1);
	reg(o, DONJON_REG_X(22), RAW_VM_RAM + (512 + 5) * PAGE);
	reg(o, DONJON_REG_X(23), RAW_VM_RAM + (512 + 6) * PAGE);
	reg(o, DONJON_REG_X(24), RAW_VM_RAM + 2 * PAGE);
	reg(o, DONJON_REG_X(25), RAW_VM_RAM + 3 * BLOCK);
	reg(o, DONJON_REG_X(26), RAW_VM_RAM + 4 * PAGE);
	reg(o, DONJON_REG_X(27), RAW_VM_RAM + 4 * BLOCK);
	must("VCPU_POWER", kmod_call(DONJON_HC_VCPU_POWER, o->handle, 0, 1, 0, 0, NULL));
}

/* User space is refused EL2's page; its kernel takes guests' pages by force, the first of a block,
 * one more, one that is no block's. */
static void host_accesses(const struct raw_vm *o)
{
	uint64_t value;

	if (kmod_memory(o->vcpu_pa[0], &value, 8, ATTACK_LINEAR, false) != -EFAULT)
		tap_give_up("EL2's page can be read");
	if (kmod_memory(chunk(BLOCK_B, 3), &value, 8, ATTACK_LINEAR, false) ||
	    kmod_memory(chunk(BLOCK_B, 4), &value, 8, ATTACK_LINEAR, false) ||
	    kmod_memory(chunk(CODE, 1), &value, 8, ATTACK_LINEAR, false))
		tap_give_up("the kernel cannot take a page by force");
}

static void protected_vm(void)
{
	struct raw_vm o;

	create(&o, true);
	must("VM_TOPUP",
	     kmod_call(DONJON_HC_VM_TOPUP, o.handle, object(16), 16 * PAGE, 0, 0, NULL));
	before_the_seal(&o);
	for (unsigned int i = 0; i < 3; i++)
		run_until(&o, DONJON_EXIT_SHARE);
	run_until(&o, DONJON_EXIT_MEMORY);
	map(&o, BLOCK_B, 0, 1024, 512);
	map(&o, PAGES, 0, 1536, 1);
	map(&o, PAGES, 1, 1537, 1);
	map(&o, PAGES, 2, 1538, 16);
	map(&o, PAGES, 18, 1554, 494);
	host_accesses(&o);
	must("VM_KILL", kmod_call(DONJON_HC_VM_KILL, o.handle, 0, 0, 0, 0, NULL));
	give_back(&o, DONJON_HC_VM_RECLAIM, 1536, 1);
	give_back(&o, DONJON_HC_VM_RECLAIM, 1537, 2);
	destroy(&o);
}

/* Never run: whole blocks, whose parts come back one by one. */
static void blocks(void)
{
	struct raw_vm o;

	create(&o, true);
	map(&o, BLOCK_A, 0, 0, 512);
	map(&o, BLOCK_B, 0, 512, 512);
	must("VM_KILL", kmod_call(DONJON_HC_VM_KILL, o.handle, 0, 0, 0, 0, NULL));
	give_back(&o, DONJON_HC_VM_RECLAIM, 5, 1);
	give_back(&o, DONJON_HC_VM_RECLAIM, 6, 16);
	destroy(&o);
}

static void unprotected_vm(void)
{
	struct raw_vm o;

	create(&o, false);
	map(&o, UNPROTECTED, 0, 512, 1);
	map(&o, UNPROTECTED, 1, 513, 1);
	map(&o, UNPROTECTED, 2, 514, 16);
	give_back(&o, DONJON_HC_VM_UNMAP, 513, 1);
	give_back(&o, DONJON_HC_VM_UNMAP, 514, 16);
	map(&o, BLOCK_A, 0, 0, 512);
	give_back(&o, DONJON_HC_VM_UNMAP, 7, 1);
	give_back(&o, DONJON_HC_VM_UNMAP, 0, 512);
	map(&o, BLOCK_A, 0, 0, 512);
	give_back(&o, DONJON_HC_VM_UNMAP, 0, 512);
	give_back(&o, DONJON_HC_VM_UNMAP, 512, 1);
	destroy(&o);
}

int main(int argc, char **argv)
{
	uint64_t value, below = argc == 4 ? strtoull(argv[2], NULL, 0) : 0;
	uint64_t fresh = argc == 4 ? strtoull(argv[3], NULL, 0) : 0;
	struct raw_vm guard;

	base = argc == 4 ? strtoull(argv[1], NULL, 0) : 0;
	if (!base || base % BLOCK || !below || below % BLOCK || !fresh || fresh % (1UL << 30))
		tap_give_up("usage: donjon-counts BASE GUARD FRESH: the addresses of 16 MiB, 2 MiB "
			    "and 1 GiB with 2 MiB behind it that the kernel does not use");
	kmod_open();
	for (unsigned int i = 0; i < NR_CHUNKS; i++)
		if (kmod_memory(chunk(i, 0), &value, 8, ATTACK_LINEAR, false))
			tap_give_up("0x%llx cannot be read", (unsigned long long)chunk(i, 0));
	next_object = below;
	create(&guard, true);
	next_object = chunk(OBJECTS, 0);
	protected_vm();
	blocks();
	unprotected_vm();
	/* For counts.py: what follows is no row of the table. */
	if (kmod_call(DONJON_HC_LEDGER, 1, 0, 0, 0, 0, NULL) != DONJON_E_INVALID)
		tap_give_up("LEDGER of an address that is no page's");
	next_object = chunk(OBJECTS, 0);
	bounds(fresh);
	destroy(&guard);
	tap_ok(true, "one of each operation");
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * S2: nothing of a guest's registers is in what the host's kernel reads after its run: all
 * encodings of system registers, before and after one run of a guest that fills what it has with
 * ones; and the SIMD registers.
 */
#include <stdlib.h>
#include <string.h>

#include "raw_vm.h"
#include "suites.h"
#include "tap.h"

#define PSTATE_EL1H 0x3c5UL
#define RUNS_MAX    100000 /* interrupts that end runs */
#define LIST	    0xc00
#define RET	    0xd65f03c0U
#define N(op0, op1, crn, crm, op2) \
	((op0 - 2) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

/*
 * With the MMU off. The first part finds out which registers there are, by writing what it reads,
 * and makes a list of the instructions that write them; it ends with a CPU_SUSPEND. The second part
 * executes the list with x0 all ones, and powers off: it is one run, without an exception.
 *
 * Not in the list are SCTLR_EL1, with which the MMU would be on, and the bits of PSTATE; VBAR_EL1
 * comes last.
 *
 * x20 the page, x19 number of the register, x22 end of the list
 */
__asm__(".pushsection .rodata\n"
	"	.globl filling_guest, filling_guest_end\n"
	"	.balign 8\n"
	"filling_guest:\n"
	"	adr	x20, filling_guest\n"
	"	add	x0, x20, #0x800\n"
	"	msr	vbar_el1, x0\n"
	"	mov	x0, #3 << 20\n"
	"	msr	cpacr_el1, x0\n"
	"	isb\n"
	"	add	x22, x20, #0xc00\n"
	"	mov	w19, #0\n"
	"1:	mov	w2, #0xd5300000\n"
	"	bl	4f\n"
	"	cbnz	x1, 3f\n"
	"	lsr	w3, w19, #3\n"
	"	and	w3, w3, #0xff\n"
	"	cmp	w3, #0x42\n"			/* PSTATE */
	"	b.eq	3f\n"
	"	mov	w3, #0x4080\n"			/* SCTLR_EL1 */
	"	cmp	w19, w3\n"
	"	b.eq	3f\n"
	"	mov	w3, #0x4600\n"			/* VBAR_EL1 */
	"	cmp	w19, w3\n"
	"	b.eq	3f\n"
	"	mov	w2, #0xd5100000\n"
	"	bl	4f\n"
	"	cbnz	x1, 3f\n"
	"	orr	w2, w2, w19, lsl #5\n"
	"	str	w2, [x22], #4\n"
	"3:	add	w19, w19, #1\n"
	"	tbz	w19, #15, 1b\n"
	"	mov	w2, #0x03c0\n"
	"	movk	w2, #0xd65f, lsl #16\n"	/* RET */
	"	str	w2, [x22]\n"
	"	dsb	sy\n"
	"	ic	iallu\n"
	"	dsb	sy\n"
	"	isb\n"
	"	mov	x0, #1\n"
	"	movk	x0, #0x8400, lsl #16\n"
	"	hvc	#0\n"				/* CPU_SUSPEND */
	"	mov	x0, #-1\n"
	"	add	x1, x20, #0xc00\n"
	"	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
	"	dup	v\\n\\().2d, x0\n"
	"	.endr\n"
	"	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
	"	dup	v\\n\\().2d, x0\n"
	"	.endr\n"
	"	blr	x1\n"
	"	msr	vbar_el1, x0\n"
	"	mov	x0, #8\n"
	"	movk	x0, #0x8400, lsl #16\n"
	"	hvc	#0\n"				/* SYSTEM_OFF */
	"	b	.\n"
	/* Executes w2 with the register's number in it. x1: it was undefined. */
	"4:	orr	w3, w2, w19, lsl #5\n"
	"	adr	x4, 5f\n"
	"	str	w3, [x4]\n"
	"	dsb	sy\n"
	"	ic	ivau, x4\n"
	"	dsb	sy\n"
	"	isb\n"
	"	mov	x1, #0\n"
	"5:	nop\n"
	"	isb\n"
	"	ret\n"
	"	.org	filling_guest + 0xa00\n"
	"	mrs	x3, elr_el1\n"
	"	add	x3, x3, #4\n"
	"	msr	elr_el1, x3\n"
	"	mov	x1, #1\n"
	"	eret\n"
	"filling_guest_end:\n"
	".popsection\n");
extern const char filling_guest[], filling_guest_end[];

/*
 * What differs in spite of it: time (CNTPCT, CNTVCT and their self-synchronised forms, CNTP_TVAL,
 * CNTV_TVAL), random numbers, counters of events and cycles, and interrupts that have come
 * (ISR_EL1, ICC_HPPIR).
 */
static bool changes(unsigned int n)
{
	static const unsigned int list[] = {
		N(3, 3, 14, 0, 1), N(3, 3, 14, 0, 2), N(3, 3, 14, 0, 5), N(3, 3, 14, 0, 6),
		N(3, 3, 14, 2, 0), N(3, 3, 14, 3, 0), N(3, 3, 2, 4, 0),	 N(3, 3, 2, 4, 1),
		N(3, 0, 12, 1, 0), N(3, 0, 12, 8, 2), N(3, 0, 12, 12, 2),
		N(3, 3, 9, 13, 0), N(3, 3, 9, 13, 2),
	};

	for (unsigned int i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (list[i] == n)
			return true;
	/* PMEVCNTR<n>_EL0 */
	return (n & ~0x1fU) == N(3, 3, 14, 8, 0);
}

static unsigned int compare(const uint64_t *before, const uint64_t *after, unsigned int *read)
{
	unsigned int wrong = 0;

	*read = 0;
	for (unsigned int n = 0; n < ATTACK_ENCODINGS; n++) {
		*read += before[n] != ATTACK_UNDEFINED;
		if (before[n] == after[n] || changes(n))
			continue;
		wrong++;
		tap_note("S%u_%u_c%u_c%u_%u: 0x%llx before, 0x%llx after", 2 + (n >> 14),
			 n >> 11 & 7, n >> 7 & 15, n >> 3 & 15, n & 7,
			 (unsigned long long)before[n], (unsigned long long)after[n]);
	}
	return wrong;
}

static void run(struct raw_vm *o, struct donjon_run *run)
{
	for (unsigned int i = 0; i < RUNS_MAX; i++) {
		raw_vm_write_run(o, 0, run);
		if (kmod_call(DONJON_HC_VCPU_RUN, o->handle, 0, 0, 0, 0, NULL))
			tap_give_up("VCPU_RUN");
		raw_vm_read_run(o, 0, run);
		if (run->exit != DONJON_EXIT_INTERRUPT)
			return;
	}
}

/* The length of the list in an unprotected guest's page. */
static unsigned int listed(uint64_t page)
{
	uint32_t list[(PAGE - LIST) / 4] = { 0 };
	unsigned int i = 0;

	if (kmod_memory(page + LIST, list, sizeof(list), ATTACK_LINEAR, false))
		tap_give_up("an unprotected guest's page cannot be read");
	while (i < sizeof(list) / sizeof(list[0]) && list[i] != RET)
		i++;
	return i;
}

static bool all_zero(const uint64_t *simd)
{
	for (unsigned int i = 0; i < ATTACK_SIMD_WORDS; i++)
		if (simd[i])
			return false;
	return true;
}

static void one_guest(bool protected, uint64_t page, struct kmod_registers *r)
{
	const char *name = protected ? "a protected" : "an unprotected";
	struct donjon_run state = { 0 };
	uint64_t code[PAGE / 8] = { 0 };
	unsigned int wrong, read;
	struct raw_vm o;
	long ret;

	memcpy(code, filling_guest, (size_t)(filling_guest_end - filling_guest));
	raw_vm_create(&o, protected);
	if (kmod_memory(page, code, PAGE, ATTACK_LINEAR, true) ||
	    raw_vm_map(&o, page, RAW_VM_RAM, PAGE) ||
	    kmod_call(DONJON_HC_VCPU_SET_REG, o.handle, 0, DONJON_REG_PC, RAW_VM_RAM, 0, NULL) ||
	    kmod_call(DONJON_HC_VCPU_SET_REG, o.handle, 0, DONJON_REG_PSTATE, PSTATE_EL1H, 0,
		      NULL) ||
	    kmod_call(DONJON_HC_VCPU_POWER, o.handle, 0, 1, 0, 0, NULL))
		tap_give_up("the VM cannot be made");
	run(&o, &state);
	tap_ok(state.exit == DONJON_EXIT_WFI, "%s guest looks for its registers", name);
	if (!protected)
		tap_ok(listed(page) >= 40, "it can write %u", listed(page));
	ret = kmod_registers((uint64_t[]){ DONJON_HC_VCPU_RUN, o.handle, 0, 0 }, r);
	raw_vm_read_run(&o, 0, &state);
	tap_ok(!ret && state.exit == DONJON_EXIT_SYSTEM_OFF, "%s guest fills them", name);
	wrong = compare(r->before, r->after, &read);
	tap_ok(!wrong && read > 100, "S2: none of %u registers of the host is another one", read);
	tap_ok(all_zero(r->simd), "S2: the SIMD registers are zero");
	tap_ok(raw_vm_destroy(&o), "that VM ends");
}

int suite_registers(void)
{
	struct kmod_registers *r = calloc(1, sizeof(*r));

	kmod_open();
	for (unsigned int protected = 0; r && protected < 2; protected++)
		one_guest(protected, kmod_alloc(0), r);
	free(r);
	return tap_end();
}

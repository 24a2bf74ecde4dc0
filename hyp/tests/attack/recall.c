// SPDX-License-Identifier: GPL-2.0-only
/*
 * S1, S2, S5: a guest takes back a page that it shares, and the host that is asked to let go of it
 * does something else: gives no answer, another one, one too many, or the right one without having
 * let go; or it ends the VM. The page is shared or private at every moment.
 */
#include <errno.h>
#include <string.h>

#include "abi/smccc.h"
#include "raw_vm.h"
#include "suites.h"
#include "tap.h"

#define SECRET	    0x5ec7e75ec7e75ec7UL /* what the guest writes to the page once it is private */
#define HOSTS	    0x4057405740574057UL /* what the host writes while it is shared */
#define PAGE_IPA    (RAW_VM_RAM + PAGE)
#define PSTATE_EL1H 0x3c5UL /* all exceptions masked */
#define TRIES	    1000    /* interrupts that end the run for which the host has let go */

/*
 * x19: the page, x20: MEM_SHARE, x21: MEM_UNSHARE, x22: the secret, x23: a device, to which each
 * answer is told. The first shares the page and takes it back again and again, the second only
 * takes it back.
 */
__asm__(".pushsection .rodata\n"
	"	.globl recalling, recalling_second, recalling_end\n"
	"	.balign 8\n"
	"	.macro page_call function\n"
	"	mov x0, \\function\n"
	"	mov x1, x19\n"
	"	mov x2, xzr\n"
	"	mov x3, xzr\n"
	"	hvc #0\n"
	"	.endm\n"
	"recalling:\n"
	"	page_call x20\n"
	"	str x0, [x23]\n"
	"	page_call x21\n"
	"	cbnz x0, 1f\n"
	"	str x22, [x19]\n"
	"1:	str x0, [x23]\n"
	"	b recalling\n"
	"recalling_second:\n"
	"	page_call x21\n"
	"	str x0, [x23]\n"
	"	b recalling_second\n"
	"recalling_end:\n"
	".popsection\n");
extern const char recalling[], recalling_second[], recalling_end[];

static struct raw_vm o;
static uint64_t page; /* the one that is shared; behind it that of the code */

static void set_up_vcpu(unsigned int index, uint64_t pc)
{
	const uint64_t regs[][2] = {
		{DONJON_REG_PC, pc},
		{DONJON_REG_PSTATE, PSTATE_EL1H},
		{DONJON_REG_X(19), PAGE_IPA},
		{DONJON_REG_X(20), KVM_VENDOR_MEM_SHARE},
		{DONJON_REG_X(21), KVM_VENDOR_MEM_UNSHARE},
		{DONJON_REG_X(22), SECRET},
		{DONJON_REG_X(23), PLAT_UART_BASE},
	};
	long code = 0;

	for (unsigned int i = 0; i < sizeof(regs) / sizeof(regs[0]) && !code; i++)
		code = kmod_call(DONJON_HC_VCPU_SET_REG, o.handle, index, regs[i][0], regs[i][1], 0,
				 NULL);
	code = code ? code : kmod_call(DONJON_HC_VCPU_POWER, o.handle, index, 1, 0, 0, NULL);
	if (code)
		tap_give_up("vCPU %u: %ld", index, code);
}

static void set_up(void)
{
	uint8_t code[PAGE] = {0};

	raw_vm_create(&o, true);
	memcpy(code, recalling, (size_t)(recalling_end - recalling));
	page = kmod_alloc(1);
	if (!page || kmod_memory(page + PAGE, code, PAGE, ATTACK_LINEAR, true) ||
	    raw_vm_vcpu(&o, 1) || raw_vm_map(&o, page, PAGE_IPA, PAGE) ||
	    raw_vm_map(&o, page + PAGE, RAW_VM_RAM, PAGE))
		tap_give_up("a guest that shares");
	set_up_vcpu(0, RAW_VM_RAM);
	set_up_vcpu(1, RAW_VM_RAM + (uint64_t)(recalling_second - recalling));
}

static uint64_t state(void)
{
	struct run run;

	return kmod_ledger(page, &run) ? run.state : ~0UL;
}

/* Nothing in the run page but what an exit is to tell. */
static bool shows_nothing(const struct donjon_run *run)
{
	const uint64_t *words = (const uint64_t *)run;

	for (unsigned int i = 0; i < sizeof(*run) / 8; i++)
		if (words[i] == SECRET)
			return false;
	return true;
}

static bool is_exit(unsigned int vcpu, uint64_t flags, struct donjon_run *run, uint64_t exit)
{
	long code;

	*run = (struct donjon_run){.entry_flags = flags};
	code = raw_vm_run(&o, vcpu, run);
	if (!code && run->exit == exit && shows_nothing(run))
		return true;
	tap_note("code %ld, exit %llu, ipa 0x%llx, size 0x%llx", code,
		 (unsigned long long)run->exit, (unsigned long long)run->ipa,
		 (unsigned long long)run->size);
	return false;
}

/* The vCPU asks for the page, which is shared as long as that: the host writes and reads it. */
static bool asks(unsigned int vcpu, uint64_t flags)
{
	uint64_t value = HOSTS, back = 0;
	struct donjon_run run;

	return is_exit(vcpu, flags, &run, DONJON_EXIT_RECALL) && run.ipa == PAGE_IPA &&
	       run.size == PAGE && state() == DONJON_PAGE_GUEST_SHARED &&
	       !kmod_memory(page, &value, 8, ATTACK_LINEAR, true) &&
	       !kmod_memory(page, &back, 8, ATTACK_LINEAR, false) && back == HOSTS;
}

static bool tells(unsigned int vcpu, uint64_t flags, uint64_t answer)
{
	struct donjon_run run;

	return is_exit(vcpu, flags, &run, DONJON_EXIT_MMIO) && run.write &&
	       run.ipa == PLAT_UART_BASE && run.mmio_data == answer;
}

/* The vCPU has asked. It gets the page; if an interrupt ends its run before that, it asks again. */
static bool gets(unsigned int vcpu, uint64_t answer)
{
	struct donjon_run run = {0};

	for (unsigned int i = 0; i < TRIES; i++) {
		run = (struct donjon_run){.entry_flags = DONJON_ENTRY_RELEASED};
		if (raw_vm_run(&o, vcpu, &run) || run.exit != DONJON_EXIT_RECALL)
			break;
	}
	return run.exit == DONJON_EXIT_MMIO && run.mmio_data == answer && shows_nothing(&run) &&
	       state() == DONJON_PAGE_GUEST;
}

/* From the end of one round of vCPU 0 to where it asks again, with other flags at each run. */
static bool next_round(uint64_t others)
{
	uint64_t flags = DONJON_ENTRY_MMIO | others;
	struct donjon_run run;

	return is_exit(0, flags, &run, DONJON_EXIT_SHARE) && run.ipa == PAGE_IPA &&
	       tells(0, flags, 0) && asks(0, flags);
}

static void wrong_answers(void)
{
	static const uint64_t flags[] = {0, DONJON_ENTRY_MMIO, DONJON_ENTRY_ABORT,
					 DONJON_ENTRY_MMIO | DONJON_ENTRY_ABORT};

	tap_ok(next_round(0), "a guest shares a page, and asks the host before it takes it back");
	for (unsigned int i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		tap_ok(asks(0, flags[i]), "answered with %llu it asks again, the page is shared",
		       (unsigned long long)flags[i]);
}

/* The kernel has the page in its linear map, and whatever else it liked. */
static void without_having_let_go(void)
{
	uint64_t forced = kmod_counter(DONJON_CNT_FORCED_RECLAIMS), value = 0;

	tap_ok(gets(0, SMCCC_SUCCESS), "a host that says yes, and keeps it, has lost it");
	tap_ok(kmod_fixup(page, &value, 8, ATTACK_LINEAR, false) == -EFAULT && value != SECRET &&
		       kmod_fixup(page, &value, 8, ATTACK_LINEAR, true) == -EFAULT,
	       "it reads nothing of the guest's there, and writes nothing");
	tap_ok(kmod_counter(DONJON_CNT_FORCED_RECLAIMS) == forced, "and the guest has it still");
}

static void answers_too_many(void)
{
	tap_ok(next_round(DONJON_ENTRY_RELEASED),
	       "a host that says yes all the time is asked all the same");
}

/* vCPU 0 has asked. */
static void two_vcpus(void)
{
	tap_ok(asks(1, DONJON_ENTRY_RELEASED), "another vCPU asks for the same page");
	tap_ok(gets(1, SMCCC_SUCCESS), "and gets it");
	tap_ok(gets(0, (uint64_t)SMCCC_INVALID_PARAMETER),
	       "to the first one it is not shared any more");
}

static void ends_in_between(void)
{
	struct donjon_run run = {.entry_flags = DONJON_ENTRY_RELEASED};

	tap_ok(next_round(0), "a guest asks for its page");
	tap_ok(!kmod_call(DONJON_HC_VM_KILL, o.handle, 0, 0, 0, 0, NULL), "its VM is killed");
	tap_ok(raw_vm_run(&o, 0, &run) == DONJON_E_DYING && state() == DONJON_PAGE_GUEST_SHARED,
	       "an answer then changes nothing");
	tap_ok(raw_vm_destroy(&o) && state() == DONJON_PAGE_HOST &&
		       raw_vm_clean(page + PAGE, PAGE),
	       "it ends, and its private page is zero");
	kmod_free(page, 1);
}

int suite_recall(void)
{
	kmod_open();
	set_up();
	wrong_answers();
	without_having_let_go();
	answers_too_many();
	two_vcpus();
	ends_in_between();
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * S2, S5, S6: VCPU_RUN and SMCs at the wrong moment: answers to an EXIT_MMIO that come too late,
 * calls that look as if they ended the machine, and a host that runs a vCPU in streaming mode
 * (SME).
 */
#include <errno.h>
#include <string.h>

#include "abi/smccc.h"
#include "raw_vm.h"
#include "suites.h"
#include "tap.h"

#define SECRET	    0x5ec7e75ec7e75ec7UL   /* in the protected guest's memory */
#define KEY	    0x0123456789abcdefUL   /* and in its registers */
#define TOLD	    (SECRET ^ (KEY + KEY)) /* what it tells again and again */
#define KEPT(n)	    (0xc0ffee00UL + (n))   /* x<n> of the guest with interrupts */
#define LATE	    0x5a5aUL
#define PSTATE_EL1H 0x3c5UL /* all exceptions masked */
#define INTID	    40UL
#define LR_PENDING  (1UL << 62 | 1UL << 60 | 0xa0UL << 48 | INTID) /* of group 1 */
#define LR_STATE    (3UL << 62)
#define LR_ACTIVE   (2UL << 62)
#define HANDLER	    0xa80UL /* VBAR_EL1 + 0x280 */
#define RUNS_MAX    1000    /* interrupts that end runs */
#define TIMES	    16

/*
 * irq_guest: reads the device at x3, and leaves that by an interrupt, in whose handler it sleeps
 * for good (WFI may end without an exit, hence the loop). Right, it never writes to the device.
 *
 * secret_guest: x1 = a page with the secret, x3 = a device. Tells again and again what depends on
 * its memory, a general and an FPSIMD register, by an instruction that streaming mode lacks.
 */
__asm__(".pushsection .rodata\n"
	"	.globl irq_guest, irq_guest_end, secret_guest, secret_guest_end\n"
	"	.balign 8\n"
	"irq_guest:\n"
	"	adr x10, irq_guest + 0x800\n"
	"	msr vbar_el1, x10\n"
	"	mov x10, #0xff\n"
	"	msr s3_0_c4_c6_0, x10\n" /* ICC_PMR_EL1 */
	"	mov x10, #1\n"
	"	msr s3_0_c12_c12_7, x10\n" /* ICC_IGRPEN1_EL1 */
	"	isb\n"
	"	msr daifclr, #2\n"
	"	ldr x4, [x3]\n"
	"	str x4, [x3]\n"
	"	b .\n"
	"	.space irq_guest + 0xa00 - .\n" /* synchronous exceptions */
	"	str x5, [x3]\n"
	"	b .\n"
	"	.space irq_guest + 0xa80 - .\n" /* interrupts */
	"	mrs x6, s3_0_c12_c12_0\n"	/* ICC_IAR1_EL1 */
	"1:	wfi\n"
	"	b 1b\n"
	"	str x5, [x3]\n"
	"	b .\n"
	"irq_guest_end:\n"
	"	.balign 8\n"
	"secret_guest:\n"
	"	mov x5, #3 << 20\n"
	"	msr cpacr_el1, x5\n"
	"	isb\n"
	"	fmov d0, x20\n"
	"1:	ldr x4, [x1]\n"
	"	add v1.2d, v0.2d, v0.2d\n"
	"	fmov x5, d1\n"
	"	eor x4, x4, x5\n"
	"	str x4, [x3]\n"
	"	b 1b\n"
	"secret_guest_end:\n"
	".popsection\n");
extern const char irq_guest[], irq_guest_end[], secret_guest[], secret_guest_end[];

static uint64_t pages; /* 4 of the host's: code and data of each guest */

static void put(uint64_t pa, const void *from, size_t size)
{
	uint64_t page[PAGE / 8] = {0};

	memcpy(page, from, size);
	if (kmod_memory(pa, page, PAGE, ATTACK_LINEAR, true))
		tap_give_up("a page of the host's cannot be written");
}

static void set_reg(const struct raw_vm *o, uint64_t reg, uint64_t value)
{
	long code = kmod_call(DONJON_HC_VCPU_SET_REG, o->handle, 0, reg, value, 0, NULL);

	if (code)
		tap_give_up("VCPU_SET_REG of register %llu: %ld", (unsigned long long)reg, code);
}

static void power_on(const struct raw_vm *o)
{
	set_reg(o, DONJON_REG_PC, RAW_VM_RAM);
	set_reg(o, DONJON_REG_PSTATE, PSTATE_EL1H);
	set_reg(o, DONJON_REG_X(3), PLAT_UART_BASE);
	if (kmod_call(DONJON_HC_VCPU_POWER, o->handle, 0, 1, 0, 0, NULL))
		tap_give_up("VCPU_POWER");
}

/* -- An answer that comes too late -- */

static bool reads_device(const struct donjon_run *run, long code)
{
	if (code || run->exit != DONJON_EXIT_MMIO || run->write || run->ipa != PLAT_UART_BASE) {
		tap_note("code %ld, exit %llu at 0x%llx, write %llu, data 0x%llx", code,
			 (unsigned long long)run->exit, (unsigned long long)run->ipa,
			 (unsigned long long)run->write, (unsigned long long)run->mmio_data);
		return false;
	}
	return true;
}

/* It sleeps in its handler, with the registers that it had before the read. */
static bool sleeps(const struct raw_vm *o, const struct donjon_run *run, long code)
{
	bool good = !code && run->exit == DONJON_EXIT_WFI;
	uint64_t results[4], want;

	if (!good)
		tap_note("code %ld, exit %llu, write %llu, data 0x%llx", code,
			 (unsigned long long)run->exit, (unsigned long long)run->write,
			 (unsigned long long)run->mmio_data);
	for (uint64_t reg = 0; reg <= DONJON_REG_PC; reg++) {
		if (reg == DONJON_REG_SP_EL0)
			continue;
		want = reg == DONJON_REG_PC ? RAW_VM_RAM + HANDLER + 8
		       : reg == 3	    ? PLAT_UART_BASE
		       : reg == 6	    ? INTID
		       : reg == 10	    ? 1
					    : KEPT(reg);
		if (kmod_call(DONJON_HC_VCPU_GET_REG, o->handle, 0, reg, 0, 0, results) ||
		    results[0] != want) {
			tap_note("register %llu is 0x%llx", (unsigned long long)reg,
				 (unsigned long long)results[0]);
			good = false;
		}
	}
	return good;
}

static void late_answers(void)
{
	struct donjon_run run = {0};
	struct raw_vm o;
	long code;

	raw_vm_create(&o, false);
	put(pages, irq_guest, (size_t)(irq_guest_end - irq_guest));
	if (raw_vm_map(&o, pages, RAW_VM_RAM, PAGE))
		tap_give_up("VM_MAP");
	for (unsigned int n = 0; n <= 30; n++)
		set_reg(&o, DONJON_REG_X(n), KEPT(n));
	power_on(&o);
	code = raw_vm_run(&o, 0, &run);
	tap_ok(reads_device(&run, code), "a read of a device");
	run = (struct donjon_run){.mmio_data = LATE};
	code = raw_vm_run(&o, 0, &run);
	tap_ok(reads_device(&run, code), "left unanswered, the guest repeats it");
	run = (struct donjon_run){.nr_lrs = 1, .lr = {LR_PENDING}, .mmio_data = LATE};
	code = raw_vm_run(&o, 0, &run);
	tap_ok(sleeps(&o, &run, code) && (run.lr[0] & LR_STATE) == LR_ACTIVE,
	       "left unanswered, with an interrupt: the guest sleeps in its handler");
	run.entry_flags = DONJON_ENTRY_MMIO;
	run.mmio_data = LATE;
	code = raw_vm_run(&o, 0, &run);
	tap_ok(sleeps(&o, &run, code), "an answer then changes no register and skips nothing");
	run.entry_flags = DONJON_ENTRY_ABORT;
	code = raw_vm_run(&o, 0, &run);
	tap_ok(sleeps(&o, &run, code), "nor is there an abort");
	run.entry_flags = DONJON_ENTRY_FLAGS;
	code = raw_vm_run(&o, 0, &run);
	tap_ok(sleeps(&o, &run, code), "nor with both");
	tap_ok(raw_vm_destroy(&o), "that VM ends");
}

/* -- A protected guest that must not be harmed -- */

/* One run, however often interrupts end it; code as in raw_vm_run(), or -errno of the conduit. */
static int run_through(const struct raw_vm *o, struct donjon_run *run, enum attack_conduit conduit,
		       long *code)
{
	for (unsigned int i = 0; i < RUNS_MAX; i++) {
		struct attack_call call = {.x = {DONJON_HC_VCPU_RUN, o->handle}};
		int error;

		call.conduit = conduit;
		raw_vm_write_run(o, 0, run);
		error = kmod_try(&call);
		if (error)
			return error;
		raw_vm_read_run(o, 0, run);
		*code = (long)call.x[0];
		if (*code || run->exit != DONJON_EXIT_INTERRUPT)
			return 0;
	}
	tap_give_up("a vCPU makes no progress");
}

static int tells_secret(const struct raw_vm *o, enum attack_conduit conduit, bool *good)
{
	struct donjon_run run = {.entry_flags = DONJON_ENTRY_MMIO};
	long code;
	int error = run_through(o, &run, conduit, &code);

	*good = !error && !code && run.exit == DONJON_EXIT_MMIO && run.write &&
		run.mmio_data == TOLD;
	if (!error && !*good)
		tap_note("code %ld, exit %llu, write %llu, data 0x%llx", code,
			 (unsigned long long)run.exit, (unsigned long long)run.write,
			 (unsigned long long)run.mmio_data);
	return error;
}

static bool unharmed(const struct raw_vm *o)
{
	bool good;

	tells_secret(o, ATTACK_HVC0, &good);
	return good;
}

static void ends_of_machine(const struct raw_vm *o)
{
	static const struct {
		const char *name;
		uint64_t id, x1;
	} calls[] = {
		{"SYSTEM_OFF, 64-bit", PSCI_SYSTEM_OFF | SMCCC_64, 0},
		{"SYSTEM_RESET, 64-bit", PSCI_SYSTEM_RESET | SMCCC_64, 0},
		{"SYSTEM_OFF, 64-bit, SVE hint", PSCI_SYSTEM_OFF | SMCCC_64 | SMCCC_SVE_HINT, 0},
		{"SYSTEM_RESET2, type 1", PSCI_SYSTEM_RESET2, 1},
		{"SYSTEM_RESET2, type 0x80000001", PSCI_SYSTEM_RESET2, 0x80000001},
		{"SYSTEM_RESET2, 64-bit, type 1", PSCI_SYSTEM_RESET2 | SMCCC_64, 1},
		{"SYSTEM_RESET2, 64-bit, type 0x80000001", PSCI_SYSTEM_RESET2 | SMCCC_64,
		 0x80000001},
	};
	struct attack_call hint = {.x = {PSCI_VERSION | SMCCC_SVE_HINT}, .conduit = ATTACK_SMC0};
	struct attack_call plain = {.x = {PSCI_VERSION}, .conduit = ATTACK_SMC0};

	for (unsigned int i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct attack_call call = {.x = {calls[i].id, calls[i].x1}, .conduit = ATTACK_SMC0};

		kmod_raw(&call);
		if ((int32_t)call.x[0] != SMCCC_NOT_SUPPORTED)
			tap_note("0x%llx", (unsigned long long)call.x[0]);
		tap_ok((int32_t)call.x[0] == SMCCC_NOT_SUPPORTED && unharmed(o),
		       "SMC %s: NOT_SUPPORTED, and a protected guest is unharmed", calls[i].name);
	}
	kmod_raw(&plain);
	kmod_raw(&hint);
	tap_note("with the SVE hint PSCI_VERSION is 0x%llx, without 0x%llx",
		 (unsigned long long)hint.x[0], (unsigned long long)plain.x[0]);
	tap_ok((int64_t)plain.x[0] >= 0x10000 && hint.x[0] == plain.x[0] && unharmed(o),
	       "SMC PSCI_VERSION with the SVE hint: the version, also from firmware older than the "
	       "hint");
}

static void streaming(const struct raw_vm *o)
{
	unsigned int bad = 0;
	bool good;
	int error = tells_secret(o, ATTACK_HVC0_STREAMING, &good);

	if (error == -EOPNOTSUPP) {
		tap_skip("VCPU_RUN in streaming mode", "the CPU has no SME");
		return;
	}
	if (error)
		tap_give_up("streaming mode cannot be entered: %s", strerror(-error));
	tap_ok(good, "VCPU_RUN in streaming mode: an ordinary exit, and the host lives");
	for (unsigned int i = 0; i < TIMES; i++) {
		error = tells_secret(o, i & 1 ? ATTACK_HVC0 : ATTACK_HVC0_STREAMING, &good);
		bad += error || !good;
	}
	tap_ok(!bad, "in turns with and without: the guest keeps its FPSIMD registers");
}

int suite_entries(void)
{
	static const uint64_t secret = SECRET;
	struct raw_vm o;

	kmod_open();
	pages = kmod_alloc(2);
	if (!pages)
		tap_give_up("the host has no pages");
	late_answers();
	raw_vm_create(&o, true);
	put(pages + PAGE, secret_guest, (size_t)(secret_guest_end - secret_guest));
	put(pages + 2 * PAGE, &secret, sizeof(secret));
	if (raw_vm_map(&o, pages + PAGE, RAW_VM_RAM, PAGE) ||
	    raw_vm_map(&o, pages + 2 * PAGE, RAW_VM_RAM + PAGE, PAGE))
		tap_give_up("VM_MAP");
	set_reg(&o, DONJON_REG_X(1), RAW_VM_RAM + PAGE);
	set_reg(&o, DONJON_REG_X(20), KEY);
	power_on(&o);
	tap_ok(unharmed(&o), "a protected guest tells its secret");
	ends_of_machine(&o);
	streaming(&o);
	tap_ok(raw_vm_destroy(&o) && raw_vm_clean(pages + PAGE, 2 * PAGE),
	       "it ends, and leaves zeros");
	kmod_free(pages, 2);
	return tap_end();
}

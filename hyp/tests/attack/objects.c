// SPDX-License-Identifier: GPL-2.0-only
/*
 * S2, S3, S4: a protected VM made by calls to EL2 alone: what the host learns from its run page,
 * the activation at the first run, the zeroing of what comes later, and its end step by step.
 */
#include <string.h>

#include "guest.h"
#include "raw_vm.h"
#include "suites.h"
#include "tap.h"

#define CANARY	     0xdeadbeefcafef00dUL /* in the guest's registers; no run page may show it */
#define BEFORE	     0x5a5a5a5a5a5a5a5aUL /* what the host put into memory before the first run */
#define LATER	     0xa5a5a5a5a5a5a5a5UL /* and after it */
#define ANSWER	     0x1234567890abcdefUL /* what it answers to an MMIO read */
#define LRS_TOO_MANY 1000
#define PSTATE_EL1H  0x3c5UL /* all exceptions masked */
#define SYSTEM_OFF   0x84000008UL

/*
 * The guest: x1 = a page from before the first run, x2 = one from after it, x3 = a device. It tells
 * what it finds by writes to the device, the only thing that the host may learn.
 */
__asm__(".pushsection .rodata\n"
	"	.globl guest_code, guest_code_end\n"
	"	.balign 4\n"
	"guest_code:\n"
	"	ldr x4, [x1]\n"
	"	str x4, [x3]\n" /* the page from before: BEFORE */
	"	ldr x4, [x2]\n"
	"	str x4, [x3]\n" /* the page from later: 0 */
	"	ldr x4, [x3]\n"
	"	str x4, [x3]\n" /* the answer */
	"	strb w4, [x3]\n" /* and parts of it */
	"	strh w4, [x3]\n"
	"	str w4, [x3]\n"
	"	mov x4, xzr\n"
	"	hvc #0\n" /* x0 = PSCI SYSTEM_OFF */
	"	b .\n"
	"guest_code_end:\n"
	".popsection\n");
extern const char guest_code[], guest_code_end[];

static struct raw_vm o;
static uint64_t pages; /* 16 of the host's: code, before, later, others */

#define CODE_PAGE   pages
#define BEFORE_PAGE (pages + PAGE)
#define LATER_PAGE  (pages + 2 * PAGE)
#define OTHER_PAGE  (pages + 3 * PAGE)

static void fill_page(uint64_t pa, uint64_t word)
{
	uint64_t page[PAGE / 8];

	for (unsigned int i = 0; i < PAGE / 8; i++)
		page[i] = word;
	if (kmod_memory(pa, page, PAGE, ATTACK_LINEAR, true))
		tap_give_up("a page of the host's cannot be written");
}

static long set_reg(uint64_t reg, uint64_t value)
{
	return kmod_call(DONJON_HC_VCPU_SET_REG, o.handle, 0, reg, value, 0, NULL);
}

static long get_reg(uint64_t reg, uint64_t *value)
{
	uint64_t results[4];
	long code = kmod_call(DONJON_HC_VCPU_GET_REG, o.handle, 0, reg, 0, 0, results);

	*value = results[0];
	return code;
}

static void before_the_first_run(void)
{
	static const uint64_t hidden[] = {DONJON_REG_SP_EL0, DONJON_REG_ELR_EL1,
					  DONJON_REG_SPSR_EL1};
	unsigned int bad = 0;
	uint64_t value;

	for (unsigned int n = 0; n <= 30; n++)
		bad += set_reg(DONJON_REG_X(n), CANARY + n) || get_reg(DONJON_REG_X(n), &value) ||
		       value != CANARY + n;
	bad += set_reg(DONJON_REG_PC, RAW_VM_RAM) || get_reg(DONJON_REG_PC, &value) ||
	       value != RAW_VM_RAM;
	tap_ok(!bad, "before the first run x0 to x30 and PC can be set and read");
	bad = 0;
	for (unsigned int i = 0; i < 3; i++)
		bad += set_reg(hidden[i], 0) != DONJON_E_DENIED ||
		       get_reg(hidden[i], &value) != DONJON_E_DENIED;
	tap_ok(!bad, "SP_EL0, ELR_EL1 and SPSR_EL1 of a protected vCPU are DENIED already");
	bad = 0;
	for (uint64_t reg = DONJON_REG_SCTLR_EL1; reg < DONJON_NR_REGS; reg++)
		bad += !set_reg(reg, 0) || get_reg(reg, &value) != DONJON_E_DENIED;
	tap_ok(!bad, "and so is every other register but these");
	tap_ok(!get_reg(DONJON_REG_MPIDR, &value) && value == 1UL << 31, "MPIDR_EL1 can be read");
	/* EL2h, EL3, AArch32, an illegal state: never what the guest begins in. */
	bad = 0;
	for (unsigned int i = 0; i < 32; i++) {
		long code = set_reg(DONJON_REG_PSTATE, i | 1UL << 20 | 1UL << 21 | 1UL << 40);

		if (!code && (get_reg(DONJON_REG_PSTATE, &value) || (value & 0x1f) > 5 ||
			      value & (1UL << 20 | 1UL << 21)))
			bad++;
	}
	tap_ok(!bad, "no PSTATE above EL1, in AArch32 or single-stepping is taken");
}

static void bad_run_pages(void)
{
	struct donjon_run run = {0};
	unsigned int bad = 0;

	tap_ok(raw_vm_run(&o, 0, &run) == DONJON_E_OFF, "a vCPU that is off is not run: OFF");
	if (set_reg(DONJON_REG_PC, RAW_VM_RAM) || set_reg(DONJON_REG_PSTATE, PSTATE_EL1H) ||
	    set_reg(DONJON_REG_X(0), SYSTEM_OFF) || set_reg(DONJON_REG_X(1), RAW_VM_RAM + PAGE) ||
	    set_reg(DONJON_REG_X(2), RAW_VM_RAM + 2 * PAGE) ||
	    set_reg(DONJON_REG_X(3), PLAT_UART_BASE))
		tap_give_up("the registers to begin with cannot be set");
	if (kmod_call(DONJON_HC_VCPU_POWER, o.handle, 0, 1, 0, 0, NULL))
		tap_give_up("VCPU_POWER");
	run = (struct donjon_run){.nr_lrs = LRS_TOO_MANY};
	bad += raw_vm_run(&o, 0, &run) != DONJON_E_INVALID;
	run = (struct donjon_run){.nr_lrs = ~0UL};
	bad += raw_vm_run(&o, 0, &run) != DONJON_E_INVALID;
	run = (struct donjon_run){.entry_flags = ~0UL};
	bad += raw_vm_run(&o, 0, &run) != DONJON_E_INVALID;
	run = (struct donjon_run){.entry_flags = DONJON_ENTRY_FLAGS + 1};
	bad += raw_vm_run(&o, 0, &run) != DONJON_E_INVALID;
	tap_ok(!bad, "list registers or flags that there are not: INVALID");
}

/* What the host wrote into the run page's other words must stay: only exits are told, and never a
 * register. */
static bool shows_nothing(const struct donjon_run *run)
{
	for (unsigned int i = 0; i < sizeof(*run) / 8; i++)
		if ((((const uint64_t *)run)[i] & ~0xffUL) == (CANARY & ~0xffUL))
			return false;
	return true;
}

static bool exit_is(const struct donjon_run *run, long code, uint64_t exit, uint64_t ipa,
		    bool write, uint64_t data)
{
	bool good = !code && run->exit == exit && run->ipa == ipa && !!run->write == write &&
		    (!write || run->mmio_data == data);

	if (!good)
		tap_note("code %ld, exit %llu at 0x%llx, write %llu, data 0x%llx", code,
			 (unsigned long long)run->exit, (unsigned long long)run->ipa,
			 (unsigned long long)run->write, (unsigned long long)run->mmio_data);
	if (!shows_nothing(run))
		tap_note("the run page shows a register");
	return good && shows_nothing(run);
}

/* Exits with what they define, and no more (S2); memory from before the first run with its
 * contents, later memory zeroed (S4). */
static void run_it(void)
{
	struct donjon_run run = {0};
	long code;

	code = raw_vm_run(&o, 0, &run);
	tap_ok(exit_is(&run, code, DONJON_EXIT_MMIO, PLAT_UART_BASE, true, BEFORE),
	       "what the host put into memory before the first run, the guest finds there");
	run.entry_flags = DONJON_ENTRY_MMIO;
	code = raw_vm_run(&o, 0, &run);
	tap_ok(exit_is(&run, code, DONJON_EXIT_MEMORY, RAW_VM_RAM + 2 * PAGE, false, 0),
	       "a page that is missing: an exit with its address, and no register");
	fill_page(LATER_PAGE, LATER);
	run = (struct donjon_run){0};
	code = raw_vm_map(&o, LATER_PAGE, RAW_VM_RAM + 2 * PAGE, PAGE);
	code = code ? code : raw_vm_run(&o, 0, &run);
	tap_ok(exit_is(&run, code, DONJON_EXIT_MMIO, PLAT_UART_BASE, true, 0),
	       "what it put into a page after that is zeroed (S4)");
	run = (struct donjon_run){.entry_flags = DONJON_ENTRY_MMIO};
	code = raw_vm_run(&o, 0, &run);
	tap_ok(exit_is(&run, code, DONJON_EXIT_MMIO, PLAT_UART_BASE, false, 0),
	       "a read of a device");
	run = (struct donjon_run){.entry_flags = DONJON_ENTRY_MMIO, .mmio_data = ANSWER};
	code = raw_vm_run(&o, 0, &run);
	tap_ok(exit_is(&run, code, DONJON_EXIT_MMIO, PLAT_UART_BASE, true, ANSWER),
	       "is answered by the host");
}

/* A store tells as many bytes of its register as it stores. */
static void narrow_stores(void)
{
	bool good = true;

	for (uint64_t size = 1; size < 8; size *= 2) {
		struct donjon_run run = {.entry_flags = DONJON_ENTRY_MMIO};
		long code = raw_vm_run(&o, 0, &run);

		good = exit_is(&run, code, DONJON_EXIT_MMIO, PLAT_UART_BASE, true,
			       ANSWER & ((1UL << 8 * size) - 1)) &&
		       run.size == size && good;
	}
	tap_ok(good, "a store of 1, 2 or 4 bytes tells no other byte of the register");
}

static void activated(void)
{
	uint64_t value;
	unsigned int bad = 0;

	for (uint64_t reg = 0; reg < DONJON_NR_REGS; reg++) {
		bool feature = reg >= DONJON_REG_ID(1, 0);

		if (reg == DONJON_REG_MPIDR)
			continue;
		value = 0;
		bad += get_reg(reg, &value) != DONJON_E_DENIED || value ||
		       set_reg(reg, 0) != (feature ? DONJON_E_INVALID : DONJON_E_DENIED);
	}
	tap_ok(!bad, "once it has run: no register can be read or set");
	tap_ok(!get_reg(DONJON_REG_MPIDR, &value) && value == 1UL << 31, "but MPIDR_EL1 be read");
	tap_ok(kmod_call(DONJON_HC_VM_ADD_RAM, o.handle, 0x80000000, PAGE, 0, 0, NULL) ==
		       DONJON_E_DENIED,
	       "once it has run: VM_ADD_RAM is DENIED");
	tap_ok(raw_vm_vcpu(&o, 1) == DONJON_E_DENIED, "once it has run: VCPU_CREATE is DENIED");
	tap_ok(kmod_call(DONJON_HC_VCPU_POWER, o.handle, 0, 0, 0, 0, NULL) == DONJON_E_DENIED &&
		       kmod_call(DONJON_HC_VCPU_POWER, o.handle, 0, 1, 0, 0, NULL) ==
			       DONJON_E_DENIED,
	       "once it has run: VCPU_POWER is DENIED");
}

static void stopped(void)
{
	struct donjon_run run = {.entry_flags = DONJON_ENTRY_MMIO};
	long code = raw_vm_run(&o, 0, &run);

	tap_ok(!code && run.exit == DONJON_EXIT_SYSTEM_OFF && shows_nothing(&run),
	       "SYSTEM_OFF ends it");
	tap_ok(raw_vm_run(&o, 0, &run) == DONJON_E_OFF, "and it cannot be run again: OFF");
}

static void dying(void)
{
	uint64_t results[4];
	long code;

	tap_ok(!kmod_call(DONJON_HC_VM_KILL, o.handle, 0, 0, 0, 0, NULL) &&
		       !kmod_call(DONJON_HC_VM_KILL, o.handle, 0, 0, 0, 0, NULL),
	       "VM_KILL, twice");
	tap_ok(raw_vm_map(&o, OTHER_PAGE, RAW_VM_RAM + 3 * PAGE, PAGE) == DONJON_E_DYING,
	       "a dying VM: VM_MAP says DYING");
	tap_ok(kmod_call(DONJON_HC_VCPU_RUN, o.handle, 0, 0, 0, 0, NULL) == DONJON_E_DYING,
	       "a dying VM: VCPU_RUN says DYING");
	tap_ok(kmod_call(DONJON_HC_VM_ADD_RAM, o.handle, 0x80000000, PAGE, 0, 0, NULL) ==
		       DONJON_E_DYING,
	       "a dying VM: VM_ADD_RAM says DYING");
	tap_ok(kmod_call(DONJON_HC_VM_DESTROY, o.handle, 0, 0, 0, 0, NULL) == DONJON_E_BUSY,
	       "a dying VM with pages: VM_DESTROY says BUSY");
	code = kmod_call(DONJON_HC_VM_RECLAIM, o.handle, RAW_VM_RAM, DONJON_MAX_RANGE, 0, 0,
			 results);
	tap_ok(!code && results[0] == 3 * PAGE, "VM_RECLAIM gives the three pages back");
	tap_ok(raw_vm_clean(CODE_PAGE, 3 * PAGE), "each is the host's and zero (S3)");
	code = kmod_call(DONJON_HC_VM_RECLAIM, o.handle, RAW_VM_RAM, DONJON_MAX_RANGE, 0, 0,
			 results);
	tap_ok(!code && !results[0], "once more: nothing");
	tap_ok(raw_vm_destroy(&o),
	       "VM_DESTROY gives vCPU, tables and its own pages back, each zero");
	tap_ok(kmod_call(DONJON_HC_VM_KILL, o.handle, 0, 0, 0, 0, NULL) == DONJON_E_NOT_FOUND,
	       "then the handle is gone");
}

/* -- Limits -- */

static void short_of_tables(void)
{
	struct fingerprint before, after;
	struct raw_vm bare;
	long code;

	raw_vm_create_bare(&bare, true);
	code = kmod_call(DONJON_HC_VM_ADD_RAM, bare.handle, RAW_VM_RAM, RAW_VM_RAM_SIZE, 0, 0,
			 NULL);
	kmod_fingerprint(&before);
	code = code ? code : raw_vm_map(&bare, OTHER_PAGE, RAW_VM_RAM, PAGE);
	kmod_fingerprint(&after);
	tap_ok(code == DONJON_E_NO_CACHE && kmod_same(&before, &after),
	       "VM_MAP without pages for tables: NO_CACHE, nothing changed");
	tap_ok(!raw_vm_topup(&bare) && !raw_vm_map(&bare, OTHER_PAGE, RAW_VM_RAM, PAGE),
	       "after VM_TOPUP the same call works");
	tap_ok(raw_vm_destroy(&bare) && raw_vm_clean(OTHER_PAGE, PAGE), "and all comes back");
}

static void many_ranges(void)
{
	struct raw_vm bare;
	unsigned int n;
	long code = 0;

	raw_vm_create_bare(&bare, true);
	for (n = 0; n < DONJON_MAX_RAM_RANGES && !code; n++)
		code = kmod_call(DONJON_HC_VM_ADD_RAM, bare.handle, 0x80000000 + n * 2 * PAGE, PAGE,
				 0, 0, NULL);
	tap_ok(!code && n == DONJON_MAX_RAM_RANGES, "a VM has room for %lu RAM ranges",
	       (unsigned long)DONJON_MAX_RAM_RANGES);
	code = kmod_call(DONJON_HC_VM_ADD_RAM, bare.handle, 0x90000000, PAGE, 0, 0, NULL);
	tap_ok(code == DONJON_E_BUSY || code == DONJON_E_NO_POOL || code == DONJON_E_INVALID,
	       "and for no more");
	tap_ok(raw_vm_destroy(&bare), "and ends");
}

/* EL2's table of VMs, filled to the brim. */
static void many_vms(void)
{
	static struct raw_vm vms[DONJON_MAX_VMS];
	uint64_t results[4], spare = kmod_alloc(RAW_VM_ORDER);
	unsigned int bad = 0;
	long code;

	for (unsigned int i = 0; i < DONJON_MAX_VMS; i++)
		raw_vm_create_bare(&vms[i], true);
	tap_ok(kmod_counter(DONJON_CNT_VMS) == DONJON_MAX_VMS, "there is room for %lu VMs",
	       (unsigned long)DONJON_MAX_VMS);
	code = kmod_call(DONJON_HC_VM_CREATE, DONJON_VM_PROTECTED, 36, spare, 0, 0, results);
	tap_ok(code == DONJON_E_BUSY && raw_vm_clean(spare, PAGE << RAW_VM_ORDER),
	       "one more: BUSY, and its pages stay the host's");
	for (unsigned int i = 0; i < DONJON_MAX_VMS; i++)
		bad += !raw_vm_destroy(&vms[i]);
	tap_ok(!bad && !kmod_counter(DONJON_CNT_VMS), "and all end");
	kmod_free(spare, RAW_VM_ORDER);
}

int suite_objects(void)
{
	uint8_t page[PAGE] = {0};

	kmod_open();
	pages = kmod_alloc(4);
	raw_vm_create(&o, true);
	memcpy(page, guest_code, (size_t)(guest_code_end - guest_code));
	if (first_nonzero(page, PAGE) == PAGE ||
	    kmod_memory(CODE_PAGE, page, PAGE, ATTACK_LINEAR, true))
		tap_give_up("the guest's code cannot be put into memory");
	fill_page(BEFORE_PAGE, BEFORE);
	if (raw_vm_map(&o, CODE_PAGE, RAW_VM_RAM, PAGE) ||
	    raw_vm_map(&o, BEFORE_PAGE, RAW_VM_RAM + PAGE, PAGE))
		tap_give_up("VM_MAP");
	before_the_first_run();
	bad_run_pages();
	run_it();
	narrow_stores();
	activated();
	stopped();
	dying();
	short_of_tables();
	many_ranges();
	many_vms();
	kmod_free(pages, 4);
	return tap_end();
}

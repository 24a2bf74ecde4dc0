// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host and a guest trap for: the host's SMCs and aborts, the guest's aborts and the host's
 * answers, with any syndrome, address and register. The firmware hears only of calls that a list of
 * the target's own names, and of the end of the machine only when no secret is left; no refusal
 * changes anything; the run page holds no more of the guest than the abort names.
 */
#include <calls.h>
#include <abi/smccc.h>
#include <arch/machine.h>
#include <el2/guest_exit.h>
#include <el2/host.h>
#include <tests/spec/hooks.h>
#include "harness.h"
#include "input.h"

#define MAX_STEPS  64
#define UNTOUCHED  0x7777777777777777UL
#define DEVICE_IPA 0x09000000UL

static struct input *input;
static uint64_t handle;
static bool ended; /* by an SMC: nothing more can happen in this world */
/* Only these pages are the guest's devices, once it has said so. */
static uint64_t named[MAX_STEPS];
static unsigned int nr_named;
static bool guarded;

/* -- SMCs -- */

static const uint64_t forwarded[] = { FORWARDED_SMCS };
static const uint64_t functions[] = {
	FORWARDED_SMCS,
	PSCI_SYSTEM_OFF,
	PSCI_SYSTEM_RESET,
	PSCI_SYSTEM_RESET2,
	PSCI_CPU_ON,
	PSCI_CPU_OFF,
	PSCI_CPU_SUSPEND,
	PSCI_SYSTEM_SUSPEND,
	PSCI_MIGRATE,
	PSCI_SYSTEM_OFF2,
	PSCI_SET_SUSPEND_MODE,
	PSCI_MIGRATE_INFO_UP_CPU,
	DONJON_HC_INFO,
};

/* What root has listed: the first four reach the firmware, the others are EL2's all the same. */
#define LISTED 4
static const struct donjon_firmware_calls list = { {
	0x82000010,
	0xb2000000,
	0x02000601,
	0xc3000001,
	PSCI_MIGRATE,
	0xc4000020, /* SDEI */
	0x84000073, /* FF-A's MEM_SHARE */
	PSCI_MEM_PROTECT,
} };

static void firmware(uint64_t x[8])
{
	uint64_t addr, id = x[0];
	unsigned int i;

	for (i = 0; i < LISTED; i++)
		if (id == list.function[i]) {
			FUZZ_CHECK(host_firmware_calls.function[0],
				   "the firmware hears of 0x%lx, which nobody has listed", id);
			return;
		}
	if ((id & ~SMCCC_64) == PSCI_CPU_SUSPEND) {
		FUZZ_CHECK(!(x[1] & PSCI_POWER_DOWN) && !x[2],
			   "a CPU is suspended in state 0x%lx and goes on at 0x%lx", x[1], x[2]);
		x[0] = PSCI_RET_SUCCESS;
		return;
	}
	for (i = 0; i < ARRAY_SIZE(forwarded); i++)
		if ((id & ~SMCCC_64) == forwarded[i]) {
			x[0] = x[1] & 1 ? SMCCC_NOT_SUPPORTED : SMCCC_SUCCESS;
			return;
		}
	FUZZ_CHECK(id == PSCI_SYSTEM_OFF || id == PSCI_SYSTEM_RESET ||
			   (id & ~SMCCC_64) == PSCI_SYSTEM_RESET2,
		   "the firmware hears of function 0x%lx", id);
	for (addr = RAM_PA; addr < RAM_PA + RAM_SIZE; addr += PAGE_SIZE)
		FUZZ_CHECK(world_state(addr) != DONJON_PAGE_GUEST || world_is_zero(addr, PAGE_SIZE),
			   "the machine ends with contents in page 0x%lx of a guest", addr);
	FUZZ_CHECK(!vcpu_of(0)->x[7] && !vcpu_of(0)->pc,
		   "the machine ends with a guest's registers");
	ended = true;
}

static void host_calls_firmware(void)
{
	uint64_t x[8], before, sum = world_sum(NULL);
	uint8_t what = input_8(input);
	uint32_t immediate = what & 0x80 ? input_8(input) : 0;
	unsigned int i, heard = fake.smcs;

	x[0] = functions[what % ARRAY_SIZE(functions)];
	if (what & 0x20)
		x[0] |= SMCCC_64;
	if (host_firmware_calls.function[0] && (what & 3) == 3)
		x[0] = list.function[what >> 2 & 7];
	if (what & 0x40)
		x[0] ^= input_wild(input);
	x[1] = input_8(input) & 3 ? 0 : input_wild(input);
	for (i = 2; i < 8; i++)
		x[i] = i;
	before = x[0];
	show("SMC #%u 0x%lx(0x%lx)\n", immediate, x[0], x[1]);
	host_smc(x, immediate);
	for (i = 4; i < 8; i++)
		FUZZ_CHECK(x[i] == i, "SMC 0x%lx changes x%u", before, i);
	FUZZ_CHECK(fake.smcs == heard || (!immediate && !(before >> 32)),
		   "SMC #%u 0x%lx reaches the firmware", immediate, before);
	FUZZ_CHECK(ended || world_sum(NULL) == sum, "SMC 0x%lx changes who owns what", before);
}

/* -- Aborts -- */

/* A syndrome: mostly an abort that the architecture knows. */
static uint64_t syndrome(void)
{
	uint8_t what = input_8(input);
	uint64_t ec = what & 1 ? EC_IABT_LOWER : EC_DABT_LOWER, esr;

	esr = ec << ESR_EC_SHIFT | ESR_IL | (what & 2 ? ISS_WNR : 0) | (what & 4 ? ISS_S1PTW : 0) |
	      (what & 8 ? ISS_CM : 0) | (what & 0x10 ? 0 : ISS_ISV);
	esr |= (uint64_t)(input_8(input) & 0x3f) << 16 | (uint64_t)(what >> 5 & 1) << 15;
	esr |= (uint64_t)(input_8(input) & 7) << 21;
	return esr | (what & 0x40 ? input_8(input) & 0x3f : FSC_TRANSLATION << 2 | (what >> 7) * 3);
}

static void host_touches(void)
{
	static const uint64_t modes[] = { PSR_MODE_EL0, PSR_MODE_EL1H, PSR_MODE_EL1T, PSR_MODE32 };
	uint64_t esr = syndrome(), forced = ledger_counter(DONJON_CNT_FORCED_RECLAIMS);
	uint64_t sum, refusals = host_refusals(), x[31] = { 0 };
	uint8_t what = input_8(input), how;
	enum donjon_page_state before;
	bool kernel, may_ask;

	fake.fault.page =
		what & 1 ? RAM_PA + (what >> 3) * BLOCK / 4 : VM_BASE + (what >> 3) * PAGE_SIZE;
	if (what & 2)
		fake.fault.page = input_wild(input) & MASK(47, 12);
	fake.fault.va = what & 4 ? input_wild(input) : 0xffff800000001000UL;
	how = input_8(input);
	fake.fault.pstate = modes[how & 3];
	host_has_fixups = !(how & 4);
	fake.par = how & 8 ? fake.fault.page : NO_PAGE;
	fake.stage1 = how & 0x10 ? fake.fault.page : how & 0x20 ? NO_PAGE : RAM_PA;
	kernel = (fake.fault.va & BIT(55) && (fake.fault.pstate & 0x1c) == 4) || esr & ISS_S1PTW;
	before = fake.fault.page >> HOST_IA_BITS ? DONJON_PAGE_HYP : world_state(fake.fault.page);
	may_ask = host_has_fixups && kernel && before == DONJON_PAGE_GUEST &&
		  ESR_EC(esr) == EC_DABT_LOWER && !(esr & ISS_S1PTW);
	sum = world_sum(NULL);
	fake.injected = 0;
	host_abort(esr, x);
	if (fake.injected && fake.injected_fsc == FSC_NO_PAGE) {
		FUZZ_CHECK(may_ask && !(how & 8) && world_sum(NULL) == sum && fake.par == NO_PAGE,
			   "the kernel is asked for a fixup");
		/* It has none. */
		fake.par = fake.fault.page;
		fake.injected = 0;
		refusals++;
		host_abort(esr, x);
		FUZZ_CHECK(!fake.injected || fake.injected_fsc == FSC_ALIGNMENT,
			   "the kernel is asked twice");
	}
	show("host touches 0x%lx (state %d), ESR 0x%lx FAR 0x%lx SPSR 0x%lx: %s\n", fake.fault.page,
	     before, esr, fake.fault.va, fake.fault.pstate, fake.injected ? "refused" : "goes on");
	FUZZ_CHECK(host_refusals() - refusals == fake.injected && fake.injected <= 1,
		   "%u aborts injected", fake.injected);
	FUZZ_CHECK(!fake.injected || world_sum(NULL) == sum,
		   "a refused access has changed something");
	FUZZ_CHECK(fake.injected || FSC_TYPE(esr) == FSC_TRANSLATION,
		   "a fault of another kind is cured");
	FUZZ_CHECK(fake.injected || before != DONJON_PAGE_HYP, "the host gets a page of EL2's");
	FUZZ_CHECK(ledger_counter(DONJON_CNT_FORCED_RECLAIMS) == forced ||
			   (kernel && before == DONJON_PAGE_GUEST),
		   "a page is taken by force");
	FUZZ_CHECK(fake.injected || before != DONJON_PAGE_GUEST ||
			   (world_state(fake.fault.page) == DONJON_PAGE_HOST &&
			    world_is_zero(fake.fault.page, PAGE_SIZE)),
		   "the host gets a guest's page with its contents");
}

static uint64_t guest_address(const struct vcpu *vcpu)
{
	uint8_t what = input_8(input);
	uint64_t addr =
		what & 1 ? RAM_IPA + (what >> 3 & 15) * BLOCK / 2 : DEVICE_IPA + (what >> 3);

	if (what & 2)
		addr = input_wild(input);
	return what & 4 ? addr ^ BIT(vcpu->vm->mem.pgt.ia_bits - 1) : addr;
}

static unsigned int index_of(uint64_t page)
{
	unsigned int i;

	for (i = 0; i < nr_named && named[i] != page; i++)
		;
	return i;
}

/* The guest says what its devices are. */
static void guest_names(struct vcpu *vcpu, uint8_t what)
{
	uint64_t page = guest_address(vcpu), bits = vcpu->vm->mem.pgt.ia_bits, x[4];
	int64_t answer;
	bool ram, map = (what & 3) == 2, bad;
	unsigned int i;

	if (nr_named == MAX_STEPS)
		return;
	if (what & 0x1c)
		page &= PAGE_MASK;
	ram = (page & ~BIT(bits - 1)) - RAM_IPA < RAM_SIZE;
	bad = page >> bits || ram || page & ~PAGE_MASK;
	i = index_of(page);
	memcpy(x, vcpu->x, sizeof(x));
	vcpu->x[0] = KVM_VENDOR_MMIO_GUARD_INFO + (what & 3);
	vcpu->x[1] = what & 3 ? page : 0;
	vcpu->x[2] = vcpu->x[3] = 0;
	FUZZ_CHECK(guest_call(vcpu) == RESUME, "MMIO guard makes the guest exit");
	answer = vcpu->x[0];
	memcpy(vcpu->x, x, sizeof(x));
	show("guest names 0x%lx (call %u): %ld\n", page, what & 3, answer);
	if (!vcpu->vm->mem.protected || vcpu->vm->uses == USES_RSI) {
		FUZZ_CHECK(answer == SMCCC_NOT_SUPPORTED, "MMIO guard is offered");
		return;
	}
	guarded |= (what & 3) == 1 || map;
	if ((what & 3) < 2)
		return;
	FUZZ_CHECK(!answer == (!bad && (map || i < nr_named)),
		   "MMIO guard of 0x%lx is answered %ld", page, answer);
	if (!answer && map && i == nr_named)
		named[nr_named++] = page;
	if (!answer && !map)
		named[i] = named[--nr_named];
}

/* Or it is RAM that an unprotected guest may only read. */
static bool is_outside_ram(const struct vcpu *vcpu, uint64_t esr)
{
	return vcpu->run->ipa - RAM_IPA >= RAM_SIZE ||
	       (FSC_TYPE(esr) == FSC_PERMISSION && !vcpu->vm->mem.protected);
}

static void check_mmio(const struct vcpu *vcpu, uint64_t esr)
{
	uint64_t size = 1UL << ISS_SAS(esr), reg = ISS_SRT(esr), want = 0;

	if (esr & ISS_WNR && reg < 31)
		want = size == 8 ? vcpu->x[reg] : vcpu->x[reg] & (BIT(8 * size) - 1);
	FUZZ_CHECK(ESR_EC(esr) == EC_DABT_LOWER && esr & ISS_ISV && !(esr & ISS_S1PTW),
		   "an access goes out that nothing describes");
	FUZZ_CHECK(vcpu->run->mmio_data == want && vcpu->run->size == size &&
			   !vcpu->run->write == !(esr & ISS_WNR),
		   "the host learns 0x%lx of %lu bytes", vcpu->run->mmio_data, vcpu->run->size);
	FUZZ_CHECK(is_outside_ram(vcpu, esr), "RAM goes out as a device");
}

static int guest_touches(struct vcpu *vcpu)
{
	uint64_t esr = syndrome(), addr = guest_address(vcpu);
	struct donjon_run *run = vcpu->run;
	int exit;

	run->mmio_data = run->arg[0] = run->arg[1] = UNTOUCHED;
	fake.fault.page = addr & PAGE_MASK & MASK(51, 0);
	fake.fault.va = input_8(input) << 12 | (addr & ~PAGE_MASK);
	fake.stage1 = addr & BIT(51) ? NO_PAGE : addr & PAGE_MASK & MASK(47, 0);
	fake.injected = fake.skips = 0;
	exit = guest_abort(vcpu, esr);
	show("guest touches 0x%lx, ESR 0x%lx: exit %d, IPA 0x%lx\n", addr, esr, exit, run->ipa);
	FUZZ_CHECK(fake.injected + fake.skips <= (exit == RESUME), "exit %d with an injection",
		   exit);
	FUZZ_CHECK(run->arg[0] == UNTOUCHED && run->arg[1] == UNTOUCHED, "an abort has arguments");
	FUZZ_CHECK(exit == DONJON_EXIT_MMIO || run->mmio_data == UNTOUCHED, "data goes out");
	switch (exit) {
	case DONJON_EXIT_MMIO:
		check_mmio(vcpu, esr);
		FUZZ_CHECK(!guarded || index_of(fake.fault.page) < nr_named,
			   "an access to 0x%lx goes out, which the guest has not named", addr);
		break;
	case DONJON_EXIT_MEMORY:
	case DONJON_EXIT_POISONED:
		FUZZ_CHECK(run->ipa - RAM_IPA < RAM_SIZE && is_aligned(run->ipa, PAGE_SIZE),
			   "the host is asked for IPA 0x%lx", run->ipa);
		break;
	case DONJON_EXIT_NO_SYNDROME:
		FUZZ_CHECK(!vcpu->vm->mem.protected && is_outside_ram(vcpu, esr),
			   "the host is told of IPA 0x%lx", run->ipa);
		break;
	default:
		FUZZ_CHECK(exit == RESUME, "an abort ends with exit %d", exit);
	}
	return exit;
}

/* The loaded vCPU: faults, and says what its pages are, until it exits. */
static int run(struct vcpu *vcpu)
{
	uint64_t done;
	int exit;

	while (input_left(input)) {
		uint8_t what = input_8(input);

		if (what < 0x20)
			break;
		if (what >= 0xe0 && vcpu->vm->mem.protected) {
			if (!guarded)
				vcpu->vm->uses = USES_RSI;
			ledger_guest_set_ripas(
				&vcpu->vm->mem, ipa(RAM_IPA + (what & 7) * BLOCK / 2),
				what & 8 ? PAGE_SIZE : BLOCK / 2, what >> 4 & 1,
				RSI_CHANGE_DESTROYED | CHANGE_RELEASED, &done);
			continue;
		}
		if (what >= 0xc0) {
			guest_names(vcpu, what);
			continue;
		}
		exit = guest_touches(vcpu);
		if (exit != RESUME)
			return exit;
	}
	return DONJON_EXIT_INTERRUPT;
}

static void guest_runs(void)
{
	struct vcpu *vcpu = vcpu_of(0);
	uint64_t before[31], esr = vcpu->abort_esr, pc = vcpu->pc;
	uint8_t what = input_8(input);
	bool due = vcpu->pending == PENDING_MMIO;
	unsigned int i;

	for (i = 0; i < 31; i++)
		before[i] = vcpu->x[i] = (i + 1) * 0x0123456789abcdefUL;
	run_of(0)->entry_flags = what & DONJON_ENTRY_FLAGS;
	run_of(0)->nr_lrs = what >> 2 & 3;
	run_of(0)->mmio_data = input_wild(input);
	if (HC(VCPU_RUN, handle, 0))
		return;
	for (i = 0; i < 31; i++)
		FUZZ_CHECK(vcpu->x[i] == before[i] || (due && (what & 3) == 1 &&
						       i == ISS_SRT(esr) && !(esr & ISS_WNR)),
			   "the host's answer changes x%u", i);
	FUZZ_CHECK(vcpu->pc == pc + 4 * (due && (what & 3) == 1), "the host moves the guest's PC");
}

static void host_maps(void)
{
	uint8_t what = input_8(input);
	uint64_t page = RAM_PA + (what & 15) * BLOCK / 4;

	if (world_state(page) == DONJON_PAGE_HOST)
		world_fill(page, PAGE_SIZE, what);
	HC(VM_MAP, handle, page,
	   what & 0x80 ? RAM_IPA + (what & 15) * BLOCK / 2 : run_of(0)->ipa & PAGE_MASK,
	   what & 0x40 ? BLOCK / 4 : PAGE_SIZE);
}

/* The machine has ended, and the guest's tables with it; the next input has a machine of its own.
 */
static void forget_vm(void)
{
	struct guest_memory *mem = &vcpu_of(0)->vm->mem;

	mem->pages = mem->pgt.tables = 0;
	do
		FUZZ_CHECK(!HC(VM_DESTROY, handle), "the VM stays");
	while (host_regs.x[2] != DONJON_VM_PAGE_LAST);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input in = input_of(bytes, size);
	unsigned int n = 0;
	uint8_t first;

	input = &in;
	world_setup(NULL);
	hooks_stop(); /* hypercall.c has the specification beside it; here are more inputs a second
		       */
	fake.firmware = firmware;
	fake.guest = run;
	ended = guarded = false;
	nr_named = 0;
	first = input_8(input);
	host_firmware_calls = first & 2 ? list : (struct donjon_firmware_calls){ 0 };
	handle = make_vm(first & 1, 1);
	HC(VCPU_POWER, handle, 0, 1);
	while (input_left(input) && n++ < MAX_STEPS && !ended) {
		switch (input_8(input) & 7) {
		case 0:
			host_calls_firmware();
			break;
		case 1:
		case 2:
			host_touches();
			break;
		case 3:
		case 4:
			host_maps();
			break;
		default:
			guest_runs();
		}
		FUZZ_CHECK(!this_cpu()->locks_held && !fake_pending(),
			   "locks 0x%x and %u entries are left", this_cpu()->locks_held,
			   fake_pending());
	}
	world_set_cache(&pool, 24);
	if (ended)
		forget_vm();
	else
		end_vm(handle);
	world_teardown(NULL);
	return 0;
}

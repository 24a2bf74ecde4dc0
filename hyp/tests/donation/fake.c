// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scripts on the build machine: the ledger's own code over arch/fake. Calls go through EL2's
 * decoder; accesses are played by walking the tables as the hardware would, with the faults that
 * the real trap handlers make of them.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <abi/rsi.h>
#include <abi/run.h>
#include <abi/smccc.h>
#include <arch/attributes.h>
#include <arch/cpu.h>
#include <arch/features.h>
#include <arch/memory.h>
#include <el2/arch/fake/fake.h>
#include <el2/guest_exit.h>
#include <el2/hyp_memory.h>
#include <el2/host.h>
#include <el2/init.h>
#include <el2/ledger.h>
#include <el2/regions.h>
#include <el2/vcpu.h>
#include <tests/spec/hooks.h>

#include "target.h"

/*
 * The array: a block for the first page of RAM, EL2's carve-out, blocks for small orders and for
 * large ones; then RAM that ends within a block, firmware to the end of that block, and RAM again:
 * a block for the last page.
 */
#define BLOCK	   PT_MAX_RANGE
#define RAM_END	   (FAKE_RAM_BASE + FAKE_RAM_SIZE)
#define CARVE_BASE (FAKE_RAM_BASE + BLOCK)
#define CARVE_SIZE (2 * BLOCK)
#define SMALL_BASE (CARVE_BASE + CARVE_SIZE)
#define SMALL_SIZE (6 * BLOCK)
#define LARGE_BASE (SMALL_BASE + SMALL_SIZE)
#define LARGE_END  (RAM_END - 2 * BLOCK)
#define FIRMWARE   (LARGE_END + BLOCK / 2)
#define LAST_BASE  (RAM_END - BLOCK)
#define DEVICE	   0x09000000UL
#define IA_BITS	   40
#define POOL_PAGES 24
#define NOT_ARRAY  (~0UL)

static uint64_t next_small, next_large, next_carve;
static uint64_t pool_before, tables_before;
static bool pool_fed; /* its pages stay annotated, in tables that stay */

static void panicked(const char *what, const char *file, unsigned int line)
{
	printf("# EL2 panicked at %s:%u: %s\n", file, line, what);
	fflush(stdout);
	_exit(1);
}

/* -- The world -- */

static uint64_t carve(uint64_t n)
{
	uint64_t base = (next_carve + n * PAGE_SIZE - 1) & ~(n * PAGE_SIZE - 1);

	next_carve = base + n * PAGE_SIZE;
	return next_carve <= CARVE_BASE + CARVE_SIZE ? base : 0;
}

static uint64_t counter(unsigned int which)
{
	return ledger_counter(which);
}

static bool page_is_zero(uint64_t page)
{
	static const uint8_t zeros[PAGE_SIZE];

	return !memcmp(fake_page(page), zeros, PAGE_SIZE);
}

/* Each script's process makes its own world. */
static bool init(char why[WHY_SIZE])
{
	(void)why;
	return true;
}

static bool begin(char why[WHY_SIZE])
{
	const struct donjon_region map[] = {
		{FAKE_RAM_BASE, FIRMWARE - FAKE_RAM_BASE, DONJON_REGION_RAM},
		{FIRMWARE, LAST_BASE - FIRMWARE, DONJON_REGION_FIRMWARE},
		{LAST_BASE, RAM_END - LAST_BASE, DONJON_REGION_RAM},
	};
	uint64_t root;
	int ret;

	hooks_is_zero = page_is_zero;
	hooks_table = fake_page;
	hooks_flags_stay = true;
	fake_reset(panicked);
	cpu_features = (struct cpu_features){.pa_bits = IA_BITS, .nr_lrs = 4};
	phase_set(DONJON_PHASE_RUNNING);
	fake.initialised = true;
	fake.check_published = false;
	next_carve = CARVE_BASE;
	next_small = SMALL_BASE;
	next_large = LARGE_BASE;
	cache_init(&pool);
	firmware_init();
	vms_init();
	root = carve(pgtable_root_pages(HYP_VA_BITS));
	while (pool.count < POOL_PAGES)
		cache_push(&pool, pa(carve(1)));
	fake.hyp_root = root;
	hyp_memory_init(fake_page(root), root, 0);
	ret = hyp_map_private(arch_linear_va(CARVE_BASE), pa(CARVE_BASE), CARVE_SIZE, S1_HYP_DATA);
	fake.check_linear = true;
	root = carve(pgtable_root_pages(IA_BITS));
	ret = ret ?: regions_init(map, ARRAY_SIZE(map), 1UL << PA_LIMIT_BITS);
	ledger_init(IA_BITS, arch_linear(root), root);
	ret = ret ?: ledger_claim_hyp(pa(CARVE_BASE), CARVE_SIZE);
	while (pool.count < POOL_PAGES)
		cache_push(&pool, pa(carve(1)));
	fake_log_clear();
	pool_before = pool.count;
	tables_before = counter(DONJON_CNT_HOST_TABLES);
	if (ret)
		snprintf(why, WHY_SIZE, "the fake machine: error %d", ret);
	return !ret;
}

static bool check(char why[WHY_SIZE])
{
	if (fake_pending())
		snprintf(why, WHY_SIZE, "%u entries broken without a TLB invalidation",
			 fake_pending());
	else if (this_cpu()->locks_held)
		snprintf(why, WHY_SIZE, "a lock is still held (ranks 0x%x)",
			 this_cpu()->locks_held);
	else if (pgtable_check(ledger_host_table()) < 0)
		snprintf(why, WHY_SIZE,
			 "the host's tables break P1, P2 or P3 of hyp/el2/pgtable.h");
	else
		return true;
	return false;
}

static bool end(char why[WHY_SIZE])
{
	uint64_t tables = counter(DONJON_CNT_HOST_TABLES);

	/* What scripts give to the pool makes it larger. */
	if (!check(why))
		return false;
	if (vms_count())
		snprintf(why, WHY_SIZE, "%lu VMs", vms_count());
	else if (pool.count + tables < pool_before + tables_before)
		snprintf(why, WHY_SIZE, "%lu pages of the pool are lost",
			 pool_before + tables_before - pool.count - tables);
	else if (tables > tables_before && !pool_fed)
		snprintf(why, WHY_SIZE, "%lu tables of the host's", tables - tables_before);
	else
		return true;
	return false;
}

static bool ram(unsigned int nth, uint64_t *start, uint64_t *end)
{
	*start = nth ? LAST_BASE : FAKE_RAM_BASE;
	*end = nth ? RAM_END : FIRMWARE;
	return nth < 2;
}

static uint64_t hyp_page(void)
{
	return CARVE_BASE;
}

static uint64_t device(void)
{
	return DEVICE;
}

static uint64_t firmware(void)
{
	return FIRMWARE;
}

/* -- The host -- */

/* A page as its owner's tables show it: where an access lands, NOT_ARRAY where it faults. */
static uint64_t translate(const struct pgtable *pgt, uint64_t addr)
{
	unsigned int level;
	uint64_t offset;
	pte_t pte;

	if (addr >> pgt->ia_bits)
		return NOT_ARRAY;
	pte = pgtable_get(pgt, addr, &level);
	/* The hardware does not look at the low bits of a block's address. */
	offset = level_size(level) - 1;
	return pte_valid(pte) ? (pte & PTE_ADDR & ~offset) | (addr & offset & PAGE_MASK)
			      : NOT_ARRAY;
}

/* What host_trap.c does about a fault. */
static bool host_may(enum actor actor, uint64_t page)
{
	unsigned int owner;

	if (translate(ledger_host_table(), page) != NOT_ARRAY ||
	    !ledger_host_fault(pa(page), &owner, NULL))
		return true;
	return actor == ACTOR_KERNEL && owner >= OWNER_GUEST && !ledger_force_reclaim(pa(page));
}

static void contents_of(uint64_t page, bool write, struct contents *contents)
{
	uint64_t *words = fake_page(page), i;

	if (write)
		for (i = 0; i < PAGE_SIZE / 8; i++)
			words[i] = contents->word;
	contents->word = words[0];
	contents->mixed = false;
	for (i = 0; i < PAGE_SIZE / 8; i++)
		contents->mixed |= words[i] != contents->word;
}

static int64_t host(enum actor actor, uint64_t page, bool write, struct contents *contents)
{
	/* A force-reclaimed page is mapped by the fault that the repeated access takes. */
	for (unsigned int i = 0; i < 2; i++)
		if (!host_may(actor, page))
			return ANSWER_REFUSED;
	if (page < FAKE_RAM_BASE || page >= RAM_END)
		return ANSWER_REFUSED;
	contents_of(page, write, contents);
	return DONJON_OK;
}

static uint64_t touched(uint64_t base, uint64_t size)
{
	struct contents contents = {0};

	for (uint64_t off = 0; off < size; off += PAGE_SIZE)
		if (host(ACTOR_KERNEL, base + off, true, &contents))
			return 0;
	return base;
}

/* Pages that came back, by order. */
static struct {
	uint64_t pa[256];
	unsigned int nr;
} freed[11];

static uint64_t alloc(unsigned int order)
{
	uint64_t size = PAGE_SIZE << order, *next = order < 9 ? &next_small : &next_large;
	uint64_t base = (*next + size - 1) & ~(size - 1);

	if (freed[order].nr)
		return touched(freed[order].pa[--freed[order].nr], size);
	if (base + size > (order < 9 ? LARGE_BASE : LARGE_END))
		return 0;
	*next = base + size;
	return touched(base, size);
}

static void free_pages(uint64_t page, unsigned int order)
{
	if (freed[order].nr < ARRAY_SIZE(freed[order].pa))
		freed[order].pa[freed[order].nr++] = page;
}

static uint64_t edge(enum edge which, unsigned int order, char why[WHY_SIZE])
{
	uint64_t size = PAGE_SIZE << order;

	(void)why;
	return touched(which == EDGE_FIRST ? FAKE_RAM_BASE : RAM_END - size, size);
}

static int64_t call(uint64_t id, const uint64_t a[SCRIPT_ARGS], uint64_t r[4])
{
	struct host_regs regs = {.x = {id}};

	memcpy(&regs.x[1], a, SCRIPT_ARGS * sizeof(a[0]));
	fake_log_clear();
	fake_host_call(&regs);
	pool_fed |= id == DONJON_HC_POOL_DONATE && regs.x[0] == DONJON_OK;
	if (r)
		memcpy(r, &regs.x[1], 4 * sizeof(r[0]));
	return (int64_t)regs.x[0];
}

/* -- The guest: one command for each run of its vCPU -- */

static struct {
	enum guest_op op;
	uint64_t ipa;
	struct contents *contents;
	int64_t answer;
} command;

static int guest_access(struct vcpu *vcpu)
{
	struct guest_memory *mem = &vcpu->vm->mem;
	uint64_t page = translate(&mem->pgt, command.ipa);
	uint64_t protected_ipa = mem->protected ? command.ipa & ~VM_UNPROTECTED : command.ipa;
	bool is_ram;

	if (page != NOT_ARRAY) {
		contents_of(page, command.op == GUEST_WRITE, command.contents);
		return DONJON_EXIT_INTERRUPT;
	}
	/* As guest_exit.c: RAM without a page asks for one, where what is EMPTY is RAM at its
	 * unprotected IPA only; everything else is a device, and there is none. */
	command.answer = ANSWER_REFUSED;
	if (command.ipa >> mem->pgt.ia_bits)
		return DONJON_EXIT_INTERRUPT;
	spin_lock(&mem->lock);
	is_ram = vm_is_ram(vcpu->vm, protected_ipa, PAGE_SIZE);
	spin_unlock(&mem->lock);
	if (!is_ram)
		return DONJON_EXIT_INTERRUPT;
	switch (ledger_guest_lookup(mem, ipa(protected_ipa))) {
	case -EHWPOISON:
		command.answer = protected_ipa == command.ipa ? DONJON_E_POISONED : ANSWER_REFUSED;
		break;
	case -EPERM:
		command.answer = protected_ipa == command.ipa ? ANSWER_REFUSED : ANSWER_MISSING;
		break;
	default:
		command.answer = protected_ipa == command.ipa ? ANSWER_MISSING : ANSWER_REFUSED;
	}
	return DONJON_EXIT_INTERRUPT;
}

/* A call; what it takes back the host has let go of. */
static int call_and_release(struct vcpu *vcpu)
{
	int exit = guest_call(vcpu);

	if (exit != DONJON_EXIT_RECALL)
		return exit;
	guest_complete_exit(vcpu, DONJON_ENTRY_RELEASED);
	return guest_call(vcpu);
}

/* As the program of agent.S: call after call, from where the last one got to. */
static int guest_converts(struct vcpu *vcpu)
{
	uint64_t top = command.contents->word & ~1UL, before;
	int exit;

	vcpu->x[1] = command.ipa;
	do {
		before = vcpu->x[1];
		vcpu->x[0] = RSI_IPA_STATE_SET;
		vcpu->x[2] = top;
		vcpu->x[3] = command.op == GUEST_TO_SHARED ? RIPAS_EMPTY : RIPAS_RAM;
		vcpu->x[4] = command.contents->word & 1;
		exit = call_and_release(vcpu);
		if (exit == DONJON_EXIT_TOPUP)
			command.answer = ANSWER_TOPUP;
		else if (vcpu->x[0] == (uint64_t)SMCCC_NOT_SUPPORTED)
			command.answer = DONJON_E_NOT_SUPPORTED;
		else if (vcpu->x[0])
			command.answer = DONJON_E_INVALID;
		else if (vcpu->x[2] != RSI_ACCEPT)
			command.answer = DONJON_E_DENIED;
		else if (vcpu->x[1] == before)
			command.answer = DONJON_E_INTERNAL;
	} while (!command.answer && vcpu->x[1] < top);
	command.contents->word = vcpu->x[1];
	return DONJON_EXIT_INTERRUPT;
}

static int guest_shares(struct vcpu *vcpu)
{
	int exit;

	vcpu->x[0] = command.op == GUEST_SHARE ? KVM_VENDOR_MEM_SHARE : KVM_VENDOR_MEM_UNSHARE;
	vcpu->x[1] = command.ipa;
	vcpu->x[2] = vcpu->x[3] = 0;
	exit = call_and_release(vcpu);
	switch (exit) {
	case DONJON_EXIT_MEMORY:
		command.answer = ANSWER_MISSING;
		break;
	case DONJON_EXIT_TOPUP:
		command.answer = ANSWER_TOPUP;
		break;
	default:
		command.answer = vcpu->x[0] == (uint64_t)SMCCC_INVALID_PARAMETER
					 ? DONJON_E_INVALID
					 : (int64_t)vcpu->x[0];
	}
	return DONJON_EXIT_INTERRUPT;
}

static int run_guest(struct vcpu *vcpu)
{
	switch (command.op) {
	case GUEST_NOTHING:
		return DONJON_EXIT_INTERRUPT;
	case GUEST_READ:
	case GUEST_WRITE:
		return guest_access(vcpu);
	case GUEST_TO_SHARED:
	case GUEST_TO_PRIVATE:
		return guest_converts(vcpu);
	default:
		return guest_shares(vcpu);
	}
}

static int64_t guest(struct script_vm *vm, enum guest_op op, uint64_t page,
		     struct contents *contents)
{
	const uint64_t a[SCRIPT_ARGS] = {vm->handle, 0};
	int64_t code;

	command.op = op;
	command.ipa = page;
	command.contents = contents;
	command.answer = DONJON_OK;
	fake.guest = run_guest;
	code = call(DONJON_HC_VCPU_RUN, a, NULL);
	return code ?: command.answer;
}

static void load_agent(uint64_t page)
{
	struct contents contents = {
		.word = 0xa6e27UL}; /* nothing runs here, but it must be scrubbed */

	host(ACTOR_KERNEL, page, true, &contents);
}

static void at_once(void (*act)(void *), void *a, void *b, bool reversed)
{
	fake_cpu = reversed;
	act(reversed ? b : a);
	fake_cpu = !reversed;
	act(reversed ? a : b);
	fake_cpu = 0;
}

const struct target target = {
	.init = init,
	.begin = begin,
	.check = check,
	.end = end,
	.ram = ram,
	.hyp_page = hyp_page,
	.device = device,
	.firmware = firmware,
	.alloc = alloc,
	.free = free_pages,
	.edge = edge,
	.call = call,
	.host = host,
	.load_agent = load_agent,
	.guest = guest,
	.at_once = at_once,
};

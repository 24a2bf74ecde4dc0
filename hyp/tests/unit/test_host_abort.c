// SPDX-License-Identifier: GPL-2.0-only
/* The host's stage-2 aborts: who touches what, and what becomes of it. */
#include "calls.h"
#include <arch/machine.h>
#include <el2/host.h>

#define USER_VA	    0x0000aaaabbbb0123UL
#define KERNEL_VA   0xffff800081230456UL
#define DABT	    ((uint64_t)EC_DABT_LOWER << ESR_EC_SHIFT | ESR_IL)
#define IABT	    ((uint64_t)EC_IABT_LOWER << ESR_EC_SHIFT | ESR_IL)
#define TRANSLATION (FSC_TRANSLATION << 2) /* whole code: at level 0 */

/* Pages, in each state that there is. */
#define HOST_PA	  (RAM_PA + BLOCK)     /* never touched */
#define GUEST_PA  RAM_PA	       /* private, with contents */
#define BLOCK_PA  (RAM_PA + 2 * BLOCK) /* the same, annotated as a block */
#define SHARED_PA (RAM_PA + PAGE_SIZE) /* shared by the guest */
#define HYP_PA	  VCPU_PA(0)
#define DEVICE_PA (HIGH_END + BLOCK)
#define BEYOND_PA (1UL << HOST_IA_BITS)

static const struct who {
	const char *name;
	uint64_t pstate, va, esr;
	bool by_force; /* Linux could not recover: the page is taken */
} everyone[] = {
	{ "a process", PSR_MODE_EL0, USER_VA, DABT, false },
	{ "a process, by the kernel's address", PSR_MODE_EL0, KERNEL_VA, DABT, false },
	{ "a process of 32 bits", PSR_MODE32 | PSR_MODE_EL0, KERNEL_VA, DABT, false },
	{ "a process that writes", PSR_MODE_EL0, USER_VA, DABT | ISS_WNR, false },
	{ "a process that jumps", PSR_MODE_EL0, USER_VA, IABT, false },
	{ "a copy from a process", PSR_MODE_EL1H, USER_VA, DABT, false },
	{ "a copy, on SP_EL0", PSR_MODE_EL1T, USER_VA, DABT | ISS_WNR, false },
	{ "the kernel", PSR_MODE_EL1H, KERNEL_VA, DABT, true },
	{ "the kernel, writing", PSR_MODE_EL1H, KERNEL_VA, DABT | ISS_WNR, true },
	{ "the kernel, on SP_EL0", PSR_MODE_EL1T, KERNEL_VA, DABT, true },
	{ "the kernel, jumping", PSR_MODE_EL1H, KERNEL_VA, IABT, true },
	{ "a walk for a process", PSR_MODE_EL0, USER_VA, DABT | ISS_S1PTW, true },
	{ "a walk for a copy", PSR_MODE_EL1H, USER_VA, DABT | ISS_S1PTW, true },
	{ "a walk for a jump", PSR_MODE_EL0, USER_VA, IABT | ISS_S1PTW, true },
};

static uint64_t handle, regs[31], expected_fsc;

static int setup(void **state)
{
	world_setup(state);
	/* Those that are about it set it. */
	host_has_fixups = false;
	expected_fsc = FSC_ALIGNMENT;
	handle = make_vm(DONJON_VM_PROTECTED, 1);
	world_fill(GUEST_PA, 2 * PAGE_SIZE, 3);
	world_fill(BLOCK_PA, BLOCK, 4);
	assert_int_equal(HC(VM_MAP, handle, GUEST_PA, RAM_IPA, 2 * PAGE_SIZE), 0);
	assert_int_equal(HC(VM_MAP, handle, BLOCK_PA, RAM_IPA + BLOCK, BLOCK), 0);
	assert_int_equal(ledger_guest_share_host(&vcpu_of(0)->vm->mem, ipa(RAM_IPA + PAGE_SIZE)),
			 0);
	return 0;
}

static int teardown(void **state)
{
	end_vm(handle);
	return world_teardown(state);
}

/* Returns whether the host takes an abort; then it is the right one. */
static bool touch(const struct who *who, uint64_t page, uint64_t fsc)
{
	uint64_t before = host_refusals();

	fake.injected = 0;
	fake.fault.va = who->va;
	fake.fault.page = page;
	fake.fault.pstate = who->pstate;
	host_abort(who->esr | fsc, regs);
	assert_int_equal(this_cpu()->locks_held, 0);
	assert_int_equal(fake_pending(), 0);
	assert_int_equal(host_refusals(), before + fake.injected);
	if (!fake.injected)
		return false;
	assert_int_equal(fake.injected, 1);
	assert_int_equal(fake.injected_fsc, expected_fsc);
	assert_int_equal(fake.injected_esr, who->esr | fsc);
	assert_int_equal(fake.injected_far, who->va);
	return true;
}

/* A new world for each: an abort that maps or takes a page changes it. */
static void each(void **state, void (*check)(const struct who *who, uint64_t fsc))
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(everyone); i++) {
		if (i) {
			teardown(state);
			setup(state);
		}
		check(&everyone[i], TRANSLATION | (i & 3));
	}
}

static void gets_its_own(const struct who *who, uint64_t fsc)
{
	assert_false(touch(who, HOST_PA, fsc));
	assert_int_equal(world_state(HOST_PA), DONJON_PAGE_HOST);
	assert_false(touch(who, HOST_PA, fsc));
	assert_false(touch(who, DEVICE_PA, fsc));
	assert_false(touch(who, SHARED_PA, fsc));
	assert_int_equal(world_state(SHARED_PA), DONJON_PAGE_GUEST_SHARED);
	assert_true(world_is(GUEST_PA, PAGE_SIZE, 3));
}

static void the_host_gets_what_is_its_own(void **state)
{
	each(state, gets_its_own);
}

static void is_refused_or_takes(const struct who *who, uint64_t fsc)
{
	uint64_t forced = ledger_counter(DONJON_CNT_FORCED_RECLAIMS);
	uint64_t last = BLOCK_PA + BLOCK - PAGE_SIZE;

	if (touch(who, GUEST_PA, fsc) == who->by_force || touch(who, last, fsc) == who->by_force)
		fail_msg("%s: by_force is %d", who->name, who->by_force);
	assert_int_equal(ledger_counter(DONJON_CNT_FORCED_RECLAIMS), forced + 2 * who->by_force);
	assert_int_equal(world_state(GUEST_PA),
			 who->by_force ? DONJON_PAGE_HOST : DONJON_PAGE_GUEST);
	assert_int_equal(world_state(last), who->by_force ? DONJON_PAGE_HOST : DONJON_PAGE_GUEST);
	assert_int_equal(world_is_zero(GUEST_PA, PAGE_SIZE), who->by_force);
	assert_int_equal(world_is_zero(last, PAGE_SIZE), who->by_force);
	/* Its neighbours stay. */
	assert_int_equal(world_state(BLOCK_PA), DONJON_PAGE_GUEST);
	assert_int_equal(world_state(last - PAGE_SIZE), DONJON_PAGE_GUEST);
}

static void a_guests_page_is_refused_or_taken(void **state)
{
	each(state, is_refused_or_takes);
}

static void never_gets_it(const struct who *who, uint64_t fsc)
{
	uint64_t before = world_sum(NULL);

	assert_true(touch(who, HYP_PA, fsc));
	assert_true(touch(who, VM_BASE, fsc));
	assert_true(touch(who, FAKE_RAM_BASE, fsc));
	assert_true(touch(who, BEYOND_PA, fsc));
	assert_true(touch(who, ~0UL & PAGE_MASK & MASK(47, 0), fsc));
	assert_int_equal(world_sum(NULL), before);
	assert_int_equal(world_state(HYP_PA), DONJON_PAGE_HYP);
}

static void el2s_pages_are_refused(void **state)
{
	each(state, never_gets_it);
}

/* Permission, access flag, address size, alignment, external, TLB conflict: at any level. */
static void any_other_fault_is_refused(void **state)
{
	const uint64_t pages[] = { HOST_PA, GUEST_PA, BLOCK_PA, SHARED_PA, HYP_PA, DEVICE_PA };
	uint64_t before = world_sum(NULL), fsc;
	unsigned int i, j;

	for (fsc = 0; fsc < 64; fsc++)
		for (i = 0; i < ARRAY_SIZE(everyone); i++)
			for (j = 0; j < ARRAY_SIZE(pages); j++)
				if (FSC_TYPE(fsc) != FSC_TRANSLATION)
					assert_true(touch(&everyone[i], pages[j], fsc));
	assert_int_equal(world_sum(NULL), before);
	assert_true(world_is(GUEST_PA, PAGE_SIZE, 3));
}

/* Without tables a block cannot be split: the access is refused, and nothing has changed. */
static void a_page_is_not_taken_without_tables(void **state)
{
	const struct who *kernel = &everyone[7];
	uint64_t before;

	world_set_cache(&pool, 0);
	before = world_sum(NULL);
	assert_true(touch(kernel, BLOCK_PA, TRANSLATION));
	assert_int_equal(world_sum(NULL), before);
	assert_true(world_is(BLOCK_PA, BLOCK, 4));
	world_set_cache(&pool, 24);
	assert_false(touch(kernel, BLOCK_PA, TRANSLATION));
	assert_true(world_is_zero(BLOCK_PA, PAGE_SIZE));
	assert_int_equal(world_state(BLOCK_PA + PAGE_SIZE), DONJON_PAGE_GUEST);
}

/* -- Linux looks for a fixup first -- */

static bool may_have_fixup(const struct who *who)
{
	return who->by_force && ESR_EC(who->esr) == EC_DABT_LOWER && !(who->esr & ISS_S1PTW);
}

/* What stage 1 says of the address now, and what the host's kernel has found last. */
static bool touch_with(const struct who *who, uint64_t page, uint64_t stage1, uint64_t par)
{
	uint64_t fsc = expected_fsc;
	bool aborts;

	fake.stage1 = stage1;
	fake.par = par;
	expected_fsc = may_have_fixup(who) ? FSC_NO_PAGE : FSC_ALIGNMENT;
	aborts = touch(who, page, TRANSLATION | 2);
	expected_fsc = fsc;
	return aborts;
}

static void asks_once(const struct who *who, uint64_t fsc)
{
	const uint64_t last = BLOCK_PA + BLOCK - PAGE_SIZE, pages[] = { GUEST_PA, last };
	unsigned int i, j;

	host_has_fixups = true;
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		uint64_t page = pages[i], before = world_sum(NULL);
		/* Nothing, a failure, a failure that looks like the page, and other pages. */
		const uint64_t found[] = { 0, NO_PAGE, page | NO_PAGE, page + PAGE_SIZE,
					   page - PAGE_SIZE, ~0UL };

		for (j = 0; may_have_fixup(who) && j < ARRAY_SIZE(found); j++) {
			assert_true(touch_with(who, page, page, found[j]));
			/* So that what was found now cannot count later. */
			assert_int_equal(fake.par, NO_PAGE);
			/* The mapping is gone, or its table is not mapped. */
			assert_true(touch_with(who, page, page | NO_PAGE, found[j]));
			assert_true(touch_with(who, page, NO_PAGE, found[j]));
		}
		assert_int_equal(world_sum(NULL), before);
		/* What cannot have a fixup is not asked about. */
		assert_int_equal(touch_with(who, page, page, may_have_fixup(who) ? page : NO_PAGE),
				 !who->by_force);
		assert_int_equal(world_is_zero(page, PAGE_SIZE), who->by_force);
		assert_int_equal(world_state(page),
				 who->by_force ? DONJON_PAGE_HOST : DONJON_PAGE_GUEST);
		if (who->by_force)
			assert_int_equal(fake.par, NO_PAGE);
	}
}

static void the_kernel_is_asked_for_a_fixup_first(void **state)
{
	each(state, asks_once);
}

static void takes_without_asking(const struct who *who, uint64_t fsc)
{
	uint64_t before = world_sum(NULL);

	fake.stage1 = GUEST_PA;
	fake.par = NO_PAGE;
	assert_int_equal(touch(who, GUEST_PA, fsc), !who->by_force);
	assert_int_equal(world_sum(NULL) == before, !who->by_force);
}

static void the_kernel_is_not_asked_where_it_must_not_warn(void **state)
{
	each(state, takes_without_asking);
}

/* It would find another page, and repeat the access again and again. */
static void takes_at_once(const struct who *who, uint64_t fsc)
{
	host_has_fixups = true;
	assert_int_equal(touch_with(who, GUEST_PA, GUEST_PA + PAGE_SIZE, NO_PAGE), !who->by_force);
	assert_int_equal(world_is_zero(GUEST_PA, PAGE_SIZE), who->by_force);
}

static void an_address_that_leads_elsewhere_is_not_asked_about(void **state)
{
	each(state, takes_at_once);
}

/* EL2's page is refused for good, whatever Linux has found: a translation fault would repeat. */
static void no_ones_page_is_asked_about(const struct who *who, uint64_t fsc)
{
	uint64_t before = world_sum(NULL);

	host_has_fixups = true;
	fake.stage1 = fake.par = HYP_PA;
	assert_true(touch(who, HYP_PA, fsc));
	fake.par = NO_PAGE;
	assert_true(touch(who, HYP_PA, fsc));
	assert_true(touch(who, BEYOND_PA, fsc));
	assert_int_equal(world_sum(NULL), before);
	fake.par = HOST_PA;
	assert_false(touch(who, HOST_PA, fsc));
	assert_false(touch(who, SHARED_PA, fsc));
	assert_int_equal(fake.par, HOST_PA);
}

static void only_guests_pages_are_asked_about(void **state)
{
	each(state, no_ones_page_is_asked_about);
}

static void what_is_asked_for_but_cannot_be_taken_is_refused(void **state)
{
	const struct who *kernel = &everyone[7];
	uint64_t before;

	host_has_fixups = true;
	world_set_cache(&pool, 0);
	before = world_sum(NULL);
	assert_true(touch_with(kernel, BLOCK_PA, BLOCK_PA, NO_PAGE));
	fake.par = BLOCK_PA;
	assert_true(touch(kernel, BLOCK_PA, TRANSLATION));
	assert_int_equal(world_sum(NULL), before);
	world_set_cache(&pool, 24);
}

static void the_log_says_who_took_a_page(void **state)
{
	char line[sizeof(fake.printed)];

	fake.printed[0] = 0;
	fake.fault.pc = 0xffff800080123458UL;
	fake.fault.task = 0xffff000004567890UL;
	fake.fault.when = 0x123456789UL;
	touch(&everyone[0], GUEST_PA, TRANSLATION);
	touch(&everyone[7], HOST_PA, TRANSLATION);
	assert_string_equal(fake.printed, "");
	touch(&everyone[7], BLOCK_PA + 3 * PAGE_SIZE, TRANSLATION);
	snprintf(line, sizeof(line),
		 "VM %lu loses its page at IPA 0x%lx, touched by {<%lx,%lx>} at [<%lx>]\n",
		 handle, (uint64_t)RAM_IPA + BLOCK + 3 * PAGE_SIZE, fake.fault.task,
		 fake.fault.when, fake.fault.pc);
	assert_string_equal(fake.printed, line);
}

static void the_host_reads_how_often_it_was_refused(void **state)
{
	uint64_t before;

	assert_int_equal(HC(COUNTER, DONJON_CNT_HOST_REFUSALS), 0);
	before = host_regs.x[1];
	touch(&everyone[0], GUEST_PA, TRANSLATION);
	touch(&everyone[0], HOST_PA, TRANSLATION);
	assert_int_equal(HC(COUNTER, DONJON_CNT_HOST_REFUSALS), 0);
	assert_int_equal(host_regs.x[1], before + 1);
}

/*
 * A device that is kept from the host: a load gives zero, in the register that it names and in no
 * other, a store is lost, and the host goes on behind it. What the syndrome does not describe is
 * refused. The pages around it are the host's, and no block covers it.
 */
static void access_denied(const struct who *who, uint64_t syndrome, bool answered)
{
	uint64_t before = world_sum(NULL);
	unsigned int i, reg = ISS_SRT(syndrome);
	bool load = answered && !((who->esr | syndrome) & ISS_WNR);

	for (i = 0; i < ARRAY_SIZE(regs); i++)
		regs[i] = ~0UL - i;
	fake.skips = 0;
	assert_int_equal(touch(who, DENIED_BASE, syndrome | TRANSLATION), !answered);
	assert_int_equal(fake.skips, answered);
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		assert_int_equal(regs[i], load && i == reg ? 0 : ~0UL - i);
	assert_int_equal(world_sum(NULL), before);
}

static void a_kept_device_is_absent(void **state)
{
	uint64_t reg, next[] = { DENIED_BASE - PAGE_SIZE, DENIED_BASE + PAGE_SIZE };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(everyone); i++) {
		bool data = ESR_EC(everyone[i].esr) == EC_DABT_LOWER;

		/* A walk is never described, nor is an instruction's fetch. */
		access_denied(&everyone[i], 0, false);
		for (reg = 0; data && !(everyone[i].esr & ISS_S1PTW) && reg < 32; reg++) {
			access_denied(&everyone[i], ISS_ISV | reg << 16, true);
			access_denied(&everyone[i], ISS_ISV | ISS_WNR | reg << 16, true);
		}
		if (!data)
			access_denied(&everyone[i], ISS_ISV, false);
		for (j = 0; j < ARRAY_SIZE(next); j++)
			assert_false(touch(&everyone[i], next[j], TRANSLATION));
	}
	assert_int_equal(world_state(DENIED_BASE), DONJON_PAGE_NOT_RAM);
}

#define ABORT(text, function)                                                                      \
	{                                                                                          \
		text, function, setup, teardown, NULL                                              \
	}

/* One page of each block but the last two becomes EL2's; how many calls were refused. */
static unsigned int scatter(bool feed)
{
	uint64_t addr, page;
	unsigned int refused = 0;
	int64_t ret;

	for (addr = FREE_BASE; addr < HIGH_END - 2 * BLOCK; addr += BLOCK) {
		page = addr + (feed ? 9 : 5) * PAGE_SIZE;
		if (world_state(page) != DONJON_PAGE_HOST)
			continue;
		ret = feed ? HC(POOL_DONATE, page, PAGE_SIZE)
			   : HC(VM_TOPUP, handle, page, PAGE_SIZE);
		if (ret && ret != DONJON_E_NO_POOL)
			fail_msg("page 0x%lx: %ld", page, ret);
		if (ret)
			assert_true(host_regs.x[1] > 0 && host_regs.x[1] <= ledger_reserve(0) + 8);
		refused += !!ret;
	}
	return refused;
}

/*
 * S5, L6: a hostile host has used up what the pool has beside the reserve. Nothing that it touches
 * is refused for want of a table, not even where each of a guest's blocks is taken in parts.
 */
static void faults_find_tables_whatever_was_given_away(void **state)
{
	const struct who *kernel = &everyone[7];
	uint64_t addr, need;
	unsigned int refused;

	world_set_cache(&pool, 0);
	assert_int_equal(ledger_hold_reserve(), -ENOMEM);
	assert_int_equal(ledger_reserve(0), 0);
	need = *arch_pages_short();
	world_set_cache(&pool, need);
	assert_int_equal(ledger_hold_reserve(), 0);
	assert_int_equal(ledger_reserve(0), need);
	assert_int_equal(ledger_reserve(POOL_FEED), need - POOL_FEED);
	for (addr = 3 * BLOCK; addr < RAM_SIZE; addr += BLOCK)
		assert_int_equal(HC(VM_MAP, handle, RAM_PA + addr, RAM_IPA + addr, BLOCK), 0);
	refused = scatter(false) + scatter(true);
	if (refused < 4)
		fail_msg("%u calls were refused: nothing was short", refused);
	assert_true(pool.count >= ledger_reserve(POOL_FEED));
	for (addr = FAKE_RAM_BASE; addr < HIGH_END + BLOCK; addr += 16 * PAGE_SIZE) {
		bool mine = addr >= HIGH_END || world_state(addr) != DONJON_PAGE_HYP;

		if (touch(kernel, addr, TRANSLATION) == mine)
			fail_msg("0x%lx: state %d", addr, world_state(addr));
	}
	assert_true(pool.count >= ledger_reserve(POOL_FEED));
	/* The driver gives what the call lacks, and makes it again. */
	addr = HIGH_END - BLOCK;
	world_set_cache(&pool, ledger_reserve(0));
	assert_int_equal(HC(VM_TOPUP, handle, addr, PAGE_SIZE), DONJON_E_NO_POOL);
	assert_int_equal(host_regs.x[1], 1);
	assert_int_equal(HC(POOL_DONATE, addr - BLOCK, BLOCK), 0);
	assert_int_equal(HC(VM_TOPUP, handle, addr, PAGE_SIZE), 0);
	world_check(&vcpu_of(0)->vm->mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ABORT("host's aborts: it gets what is its own", the_host_gets_what_is_its_own),
		ABORT("S1: a guest's page is refused, or taken and zeroed",
		      a_guests_page_is_refused_or_taken),
		ABORT("S7: EL2's pages are refused", el2s_pages_are_refused),
		ABORT("host's aborts: any other fault is refused", any_other_fault_is_refused),
		ABORT("S3: a device that is kept from the host is as good as absent",
		      a_kept_device_is_absent),
		ABORT("host's aborts: no page is taken without tables",
		      a_page_is_not_taken_without_tables),
		ABORT("host's aborts: they find tables, whatever the host has given away",
		      faults_find_tables_whatever_was_given_away),
		ABORT("host's aborts: its kernel is asked for a fixup first",
		      the_kernel_is_asked_for_a_fixup_first),
		ABORT("host's aborts: not where it must not warn",
		      the_kernel_is_not_asked_where_it_must_not_warn),
		ABORT("host's aborts: not where its address leads elsewhere",
		      an_address_that_leads_elsewhere_is_not_asked_about),
		ABORT("host's aborts: not about EL2's pages, nor about its own",
		      only_guests_pages_are_asked_about),
		ABORT("host's aborts: what was asked for, and has no tables, is refused",
		      what_is_asked_for_but_cannot_be_taken_is_refused),
		ABORT("host's aborts: the log says who took a page", the_log_says_who_took_a_page),
		ABORT("host's aborts: refusals are counted",
		      the_host_reads_how_often_it_was_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

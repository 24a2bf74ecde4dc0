// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Realm Services Interface as a protected guest calls it: what it is told, what converting its
 * pages does, and all that is bad.
 */
#include "guest_calls.h"
#include <abi/rsi.h>
#include <abi/run.h>
#include <abi/smccc.h>

#define IPA_BITS	36			/* make_vm()'s */
#define UNPROTECTED		(1UL << (IPA_BITS - 1))
#define NOWHERE		(RAM_IPA + RAM_SIZE)	/* no RAM */
#define DATA		0x1234567890abcdefUL

/* x4 is an argument here, and must stay. */
static int rsi(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4)
{
	unsigned int i;
	int exit;

	for (i = 5; i < 31; i++)
		vcpu->x[i] = i;
	vcpu->x[0] = function;
	vcpu->x[1] = a1;
	vcpu->x[2] = a2;
	vcpu->x[3] = a3;
	vcpu->x[4] = a4;
	exit = guest_call(vcpu);
	assert_int_equal(vcpu->x[4], a4);
	for (i = 5; i < 31; i++)
		assert_int_equal(vcpu->x[i], i);
	assert_int_equal(this_cpu()->locks_held, 0);
	return exit;
}

static void says(uint64_t x0, uint64_t x1, uint64_t x2)
{
	if (vcpu->x[0] != x0 || vcpu->x[1] != x1 || vcpu->x[2] != x2)
		fail_msg("0x%lx, 0x%lx, 0x%lx instead of 0x%lx, 0x%lx, 0x%lx", vcpu->x[0],
			 vcpu->x[1], vcpu->x[2], x0, x1, x2);
}

static int sets(uint64_t first, uint64_t n, uint64_t want, uint64_t flags)
{
	return rsi(RSI_IPA_STATE_SET, RAM_IPA + first * PAGE_SIZE,
		   RAM_IPA + (first + n) * PAGE_SIZE, want, flags);
}

/* It asks for asked pages, and has changed nothing. */
static void asks(uint64_t first, uint64_t n, uint64_t asked)
{
	uint64_t sum = world_sum(&vcpu->vm->mem);

	recalls(vcpu, sets(first, n, RIPAS_RAM, 0), RAM_IPA + first * PAGE_SIZE,
		asked * PAGE_SIZE);
	says(RSI_IPA_STATE_SET, RAM_IPA + first * PAGE_SIZE, RAM_IPA + (first + n) * PAGE_SIZE);
	assert_int_equal(world_sum(&vcpu->vm->mem), sum);
}

/*
 * IPA_STATE_SET of pages from RAM's page first on; reached: the page that it got to. The host lets
 * go of what it is asked for.
 */
static void set(uint64_t first, uint64_t n, uint64_t want, uint64_t flags, uint64_t reached,
		uint64_t response)
{
	int exit = sets(first, n, want, flags);

	if (exit == DONJON_EXIT_RECALL) {
		assert_int_equal(want, RIPAS_RAM);
		recalls(vcpu, exit, RAM_IPA + first * PAGE_SIZE, run_of(0)->size);
		enters(vcpu, DONJON_ENTRY_RELEASED);
		exit = guest_call(vcpu);
	}
	assert_int_equal(exit, RESUME);
	says(RSI_SUCCESS, RAM_IPA + reached * PAGE_SIZE, response);
	world_check(&vcpu->vm->mem);
}

/* IPA_STATE_GET of a range: state, and where it ends. */
static void get(uint64_t base, uint64_t top, uint64_t end, uint64_t ripas)
{
	assert_int_equal(rsi(RSI_IPA_STATE_GET, base, top, 0, 0), RESUME);
	says(RSI_SUCCESS, end, ripas);
}

static uint64_t *page(uint64_t n)
{
	return fake_page(RAM_PA + n * PAGE_SIZE);
}

static enum donjon_page_state state(uint64_t n)
{
	return world_state(RAM_PA + n * PAGE_SIZE);
}

/* -- What it is told -- */

static void version_features_and_configuration(void **unused)
{
	start(DONJON_VM_PROTECTED, 1);
	assert_int_equal(rsi(RSI_ABI_VERSION, 0x20000, 0, 0, 0), RESUME);
	says(RSI_ERROR_INPUT, RSI_VERSION_1_0, RSI_VERSION_1_0);
	assert_int_not_equal(vcpu->vm->uses, USES_RSI);
	assert_int_equal(rsi(RSI_ABI_VERSION, RSI_VERSION_1_0, 0, 0, 0), RESUME);
	says(RSI_SUCCESS, RSI_VERSION_1_0, RSI_VERSION_1_0);
	assert_int_equal(vcpu->vm->uses, USES_RSI);
	assert_int_equal(rsi(RSI_FEATURES, 0, 7, 0, 0), RESUME);
	says(RSI_SUCCESS, 0, 7);
	assert_int_equal(rsi(RSI_FEATURES, ~0UL, 7, 0, 0), RESUME);
	says(RSI_SUCCESS, 0, 7);
	page(1)[1] = page(1)[64] = page(1)[511] = DATA;
	assert_int_equal(rsi(RSI_REALM_CONFIG, RAM_IPA + PAGE_SIZE, 0, 0, 0), RESUME);
	assert_int_equal(vcpu->x[0], RSI_SUCCESS);
	assert_int_equal(page(1)[0], IPA_BITS);
	page(1)[0] = 0;
	assert_true(world_is_zero(RAM_PA + PAGE_SIZE, PAGE_SIZE));
	assert_int_equal(run_of(0)->ipa, 0x77);
	end_vm(handle);
}

/* Linux looks for MEM_SHARE first, and would go on with half of each. */
static void a_guest_that_shares_is_not_offered_it(void **unused)
{
	start(DONJON_VM_PROTECTED, 1);
	assert_int_equal(rsi(KVM_VENDOR_MEMINFO, 1, 0, 0, 0), RESUME);
	assert_int_equal(rsi(RSI_ABI_VERSION, RSI_VERSION_1_0, 0, 0, 0), RESUME);
	says(RSI_SUCCESS, RSI_VERSION_1_0, RSI_VERSION_1_0);
	end_vm(handle);
	start(DONJON_VM_PROTECTED, 1);
	assert_int_equal(rsi(KVM_VENDOR_MEMINFO, 0, 0, 0, 0), RESUME);
	assert_int_equal(vcpu->x[0], PAGE_SIZE);
	assert_int_equal(rsi(RSI_ABI_VERSION, RSI_VERSION_1_0, 7, 0, 0), RESUME);
	says(SMCCC_NOT_SUPPORTED, RSI_VERSION_1_0, 7);
	assert_int_not_equal(vcpu->vm->uses, USES_RSI);
	end_vm(handle);
	/* The other way round: by kexec, for example. */
	start(DONJON_VM_PROTECTED, 1);
	assert_int_equal(rsi(RSI_ABI_VERSION, RSI_VERSION_1_0, 0, 0, 0), RESUME);
	assert_int_equal(rsi(KVM_VENDOR_MEMINFO, 0, 0, 0, 0), RESUME);
	assert_int_equal(vcpu->x[0], SMCCC_NOT_SUPPORTED);
	end_vm(handle);
}

static void what_is_not_offered(void **unused)
{
	const uint64_t functions[] = { RSI_MEASUREMENT_READ, RSI_MEASUREMENT_EXTEND, RSI_TOKEN_INIT,
				       RSI_TOKEN_CONTINUE, RSI_HOST_CALL };
	uint64_t function;
	unsigned int i;

	start(DONJON_VM_PROTECTED, 1);
	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		assert_int_equal(rsi(functions[i], RAM_IPA, 2, 3, 4), RESUME);
		says(SMCCC_NOT_SUPPORTED, RAM_IPA, 2);
	}
	end_vm(handle);
	start(0, 1);
	for (function = RSI_ABI_VERSION; function <= RSI_HOST_CALL; function++) {
		assert_int_equal(rsi(function, RSI_VERSION_1_0, RAM_IPA + PAGE_SIZE, 0, 0), RESUME);
		says(SMCCC_NOT_SUPPORTED, RSI_VERSION_1_0, RAM_IPA + PAGE_SIZE);
	}
	assert_int_not_equal(vcpu->vm->uses, USES_RSI);
	end_vm(handle);
}

/*
 * A page for the answer: it may have to be asked for; nothing is written where anybody else reads
 * it.
 */
static void configuration_goes_to_private_pages_only(void **unused)
{
	const uint64_t bad[] = { RAM_IPA + 8,		NOWHERE,	  RAM_IPA - PAGE_SIZE,
				 UNPROTECTED | RAM_IPA, ~0UL & PAGE_MASK, 1UL << IPA_BITS };
	unsigned int i;

	start(DONJON_VM_PROTECTED, 1);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(rsi(RSI_REALM_CONFIG, bad[i], 0, 0, 0), RESUME);
		assert_int_equal(vcpu->x[0], RSI_ERROR_INPUT);
	}
	set(1, 1, RIPAS_EMPTY, 0, 2, RSI_ACCEPT);
	assert_int_equal(rsi(RSI_REALM_CONFIG, RAM_IPA + PAGE_SIZE, 0, 0, 0), RESUME);
	assert_int_equal(vcpu->x[0], RSI_ERROR_INPUT);
	assert_true(world_is_zero(RAM_PA + PAGE_SIZE, PAGE_SIZE));
	assert_int_equal(guest_calls(vcpu, KVM_VENDOR_MEM_SHARE, RAM_IPA + 2 * PAGE_SIZE, 0, 0),
			 DONJON_EXIT_SHARE);
	assert_int_equal(rsi(RSI_REALM_CONFIG, RAM_IPA + 2 * PAGE_SIZE, 0, 0, 0), RESUME);
	assert_int_equal(vcpu->x[0], RSI_ERROR_INPUT);
	run_of(0)->write = false;
	assert_int_equal(fake.repeats, 0);
	assert_int_equal(rsi(RSI_REALM_CONFIG, RAM_IPA + BLOCK, 0, 0, 0), DONJON_EXIT_MEMORY);
	assert_int_equal(run_of(0)->ipa, RAM_IPA + BLOCK);
	assert_true(run_of(0)->write);
	assert_int_equal(fake.repeats, 1);
	says(RSI_REALM_CONFIG, RAM_IPA + BLOCK, 0);
	assert_int_equal(HC(VM_MAP, handle, RAM_PA + BLOCK, RAM_IPA + BLOCK, PAGE_SIZE), 0);
	assert_int_equal(guest_call(vcpu), RESUME);
	assert_int_equal(*page(BLOCK / PAGE_SIZE), IPA_BITS);
	assert_int_equal(ledger_force_reclaim(pa(RAM_PA + BLOCK)), 0);
	assert_int_equal(rsi(RSI_REALM_CONFIG, RAM_IPA + BLOCK, 0, 0, 0), RESUME);
	assert_int_equal(vcpu->x[0], RSI_ERROR_INPUT);
	assert_true(world_is_zero(RAM_PA + BLOCK, PAGE_SIZE));
	end_vm(handle);
}

/* -- States -- */

static void states_are_told(void **unused)
{
	start(DONJON_VM_PROTECTED, 1);
	get(RAM_IPA, NOWHERE, NOWHERE, RIPAS_RAM);
	get(RAM_IPA + PAGE_SIZE, RAM_IPA + 3 * PAGE_SIZE, RAM_IPA + 3 * PAGE_SIZE, RIPAS_RAM);
	/* Where no RAM is, devices are: EMPTY, up to the next RAM. */
	get(0, UNPROTECTED, RAM_IPA, RIPAS_EMPTY);
	get(0x09000000, 0x09001000, 0x09001000, RIPAS_EMPTY);
	get(NOWHERE, UNPROTECTED, UNPROTECTED, RIPAS_EMPTY);
	get(RAM_IPA, UNPROTECTED, NOWHERE, RIPAS_RAM);
	set(3, 2, RIPAS_EMPTY, 0, 5, RSI_ACCEPT);
	assert_int_equal(ledger_force_reclaim(pa(RAM_PA + 6 * PAGE_SIZE)), 0);
	get(RAM_IPA, NOWHERE, RAM_IPA + 3 * PAGE_SIZE, RIPAS_RAM);
	get(RAM_IPA + 3 * PAGE_SIZE, NOWHERE, RAM_IPA + 5 * PAGE_SIZE, RIPAS_EMPTY);
	get(RAM_IPA + 3 * PAGE_SIZE, RAM_IPA + 4 * PAGE_SIZE, RAM_IPA + 4 * PAGE_SIZE, RIPAS_EMPTY);
	get(RAM_IPA + 5 * PAGE_SIZE, NOWHERE, RAM_IPA + 6 * PAGE_SIZE, RIPAS_RAM);
	get(RAM_IPA + 6 * PAGE_SIZE, NOWHERE, RAM_IPA + 7 * PAGE_SIZE, RIPAS_DESTROYED);
	/* One by one, pages are told of up to a bound. */
	get(RAM_IPA + 7 * PAGE_SIZE, NOWHERE, RAM_IPA + (7 + 16) * PAGE_SIZE, RIPAS_RAM);
	end_vm(handle);
}

static void bad_ranges_and_states_change_nothing(void **unused)
{
	const struct {
		uint64_t base, top, want, flags;
	} bad[] = {
		{ RAM_IPA + 1, RAM_IPA + PAGE_SIZE, RIPAS_EMPTY, 0 },
		{ RAM_IPA, RAM_IPA + PAGE_SIZE + 8, RIPAS_EMPTY, 0 },
		{ RAM_IPA, RAM_IPA, RIPAS_EMPTY, 0 },
		{ RAM_IPA + PAGE_SIZE, RAM_IPA, RIPAS_EMPTY, 0 },
		{ UNPROTECTED | RAM_IPA, (UNPROTECTED | RAM_IPA) + PAGE_SIZE, RIPAS_EMPTY, 0 },
		{ RAM_IPA, UNPROTECTED + PAGE_SIZE, RIPAS_EMPTY, 0 },
		{ RAM_IPA, 1UL << IPA_BITS, RIPAS_EMPTY, 0 },
		{ RAM_IPA, ~0UL & PAGE_MASK, RIPAS_EMPTY, 0 },
		{ ~0UL & PAGE_MASK, PAGE_SIZE, RIPAS_EMPTY, 0 },
		{ RAM_IPA, RAM_IPA + PAGE_SIZE, RIPAS_DESTROYED, 0 },
		{ RAM_IPA, RAM_IPA + PAGE_SIZE, 3, 0 },
		{ RAM_IPA, RAM_IPA + PAGE_SIZE, 1UL << 32, 0 },
		{ RAM_IPA, RAM_IPA + PAGE_SIZE, RIPAS_EMPTY, 2 },
		{ RAM_IPA, RAM_IPA + PAGE_SIZE, RIPAS_EMPTY, 1UL << 63 },
	};
	uint64_t sum;
	unsigned int i;

	start(DONJON_VM_PROTECTED, 1);
	sum = world_sum(&vcpu->vm->mem);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(rsi(RSI_IPA_STATE_SET, bad[i].base, bad[i].top, bad[i].want,
				     bad[i].flags),
				 RESUME);
		assert_int_equal(vcpu->x[0], RSI_ERROR_INPUT);
		if (i >= 9)
			continue;
		assert_int_equal(rsi(RSI_IPA_STATE_GET, bad[i].base, bad[i].top, 0, 0), RESUME);
		assert_int_equal(vcpu->x[0], RSI_ERROR_INPUT);
	}
	/* No RAM: it is EMPTY, and cannot become RAM. */
	assert_int_equal(rsi(RSI_IPA_STATE_SET, NOWHERE, UNPROTECTED, RIPAS_EMPTY, 0), RESUME);
	says(RSI_SUCCESS, UNPROTECTED, RSI_ACCEPT);
	assert_int_equal(rsi(RSI_IPA_STATE_SET, NOWHERE, UNPROTECTED, RIPAS_RAM, 0), RESUME);
	says(RSI_SUCCESS, NOWHERE, RSI_REJECT);
	assert_int_equal(rsi(RSI_IPA_STATE_SET, 0, UNPROTECTED, RIPAS_RAM, 0), RESUME);
	says(RSI_SUCCESS, 0, RSI_REJECT);
	assert_int_equal(world_sum(&vcpu->vm->mem), sum);
	assert_int_equal(run_of(0)->ipa, 0x77);
	assert_int_equal(fake.repeats, 0);
	end_vm(handle);
}

/* -- Conversion -- */

static void a_page_is_shared_zeroed_and_comes_back_zeroed(void **unused)
{
	start(DONJON_VM_PROTECTED, 1);
	*page(1) = *page(2) = DATA;
	set(1, 1, RIPAS_EMPTY, 0, 2, RSI_ACCEPT);
	assert_int_equal(state(1), DONJON_PAGE_GUEST_SHARED);
	assert_int_equal(state(0), DONJON_PAGE_GUEST);
	assert_int_equal(state(2), DONJON_PAGE_GUEST);
	assert_true(world_is_zero(RAM_PA + PAGE_SIZE, PAGE_SIZE));
	assert_int_equal(*page(2), DATA);
	assert_int_equal(ledger_guest_lookup(&vcpu->vm->mem, ipa(RAM_IPA + PAGE_SIZE)), -EPERM);
	assert_int_equal(
		ledger_guest_lookup(&vcpu->vm->mem, ipa(UNPROTECTED | (RAM_IPA + PAGE_SIZE))), 0);
	/* Once more: nothing happens to what is there. */
	*page(1) = DATA;
	set(1, 1, RIPAS_EMPTY, 0, 2, RSI_ACCEPT);
	assert_int_equal(*page(1), DATA);
	answers(KVM_VENDOR_MEM_SHARE, RAM_IPA + PAGE_SIZE, 0, 0, SMCCC_INVALID_PARAMETER);
	answers(KVM_VENDOR_MEM_UNSHARE, RAM_IPA + PAGE_SIZE, 0, 0, SMCCC_INVALID_PARAMETER);
	answers(KVM_VENDOR_MEM_UNSHARE, UNPROTECTED | (RAM_IPA + PAGE_SIZE), 0, 0,
		SMCCC_INVALID_PARAMETER);
	set(1, 1, RIPAS_RAM, 0, 2, RSI_ACCEPT);
	assert_int_equal(state(1), DONJON_PAGE_GUEST);
	assert_true(world_is_zero(RAM_PA + PAGE_SIZE, PAGE_SIZE));
	*page(1) = DATA;
	set(1, 1, RIPAS_RAM, 0, 2, RSI_ACCEPT);
	assert_int_equal(*page(1), DATA);
	assert_int_equal(run_of(0)->ipa, 0x77);
	end_vm(handle);
}

static void a_block_goes_in_one_call_and_no_call_is_longer(void **unused)
{
	const uint64_t n = BLOCK / PAGE_SIZE;
	uint64_t splits;

	start(DONJON_VM_PROTECTED, 1);
	splits = vcpu->vm->mem.pgt.splits;
	assert_int_equal(HC(VM_MAP, handle, RAM_PA + BLOCK, RAM_IPA + BLOCK, BLOCK), 0);
	set(0, 4 * n, RIPAS_EMPTY, 0, n, RSI_ACCEPT);
	set(n, 3 * n, RIPAS_EMPTY, 0, 2 * n, RSI_ACCEPT);
	assert_int_equal(vcpu->vm->mem.pgt.splits, splits);
	/* The end of one block and the beginning of the next: up to the border. */
	set(n - 2, 4, RIPAS_RAM, 0, n, RSI_ACCEPT);
	assert_int_equal(state(n - 1), DONJON_PAGE_GUEST);
	assert_int_equal(state(n - 3), DONJON_PAGE_GUEST_SHARED);
	assert_int_equal(state(n), DONJON_PAGE_GUEST_SHARED);
	/* Pages that are not there yet, among such that are; up to the end of RAM. */
	set(2 * n, 1, RIPAS_EMPTY, 0, 2 * n + 1, RSI_ACCEPT);
	set(8 * n - 1, 1, RIPAS_EMPTY, 0, 8 * n, RSI_ACCEPT);
	assert_int_equal(rsi(RSI_IPA_STATE_SET, NOWHERE - PAGE_SIZE, UNPROTECTED, RIPAS_RAM, 0),
			 RESUME);
	says(RSI_SUCCESS, NOWHERE, RSI_ACCEPT);
	end_vm(handle);
}

/* It is asked once for as much as a call may be about, and the consent holds for that much. */
static void what_is_shared_is_asked_for_first(void **unused)
{
	const uint64_t n = BLOCK / PAGE_SIZE;

	start(DONJON_VM_PROTECTED, 1);
	set(1, 60, RIPAS_EMPTY, 0, 61, RSI_ACCEPT);
	asks(1, 60, 60);
	enters(vcpu, 0);
	asks(1, 60, 60);
	enters(vcpu, DONJON_ENTRY_RELEASED);
	enters(vcpu, DONJON_ENTRY_RELEASED);
	asks(1, 2, 2);
	enters(vcpu, DONJON_ENTRY_RELEASED);
	/* No further than the host has let go. */
	assert_int_equal(sets(1, 60, RIPAS_RAM, 0), RESUME);
	says(RSI_SUCCESS, RAM_IPA + 3 * PAGE_SIZE, RSI_ACCEPT);
	assert_int_equal(state(2), DONJON_PAGE_GUEST);
	assert_int_equal(state(3), DONJON_PAGE_GUEST_SHARED);
	/* What is RAM already needs no consent, what follows does. */
	assert_int_equal(sets(0, 60, RIPAS_RAM, 0), RESUME);
	says(RSI_SUCCESS, RAM_IPA + 3 * PAGE_SIZE, RSI_ACCEPT);
	/* Not before the pages, either. */
	asks(4, 57, 57);
	enters(vcpu, DONJON_ENTRY_RELEASED);
	asks(3, 58, 58);
	enters(vcpu, DONJON_ENTRY_RELEASED);
	/* Several calls, one consent. */
	assert_int_equal(sets(3, 58, RIPAS_RAM, 0), RESUME);
	says(RSI_SUCCESS, RAM_IPA + 35 * PAGE_SIZE, RSI_ACCEPT);
	assert_int_equal(sets(35, 26, RIPAS_RAM, 0), RESUME);
	says(RSI_SUCCESS, RAM_IPA + 61 * PAGE_SIZE, RSI_ACCEPT);
	/* Up to the end of a block. */
	set(n - 1, 1, RIPAS_EMPTY, 0, n, RSI_ACCEPT);
	asks(n - 1, n, 1);
	/* Without a page there is nothing to ask for. */
	assert_int_equal(sets(n, 3, RIPAS_EMPTY, 0), RESUME);
	assert_int_equal(sets(n, 3, RIPAS_RAM, 0), RESUME);
	says(RSI_SUCCESS, RAM_IPA + (n + 3) * PAGE_SIZE, RSI_ACCEPT);
	end_vm(handle);
}

/* What it cannot do it stops before, and rejects when it begins there. */
static void what_is_shared_or_destroyed_is_rejected(void **unused)
{
	start(DONJON_VM_PROTECTED, 1);
	assert_int_equal(guest_calls(vcpu, KVM_VENDOR_MEM_SHARE, RAM_IPA + 2 * PAGE_SIZE, 0, 0),
			 DONJON_EXIT_SHARE);
	assert_int_equal(ledger_force_reclaim(pa(RAM_PA + 4 * PAGE_SIZE)), 0);
	set(1, 6, RIPAS_EMPTY, 0, 2, RSI_ACCEPT);
	set(2, 5, RIPAS_EMPTY, 0, 2, RSI_REJECT);
	assert_int_equal(state(2), DONJON_PAGE_GUEST_SHARED);
	set(2, 1, RIPAS_RAM, 0, 3, RSI_ACCEPT);
	set(3, 4, RIPAS_EMPTY, 0, 4, RSI_ACCEPT);
	set(4, 3, RIPAS_EMPTY, 0, 4, RSI_REJECT);
	set(4, 3, RIPAS_RAM, 0, 4, RSI_REJECT);
	set(4, 1, RIPAS_RAM, RSI_CHANGE_DESTROYED, 5, RSI_ACCEPT);
	get(RAM_IPA + 4 * PAGE_SIZE, RAM_IPA + 5 * PAGE_SIZE, RAM_IPA + 5 * PAGE_SIZE, RIPAS_RAM);
	assert_int_equal(
		HC(VM_MAP, handle, RAM_PA + 4 * PAGE_SIZE, RAM_IPA + 4 * PAGE_SIZE, PAGE_SIZE), 0);
	assert_int_equal(ledger_force_reclaim(pa(RAM_PA + 4 * PAGE_SIZE)), 0);
	set(4, 1, RIPAS_EMPTY, RSI_CHANGE_DESTROYED, 5, RSI_ACCEPT);
	/* The host maps it: shared, with its contents, at the unprotected IPA. */
	*page(4) = DATA;
	assert_int_equal(
		HC(VM_MAP, handle, RAM_PA + 4 * PAGE_SIZE, RAM_IPA + 4 * PAGE_SIZE, PAGE_SIZE), 0);
	assert_int_equal(state(4), DONJON_PAGE_GUEST_SHARED);
	assert_int_equal(*page(4), DATA);
	end_vm(handle);
}

static void conversion_asks_for_tables(void **unused)
{
	struct page_cache *cache;

	start(DONJON_VM_PROTECTED, 1);
	cache = &vcpu->vm->mem.cache;
	world_set_cache(cache, vcpu->vm->mem.pgt.blocks);
	assert_int_equal(rsi(RSI_IPA_STATE_SET, RAM_IPA, RAM_IPA + 2 * PAGE_SIZE, RIPAS_EMPTY, 0),
			 DONJON_EXIT_TOPUP);
	assert_int_equal(run_of(0)->arg[0], DONJON_MAP_TABLES);
	assert_int_equal(run_of(0)->arg[1], 0);
	assert_int_equal(fake.repeats, 1);
	says(RSI_IPA_STATE_SET, RAM_IPA, RAM_IPA + 2 * PAGE_SIZE);
	assert_int_equal(state(0), DONJON_PAGE_GUEST);
	world_set_cache(cache, vcpu->vm->mem.pgt.blocks + DONJON_MAP_TABLES);
	assert_int_equal(guest_call(vcpu), RESUME);
	says(RSI_SUCCESS, RAM_IPA + 2 * PAGE_SIZE, RSI_ACCEPT);
	/* A block with what a top-up gives. */
	assert_int_equal(HC(VM_MAP, handle, RAM_PA + BLOCK, RAM_IPA + BLOCK, BLOCK), 0);
	world_set_cache(cache, vcpu->vm->mem.pgt.blocks + DONJON_MAP_TABLES);
	set(BLOCK / PAGE_SIZE, BLOCK / PAGE_SIZE, RIPAS_EMPTY, 0, 2 * BLOCK / PAGE_SIZE,
	    RSI_ACCEPT);
	end_vm(handle);
}

static void a_dying_guest_converts_nothing(void **unused)
{
	start(DONJON_VM_PROTECTED, 1);
	vcpu->vm->mem.dying = true;
	set(1, 1, RIPAS_EMPTY, 0, 1, RSI_REJECT);
	set(1, 1, RIPAS_RAM, 0, 1, RSI_REJECT);
	assert_int_equal(state(1), DONJON_PAGE_GUEST);
	end_vm(handle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE("RSI: version, features and configuration are told",
			version_features_and_configuration),
		PROMISE("RSI: what is not offered says so", what_is_not_offered),
		PROMISE("RSI: a guest that shares is not offered it",
			a_guest_that_shares_is_not_offered_it),
		PROMISE("S1: RSI: the configuration goes to private pages only",
			configuration_goes_to_private_pages_only),
		PROMISE("RSI: states are told", states_are_told),
		PROMISE("S5: RSI: bad ranges and states change nothing",
			bad_ranges_and_states_change_nothing),
		PROMISE("S3: RSI: a page is shared zeroed and comes back zeroed",
			a_page_is_shared_zeroed_and_comes_back_zeroed),
		PROMISE("RSI: a block goes in one call, and no call is longer",
			a_block_goes_in_one_call_and_no_call_is_longer),
		PROMISE("RSI: what is shared is asked for first",
			what_is_shared_is_asked_for_first),
		PROMISE("S5: RSI: what is shared or destroyed is rejected",
			what_is_shared_or_destroyed_is_rejected),
		PROMISE("RSI: a conversion asks for tables", conversion_asks_for_tables),
		PROMISE("RSI: a dying guest converts nothing", a_dying_guest_converts_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* Pages that are CLEANING: what other CPUs get while one zeroes or cleans them. */
#include "world.h"
#include <tests/spec/hooks.h>

#define PLACE	FREE_BASE
#define AT	BLOCK

static struct guest_memory guest, other;
static unsigned int met;	/* how often another CPU came in between */

static int set(enum ripas want)
{
	uint64_t done;

	return ledger_guest_set_ripas(&guest, ipa(AT), BLOCK, want, CHANGE_RELEASED, &done);
}

static int donate(void)
{
	return ledger_host_map_guest(&guest, pa(PLACE), ipa(AT), BLOCK);
}

static int reclaim(void)
{
	uint64_t size = BLOCK, done;

	return ledger_reclaim(&guest, ipa(AT), &size, &done);
}

static void start(bool protected)
{
	world_guest(&guest, protected, 24);
	world_guest(&other, true, 24);
	guest.activated = true;
	met = 0;
}

/* Everybody who wants one of the pages, or maps for the guest, comes too early. */
static void others_wait(uint64_t pa_, uint64_t size)
{
	enum donjon_page_state state;
	uint64_t end, ipa_, part = BLOCK, done;
	unsigned int owner = 0;

	met++;
	assert_int_equal(pa_, PLACE);
	assert_int_equal(this_cpu()->locks_held, 0);
	assert_int_equal(ledger_query(pa(PLACE), &end, &state, &owner, &ipa_), 0);
	assert_int_equal(state, DONJON_PAGE_CLEANING);
	assert_int_equal(owner, OWNER_HOST);
	assert_int_equal(ledger_host_donate_hyp(pa(PLACE), PAGE_SIZE, NULL), -EAGAIN);
	assert_int_equal(ledger_host_share_hyp(pa(PLACE)), -EAGAIN);
	assert_int_equal(ledger_host_map_guest(&other, pa(PLACE), ipa(AT), PAGE_SIZE), -EAGAIN);
	/* The host's access is made again; its kernel takes nothing by force. */
	assert_int_equal(ledger_host_fault(pa(PLACE), &owner, NULL), 0);
	assert_int_equal(ledger_force_reclaim(pa(PLACE)), 0);
	assert_int_equal(world_state(PLACE), DONJON_PAGE_CLEANING);
	if (!guest.dying) {
		assert_int_equal(ledger_host_map_guest(&guest, pa(PLACE + 2 * BLOCK), ipa(AT),
						       PAGE_SIZE), -EAGAIN);
		if (guest.protected)
			assert_int_equal(set(RIPAS_EMPTY), -EAGAIN);
		else
			assert_int_equal(ledger_host_unshare_guest(&guest, ipa(AT), &part, &done),
					 -EAGAIN);
	} else {
		assert_int_equal(reclaim(), -EAGAIN);
	}
	/* Nobody else has to wait. */
	assert_int_equal(ledger_host_map_guest(&other, pa(PLACE + 3 * BLOCK), ipa(AT), PAGE_SIZE),
			 met == 1 ? 0 : -EPERM);
}

static void nobody_gets_a_page_that_is_being_cleaned(void **state)
{
	start(true);
	fake.contents = others_wait;
	assert_int_equal(donate(), 0);
	assert_true(met);
	world_fill(PLACE, BLOCK, 1);
	assert_int_equal(set(RIPAS_EMPTY), 0);
	assert_int_equal(world_state(PLACE), DONJON_PAGE_GUEST_SHARED);
	assert_true(world_is_zero(PLACE, BLOCK));
	world_fill(PLACE, BLOCK, 1);
	assert_int_equal(set(RIPAS_RAM), 0);
	assert_int_equal(world_state(PLACE), DONJON_PAGE_GUEST);
	assert_true(world_is_zero(PLACE, BLOCK));
	world_fill(PLACE, BLOCK, 1);
	guest.dying = true;
	met++;
	assert_int_equal(reclaim(), 0);
	assert_int_equal(world_state(PLACE), DONJON_PAGE_HOST);
	assert_true(world_is_zero(PLACE, BLOCK));
	fake.contents = NULL;
	assert_int_equal(guest.pages, 0);
	world_check(&guest);
}

static void what_is_shared_waits_as_well(void **state)
{
	start(false);
	fake.contents = others_wait;
	world_fill(PLACE, BLOCK, 1);
	assert_int_equal(donate(), 0);
	fake.contents = NULL;
	assert_true(met);
	assert_true(world_is(PLACE, BLOCK, 1));
	assert_int_equal(world_state(PLACE), DONJON_PAGE_HOST_SHARED);
	world_check(&guest);
}

static void dies(uint64_t pa_, uint64_t size)
{
	met++;
	guest.dying = true;
}

/* The pool is empty, too: no more tables are needed to give the pages back. */
static void dies_and_takes_the_pool(uint64_t pa_, uint64_t size)
{
	dies(pa_, size);
	world_set_cache(&pool, 0);
}

static void a_guest_that_dies_gets_nothing(void **state)
{
	start(true);
	world_fill(PLACE, BLOCK, 1);
	fake.contents = dies_and_takes_the_pool;
	assert_int_equal(donate(), -ESHUTDOWN);
	fake.contents = NULL;
	assert_int_equal(met, fake_count(FAKE_ZERO) + fake_count(FAKE_CLEAN));
	assert_int_equal(world_state(PLACE), DONJON_PAGE_HOST);
	assert_int_equal(guest.pages, 0);
	world_check(&guest);
}

static void a_guest_that_dies_in_a_conversion_keeps_no_page(void **state)
{
	start(true);
	assert_int_equal(donate(), 0);
	world_fill(PLACE, BLOCK, 1);
	fake.contents = dies;
	assert_int_equal(set(RIPAS_EMPTY), -ESHUTDOWN);
	fake.contents = NULL;
	assert_int_equal(world_state(PLACE), DONJON_PAGE_HOST);
	assert_true(world_is_zero(PLACE, BLOCK));
	assert_int_equal(reclaim(), 0);
	assert_int_equal(guest.pages, 0);
	world_check(&guest);
}

static void runs(uint64_t pa_, uint64_t size)
{
	guest.activated = true;
}

/* The contents were loaded for the first run, which has begun without them. */
static void a_guest_that_is_activated_gets_no_contents(void **state)
{
	start(true);
	guest.activated = false;
	world_fill(PLACE, BLOCK, 1);
	fake.contents = runs;
	assert_int_equal(donate(), -EAGAIN);
	fake.contents = NULL;
	assert_int_equal(world_state(PLACE), DONJON_PAGE_HOST);
	assert_true(world_is(PLACE, BLOCK, 1));
	assert_int_equal(donate(), 0);
	assert_true(world_is_zero(PLACE, BLOCK));
	world_check(&guest);
}

/* CPU 1 has waited for the guest's lock; this one still has the host's. */
static void runs_at_once(const struct spinlock *lock)
{
	if (lock != &guest.lock)
		return;
	hooks_unlocked = NULL;
	guest.activated = true;
}

static void a_guest_that_is_activated_between_two_locks_gets_no_contents(void **state)
{
	/* The hooks play the other CPU. */
	if (!hooks_running())
		return;
	start(true);
	guest.activated = false;
	hooks_unlocked = runs_at_once;
	assert_int_equal(donate(), -EAGAIN);
	assert_null(hooks_unlocked);
	assert_int_equal(world_state(PLACE), DONJON_PAGE_HOST);
	world_check(&guest);
}

static void machine_ends(uint64_t pa_, uint64_t size)
{
	if (met++)
		return;
	assert_false(world_is_zero(PLACE, BLOCK));
	ledger_scrub_all(true);
	assert_true(world_is_zero(PLACE, BLOCK));
}

static void a_scrub_finds_what_is_not_yet_zero(void **state)
{
	start(true);
	assert_int_equal(donate(), 0);
	world_fill(PLACE, BLOCK, 1);
	guest.dying = true;
	fake.contents = machine_ends;
	assert_int_equal(reclaim(), 0);
	fake.contents = NULL;
	assert_true(met);
	world_check(&guest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROMISE("S1, S2: cleaning: nobody gets a page that is being cleaned",
			nobody_gets_a_page_that_is_being_cleaned),
		PROMISE("cleaning: what is shared waits as well", what_is_shared_waits_as_well),
		PROMISE("cleaning: a guest that dies gets nothing", a_guest_that_dies_gets_nothing),
		PROMISE("S1: cleaning: a guest that dies in a conversion keeps no page",
			a_guest_that_dies_in_a_conversion_keeps_no_page),
		PROMISE("S4: cleaning: a guest that is activated gets no contents",
			a_guest_that_is_activated_gets_no_contents),
		PROMISE("S4: cleaning: nor does one that is activated between two locks",
			a_guest_that_is_activated_between_two_locks_gets_no_contents),
		PROMISE("S3: cleaning: a scrub finds what is not yet zero",
			a_scrub_finds_what_is_not_yet_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

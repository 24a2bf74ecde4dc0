// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every transition from every state: its answer, the state after it, and that an error has changed
 * nothing.
 */
#include "world.h"
#include <tests/spec/hooks.h>

#define PLACE	(FREE_BASE + 4 * BLOCK + PAGE_SIZE)	/* the page that everything happens to */
#define AT	(3 * BLOCK + PAGE_SIZE)			/* where the guest that has it, has it */
#define ELSE	(9 * BLOCK + PAGE_SIZE)			/* an address where no guest has anything */

static struct guest_memory protected, unprotected, other;

enum state {
	HOST,
	HOST_MAPPED,
	SHARED_WITH_HYP,
	SHARED_WITH_GUEST,
	GUEST,
	SHARED_BY_GUEST,
	POISONED,
	HYP,
	FIRMWARE,
	HOLE,
	NR_STATES,
};

static const char *const state_names[] = {
	"HOST, unmapped", "HOST, mapped", "HOST_SHARED with EL2",	 "HOST_SHARED with a guest",
	"GUEST",	  "GUEST_SHARED", "HOST, poisoned in the guest", "HYP",
	"firmware",	  "hole",
};

enum operation {
	DONATE_HYP,
	HYP_DONATE,
	SHARE_HYP,
	UNSHARE_HYP,
	DONATE_GUEST,
	DONATE_GUEST_AGAIN,
	MAP_NO_RAM,
	SHARE_GUEST,
	UNSHARE_GUEST,
	UNSHARE_PROTECTED,
	GUEST_SHARE,
	GUEST_UNSHARE,
	RECLAIM_LIVING,
	FORCE,
	NR_OPERATIONS,
};

static const char *const operation_names[] = {
	"host donates to EL2",
	"EL2 donates to host",
	"host shares with EL2",
	"host unshares from EL2",
	"host donates to guest",
	"host donates where the guest has something",
	"host maps where the guest has no RAM",
	"host shares with guest",
	"host unshares from guest",
	"host unshares from a protected guest",
	"guest shares",
	"guest unshares",
	"reclaim from a living guest",
	"forced reclaim",
};

static uint64_t place_of(enum state state)
{
	return state == FIRMWARE ? FIRMWARE_BASE : state == HOLE ? HOLE_BASE : PLACE;
}

/* block: the whole block around the page goes the way first. */
static void enter(enum state state, bool block)
{
	uint64_t at = block ? align_down(PLACE, BLOCK) : PLACE,
		 ipa_at = block ? align_down(AT, BLOCK) : AT;
	uint64_t size = block ? BLOCK : PAGE_SIZE;

	switch (state) {
	case HOST_MAPPED:
		world_touch(PLACE);
		break;
	case SHARED_WITH_HYP:
		if (block)
			world_touch(PLACE);
		assert_int_equal(ledger_host_share_hyp(pa(PLACE)), 0);
		break;
	case SHARED_WITH_GUEST:
		assert_int_equal(ledger_host_map_guest(&unprotected, pa(at), ipa(ipa_at), size), 0);
		break;
	case GUEST:
	case SHARED_BY_GUEST:
	case POISONED:
		assert_int_equal(ledger_host_map_guest(&protected, pa(at), ipa(ipa_at), size), 0);
		if (state == SHARED_BY_GUEST)
			assert_int_equal(ledger_guest_share_host(&protected, ipa(AT)), 0);
		if (state == POISONED)
			assert_int_equal(ledger_force_reclaim(pa(PLACE)), 0);
		break;
	case HYP:
		assert_int_equal(ledger_host_donate_hyp(pa(at), size, NULL), 0);
		break;
	default:
		break;
	}
}

static int run(enum operation operation, uint64_t place, uint64_t *done)
{
	*done = 0;
	switch (operation) {
	case DONATE_HYP:
		return ledger_host_donate_hyp(pa(place), PAGE_SIZE, NULL);
	case HYP_DONATE:
		return ledger_hyp_donate_host(pa(place), PAGE_SIZE);
	case SHARE_HYP:
		return ledger_host_share_hyp(pa(place));
	case UNSHARE_HYP:
		return ledger_host_unshare_hyp(pa(place));
	case DONATE_GUEST:
		return ledger_host_map_guest(&protected, pa(place), ipa(ELSE), PAGE_SIZE);
	case DONATE_GUEST_AGAIN:
		return ledger_host_map_guest(&protected, pa(place), ipa(AT), PAGE_SIZE);
	case MAP_NO_RAM:
		return ledger_host_map_guest(&protected, pa(place), ipa(BIT(GUEST_IA_BITS - 1)),
					     PAGE_SIZE);
	case SHARE_GUEST:
		return ledger_host_map_guest(&unprotected, pa(place), ipa(ELSE), PAGE_SIZE);
	case UNSHARE_GUEST:
		return fake_return(ledger_host_unshare_guest, &unprotected, ipa(AT),
				   PAGE_SIZE, done);
	case UNSHARE_PROTECTED:
		return fake_return(ledger_host_unshare_guest, &protected, ipa(AT), PAGE_SIZE, done);
	case GUEST_SHARE:
		return ledger_guest_share_host(&protected, ipa(AT));
	case GUEST_UNSHARE:
		return ledger_guest_unshare_host(&protected, ipa(AT), true);
	case RECLAIM_LIVING:
		return fake_return(ledger_reclaim, &protected, ipa(AT), PAGE_SIZE, done);
	default:
		return ledger_force_reclaim(pa(place));
	}
}

/* The answer, and where it is 0 the state after it; -1: as before. */
struct expected {
	int answer;
	int state;
};

#define NO(error)	{ -(error), -1 }
#define SAME		{ 0, -1 }
#define TO(state)	{ 0, DONJON_PAGE_##state }

/* In the order of enum operation. */
#define NOT_RAM_ROW \
	{ NO(EINVAL), NO(EINVAL), NO(EINVAL), NO(EINVAL), NO(EINVAL), NO(EINVAL), NO(EINVAL), \
		  NO(EINVAL), SAME, NO(EPERM), NO(ENOENT), NO(ENOENT), NO(EPERM), SAME }
#define HOST_ROW \
	{ TO(HYP), NO(EPERM), TO(HOST_SHARED), NO(EPERM), TO(GUEST), TO(GUEST), NO(EINVAL), \
		  TO(HOST_SHARED), SAME, NO(EPERM), NO(ENOENT), NO(ENOENT), NO(EPERM), SAME }

static const struct expected expected[NR_STATES][NR_OPERATIONS] = {
	[HOST] = HOST_ROW,
	[HOST_MAPPED] = HOST_ROW,
	[SHARED_WITH_HYP] = { NO(EPERM), NO(EPERM), NO(EPERM), TO(HOST), NO(EPERM), NO(EPERM),
			      NO(EINVAL), NO(EPERM), SAME, NO(EPERM), NO(ENOENT), NO(ENOENT),
			      NO(EPERM), SAME },
	[SHARED_WITH_GUEST] = { NO(EPERM), NO(EPERM), NO(EPERM), NO(EPERM), NO(EPERM), NO(EPERM),
				NO(EINVAL), NO(EPERM), TO(HOST), NO(EPERM), NO(ENOENT), NO(ENOENT),
				NO(EPERM), SAME },
	[GUEST] = { NO(EPERM), NO(EPERM), NO(EPERM), NO(EPERM), NO(EPERM), NO(EPERM), NO(EINVAL),
		    NO(EPERM), SAME, NO(EPERM), TO(GUEST_SHARED), NO(EPERM), NO(EPERM), TO(HOST) },
	[SHARED_BY_GUEST] = { NO(EPERM), NO(EPERM), NO(EPERM), NO(EPERM), NO(EPERM), NO(EPERM),
			      NO(EINVAL), NO(EPERM), SAME, NO(EPERM), NO(EPERM), TO(GUEST),
			      NO(EPERM), SAME },
	[POISONED] = { TO(HYP), NO(EPERM), TO(HOST_SHARED), NO(EPERM), TO(GUEST), NO(EHWPOISON),
		       NO(EINVAL), TO(HOST_SHARED), SAME, NO(EPERM), NO(EHWPOISON), NO(EHWPOISON),
		       NO(EPERM), SAME },
	[HYP] = { NO(EPERM), TO(HOST), NO(EPERM), NO(EPERM), NO(EPERM), NO(EPERM), NO(EINVAL),
		  NO(EPERM), SAME, NO(EPERM), NO(ENOENT), NO(ENOENT), NO(EPERM), NO(EPERM) },
	[FIRMWARE] = NOT_RAM_ROW,
	[HOLE] = NOT_RAM_ROW,
};

/* What the other pages of the block say must stay as it is. */
static uint64_t sum_of_neighbours(uint64_t place)
{
	uint64_t block = align_down(place, BLOCK), off, sum = 0;

	for (off = 0; off < BLOCK; off += PAGE_SIZE) {
		enum donjon_page_state state;
		uint64_t end, from;
		unsigned int owner;

		if (block + off == place)
			continue;
		assert_int_equal(ledger_query(pa(block + off), &end, &state, &owner, &from), 0);
		sum = (sum ^ state ^ owner << 8 ^ from) * 0x100000001b3UL;
	}
	return sum;
}

static void one_case(enum state state, enum operation operation, bool block)
{
	const struct expected *want = &expected[state][operation];
	uint64_t place = place_of(state), sum_u, sum_p, neighbours, done;
	enum donjon_page_state before;
	int answer;

	world_setup(NULL);
	world_guest(&protected, true, 16);
	world_guest(&unprotected, false, 16);
	enter(state, block);
	world_check(&protected);
	before = world_state(place);
	neighbours = sum_of_neighbours(place);
	sum_u = world_sum(&unprotected);
	sum_p = world_sum(&protected);
	answer = run(operation, place, &done);
	if (answer != want->answer)
		fail_msg("%s, %s: %d instead of %d (block %d)", state_names[state],
			 operation_names[operation], answer, want->answer, block);
	if (world_state(place) != (want->state < 0 ? before : (enum donjon_page_state)want->state))
		fail_msg("%s, %s: state %d", state_names[state], operation_names[operation],
			 world_state(place));
	if (want->state < 0 && (sum_u != world_sum(&unprotected) || sum_p != world_sum(&protected)))
		fail_msg("%s, %s: something has changed", state_names[state],
			 operation_names[operation]);
	if (sum_of_neighbours(place) != neighbours)
		fail_msg("%s, %s: neighbours have changed", state_names[state],
			 operation_names[operation]);
	assert_int_equal(done,
			 operation == UNSHARE_GUEST && state == SHARED_WITH_GUEST ? PAGE_SIZE : 0);
	world_check(&protected);
	world_check(&unprotected);
	world_teardown(NULL);
}

static void every_operation_from_every_state(void **fixture)
{
	enum operation operation;
	enum state state;

	for (state = 0; state < NR_STATES; state++)
		for (operation = 0; operation < NR_OPERATIONS; operation++) {
			one_case(state, operation, false);
			one_case(state, operation, true);
		}
}

/*
 * One page of the range in another state than named: all of it is refused, wherever the page lies.
 */
static void one_wrong_page_refuses_the_range(void **fixture)
{
	const uint64_t at = FREE_BASE + 4 * BLOCK, wrong[] = { 0, BLOCK / 2, BLOCK - PAGE_SIZE };
	uint64_t sum;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		world_setup(NULL);
		world_guest(&protected, true, 16);
		world_guest(&unprotected, false, 16);
		assert_int_equal(ledger_host_donate_hyp(pa(at + wrong[i]), PAGE_SIZE, NULL), 0);
		sum = world_sum(&protected);
		assert_int_equal(ledger_host_map_guest(&protected, pa(at), ipa(0), BLOCK), -EPERM);
		assert_int_equal(ledger_host_map_guest(&unprotected, pa(at), ipa(0), BLOCK),
				 -EPERM);
		assert_int_equal(ledger_host_donate_hyp(pa(at), BLOCK, NULL), -EPERM);
		assert_int_equal(ledger_hyp_donate_host(pa(at), BLOCK), -EPERM);
		assert_int_equal(world_sum(&protected), sum);
		/* And in the guest. */
		assert_int_equal(ledger_host_map_guest(&protected, pa(at + 2 * BLOCK),
						       ipa(wrong[i]), PAGE_SIZE),
				 0);
		sum = world_sum(&protected);
		assert_int_equal(ledger_host_map_guest(&protected, pa(at + 3 * BLOCK), ipa(0),
						       BLOCK),
				 -EEXIST);
		assert_int_equal(world_sum(&protected), sum);
		world_check(&protected);
		world_teardown(NULL);
	}
}

static void a_range_that_leaves_ram_is_refused(void **fixture)
{
	uint64_t sum;

	world_guest(&protected, true, 16);
	sum = world_sum(&protected);
	assert_int_equal(ledger_host_map_guest(&protected, pa(FIRMWARE_BASE - PAGE_SIZE), ipa(0),
					       2 * PAGE_SIZE),
			 -EINVAL);
	assert_int_equal(ledger_host_map_guest(&protected, pa(HIGH_BASE - PAGE_SIZE), ipa(0),
					       2 * PAGE_SIZE),
			 -EINVAL);
	assert_int_equal(ledger_host_map_guest(&protected, pa(HIGH_END - PAGE_SIZE), ipa(0),
					       2 * PAGE_SIZE),
			 -EINVAL);
	assert_int_equal(ledger_host_donate_hyp(pa(HIGH_END - PAGE_SIZE), BLOCK, NULL), -EINVAL);
	assert_int_equal(ledger_host_donate_hyp(pa(0), PAGE_SIZE, NULL), -EINVAL);
	assert_int_equal(ledger_host_donate_hyp(pa(1UL << 47), PAGE_SIZE, NULL), -EINVAL);
	assert_int_equal(world_sum(&protected), sum);
	assert_int_equal(
		ledger_host_map_guest(&protected, pa(HIGH_END - PAGE_SIZE), ipa(0), PAGE_SIZE), 0);
	assert_int_equal(ledger_host_map_guest(&protected, pa(FIRMWARE_BASE - PAGE_SIZE),
					       ipa(BLOCK), PAGE_SIZE),
			 0);
	world_check(&protected);
}

static void memory_of_el2_is_refused(void **fixture)
{
	uint64_t page, sum;

	world_guest(&protected, true, 16);
	world_guest(&unprotected, false, 16);
	sum = world_sum(&protected);
	for (page = FAKE_RAM_BASE; page < FREE_BASE; page += 7 * PAGE_SIZE) {
		unsigned int owner;

		assert_int_equal(ledger_host_map_guest(&protected, pa(page), ipa(0), PAGE_SIZE),
				 -EPERM);
		assert_int_equal(ledger_host_map_guest(&unprotected, pa(page), ipa(0), PAGE_SIZE),
				 -EPERM);
		assert_int_equal(ledger_host_donate_hyp(pa(page), PAGE_SIZE, NULL), -EPERM);
		assert_int_equal(ledger_host_share_hyp(pa(page)), -EPERM);
		assert_int_equal(ledger_host_fault(pa(page), &owner, NULL), -EPERM);
		assert_int_equal(owner, OWNER_HYP);
		assert_int_equal(ledger_force_reclaim(pa(page)), -EPERM);
	}
	assert_int_equal(world_sum(&protected), sum);
	/*
	 * What EL2 owns but does not have at its linear address, such as its image, it cannot give
	 * away.
	 */
	assert_int_equal(ledger_claim_hyp(pa(PLACE), 2 * PAGE_SIZE), 0);
	sum = world_sum(&protected);
	assert_int_equal(ledger_hyp_donate_host(pa(PLACE), PAGE_SIZE), -EPERM);
	assert_int_equal(world_sum(&protected), sum);
}

static void one_page_has_one_guest(void **fixture)
{

	world_guest(&protected, true, 16);
	world_guest(&other, true, 16);
	assert_int_equal(ledger_host_map_guest(&protected, pa(PLACE), ipa(AT), PAGE_SIZE), 0);
	assert_int_equal(ledger_host_map_guest(&other, pa(PLACE), ipa(AT), PAGE_SIZE), -EPERM);
	assert_int_equal(ledger_guest_share_host(&protected, ipa(AT)), 0);
	assert_int_equal(ledger_host_map_guest(&other, pa(PLACE), ipa(AT), PAGE_SIZE), -EPERM);
	assert_int_equal(ledger_host_share_hyp(pa(PLACE)), -EPERM);
	assert_int_equal(ledger_guest_share_host(&other, ipa(AT)), -ENOENT);
	assert_int_equal(ledger_guest_unshare_host(&other, ipa(AT), true), -ENOENT);
	assert_int_equal(ledger_guest_lookup(&protected, ipa(AT)), 0);
	assert_int_equal(ledger_guest_lookup(&other, ipa(AT)), -ENOENT);
	assert_int_equal(ledger_guest_lookup(&other, ipa(1UL << GUEST_IA_BITS)), -ENOENT);
	assert_int_equal(ledger_guest_share_host(&other, ipa(1UL << GUEST_IA_BITS)), -ENOENT);
}

/* Both ways to take a page back, which is refused as if for good: the tables do not change. */
static void what_the_host_has_not_released_stays_shared(void **fixture)
{
	uint64_t done, sum;

	world_guest(&protected, true, 16);
	assert_int_equal(ledger_host_map_guest(&protected, pa(PLACE), ipa(AT), 2 * PAGE_SIZE), 0);
	assert_int_equal(ledger_guest_share_host(&protected, ipa(AT)), 0);
	assert_int_equal(ledger_guest_set_ripas(&protected, ipa(AT + PAGE_SIZE), PAGE_SIZE,
						RIPAS_EMPTY, 0, &done), 0);
	sum = world_sum(&protected);
	assert_int_equal(ledger_guest_unshare_host(&protected, ipa(AT), false), -EBUSY);
	assert_int_equal(ledger_guest_set_ripas(&protected, ipa(AT + PAGE_SIZE), PAGE_SIZE,
						RIPAS_RAM, RSI_CHANGE_DESTROYED, &done), -EBUSY);
	assert_int_equal(world_sum(&protected), sum);
	assert_int_equal(ledger_guest_unshare_host(&protected, ipa(AT), true), 0);
	assert_int_equal(ledger_guest_set_ripas(&protected, ipa(AT + PAGE_SIZE), PAGE_SIZE,
						RIPAS_RAM, CHANGE_RELEASED, &done), 0);
}

static void donate(void)
{
	ledger_host_map_guest(&protected, pa(PLACE + BLOCK), ipa(ELSE), PAGE_SIZE);
}

static void force(void)
{
	ledger_force_reclaim(pa(PLACE));
}

static void guest_share(void)
{
	ledger_guest_share_host(&protected, ipa(AT));
}

static void guest_unshare(void)
{
	ledger_guest_unshare_host(&protected, ipa(AT), true);
}

static void look_up(void)
{
	ledger_guest_lookup(&protected, ipa(AT));
}

static void reclaim(void)
{
	uint64_t done;

	fake_return(ledger_reclaim, &protected, ipa(AT), PAGE_SIZE, &done);
}

static void each_operation_waits_for_the_guests_lock(void **state)
{
	static void (*const operations[])(void) = {
		donate, force, guest_share, guest_unshare, look_up, reclaim,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		world_setup(NULL);
		world_guest(&protected, true, 16);
		assert_int_equal(ledger_host_map_guest(&protected, pa(PLACE), ipa(AT), PAGE_SIZE),
				 0);
		fake_cpu = 1;
		spin_lock(&protected.lock);
		fake_cpu = 0;
		if (!fake_panics(operations[i]()) || strcmp(fake.panic, "fake: waits without end"))
			fail_msg("operation %u does not wait for the guest's lock", i);
		hooks_stop();
		world_setup(NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "S1: ledger: every operation from every state has its answer; an error changes "
		  "nothing",
		  every_operation_from_every_state, NULL, NULL, NULL },
		PROMISE("S1: ledger: one page in the wrong state refuses the whole range",
			one_wrong_page_refuses_the_range),
		PROMISE("S5: ledger: a range that leaves RAM is refused",
			a_range_that_leaves_ram_is_refused),
		PROMISE("S7: ledger: memory of EL2 is refused to everybody",
			memory_of_el2_is_refused),
		PROMISE("S1: ledger: one page has one guest", one_page_has_one_guest),
		PROMISE("ledger: what the host has not released stays shared",
			what_the_host_has_not_released_stays_shared),
		PROMISE("ledger: each operation waits for the guest's lock",
			each_operation_waits_for_the_guests_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

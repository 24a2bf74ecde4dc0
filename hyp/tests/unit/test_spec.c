// SPDX-License-Identifier: GPL-2.0-only
/*
 * The specification itself: what it answers in every state to every operation, what changes, and
 * what is loud.
 */
#include "world.h"
#include <tests/spec/hooks.h>

#define NR_PAGES	(SPEC_CHUNK + 16)
#define LIMIT		(1UL << 40)
#define PLACE		(5 * PAGE_SIZE)		/* the page that everything happens to */
/* and one more of the host's, to be shared beside it */
#define NO_RAM		(12 * PAGE_SIZE)
#define AT		0x40000000UL
#define PROTECTED	SPEC_GUEST
#define UNPROTECTED	(SPEC_GUEST + 1)
#define MAX_POISONED	4

static struct spec spec;
static spec_page_t pages[NR_PAGES];
static uint16_t special[SPEC_CHUNKS(NR_PAGES)];
static uint64_t poisoned[MAX_POISONED];

enum state {
	HOST,
	SHARED_WITH_HYP,
	SHARED_WITH_GUEST,
	GUEST,
	GUEST_SHARED,
	HYP,
	BOOT,
	NOT_RAM,
	PAGE_0,
	OUTSIDE,
	ABOVE,
	POISONED,
	DYING,
	DYING_EMPTY,
	EMPTY,
	EMPTY_SHARED,
	DYING_EMPTY_SHARED,
	NR_STATES,
};

static uint64_t place_of(enum state state)
{
	static const uint64_t places[NR_STATES] = {
		[NOT_RAM] = NO_RAM, [OUTSIDE] = (NR_PAGES + 3) * PAGE_SIZE, [ABOVE] = LIMIT,
	};

	return state == PAGE_0 ? 0 : places[state] ?: PLACE;
}

static struct spec_op operation(enum spec_what what, uint64_t pa)
{
	bool unprotected = what == SPEC_HOST_SHARE_GUEST || what == SPEC_HOST_UNSHARE_GUEST;

	return (struct spec_op){ .what = what,
				 .owner = unprotected ? UNPROTECTED : PROTECTED,
				 .pa = pa,
				 .ipa = AT,
				 .size = PAGE_SIZE };
}

static void does(enum spec_what what)
{
	struct spec_op op = operation(what, PLACE);

	assert_int_equal(spec_answer(&spec, &op), 0);
	spec_apply(&spec, &op);
	assert_null(spec.broken);
}

static void begin(void)
{
	spec_init(&spec, 0, NR_PAGES, LIMIT, pages, special, poisoned, MAX_POISONED);
	spec_add_ram(&spec, 0, NO_RAM);
	spec_add_ram(&spec, NO_RAM + PAGE_SIZE, (NR_PAGES - 13) * PAGE_SIZE);
	spec_add_guest(&spec, PROTECTED, true, 1UL << 36);
	spec_add_guest(&spec, UNPROTECTED, false, 1UL << 36);
}

static void enter(enum state state)
{
	begin();
	switch (state) {
	case SHARED_WITH_HYP:
		does(SPEC_HOST_SHARE_HYP);
		break;
	case SHARED_WITH_GUEST:
		does(SPEC_HOST_SHARE_GUEST);
		break;
	case GUEST:
	case GUEST_SHARED:
	case POISONED:
	case DYING:
	case EMPTY_SHARED:
	case DYING_EMPTY_SHARED:
		does(SPEC_HOST_DONATE_GUEST);
		break;
	case HYP:
		does(SPEC_HOST_DONATE_HYP);
		break;
	case BOOT:
		spec_claim(&spec, PLACE, PAGE_SIZE);
		break;
	default:
		break;
	}
	if (state == GUEST_SHARED)
		does(SPEC_GUEST_SHARE_HOST);
	if (state == POISONED)
		does(SPEC_FORCE_RECLAIM);
	if (state == EMPTY || state == EMPTY_SHARED || state == DYING_EMPTY_SHARED)
		does(SPEC_GUEST_SET_EMPTY);
	if (state == DYING || state == DYING_EMPTY || state == DYING_EMPTY_SHARED)
		does(SPEC_KILL);
	spec_written(&spec, PLACE, PAGE_SIZE);
}

/* A negative errno value, or the state that the page has after success. */
#define H	DONJON_PAGE_HOST
#define HS	DONJON_PAGE_HOST_SHARED
#define GS	DONJON_PAGE_GUEST_SHARED
#define G	DONJON_PAGE_GUEST
#define Y	DONJON_PAGE_HYP
#define N	DONJON_PAGE_NOT_RAM
#define P	(-EPERM)
#define I	(-EINVAL)
#define A	(-ENOENT)
#define W	(-EHWPOISON)
#define D	(-ESHUTDOWN)
#define X	(-EEXIST)

/*
 * In the order of enum spec_what: donate_hyp, hyp_donate, share_hyp, unshare_hyp;
 * donate_guest, share_guest, donate_guest_shared, unshare_guest, guest_share, guest_unshare;
 * set_empty, set_ram; reclaim, force_reclaim, host_fault, lookup, kill, activate.
 */
static const int table[NR_STATES][SPEC_NR_OPS] = {
	[HOST] = { Y, P, HS, P, G, HS, X, H, A, A, H, H, P, H, H, A, H, H },
	[SHARED_WITH_HYP] = { P, P, P, H, P, P, P, HS, A, A, HS, HS, P, HS, HS, A, HS, HS },
	[SHARED_WITH_GUEST] = { P, P, P, P, P, P, P, H, A, A, HS, HS, P, HS, HS, A, HS, HS },
	[GUEST] = { P, P, P, P, P, P, P, G, GS, P, GS, G, P, H, P, G, G, G },
	[GUEST_SHARED] = { P, P, P, P, P, P, P, GS, P, G, P, GS, P, GS, GS, GS, GS, GS },
	[HYP] = { P, H, P, P, P, P, P, Y, A, A, Y, Y, P, P, P, A, Y, Y },
	[BOOT] = { P, H, P, P, P, P, P, Y, A, A, Y, Y, P, P, P, A, Y, Y },
	[NOT_RAM] = { I, I, I, I, I, I, I, N, A, A, N, N, P, N, N, A, N, N },
	[PAGE_0] = { I, I, I, I, I, I, I, H, A, A, H, H, P, H, H, A, H, H },
	[OUTSIDE] = { I, I, I, I, I, I, I, N, A, A, N, N, P, N, N, A, N, N },
	[ABOVE] = { I, I, I, I, I, I, I, N, A, A, N, N, P, I, I, A, N, N },
	[POISONED] = { Y, P, HS, P, W, HS, X, H, W, W, W, W, P, H, H, W, H, H },
	[DYING] = { P, P, P, P, P, P, P, G, GS, P, D, D, H, H, P, G, G, G },
	[DYING_EMPTY] = { Y, P, HS, P, D, HS, D, H, A, A, D, D, H, H, H, A, H, H },
	[EMPTY] = { Y, P, HS, P, X, HS, GS, H, P, P, H, H, P, H, H, P, H, H },
	[EMPTY_SHARED] = { P, P, P, P, P, P, P, GS, P, P, GS, G, P, GS, GS, P, GS, GS },
	[DYING_EMPTY_SHARED] = { P, P, P, P, P, P, P, GS, P, P, D, D, H, GS, GS, P, GS, GS },
};

static spec_page_t before[NR_PAGES];

/* Only the pages named have changed, and the counts are what counting gives. */
static void check_sum(const struct spec_op *op)
{
	uint64_t i, hyp = 0, shared = 0, held[2] = { 0 }, n[SPEC_CHUNKS(NR_PAGES)] = { 0 };

	for (i = 0; i < NR_PAGES; i++) {
		spec_page_t page = pages[i];
		enum donjon_page_state state = spec_state(page);

		if (i * PAGE_SIZE != PLACE)
			assert_int_equal(page, before[i]);
		n[i / SPEC_CHUNK] += state != DONJON_PAGE_HOST && state != DONJON_PAGE_NOT_RAM;
		hyp += state == DONJON_PAGE_HYP && !(page & SPEC_BOOT);
		shared += state == DONJON_PAGE_HOST_SHARED && spec_borrower(page) == SPEC_HYP;
		held[0] += spec_owner(page) == PROTECTED;
		held[1] += state == DONJON_PAGE_HOST_SHARED && spec_borrower(page) == UNPROTECTED;
	}
	assert_int_equal(hyp, spec.hyp);
	assert_int_equal(shared, spec.shared_with_hyp);
	for (i = 0; i < 2; i++)
		assert_int_equal(held[i], spec.guest[i].pages);
	for (i = 0; i < SPEC_CHUNKS(NR_PAGES); i++)
		assert_int_equal(n[i], special[i]);
}

static void check_cell(enum state state, enum spec_what what)
{
	struct spec_op op = operation(what, place_of(state));
	int expected = table[state][what], answer;

	enter(state);
	memcpy(before, pages, sizeof(pages));
	answer = spec_answer(&spec, &op);
	if (answer != (expected < 0 ? expected : 0))
		fail_msg("state %d, %s: %d instead of %d", state, spec_op_name(what), answer,
			 expected);
	assert_true(spec_allows(&spec, &op, answer));
	assert_memory_equal(before, pages, sizeof(pages));
	assert_int_equal(spec_allows(&spec, &op, -ENOMEM), !answer && what != SPEC_GUEST_LOOKUP &&
								   what != SPEC_KILL &&
								   what != SPEC_ACTIVATE);
	/* A VM's cache pays for no table of the host's or EL2's. */
	assert_int_equal(spec_allows(&spec, &op, -ENOBUFS),
			 !answer && what >= SPEC_HOST_DONATE_GUEST && what < SPEC_HOST_FAULT);
	if (answer)
		return;
	spec_apply(&spec, &op);
	assert_null(spec.broken);
	if ((int)spec_state(spec_page(&spec, op.pa)) != expected)
		fail_msg("state %d, %s: the page is %s", state, spec_op_name(what),
			 spec_state_name(spec_state(spec_page(&spec, op.pa))));
	check_sum(&op);
}

static void every_operation_in_every_state(void **state)
{
	unsigned int s, what;

	for (s = 0; s < NR_STATES; s++)
		for (what = 0; what < SPEC_NR_OPS; what++)
			check_cell(s, what);
}

static void what_is_private_leaves_zeroed(void **state)
{
	struct spec_op op = operation(SPEC_FORCE_RECLAIM, PLACE);

	enter(GUEST);
	assert_false(spec_page(&spec, PLACE) & SPEC_ZERO);
	spec_apply(&spec, &op);
	assert_true(spec_page(&spec, PLACE) & SPEC_ZERO);
	assert_true(spec_is_poisoned(&spec, PROTECTED, AT));
	enter(DYING);
	op.what = SPEC_RECLAIM;
	spec_apply(&spec, &op);
	assert_true(spec_page(&spec, PLACE) & SPEC_ZERO);
	enter(GUEST_SHARED);
	does(SPEC_KILL);
	spec_apply(&spec, &op);
	assert_false(spec_page(&spec, PLACE) & SPEC_ZERO);
	enter(GUEST);
	does(SPEC_GUEST_SET_EMPTY);
	assert_true(spec_page(&spec, PLACE) & SPEC_ZERO);
	spec_written(&spec, PLACE, PAGE_SIZE);
	does(SPEC_GUEST_SET_RAM);
	assert_true(spec_page(&spec, PLACE) & SPEC_ZERO);
	enter(EMPTY);
	does(SPEC_HOST_DONATE_GUEST_SHARED);
	assert_false(spec_page(&spec, PLACE) & SPEC_ZERO);
	begin();
	does(SPEC_ACTIVATE);
	does(SPEC_HOST_DONATE_GUEST);
	assert_true(spec_page(&spec, PLACE) & SPEC_ZERO);
	spec_written(&spec, PLACE, PAGE_SIZE);
	assert_false(spec_page(&spec, PLACE) & SPEC_ZERO);
}

/* One bad page spoils a range; each fault that applies may be told, no other. */
static void ranges_and_all_faults(void **state)
{
	struct spec_op op = operation(SPEC_HOST_DONATE_GUEST, PLACE);

	enter(GUEST);
	op.pa -= 2 * PAGE_SIZE;
	op.size = 4 * PAGE_SIZE;
	assert_int_equal(spec_answer(&spec, &op), -EPERM);
	assert_true(spec_allows(&spec, &op, -EPERM) && spec_allows(&spec, &op, -EEXIST));
	assert_false(spec_allows(&spec, &op, 0) || spec_allows(&spec, &op, -ENOMEM) ||
		     spec_allows(&spec, &op, -ENOBUFS) || spec_allows(&spec, &op, -EHWPOISON) ||
		     spec_allows(&spec, &op, -ESHUTDOWN) || spec_allows(&spec, &op, -EINVAL));
	op.size = 12 * PAGE_SIZE;
	assert_int_equal(spec_answer(&spec, &op), -EINVAL);
	op = operation(SPEC_HOST_UNSHARE_GUEST, 0);
	begin();
	does(SPEC_HOST_SHARE_GUEST);
	op.ipa -= PAGE_SIZE;
	op.size = 2 * PAGE_SIZE;
	assert_int_equal(spec_done(&spec, &op), PAGE_SIZE);
	op.size = PAGE_SIZE;
	assert_int_equal(spec_done(&spec, &op), 0);
	begin();
	op = operation(SPEC_HOST_DONATE_GUEST, PLACE);
	op.size = 4 * PAGE_SIZE;
	spec_apply(&spec, &op);
	assert_int_equal(spec_run_end(&spec, PLACE, LIMIT), PLACE + 4 * PAGE_SIZE);
	assert_int_equal(spec_run_end(&spec, PLACE, PLACE + PAGE_SIZE), PLACE + PAGE_SIZE);
	op.pa += 4 * PAGE_SIZE;
	op.ipa += 5 * PAGE_SIZE;
	op.size = PAGE_SIZE;
	spec_apply(&spec, &op);
	assert_int_equal(spec_run_end(&spec, PLACE, LIMIT), PLACE + 4 * PAGE_SIZE);
}

/* Sets the RIPAS of pages from AT + from on. */
static void convert(enum spec_what what, uint64_t from, uint64_t n, bool destroyed)
{
	struct spec_op op = operation(what, PLACE);

	op.ipa += from * PAGE_SIZE;
	op.size = n * PAGE_SIZE;
	op.destroyed = destroyed;
	assert_int_equal(spec_answer(&spec, &op), 0);
	spec_apply(&spec, &op);
	assert_null(spec.broken);
}

static bool is_part(enum spec_what what, uint64_t from, uint64_t n, uint64_t done)
{
	struct spec_op op = operation(what, PLACE);

	op.ipa += from * PAGE_SIZE;
	op.size = n * PAGE_SIZE;
	return spec_is_part(&spec, &op, done * PAGE_SIZE);
}

/* Ranges grow together and come apart; what is alike may be changed at once, nothing else. */
static void empty_ranges_and_parts(void **state)
{
	struct spec_op op = operation(SPEC_RECLAIM, PLACE);
	uint64_t i;

	begin();
	convert(SPEC_GUEST_SET_EMPTY, 0, 2, false);
	convert(SPEC_GUEST_SET_EMPTY, 4, 2, false);
	assert_int_equal(spec.nr_empty, 2);
	convert(SPEC_GUEST_SET_EMPTY, 2, 2, false);
	assert_int_equal(spec.nr_empty, 1);
	assert_true(spec_is_empty(&spec, PROTECTED, AT, 6 * PAGE_SIZE));
	assert_false(spec_is_empty(&spec, PROTECTED, AT, 7 * PAGE_SIZE) ||
		     spec_is_empty(&spec, UNPROTECTED, AT, PAGE_SIZE));
	convert(SPEC_GUEST_SET_RAM, 2, 1, false);
	assert_int_equal(spec.guest[0].empty, 5);
	assert_int_equal(spec_at_ipa(&spec, PROTECTED, AT + 2 * PAGE_SIZE), SPEC_IPA_NOTHING);
	assert_true(is_part(SPEC_GUEST_SET_RAM, 0, 8, 2) && is_part(SPEC_GUEST_SET_RAM, 0, 8, 1));
	assert_false(is_part(SPEC_GUEST_SET_RAM, 0, 8, 3) ||
		     is_part(SPEC_GUEST_SET_RAM, 0, 1, 2) ||
		     is_part(SPEC_GUEST_SET_RAM, 0, 8, 0));
	/* A page at the unprotected IPA of one of them, and a poisoned one. */
	op = operation(SPEC_HOST_DONATE_GUEST_SHARED, PLACE);
	op.ipa += 4 * PAGE_SIZE;
	spec_apply(&spec, &op);
	assert_int_equal(spec_at_ipa(&spec, PROTECTED, op.ipa), SPEC_IPA_EMPTY_SHARED);
	assert_true(is_part(SPEC_GUEST_SET_RAM, 3, 8, 1) && is_part(SPEC_GUEST_SET_RAM, 4, 8, 1));
	assert_false(is_part(SPEC_GUEST_SET_RAM, 3, 8, 2) ||
		     is_part(SPEC_GUEST_SET_RAM, 4, 8, 2));
	op.what = SPEC_RECLAIM;
	op.ipa = AT;
	op.size = 5 * PAGE_SIZE;
	spec.guest[0].dying = true;
	assert_int_equal(spec_answer(&spec, &op), 0);
	assert_int_equal(spec_done(&spec, &op), PAGE_SIZE);
	spec_apply(&spec, &op);
	assert_int_equal(spec.guest[0].empty, 1);
	op.ipa |= 1UL << 35;
	assert_int_equal(spec_answer(&spec, &op), -EINVAL);
	enter(POISONED);
	convert(SPEC_GUEST_SET_EMPTY, 0, 1, true);
	assert_int_equal(spec.guest[0].poisoned, 0);
	enter(POISONED);
	convert(SPEC_GUEST_SET_RAM, 0, 1, true);
	assert_int_equal(spec_at_ipa(&spec, PROTECTED, AT), SPEC_IPA_NOTHING);
	begin();
	for (i = 0; i < SPEC_MAX_EMPTY; i++)
		convert(SPEC_GUEST_SET_EMPTY, 2 * i, 1, false);
	op = operation(SPEC_GUEST_SET_EMPTY, PLACE);
	op.ipa += 2 * i * PAGE_SIZE;
	spec_apply(&spec, &op);
	assert_non_null(spec.broken);
}

static void poison_one(uint64_t i)
{
	struct spec_op op = operation(SPEC_HOST_DONATE_GUEST, PLACE);

	op.ipa += i * PAGE_SIZE;
	spec_apply(&spec, &op);
	op.what = SPEC_FORCE_RECLAIM;
	spec_apply(&spec, &op);
}

static void misuse_is_loud(void **state)
{
	uint64_t i;

	begin();
	for (i = 0; i < MAX_POISONED; i++)
		poison_one(i);
	assert_null(spec.broken);
	poison_one(i);
	assert_non_null(spec.broken);
	enter(GUEST);
	spec_remove_guest(&spec, PROTECTED);
	assert_non_null(spec.broken);
	begin();
	spec_add_guest(&spec, PROTECTED, true, 1UL << 36);
	assert_non_null(spec.broken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "specification: its table is total", every_operation_in_every_state, NULL, NULL,
		  NULL },
		{ "S3: specification: what was private leaves zeroed",
		  what_is_private_leaves_zeroed, NULL, NULL, NULL },
		{ "specification: ranges, and all faults", ranges_and_all_faults, NULL, NULL,
		  NULL },
		{ "specification: EMPTY ranges, and parts of them", empty_ranges_and_parts, NULL,
		  NULL, NULL },
		{ "specification: misuse is loud", misuse_is_loud, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

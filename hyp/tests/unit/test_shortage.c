// SPDX-License-Identifier: GPL-2.0-only
/*
 * The n-th table page missing, for every n: every transition, from every way its pages and their
 * surroundings may be mapped, with blocks and pages and ranges that cross from one block into the
 * next, short of the pool's pages and of the guest's cache apart. With too few it answers -ENOMEM
 * or -ENOBUFS, says how many are missing, and nothing at all has changed, no entry, no count, no
 * contents, no owner; with one page more than the last that was too few it succeeds, and the same
 * call repeated with memory after a refusal does as well. What it needs at most is written beside
 * it, and is no more than the ABI allows.
 */
#include "world.h"
#include <tests/spec/hooks.h>

#define PLACE	(FREE_BASE + 4 * BLOCK)
#define AT	(2 * BLOCK)
/*
 * More than any transition takes from the pool, or from the cache above the pages reserved by L5.
 */
#define ENOUGH	(12 + PT_ENTRIES)

static struct guest_memory protected, unprotected;

/* -- Where the pages and the addresses lie -- */

struct shape {
	const char *name;
	uint64_t off, ipa_off, size;
};

static const struct shape shapes[] = {
	{ "a page in a block", PAGE_SIZE, PAGE_SIZE, PAGE_SIZE },
	{ "the first page of a block", 0, 0, PAGE_SIZE },
	{ "the last page of a block", BLOCK - PAGE_SIZE, BLOCK - PAGE_SIZE, PAGE_SIZE },
	{ "a block", 0, 0, BLOCK },
	{ "a block at an address that is none", 0, PAGE_SIZE, BLOCK },
	{ "a range across two blocks", PAGE_SIZE, PAGE_SIZE, BLOCK },
	{ "the last and the first page of two blocks", BLOCK - PAGE_SIZE, BLOCK - PAGE_SIZE,
	  2 * PAGE_SIZE },
	{ "two pages at the border of the largest tables", 0,
	  (PAGE_SIZE << 2 * PT_INDEX_BITS) - AT - PAGE_SIZE, 2 * PAGE_SIZE },
};

/* -- What has happened before, to the two blocks around the range -- */

enum before { FRESH, TOUCHED, PAGES_AROUND, NR_BEFORES };
static const char *const before_names[] = { "nothing mapped", "mapped by the host",
					    "pages around it given to EL2" };

static void prepare_host(enum before before, const struct shape *s)
{
	if (before == TOUCHED) {
		world_touch(PLACE);
		world_touch(PLACE + BLOCK);
	}
	/* Tables are where they would be needed. */
	if (before == PAGES_AROUND) {
		const uint64_t last = PLACE + 2 * BLOCK - PAGE_SIZE;

		assert_int_equal(ledger_host_donate_hyp(pa(last), PAGE_SIZE, NULL), 0);
		if (s->size < BLOCK)
			assert_int_equal(ledger_host_donate_hyp(pa(PLACE + 2 * PAGE_SIZE),
								PAGE_SIZE, NULL), 0);
	}
}

/*
 * The whole blocks that the range touches, so that a part of them is what the operation is about.
 */
static bool whole_is_possible(const struct shape *s)
{
	return is_aligned(s->off ^ s->ipa_off, BLOCK) && s->ipa_off < 2 * BLOCK;
}

static uint64_t whole_size(const struct shape *s)
{
	return align_down(s->off + s->size - 1, BLOCK) + BLOCK - align_down(s->off, BLOCK);
}

/* part: only the range, else all blocks that it touches. */
static void give(struct guest_memory *guest, const struct shape *s, bool part)
{
	uint64_t off = part ? s->off : align_down(s->off, BLOCK),
		 at = part ? s->ipa_off : align_down(s->ipa_off, BLOCK);
	uint64_t end = off + (part ? s->size : whole_size(s)), step;

	for (; off < end; off += step, at += step) {
		step = min_u64(end - off, BLOCK);
		assert_int_equal(
			guest->protected
				? ledger_host_map_guest(guest, pa(PLACE + off), ipa(AT + at), step)
				: ledger_host_map_guest(guest, pa(PLACE + off), ipa(AT + at), step),
			0);
	}
}

static void give_hyp(const struct shape *s, bool part)
{
	uint64_t off = part ? s->off : align_down(s->off, BLOCK),
		 end = off + (part ? s->size : whole_size(s)), step;

	for (; off < end; off += step) {
		step = min_u64(end - off, BLOCK);
		assert_int_equal(ledger_host_donate_hyp(pa(PLACE + off), step, NULL), 0);
	}
}

/* -- The operations -- */

static uint64_t done;

static int donate_hyp(const struct shape *s)
{
	return ledger_host_donate_hyp(pa(PLACE + s->off), s->size, NULL);
}

static int hyp_donates(const struct shape *s)
{
	return ledger_hyp_donate_host(pa(PLACE + s->off), s->size);
}

static int share_hyp(const struct shape *s)
{
	return ledger_host_share_hyp(pa(PLACE + s->off));
}

static int unshare_hyp(const struct shape *s)
{
	return ledger_host_unshare_hyp(pa(PLACE + s->off));
}

static int donate(const struct shape *s)
{
	return ledger_host_map_guest(&protected, pa(PLACE + s->off), ipa(AT + s->ipa_off), s->size);
}

static int share(const struct shape *s)
{
	return ledger_host_map_guest(&unprotected, pa(PLACE + s->off), ipa(AT + s->ipa_off),
				     s->size);
}

static int unshare(const struct shape *s)
{
	return fake_return(ledger_host_unshare_guest, &unprotected, ipa(AT + s->ipa_off),
			   s->size, &done);
}

static int guest_shares(const struct shape *s)
{
	return ledger_guest_share_host(&protected, ipa(AT + s->ipa_off));
}

static int guest_unshares(const struct shape *s)
{
	return ledger_guest_unshare_host(&protected, ipa(AT + s->ipa_off), true);
}

static int reclaim(const struct shape *s)
{
	return fake_return(ledger_reclaim, &protected, ipa(AT + s->ipa_off), s->size, &done);
}

static int set_ripas(const struct shape *s, enum ripas want)
{
	return ledger_guest_set_ripas(&protected, ipa(AT + s->ipa_off), s->size, want,
				      CHANGE_RELEASED, &done);
}

static int give_up(const struct shape *s)
{
	return set_ripas(s, RIPAS_EMPTY);
}

static int want_back(const struct shape *s)
{
	return set_ripas(s, RIPAS_RAM);
}

static int donate_shared(const struct shape *s)
{
	return ledger_host_map_guest(&protected, pa(PLACE + s->off), ipa(AT + s->ipa_off), s->size);
}

static int force(const struct shape *s)
{
	return ledger_force_reclaim(pa(PLACE + s->off));
}

static int touch(const struct shape *s)
{
	unsigned int owner;

	return ledger_host_fault(pa(PLACE + s->off), &owner, NULL);
}

/* Beside it lies other memory, so that it can be mapped by pages only. */
static int touch_firmware(const struct shape *s)
{
	unsigned int owner;

	return ledger_host_fault(pa(FIRMWARE_BASE), &owner, NULL);
}

/* -- Whose the pages are before -- */

enum owner {
	OF_HOST,
	OF_HYP,
	SHARED_WITH_HYP,
	OF_GUEST,
	SHARED_WITH_GUEST,
	SHARED_BY_GUEST,
	OF_DYING,
	GIVEN_UP,
	EMPTY
};

/* The guest makes the range, or all blocks that it touches, EMPTY, leaf by leaf. */
static void make_empty(const struct shape *s, bool part)
{
	uint64_t at = part ? s->ipa_off : align_down(s->ipa_off, BLOCK);
	uint64_t end = part ? at + s->size : align_down(s->ipa_off + s->size - 1, BLOCK) + BLOCK;

	for (; at < end; at += done)
		assert_int_equal(ledger_guest_set_ripas(&protected, ipa(AT + at),
							min_u64(end - at, BLOCK), RIPAS_EMPTY, 0,
							&done),
				 0);
}

static void hand_over(enum owner owner, const struct shape *s, bool part)
{
	switch (owner) {
	case OF_HYP:
		give_hyp(s, part);
		break;
	case SHARED_WITH_HYP:
		assert_int_equal(share_hyp(s), 0);
		break;
	case SHARED_WITH_GUEST:
		give(&unprotected, s, part);
		break;
	case OF_GUEST:
	case SHARED_BY_GUEST:
	case OF_DYING:
	case GIVEN_UP:
		give(&protected, s, part);
		break;
	case OF_HOST:
	case EMPTY:
		break;
	}
	if (owner == GIVEN_UP || owner == EMPTY)
		make_empty(s, part);
	if (owner == SHARED_BY_GUEST)
		assert_int_equal(guest_shares(s), 0);
	protected.dying = owner == OF_DYING;
}

/* Pages that it takes at most, of the guest's cache beside those reserved for its blocks (L5). */
struct limit {
	unsigned int pool, cache;
};

static const struct {
	const char *name;
	int (*operation)(const struct shape *s);
	enum owner owner;
	bool one_page;		/* it takes no size */
	struct limit page, block, range;
} cases[] = {
	{ "host donates to EL2", donate_hyp, OF_HOST, false, { 6, 0 }, { 5, 0 }, { 8, 0 } },
	{ "EL2 donates to host", hyp_donates, OF_HYP, false, { 1, 0 }, { 0, 0 }, { 2, 0 } },
	{ "host shares with EL2", share_hyp, OF_HOST, true, { 6, 0 }, { 0, 0 }, { 0, 0 } },
	{ "host unshares from EL2",
	  unshare_hyp,
	  SHARED_WITH_HYP,
	  true,
	  { 0, 0 },
	  { 0, 0 },
	  { 0, 0 } },
	{ "host donates to guest", donate, OF_HOST, false, { 3, 2 }, { 2, 2 }, { 4, 4 } },
	{ "host shares with guest", share, OF_HOST, false, { 3, 2 }, { 2, 2 }, { 4, 4 } },
	{ "host unshares from guest",
	  unshare,
	  SHARED_WITH_GUEST,
	  false,
	  { 1, 0 },
	  { 0, 0 },
	  { 2, 0 } },
	{ "guest shares", guest_shares, OF_GUEST, true, { 1, 0 }, { 0, 0 }, { 0, 0 } },
	{ "guest unshares", guest_unshares, SHARED_BY_GUEST, true, { 0, 0 }, { 0, 0 }, { 0, 0 } },
	{ "reclaim", reclaim, OF_DYING, false, { 1, 0 }, { 0, 0 }, { 2, 0 } },
	{ "reclaim of shared pages", reclaim, SHARED_BY_GUEST, true, { 0, 0 }, { 0, 0 }, { 0, 0 } },
	{ "guest gives up", give_up, OF_GUEST, false, { 1, 3 }, { 0, 3 }, { 1, 3 } },
	{ "guest gives up what is not there",
	  give_up,
	  OF_HOST,
	  false,
	  { 0, 2 },
	  { 0, 2 },
	  { 0, 3 } },
	{ "guest takes back", want_back, GIVEN_UP, false, { 1, 1 }, { 0, 1 }, { 1, 1 } },
	{ "guest takes back what is not there",
	  want_back,
	  EMPTY,
	  false,
	  { 0, 0 },
	  { 0, 0 },
	  { 0, 0 } },
	{ "host donates where it is EMPTY",
	  donate_shared,
	  EMPTY,
	  false,
	  { 3, 2 },
	  { 2, 2 },
	  { 4, 4 } },
	{ "reclaim of what is EMPTY", reclaim, EMPTY, false, { 0, 0 }, { 0, 0 }, { 0, 0 } },
	{ "reclaim of what was given up", reclaim, GIVEN_UP, false, { 1, 0 }, { 0, 0 }, { 2, 0 } },
	{ "forced reclaim", force, OF_GUEST, true, { 1, 0 }, { 0, 0 }, { 0, 0 } },
	{ "host touches", touch, OF_HOST, true, { 1, 0 }, { 0, 0 }, { 0, 0 } },
	{ "host touches firmware", touch_firmware, OF_HOST, true, { 3, 0 }, { 0, 0 }, { 0, 0 } },
};

/*
 * One world: a case, a shape, what was before, and whether only the range or whole blocks were
 * handed over.
 */
struct setting {
	unsigned int i;
	const struct shape *s;
	enum before before;
	bool part;
};

static void tell(const struct setting *w, const char *where, uint64_t n, const char *what)
{
	fail_msg("%s, %s, %s, %s handed over: with %lu pages in the %s %s", cases[w->i].name,
		 w->s->name, before_names[w->before], w->part ? "the range" : "whole blocks", n,
		 where, what);
}

static void build(const struct setting *w)
{
	world_setup(NULL);
	world_set_cache(&pool, ENOUGH < 40 ? ENOUGH : 40);
	world_guest(&protected, true, 24);
	world_guest(&unprotected, false, 24);
	if (w->part || cases[w->i].owner == OF_HOST || cases[w->i].owner == EMPTY)
		prepare_host(w->before, w->s);
	hand_over(cases[w->i].owner, w->s, w->part);
	if (cases[w->i].operation == reclaim)
		protected.dying = true;
	world_fill(PLACE, 2 * BLOCK, 3);
}

static uint64_t contents(void)
{
	const uint64_t *words = fake_page(PLACE);
	uint64_t sum = 0, i;

	for (i = 0; i < 2 * BLOCK / 8; i += 64)
		sum = sum * 31 + words[i];
	return sum;
}

static uint64_t sum_of_all(void)
{
	return world_sum(&protected) ^ 3 * world_sum(&unprotected) ^ 7 * contents() ^
	       (protected.pgt.blocks << 8) ^ (unprotected.pgt.blocks << 16);
}

/* A range is returned leaf by leaf: what lies before the one that is refused is done. */
static bool in_parts(const struct setting *w)
{
	return (cases[w->i].operation == reclaim || cases[w->i].operation == unshare) &&
	       w->s->size > PAGE_SIZE;
}

static unsigned int refusals;
static uint64_t missing;	/* after a refusal: as many pages would have been enough */

/* The pages reserved for the guests' blocks are missing too, which L5 rules out: unwatched. */
#define NOT_EVEN_THE_RESERVED	UINT64_MAX

static void set_cache(struct guest_memory *guest, uint64_t n)
{
	world_set_cache(&guest->cache, n == NOT_EVEN_THE_RESERVED ? 0 : guest->pgt.blocks + n);
}

/*
 * False: with n pages it was refused, and nothing had changed; it has been repeated with memory and
 * succeeded.
 */
static bool try_with(const struct setting *w, bool cache, uint64_t n)
{
	const char *where = cache ? "cache" : "pool";
	bool watched;
	uint64_t sum;
	int answer;

	build(w);
	if (n == NOT_EVEN_THE_RESERVED)
		hooks_stop();
	watched = hooks_running();
	if (cache) {
		set_cache(&protected, n);
		set_cache(&unprotected, n);
	} else {
		world_set_cache(&pool, n);
	}
	fake_log_clear();
	sum = sum_of_all();
	answer = cases[w->i].operation(w->s);
	if (answer && answer != (cache ? -ENOBUFS : -ENOMEM))
		tell(w, where, n, "it is refused for another reason");
	missing = answer ? n + *arch_pages_short() : 0;
	if (answer) {
		refusals++;
		if ((sum != sum_of_all() || fake.events) && !in_parts(w))
			tell(w, where, n, "something has changed");
		world_set_cache(&pool, TINY ? 32 : 40);
		world_set_cache(&protected.cache, protected.pgt.blocks + 12);
		world_set_cache(&unprotected.cache, unprotected.pgt.blocks + 12);
		if (cases[w->i].operation(w->s))
			tell(w, where, n, "it is refused, and again with memory");
	}
	world_check(&protected);
	world_check(&unprotected);
	assert_true(hooks_running() == watched);
	world_teardown(NULL);
	return !answer;
}

static unsigned int documented(const struct setting *w, bool cache)
{
	const struct limit *limit = &cases[w->i].range;

	if (w->s->size == PAGE_SIZE)
		limit = &cases[w->i].page;
	else if (is_aligned(w->s->off | w->s->ipa_off | w->s->size, BLOCK))
		limit = &cases[w->i].block;
	assert_true(limit->cache <= DONJON_MAP_TABLES);
	return cache ? limit->cache : limit->pool;
}

static void find_the_limit(const struct setting *w, bool cache)
{
	const char *where = cache ? "cache" : "pool";
	/* A fault is no call: nobody is told. A leaf says what it lacks, not the range. */
	bool says_how_many = cases[w->i].operation != touch &&
			     cases[w->i].operation != touch_firmware && !in_parts(w);
	uint64_t n, enough = 0;

	for (n = 0; !try_with(w, cache, n); n++) {
		if (n == documented(w, cache))
			tell(w, where, n, "it still has too few");
		enough = enough ? enough : missing;
		if (missing != enough && says_how_many)
			tell(w, where, n, "it says that another number is missing than before");
	}
	if (n != enough && says_how_many)
		tell(w, where, n, "it succeeds, which is not the number that it named");
	/* One more than enough is enough as well. */
	assert_true(try_with(w, cache, n + 1));
	if (cache)
		try_with(w, cache, NOT_EVEN_THE_RESERVED);
}

static bool is_possible(const struct setting *w)
{
	if (cases[w->i].one_page && w->s->size != PAGE_SIZE)
		return false;
	/* A whole block that is handed over leaves nothing around it to prepare. */
	return w->part ||
	       (whole_is_possible(w->s) && cases[w->i].owner != OF_HOST && w->before == FRESH);
}

static void every_page_missing(bool cache)
{
	struct setting w;
	unsigned int shape, part, before;

	refusals = 0;
	for (w.i = 0; w.i < ARRAY_SIZE(cases); w.i++)
		for (shape = 0; shape < ARRAY_SIZE(shapes); shape++)
			for (before = 0; before < NR_BEFORES; before++)
				for (part = 0; part < 2; part++) {
					w.s = &shapes[shape];
					w.before = before;
					w.part = part;
					if (is_possible(&w))
						find_the_limit(&w, cache);
				}
	print_message("# %u refusals\n", refusals);
	assert_true(refusals > 50);
}

static void every_page_of_the_pool_missing(void **state)
{
	every_page_missing(false);
}

static void every_page_of_the_cache_missing(void **state)
{
	every_page_missing(true);
}

/* Two blocks of the host are split by one reclaim: the guest's IPAs are not congruent to them. */
static void a_reclaim_across_two_host_blocks_needs_two_tables(void **state)
{
	const uint64_t at = AT + PAGE_SIZE;

	world_guest(&protected, true, 16);
	assert_int_equal(ledger_host_map_guest(&protected, pa(PLACE), ipa(at), BLOCK), 0);
	assert_int_equal(ledger_host_map_guest(&protected, pa(PLACE + BLOCK), ipa(at + BLOCK),
						  BLOCK), 0);
	protected.dying = true;
	world_set_cache(&pool, 1);
	assert_int_equal(fake_return(ledger_reclaim, &protected, ipa(AT + BLOCK), BLOCK, &done),
			 -ENOMEM);
	assert_int_equal(done, PAGE_SIZE);
	world_set_cache(&pool, 1);
	assert_int_equal(fake_return(ledger_reclaim, &protected, ipa(AT + BLOCK), BLOCK, &done), 0);
	assert_int_equal(done, BLOCK - PAGE_SIZE);
	world_check(&protected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "shortage: every page of the pool missing, and few are enough",
		  every_page_of_the_pool_missing, NULL, NULL, NULL },
		{ "shortage: every page of the cache missing, and few are enough",
		  every_page_of_the_cache_missing, NULL, NULL, NULL },
		PROMISE("shortage: a reclaim across two blocks of the host needs two tables",
			a_reclaim_across_two_host_blocks_needs_two_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A long random sequence of transitions against a flat model: an array of pages with owner, state, guest address and
 * contents. Each answer must be the model's. Then all tables must say what the model says, about every page, and keep
 * their rules. Memory is short at times: an operation that answers -ENOMEM must have changed nothing and succeed when
 * it is fed.
 */
#include "world.h"

#define STEPS		(TINY ? 30000 : 2500)
#define COMPARE_EVERY	(TINY ? 1 : 25)
/* The window of physical pages ends behind the firmware and the hole. */
#define WINDOW_BLOCKS	(TINY ? 12 : 5)
#define WINDOW_BASE	(HIGH_BASE + BLOCK - WINDOW_BLOCKS * BLOCK)
#define NR_PAGES	(WINDOW_BLOCKS * PT_ENTRIES)
#define NR_GUESTS	3			/* the last one is unprotected */
#define NR_IPAS		(WINDOW_BLOCKS * PT_ENTRIES)
#define IPA_BASE	(TINY ? level_size(1) - 2 * BLOCK : level_size(1) - 2 * BLOCK)

struct page {
	enum donjon_page_state state;
	int guest;		/* GUEST, GUEST_SHARED, HOST_SHARED with a guest; -1 */
	uint64_t ipa;		/* index */
	uint64_t tag;		/* first word of its contents */
};

#define EMPTY	(-1)
#define POISON	(-2)

static struct page pages[NR_PAGES];
static int at[NR_GUESTS][NR_IPAS];	/* index of the page there, EMPTY or POISON */
static struct guest_memory guests[NR_GUESTS];
static unsigned int successes[16], shortages;
static uint64_t seed = 0x2545f4914f6cdd1dUL;

static uint64_t random_below(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) % n;
}

static uint64_t addr_of(uint64_t page)
{
	return WINDOW_BASE + page * PAGE_SIZE;
}

static uint64_t ipa_of(uint64_t index)
{
	return IPA_BASE + index * PAGE_SIZE;
}

/* -- What the model answers, and how it changes -- */

struct operation {
	unsigned int what;
	int guest;
	uint64_t page, ipa, n;	/* indices; number of pages */
};

enum {
	DONATE,
	SHARE,
	UNSHARE,
	GUEST_SHARE,
	GUEST_UNSHARE,
	FORCE,
	DONATE_HYP,
	HYP_DONATE,
	SHARE_HYP,
	UNSHARE_HYP,
	TOUCH,
	RECLAIM,
	KILL,
	WRITE,
	NR_OPERATIONS
};

static int expect_state(const struct operation *op, enum donjon_page_state state)
{
	uint64_t i;

	for (i = 0; i < op->n; i++)
		if (pages[op->page + i].state == DONJON_PAGE_NOT_RAM)
			return -EINVAL;
	for (i = 0; i < op->n; i++)
		if (pages[op->page + i].state != state)
			return -EPERM;
	return 0;
}

static int expect_nothing(const struct operation *op)
{
	uint64_t i;

	if (guests[op->guest].dying)
		return -ESHUTDOWN;
	for (i = 0; i < op->n; i++)
		if (at[op->guest][op->ipa + i] != EMPTY)
			return at[op->guest][op->ipa + i] == POISON ? -EHWPOISON : -EEXIST;
	return 0;
}

static void set_state(const struct operation *op, enum donjon_page_state state, int guest)
{
	uint64_t i;

	for (i = 0; i < op->n; i++)
		pages[op->page + i] =
			(struct page){state, guest, guest < 0 ? 0 : op->ipa + i, pages[op->page + i].tag};
}

static int model_map(const struct operation *op, bool donate)
{
	int ret = donate == guests[op->guest].protected ? expect_state(op, DONJON_PAGE_HOST) : -EPERM;
	uint64_t i;

	ret = ret ?: expect_nothing(op);
	if (ret)
		return ret;
	set_state(op, donate ? DONJON_PAGE_GUEST : DONJON_PAGE_HOST_SHARED, op->guest);
	for (i = 0; i < op->n; i++) {
		at[op->guest][op->ipa + i] = op->page + i;
		if (donate && guests[op->guest].sealed)
			pages[op->page + i].tag = 0;
	}
	return 0;
}

/* Everything that the guest has in the range goes back. */
static void model_return(const struct operation *op)
{
	uint64_t i;

	for (i = 0; i < op->n; i++) {
		int *slot = &at[op->guest][op->ipa + i];

		if (*slot >= 0) {
			if (pages[*slot].state == DONJON_PAGE_GUEST)
				pages[*slot].tag = 0;
			pages[*slot].state = DONJON_PAGE_HOST;
			pages[*slot].guest = -1;
			pages[*slot].ipa = 0;
		}
		*slot = EMPTY;
	}
}

static int model_guest(const struct operation *op, enum donjon_page_state from, enum donjon_page_state to)
{
	int slot = at[op->guest][op->ipa];

	if (slot < 0)
		return slot == POISON ? -EHWPOISON : -ENOENT;
	if (pages[slot].state != from)
		return -EPERM;
	pages[slot].state = to;
	return 0;
}

static int model_hyp(const struct operation *op, enum donjon_page_state from, enum donjon_page_state to)
{
	int ret = expect_state(op, from);

	if (!ret && from == DONJON_PAGE_HOST_SHARED && pages[op->page].guest >= 0)
		ret = -EPERM;
	if (!ret)
		set_state(op, to, -1);
	return ret;
}

static int model_force(const struct operation *op)
{
	struct page *page = &pages[op->page];

	if (page->state == DONJON_PAGE_GUEST) {
		at[page->guest][page->ipa] = POISON;
		*page = (struct page){ DONJON_PAGE_HOST, -1, 0, 0 };
	}
	return page->state == DONJON_PAGE_HYP ? -EPERM : 0;
}

static int model_touch(const struct operation *op)
{
	return pages[op->page].state == DONJON_PAGE_HYP || pages[op->page].state == DONJON_PAGE_GUEST ? -EPERM : 0;
}

static int model(const struct operation *op)
{
	switch (op->what) {
	case DONATE:
		return model_map(op, true);
	case SHARE:
		return model_map(op, false);
	case UNSHARE:
		if (guests[op->guest].protected)
			return -EPERM;
		model_return(op);
		return 0;
	case RECLAIM:
		if (!guests[op->guest].dying)
			return -EPERM;
		model_return(op);
		return 0;
	case GUEST_SHARE:
		return model_guest(op, DONJON_PAGE_GUEST, DONJON_PAGE_GUEST_SHARED);
	case GUEST_UNSHARE:
		return model_guest(op, DONJON_PAGE_GUEST_SHARED, DONJON_PAGE_GUEST);
	case FORCE:
		return model_force(op);
	case DONATE_HYP:
		return model_hyp(op, DONJON_PAGE_HOST, DONJON_PAGE_HYP);
	case HYP_DONATE:
		return model_hyp(op, DONJON_PAGE_HYP, DONJON_PAGE_HOST);
	case SHARE_HYP:
		return model_hyp(op, DONJON_PAGE_HOST, DONJON_PAGE_HOST_SHARED);
	case UNSHARE_HYP:
		return model_hyp(op, DONJON_PAGE_HOST_SHARED, DONJON_PAGE_HOST);
	}
	return model_touch(op);
}

/* -- The real thing -- */

static int real(const struct operation *op)
{
	struct guest_memory *guest = &guests[op->guest];
	uint64_t addr = addr_of(op->page), to = ipa_of(op->ipa), size = op->n * PAGE_SIZE, done;
	unsigned int owner;

	switch (op->what) {
	case DONATE:
		return ledger_host_donate_guest(guest, pa(addr), ipa(to), size);
	case SHARE:
		return ledger_host_share_guest(guest, pa(addr), ipa(to), size);
	case UNSHARE:
		return ledger_host_unshare_guest(guest, ipa(to), size, &done);
	case RECLAIM:
		return ledger_reclaim(guest, ipa(to), size, &done);
	case GUEST_SHARE:
		return ledger_guest_share_host(guest, ipa(to));
	case GUEST_UNSHARE:
		return ledger_guest_unshare_host(guest, ipa(to));
	case FORCE:
		return ledger_force_reclaim(pa(addr));
	case DONATE_HYP:
		return ledger_host_donate_hyp(pa(addr), size);
	case HYP_DONATE:
		return ledger_hyp_donate_host(pa(addr), size);
	case SHARE_HYP:
		return ledger_host_share_hyp(pa(addr));
	case UNSHARE_HYP:
		return ledger_host_unshare_hyp(pa(addr));
	}
	return ledger_host_fault(pa(addr), &owner);
}

static uint64_t all_sums(void)
{
	return world_sum(&guests[0]) ^ world_sum(&guests[1]) * 3 ^ world_sum(&guests[2]) * 5;
}

/* Runs it with what memory there is, and again with enough. */
static int real_with_shortage(const struct operation *op)
{
	uint64_t sum = TINY ? all_sums() : 0;
	int answer = real(op), i;

	if (answer != -ENOMEM)
		return answer;
	shortages++;
	if (TINY)
		assert_int_equal(all_sums(), sum);
	world_set_cache(&pool, 16);
	for (i = 0; i < NR_GUESTS; i++)
		if (guests[i].cache.count < guests[i].pgt.blocks + DONJON_MAP_TABLES)
			world_set_cache(&guests[i].cache, guests[i].pgt.blocks + DONJON_MAP_TABLES);
	return real(op);
}

/* -- The comparison -- */

static void compare_page(uint64_t index)
{
	const struct page *page = &pages[index];
	uint64_t addr = addr_of(index), end, from;
	enum donjon_page_state state;
	unsigned int owner;
	enum hyp_expected hyp = page->state == DONJON_PAGE_HYP				    ? HYP_OWNED
				: page->state == DONJON_PAGE_HOST_SHARED && page->guest < 0 ? HYP_BORROWED
											    : HYP_NOTHING;

	assert_int_equal(ledger_query(pa(addr), &end, &state, &owner, &from), 0);
	if (state != page->state)
		fail_msg("page %lu: state %d instead of %d", index, state, page->state);
	if (state == DONJON_PAGE_GUEST && (owner != guests[page->guest].owner || from != ipa_of(page->ipa)))
		fail_msg("page %lu: owner %u at 0x%lx instead of %u at 0x%lx", index, owner, from,
			 guests[page->guest].owner, ipa_of(page->ipa));
	assert_int_equal(hyp_expect(pa(addr), PAGE_SIZE, hyp), 0);
	if (page->state != DONJON_PAGE_NOT_RAM && *(uint64_t *)fake_page(addr) != page->tag)
		fail_msg("page %lu: contents 0x%lx instead of 0x%lx", index, *(uint64_t *)fake_page(addr), page->tag);
}

static void compare_guest(int guest)
{
	uint64_t i, n = 0;

	for (i = 0; i < NR_IPAS; i++) {
		unsigned int level;
		pte_t pte = pgtable_get(&guests[guest].pgt, ipa_of(i), &level);
		int slot = at[guest][i];

		n += slot != EMPTY;
		if (slot < 0 ? pte != (slot == POISON ? GUEST_TAG_POISONED << PTE_OWNER_SHIFT : 0) :
			       !pte_valid(pte) || pte_output(pte, level, ipa_of(i)) != addr_of(slot))
			fail_msg("guest %d, page %lu: 0x%lx, page %d expected", guest, i, pte, slot);
		if (slot >= 0)
			assert_int_equal(pte_state(pte), pages[slot].state == DONJON_PAGE_GUEST ? PAGE_OWNED
							 : pages[slot].state == DONJON_PAGE_GUEST_SHARED
								 ? PAGE_SHARED_OWNED
								 : PAGE_SHARED_BORROWED);
	}
	assert_int_equal(guests[guest].pages, n);
}

static void compare(void)
{
	uint64_t i;
	int guest;

	for (i = 0; i < NR_PAGES; i++)
		compare_page(i);
	for (guest = 0; guest < NR_GUESTS; guest++)
		compare_guest(guest);
}

/* -- The sequence -- */

static bool would_do_something(const struct operation *op)
{
	int slot = at[op->guest][op->ipa];
	enum donjon_page_state state = pages[op->page].state;

	switch (op->what) {
	case DONATE:
	case SHARE:
		return guests[op->guest].protected == (op->what == DONATE) && !expect_state(op, DONJON_PAGE_HOST) &&
		       !expect_nothing(op);
	case UNSHARE:
		return !guests[op->guest].protected && slot >= 0;
	case RECLAIM:
		return guests[op->guest].dying && slot != EMPTY;
	case GUEST_SHARE:
		return slot >= 0 && pages[slot].state == DONJON_PAGE_GUEST;
	case GUEST_UNSHARE:
		return slot >= 0 && pages[slot].state == DONJON_PAGE_GUEST_SHARED;
	case FORCE:
		return state == DONJON_PAGE_GUEST;
	case DONATE_HYP:
	case SHARE_HYP:
		return !expect_state(op, DONJON_PAGE_HOST);
	case HYP_DONATE:
		return !expect_state(op, DONJON_PAGE_HYP);
	case UNSHARE_HYP:
		return state == DONJON_PAGE_HOST_SHARED && pages[op->page].guest < 0;
	}
	return true;
}

static void choose_range(struct operation *op)
{
	op->guest = random_below(NR_GUESTS);
	op->page = random_below(NR_PAGES);
	op->ipa = random_below(NR_IPAS);
	op->n = 1;
	if (op->what <= UNSHARE || op->what == DONATE_HYP || op->what == HYP_DONATE || op->what == RECLAIM) {
		if (!random_below(3)) {
			op->page = align_down(op->page, PT_ENTRIES);
			op->ipa = random_below(4) ? align_down(op->ipa, PT_ENTRIES) : op->ipa;
			op->n = PT_ENTRIES;
		} else if (random_below(2)) {
			op->n = 1 + random_below(PT_ENTRIES);
		}
	}
	if (op->page + op->n > NR_PAGES || op->ipa + op->n > NR_IPAS)
		op->n = 1;
}

/* The next page in the state that a guest's call is about. */
static void choose_guest_page(struct operation *op)
{
	enum donjon_page_state state = op->what == GUEST_SHARE ? DONJON_PAGE_GUEST : DONJON_PAGE_GUEST_SHARED;
	uint64_t i;

	choose_range(op);
	for (i = 0; i < NR_PAGES && pages[op->page].state != state; i++)
		op->page = (op->page + 1) % NR_PAGES;
	if (pages[op->page].state == state) {
		op->guest = pages[op->page].guest;
		op->ipa = pages[op->page].ipa;
	}
}

/* Any operation on anything; three of four are chosen so that they do something. */
static struct operation random_operation(void)
{
	struct operation op = { .what = random_below(NR_OPERATIONS) };
	unsigned int tries = random_below(4) ? 100 : 1;

	/* Pages that EL2 keeps or the guest has lost leave fewer for the rest. */
	if (random_below(2) && (op.what == FORCE || op.what == SHARE_HYP || op.what == DONATE_HYP))
		op.what = op.what == FORCE ? DONATE : HYP_DONATE;
	if (tries > 1 && (op.what == GUEST_SHARE || op.what == GUEST_UNSHARE)) {
		choose_guest_page(&op);
		return op;
	}
	do
		choose_range(&op);
	while (--tries && !would_do_something(&op));
	return op;
}

static void reclaim_everything(int guest)
{
	uint64_t block;

	for (block = 0; block < WINDOW_BLOCKS; block++) {
		struct operation op = { RECLAIM, guest, 0, block * PT_ENTRIES, PT_ENTRIES };

		assert_int_equal(real_with_shortage(&op), 0);
		model(&op);
	}
	assert_int_equal(guests[guest].pgt.tables, 0);
	assert_int_equal(guests[guest].pages, 0);
}

/* A guest begins to die, or a dying one goes and another begins in its place. */
static void toggle_life(int guest)
{
	if (!guests[guest].dying) {
		guests[guest].dying = !random_below(4);
	} else {
		reclaim_everything(guest);
		guests[guest].dying = false;
		guests[guest].sealed = random_below(2);
	}
}

/* The party that can write the page does. */
static void write_tag(uint64_t page)
{
	if (pages[page].state == DONJON_PAGE_HYP || pages[page].state == DONJON_PAGE_NOT_RAM)
		return;
	pages[page].tag = seed;
	*(uint64_t *)fake_page(addr_of(page)) = seed;
}

static void starve(void)
{
	int i;

	if (!random_below(20))
		world_set_cache(&pool, random_below(4));
	for (i = 0; i < NR_GUESTS; i++)
		if (!random_below(40))
			world_set_cache(&guests[i].cache, guests[i].pgt.blocks + random_below(3));
}

static void step(unsigned int number)
{
	struct operation op = random_operation();
	int want, answer, i;

	starve();
	fake_log_clear();
	if (op.what == KILL) {
		toggle_life(op.guest);
		return;
	}
	if (op.what == WRITE) {
		write_tag(op.page);
		return;
	}
	answer = real_with_shortage(&op);
	want = model(&op);
	if (answer != want)
		fail_msg("step %u, operation %u, guest %d, page %lu, ipa %lu, %lu pages: %d instead of %d", number,
			 op.what, op.guest, op.page, op.ipa, op.n, answer, want);
	successes[op.what] += !answer;
	/* What EL2 gets is its own: it clears it. */
	if (!answer && op.what == DONATE_HYP)
		for (i = 0; i < (int)op.n; i++) {
			pages[op.page + i].tag = 0;
			memset(fake_page(addr_of(op.page + i)), 0, PAGE_SIZE);
		}
	for (i = 0; i < NR_GUESTS; i++)
		world_check(&guests[i]);
	if (number % COMPARE_EVERY == 0)
		compare();
}

static void start(void)
{
	uint64_t i, j;

	for (i = 0; i < NR_PAGES; i++) {
		uint64_t addr = addr_of(i);

		pages[i] = (struct page){
			addr >= FIRMWARE_BASE && addr < HIGH_BASE ? DONJON_PAGE_NOT_RAM : DONJON_PAGE_HOST, -1, 0, 0};
	}
	for (i = 0; i < NR_GUESTS; i++) {
		world_guest(&guests[i], i < NR_GUESTS - 1, 6);
		for (j = 0; j < NR_IPAS; j++)
			at[i][j] = EMPTY;
	}
}

/* In the end everything goes back, and nothing is left. */
static void finish(void)
{
	uint64_t index;
	int guest;

	world_set_cache(&pool, 16);
	for (guest = 0; guest < NR_GUESTS; guest++) {
		guests[guest].dying = true;
		reclaim_everything(guest);
	}
	for (index = 0; index < NR_PAGES; index++) {
		struct operation op = {pages[index].state == DONJON_PAGE_HYP ? HYP_DONATE : UNSHARE_HYP, 0, index, 0,
				       1};

		world_set_cache(&pool, 16);
		if (pages[index].state == DONJON_PAGE_HYP || pages[index].state == DONJON_PAGE_HOST_SHARED) {
			assert_int_equal(real(&op), 0);
			model(&op);
		}
	}
	compare();
	for (index = 0; index < NR_PAGES; index++)
		if (pages[index].state != DONJON_PAGE_NOT_RAM)
			assert_int_equal(pages[index].state, DONJON_PAGE_HOST);
	for (guest = 0; guest < NR_GUESTS; guest++)
		world_check(&guests[guest]);
}

static void random_sequences_agree_with_a_flat_model(void **state)
{
	unsigned int number;

	print_message("# seed 0x%lx, %u steps\n", seed, STEPS);
	start();
	for (number = 0; number < STEPS; number++)
		step(number);
	finish();
	/* The sequence was worth something: each operation succeeded often, and memory was short at times. */
	for (number = 0; number < KILL; number++)
		if (successes[number] < STEPS / 500)
			fail_msg("operation %u succeeded only %u times", number, successes[number]);
	assert_true(shortages > STEPS / 500);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		PROMISE("ledger: long random sequences agree with a flat model",
			random_sequences_agree_with_a_flat_model),
	};

	/* Another seed may be given, to look further or to repeat what was printed. */
	if (argc > 1)
		seed = strtoull(argv[1], NULL, 0) | 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

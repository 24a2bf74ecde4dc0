// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any sequence of the ledger's operations against the specification. Each operation is four bytes:
 * what, which guest and how addresses are made, and two bytes for them. Memory for tables is short
 * at times. After each one the answer must be one that the specification allows, and all tables and
 * contents what it says; an operation that answers -ENOMEM or -ENOBUFS must have changed nothing,
 * and must do its work when repeated with memory. In the end everything goes back.
 */
#include "check.h"
#include "harness.h"
#include "operations.h"
#include <tests/spec/hooks.h>

#define MAX_OPERATIONS 400
/* Everything is looked at after each operation in the small geometry, after a few in the large one.
 */
#define CHECK_EVERY (TINY ? 1 : 4)
#define ENOUGH	    16
/* Tables and reserved ones: the carve-out without the roots and what feed() puts aside, less a
 * reserve.
 */
#define MAX_TABLES (CARVE_SIZE / PAGE_SIZE - 150)


static struct spec spec;

/* -- The ledger -- */

static int real(struct spec_op *op, uint64_t *done)
{
	struct guest_memory *guest = guest_of(op);
	unsigned int owner;

	switch (op->what) {
	case SPEC_HOST_DONATE_HYP:
		return ledger_host_donate_hyp(pa(op->pa), op->size, NULL);
	case SPEC_HYP_DONATE_HOST:
		return ledger_hyp_donate_host(pa(op->pa), op->size);
	case SPEC_HOST_SHARE_HYP:
		return ledger_host_share_hyp(pa(op->pa));
	case SPEC_HOST_UNSHARE_HYP:
		return ledger_host_unshare_hyp(pa(op->pa));
	case SPEC_HOST_DONATE_GUEST:
	case SPEC_HOST_SHARE_GUEST:
	case SPEC_HOST_DONATE_GUEST_SHARED:
		return ledger_host_map_guest(guest, pa(op->pa), ipa(op->ipa), op->size);
	case SPEC_GUEST_SET_EMPTY:
	case SPEC_GUEST_SET_RAM:
		return ledger_guest_set_ripas(guest, ipa(op->ipa), op->size,
					      op->what == SPEC_GUEST_SET_EMPTY ? RIPAS_EMPTY
									       : RIPAS_RAM,
					      (op->destroyed ? RSI_CHANGE_DESTROYED : 0) |
						      (op->kept ? 0 : CHANGE_RELEASED), done);
	case SPEC_HOST_UNSHARE_GUEST:
		return ledger_return(guest, ipa(op->ipa), &op->size, done, false);
	case SPEC_GUEST_SHARE_HOST:
		return ledger_guest_share_host(guest, ipa(op->ipa));
	case SPEC_GUEST_UNSHARE_HOST:
		return ledger_guest_unshare_host(guest, ipa(op->ipa), !op->kept);
	case SPEC_RECLAIM:
		return ledger_return(guest, ipa(op->ipa), &op->size, done, true);
	case SPEC_FORCE_RECLAIM:
		return ledger_force_reclaim(pa(op->pa));
	case SPEC_HOST_FAULT:
		return ledger_host_fault(pa(op->pa), &owner, NULL);
	case SPEC_GUEST_LOOKUP:
		return ledger_guest_lookup(guest, ipa(op->ipa));
	case SPEC_KILL:
		guest->dying = true;
		return 0;
	case SPEC_ACTIVATE:
		guest->activated = true;
		return 0;
	case SPEC_NR_OPS:
		break;
	}
	FUZZ_FAIL("no such operation");
}

static uint64_t count_tables(const pte_t *table, unsigned int level, uint64_t entries)
{
	uint64_t i, n = 0;

	for (i = 0; level < PT_LAST_LEVEL && i < entries; i++)
		if (pte_is_table(table[i], level))
			n += 1 +
			     count_tables(fake_page(table[i] & PTE_ADDR), level + 1, PT_ENTRIES);
	return n;
}

/* Pages that are tables or may become some. */
static uint64_t pages_for_tables(void)
{
	unsigned int i, start = pgtable_start_level(HYP_VA_BITS);
	uint64_t n = pool.count + ledger_host_table()->tables;

	n += count_tables(fake_page(fake.hyp_root), start,
			  1UL << (HYP_VA_BITS - level_shift(start)));
	for (i = 0; i < NR_GUESTS; i++)
		n += guests[i].cache.count + guests[i].pgt.tables;
	return n;
}

/* The small world has few pages for tables: a sequence that uses most of them ends. */
static bool is_full(void)
{
	uint64_t n = pages_for_tables() - pool.count;
	unsigned int i;

	for (i = 0; i < NR_GUESTS; i++)
		n += guests[i].pgt.blocks - guests[i].cache.count;
	return TINY && n > MAX_TABLES;
}

/* No operation loses such a page, or makes one. */
static int real_conserving(struct spec_op *op, uint64_t *done)
{
	uint64_t before = pages_for_tables();
	int answer = real(op, done);

	FUZZ_CHECK(pages_for_tables() == before,
		   "%s: expected %lu pages in tables and caches, seen %lu", spec_op_name(op->what),
		   before, pages_for_tables());
	return answer;
}

static void feed(void)
{
	unsigned int i;

	/* What some cache has too much goes back before another one grows: the world's pages are
	 * few. */
	world_set_cache(&pool, 0);
	for (i = 0; i < NR_GUESTS; i++)
		world_set_cache(&guests[i].cache, 0);
	for (i = 0; i < NR_GUESTS; i++)
		world_set_cache(&guests[i].cache, guests[i].pgt.blocks + DONJON_MAP_TABLES);
	world_set_cache(&pool, ENOUGH);
}

/* There may be too few pages for tables. */
static bool memory_is_short(const struct guest_memory *guest)
{
	return pool.count < 12 || guest->cache.count < guest->pgt.blocks + DONJON_MAP_TABLES;
}

static bool wants_memory(int answer)
{
	return answer == -ENOMEM || answer == -ENOBUFS;
}

/* Runs it with what memory there is and, if that is not enough, again with enough. */
static int real_with_shortage(struct spec_op *op, uint64_t *done)
{
	const struct guest_memory *guest = guest_of(op);
	bool is_short = memory_is_short(guest), may_fail = is_short || spec_answer(&spec, op);
	uint64_t sum = may_fail ? world_sum(guest) : 0;
	int answer = real_conserving(op, done);

	show("-> %d", answer);
	if (answer && may_fail)
		FUZZ_CHECK(world_sum(guest) == sum, "the answer is %d, but something has changed",
			   answer);
	if (!wants_memory(answer) || !is_short)
		return answer;
	FUZZ_CHECK(spec_allows(&spec, op, answer), "%s: expected %d, seen %d",
		   spec_op_name(op->what), spec_answer(&spec, op), answer);
	fuzz_shortages++;
	feed();
	answer = real_conserving(op, done);
	show(", with memory %d", answer);
	return answer;
}

static bool is_conversion(enum spec_what what)
{
	return what == SPEC_GUEST_SET_EMPTY || what == SPEC_GUEST_SET_RAM;
}

/* Calls of the guest's own. */
static bool is_guests(enum spec_what what)
{
	return what == SPEC_GUEST_SHARE_HOST || what == SPEC_GUEST_UNSHARE_HOST ||
	       is_conversion(what);
}

/* EL2 gives only pages that it got: its own image and tables are no argument of any caller. */
static bool is_misuse(const struct spec_op *op)
{
	uint64_t off;

	for (off = 0; op->what == SPEC_HYP_DONATE_HOST && off < op->size; off += PAGE_SIZE)
		if (spec_page(&spec, op->pa + off) & SPEC_BOOT)
			return true;
	/* guest_call.c refuses calls of unprotected guests. */
	return is_guests(op->what) && !guest_of(op)->protected;
}

/* What EL2 got it clears before it uses it, and what it gives it has cleared. */
static void clear_hyp(const struct spec_op *op)
{
	uint64_t off;

	contents_check(&spec, false);
	for (off = 0; off < op->size; off += PAGE_SIZE)
		contents_write(op->pa + off, true);
}

/* A conversion says itself how much it was about. What it leaves is for the next. */
static void apply_part(const struct spec_op *op, uint64_t done)
{
	struct spec_op part = *op;

	FUZZ_CHECK(spec_is_part(&spec, op, done), "%s: 0x%lx bytes of 0x%lx are not all alike",
		   spec_op_name(op->what), done, op->size);
	part.size = done;
	spec_apply(&spec, &part);
	operation_remember(op);
}

/* What the guest has at the protected IPA decides which of the three ways to map it is. */
static struct spec_op as_it_is(const struct spec_op *op)
{
	struct spec_op is = *op;

	if (op->what == SPEC_HOST_DONATE_GUEST || op->what == SPEC_HOST_SHARE_GUEST ||
	    op->what == SPEC_HOST_DONATE_GUEST_SHARED) {
		is.what = spec_map_is(&spec, op->owner, op->ipa);
		is.no_ram = !range_below(op->ipa, op->size,
					  BIT(GUEST_IA_BITS - guest_of(op)->protected));
	}
	return is;
}

static void run(const struct spec_op *wanted)
{
	struct spec_op is = as_it_is(wanted), *op = &is;
	uint64_t done = 0, expected = 0;
	int answer;

	operation_show(op);
	if (is_misuse(op)) {
		show("not made\n");
		return;
	}
	fake_log_clear();
	answer = real_with_shortage(op, &done);
	show("\n");
	FUZZ_CHECK(!wants_memory(answer) && spec_allows(&spec, op, answer),
		   "%s: expected %d, seen %d", spec_op_name(op->what), spec_answer(&spec, op),
		   answer);
	if (answer)
		return;
	fuzz_successes[op->what]++;
	if (is_conversion(op->what)) {
		apply_part(op, done);
		return;
	}
	if (op->what == SPEC_RECLAIM || op->what == SPEC_HOST_UNSHARE_GUEST)
		expected = spec_done(&spec, op);
	spec_apply(&spec, op);
	FUZZ_CHECK(done == expected, "%s: expected %lu bytes done, seen %lu",
		   spec_op_name(op->what), expected, done);
	if (op->what <= SPEC_HOST_UNSHARE_HYP)
		check_hyp(&spec, op->pa, op->what <= SPEC_HYP_DONATE_HOST ? op->size : PAGE_SIZE);
	if (op->what == SPEC_HOST_DONATE_HYP)
		clear_hyp(op);
	if (op->what < SPEC_GUEST_LOOKUP)
		operation_remember(op);
}

/* -- What is no operation of the ledger -- */

/* Somebody who has the page writes it: all but EL2's pages and what is not RAM. */
static void write_page(const struct spec_op *op)
{
	spec_page_t page = spec_page(&spec, op->pa);

	if (spec_state(page) == DONJON_PAGE_NOT_RAM || spec_state(page) == DONJON_PAGE_HYP)
		return;
	show("%-20s page 0x%lx\n", "write", op->pa);
	contents_write(op->pa, false);
	spec_written(&spec, op->pa, PAGE_SIZE);
}

/* One leaf, up to the end of its block. */
static void reclaim_at(struct spec_op *op)
{
	op->size = BLOCK - (op->ipa & (BLOCK - 1));
	run(op);
}

static void reclaim_everything(struct guest_memory *guest)
{
	struct spec_op op = {.what = SPEC_RECLAIM, .owner = guest->owner};
	uint64_t addr;

	feed();
	for (addr = FAKE_RAM_BASE; addr < HIGH_END; addr += PAGE_SIZE) {
		spec_page_t page = spec_page(&spec, addr);
		bool shared = spec_state(page) == DONJON_PAGE_HOST_SHARED &&
			    spec_borrower(page) == guest->owner;

		if (!shared && spec_owner(page) != guest->owner)
			continue;
		op.ipa = spec_ipa(page);
		if (guest->protected)
			op.ipa &= UNPROTECTED - 1;
		reclaim_at(&op);
	}
	while (spec_guest(&spec, guest->owner)->empty) {
		uint64_t i = 0;

		while (spec.empty[i].owner != guest->owner)
			i++;
		op.ipa = spec.empty[i].from;
		reclaim_at(&op);
	}
	while (spec_guest(&spec, guest->owner)->poisoned) {
		uint64_t i = 0;

		while (spec.poisoned[i] >> 48 != guest->owner)
			i++;
		op.ipa = spec.poisoned[i] & MASK(47, 0);
		reclaim_at(&op);
	}
	FUZZ_CHECK(!guest->pages && !guest->pgt.tables && !guest->pgt.blocks,
		   "all pages of guest %u are gone: %lu pages, %lu tables and %lu blocks are left",
		   guest->owner, guest->pages, guest->pgt.tables, guest->pgt.blocks);
}

/* A dying guest ends, and one like it begins in its place. */
static void rebirth(const struct spec_op *op)
{
	struct guest_memory *guest = guest_of(op);

	if (!guest->dying)
		return;
	reclaim_everything(guest);
	spec_remove_guest(&spec, guest->owner);
	spec_add_guest(&spec, guest->owner, guest->protected, IPA_END);
	guest->dying = guest->activated = false;
	show("guest %u begins anew\n", (unsigned int)(guest_of(op) - guests));
}

/* The guest asks for the state of its pages from one on. */
static void look(const struct spec_op *op)
{
	uint64_t limit = op->ipa + op->size, end = limit, at;
	enum ripas seen, wanted;

	if (!guest_of(op)->protected)
		return;
	seen = ledger_guest_ripas(guest_of(op), ipa(op->ipa), &end);
	show("%-20s ipa 0x%lx -> %u up to 0x%lx\n", "look", op->ipa, seen, end);
	FUZZ_CHECK(end > op->ipa && end <= limit, "a run from 0x%lx to 0x%lx, asked to 0x%lx",
		   op->ipa, end, limit);
	for (at = op->ipa; at <= limit - PAGE_SIZE; at += PAGE_SIZE) {
		enum spec_ipa_is is = spec_at_ipa(&spec, op->owner, at);

		wanted = is == SPEC_IPA_POISONED			     ? RIPAS_DESTROYED
			 : is == SPEC_IPA_EMPTY || is == SPEC_IPA_EMPTY_SHARED ? RIPAS_EMPTY
									     : RIPAS_RAM;
		if (at >= end) {
			/* Page by page, it may end behind the 16th. */
			FUZZ_CHECK(wanted != seen || end - op->ipa >= 16 * PAGE_SIZE,
				   "a run of %u ends at 0x%lx, but goes on", seen, end);
			break;
		}
		FUZZ_CHECK(wanted == seen, "IPA 0x%lx: expected %u, seen %u", at, wanted, seen);
	}
}

/* EL2 writes a page of the guest's for it: only one that is private. */
static void fill(const struct spec_op *op)
{
	static const int answers[] = {
		[SPEC_IPA_NOTHING] = -ENOENT,	  [SPEC_IPA_PRIVATE] = 0,
		[SPEC_IPA_SHARED] = -EPERM,	  [SPEC_IPA_EMPTY] = -EPERM,
		[SPEC_IPA_EMPTY_SHARED] = -EPERM, [SPEC_IPA_POISONED] = -EHWPOISON,
	};
	uint64_t page, none = 0;
	int answer;

	if (!guest_of(op)->protected)
		return;
	answer = ledger_guest_fill(guest_of(op), ipa(op->ipa), &none, 0);
	show("%-20s ipa 0x%lx -> %d\n", "fill", op->ipa, answer);
	FUZZ_CHECK(answer == answers[spec_at_ipa(&spec, op->owner, op->ipa)],
		   "fill: expected %d, seen %d", answers[spec_at_ipa(&spec, op->owner, op->ipa)],
		   answer);
	if (answer || !spec_at(&spec, op->owner, op->ipa, &page))
		return;
	FUZZ_CHECK(contents_are_zero(page), "fill: page 0x%lx is not zero", page);
}

static void step(const struct spec_op *op)
{
	struct guest_memory *guest = guest_of(op);
	unsigned int some = (op->pa >> PAGE_SHIFT) % 4;

	switch ((int)op->what) {
	case WRITE:
		write_page(op);
		break;
	case STARVE_POOL:
		show("pool has %u pages\n", some);
		world_set_cache(&pool, some);
		break;
	case STARVE_GUEST:
		show("guest %u has %u pages beyond the reserve\n",
		     (unsigned int)(guest_of(op) - guests), some);
		world_set_cache(&guest->cache, guest->pgt.blocks + some);
		break;
	case REBIRTH:
		rebirth(op);
		break;
	case LOOK:
		look(op);
		break;
	case FILL:
		fill(op);
		break;
	default:
		run(op);
	}
}

/* -- An input -- */

static void begin(uint8_t options)
{
	unsigned int i;

	world_setup(NULL);
	hooks_stop(); /* the comparison is made here, and with the contents */
	FUZZ_CHECK(IPA_BASE < IPA_END && IPA_BASE + WINDOW_BLOCKS * BLOCK <= IPA_END,
		   "the window of IPAs does not fit");
	check_init(&spec);
	contents_forget();
	for (i = 0; i < NR_GUESTS; i++) {
		world_guest(&guests[i], i < NR_GUESTS - 1, DONJON_MAP_TABLES);
		spec_add_guest(&spec, guests[i].owner, guests[i].protected, IPA_END);
	}
	operations_begin();
	fake.coherent = options & 1;
	fake.check_published = TINY && options & 2;
}

static void check(bool whole, unsigned int number)
{
	unsigned int i;

	/* Looking at everything is most of the work, and EL2's view is for what EL2 does. */
	fake.check_linear = false;
	check_ledger(&spec, guests, NR_GUESTS);
	for (i = 0; i < NR_GUESTS; i++)
		if (whole || i == number % NR_GUESTS)
			world_check(&guests[i]);
	fake.check_linear = true;
	contents_check(&spec, whole);
}

/* Everything goes back to the host, and nothing is left but what was there at the beginning. */
static void end(void)
{
	uint64_t addr;
	unsigned int i;

	show("# the end\n");
	for (i = 0; i < NR_GUESTS; i++) {
		run(&(struct spec_op){.what = SPEC_KILL, .owner = guests[i].owner});
		reclaim_everything(&guests[i]);
	}
	for (addr = FREE_BASE; addr < HIGH_END; addr += PAGE_SIZE) {
		struct spec_op op = {.what = SPEC_HYP_DONATE_HOST, .pa = addr, .size = PAGE_SIZE};

		if (spec_state(spec_page(&spec, addr)) == DONJON_PAGE_HOST_SHARED)
			op.what = SPEC_HOST_UNSHARE_HYP;
		else if (spec_state(spec_page(&spec, addr)) != DONJON_PAGE_HYP)
			continue;
		feed();
		run(&op);
	}
	check(true, 0);
	check_hyp(&spec, FREE_BASE, HIGH_END - FREE_BASE);
	FUZZ_CHECK(!spec.hyp && !spec.shared_with_hyp,
		   "EL2 still has %lu pages and %lu borrowed ones", spec.hyp, spec.shared_with_hyp);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input in = input_of(bytes, size);
	unsigned int number = 0;

	begin(input_8(&in));
	while (input_left(&in) && number++ < MAX_OPERATIONS && !is_full()) {
		struct spec_op op = operation_read(&in);

		step(&op);
		if (number % CHECK_EVERY == 0)
			check(false, number);
	}
	check(true, 0);
	end();
	world_teardown(NULL);
	return 0;
}

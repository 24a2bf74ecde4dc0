// SPDX-License-Identifier: GPL-2.0-only
/* Carries out the statements of a script, each followed by what the specification and the target
 * have to say about it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <abi/rsi.h>
#include "run.h"
#include "tests/lib/limit.h"


bool run_fail(struct run *run, const char *format, ...)
{
	va_list list;

	if (run->failed)
		return false;
	run->failed = true;
	printf("# %s:%u: %s: ", run->script->file, run->at ? run->at->line : 0,
	       run->at ? run->at->text : "begin");
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	putchar('\n');
	return false;
}

static const char *answer_text(int64_t answer)
{
	static char text[2][32];
	static unsigned int turn;
	const char *name = answer_name(answer);

	if (name)
		return name;
	turn ^= 1;
	snprintf(text[turn], sizeof(text[turn]), "%ld", answer);
	return text[turn];
}

/* -- Answers and contents are checked -- */

static bool right_answer(struct run *run, const struct step *step)
{
	const struct statement *st = step->statement;

	if (st->expected != ANSWER_SPEC && step->answer != st->expected)
		return run_fail(run, "expected %s, got %s", answer_text(st->expected),
				answer_text(step->answer));
	if (st->expected_pages >= 0 && (uint64_t)st->expected_pages != step->pages)
		return run_fail(run, "expected %ld pages, got %lu", st->expected_pages,
				step->pages);
	return true;
}

/* A guest's address or a page of a range, in words of the script. */
static void where(const struct run *run, const struct step *step, char *text, size_t size)
{
	uint64_t page;

	snprintf(text, size, "0x%lx", step->statement->actor == ACTOR_GUEST ? step->ipa : step->pa);
	if (step->statement->actor == ACTOR_GUEST && step->vm) {
		page = ((step->statement->unprotected ? step->ipa & ~VM_UNPROTECTED : step->ipa) -
			step->vm->ram_ipa) /
		       SCRIPT_PAGE;
		snprintf(text, size, "%s%s+%lu", step->statement->unprotected ? "unprotected " : "",
			 run->script->vms[step->statement->vm].name, page);
		return;
	}
	for (unsigned int i = 0; i < run->script->nr_ranges; i++) {
		page = (step->pa - run->range[i]) / SCRIPT_PAGE;
		if (run->range[i] && step->pa >= run->range[i] &&
		    page < 1UL << run->script->ranges[i].order)
			snprintf(text, size, "%s+%lu", run->script->ranges[i].name, page);
	}
}

static bool right_contents(struct run *run, const struct step *step, uint64_t nth)
{
	const struct statement *st = step->statement;
	uint64_t value = st->value ? st->value + nth : 0;
	char page[64];

	if (st->verb != VERB_READ || !st->has_value || step->answer)
		return true;
	if (step->contents.word == value && !step->contents.mixed)
		return true;
	where(run, step, page, sizeof(page));
	return run_fail(run, "%s: expected a page full of 0x%lx, got %s0x%lx", page, value,
			step->contents.mixed ? "different words, the first " : "",
			step->contents.word);
}

bool run_check(struct run *run, const struct step *step)
{
	int64_t expected, pages;

	if (run->failed || !right_answer(run, step))
		return false;
	if (oracle_allows(step, &expected, &pages))
		return true;
	if (step->answer != expected)
		return run_fail(run, "by the specification expected %s, got %s",
				answer_text(expected), answer_text(step->answer));
	if (pages >= 0 && (uint64_t)pages != step->pages)
		return run_fail(run, "by the specification expected %ld pages, got %lu", pages,
				step->pages);
	return run_fail(run,
			"by the specification the page must read as zero; its first word is 0x%lx",
			step->contents.word);
}

/* After each statement: every page of the script's is what the specification says. */
static bool compare(struct run *run)
{
	char why[WHY_SIZE] = "";

	for (unsigned int i = 0; i < run->script->nr_ranges; i++)
		if (run->range[i] &&
		    !oracle_agrees(run->range[i], 1UL << run->script->ranges[i].order, why))
			return run_fail(run, "afterwards %s, %s", run->script->ranges[i].name, why);
	if (!target.check(why))
		return run_fail(run, "afterwards: %s", why);
	return true;
}

/* -- From statements to steps -- */

static uint64_t address(const struct run *run, const struct place *place)
{
	switch (place->kind) {
	case PLACE_RANGE:
		return run->range[place->index] + place->page * SCRIPT_PAGE + place->bytes;
	case PLACE_VM:
		return run->vms[place->index].ram_ipa + place->page * SCRIPT_PAGE + place->bytes;
	case PLACE_HANDLE:
		return run->vms[place->index].handle;
	default:
		return place->bytes;
	}
}

static bool page_by_page(const struct statement *st)
{
	return st->verb == VERB_READ || st->verb == VERB_WRITE || st->verb == VERB_GUEST_SHARE ||
	       st->verb == VERB_GUEST_UNSHARE;
}

static struct step prepare(struct run *run, const struct statement *st, uint64_t nth)
{
	struct step step = {.statement = st, .vm = st->vm >= 0 ? &run->vms[st->vm] : NULL};
	uint64_t at = address(run, &st->place);

	step.size = st->place.count * SCRIPT_PAGE;
	step.pa = step.ipa = at;
	if (page_by_page(st)) {
		step.size = SCRIPT_PAGE;
		step.pa = step.ipa = at + nth * SCRIPT_PAGE;
		step.contents.word = st->value ? st->value + nth : 0;
	}
	if (st->unprotected)
		step.ipa |= VM_UNPROTECTED;
	if (st->verb == VERB_DONATE || st->verb == VERB_SHARE)
		step.ipa = address(run, &st->to);
	if (st->verb == VERB_VCPU)
		step.second = address(run, &st->to);
	for (unsigned int i = 0; i < SCRIPT_ARGS; i++)
		step.args[i] = address(run, &st->args[i]);
	return step;
}

static int64_t call(struct step *step, uint64_t id, uint64_t a2, uint64_t a3, uint64_t a4)
{
	const uint64_t a[SCRIPT_ARGS] = {step->vm->handle, a2, a3, a4, 0};
	uint64_t r[4] = {0};
	int64_t code = target.call(id, a, r);

	step->pages = code ? 0 : r[0] / SCRIPT_PAGE;
	if (code == DONJON_E_NO_POOL || code == DONJON_E_NO_CACHE)
		step->pages = r[0];
	return code;
}

static int64_t kill_vm(struct step *step)
{
	time_t end = limit_begin();
	int64_t code = DONJON_E_BUSY;

	/* A vCPU leaves first. */
	while (code == DONJON_E_BUSY && !limit_over(end))
		code = call(step, DONJON_HC_VM_KILL, 0, 0, 0);
	return code;
}

static int64_t guest(struct step *step, enum guest_op op)
{
	/* Without a vCPU there is nobody who could do it. */
	return step->vm->exists && !step->vm->bare
		       ? target.guest(step->vm, op, step->ipa, &step->contents)
		       : DONJON_E_NOT_FOUND;
}

/* Where it did not come to the guest's call, nothing was converted. */
static int64_t convert(struct step *step)
{
	const struct statement *st = step->statement;
	int64_t answer;

	step->contents.word = (step->ipa + step->size) | st->destroyed;
	answer = guest(step, st->number == RIPAS_EMPTY ? GUEST_TO_SHARED : GUEST_TO_PRIVATE);
	if (answer == DONJON_OK || answer == DONJON_E_DENIED || answer == ANSWER_TOPUP)
		step->pages = (step->contents.word - step->ipa) / SCRIPT_PAGE;
	return answer;
}

/* Makes the call or the access. No global state: two may run at once. */
static void act(void *argument)
{
	struct step *step = argument;
	const struct statement *st = step->statement;
	const uint64_t pool[SCRIPT_ARGS] = {step->pa, step->size};

	switch (st->verb) {
	case VERB_DONATE:
	case VERB_SHARE:
		step->answer = call(step, DONJON_HC_VM_MAP, step->pa, step->ipa, step->size);
		break;
	case VERB_UNSHARE:
		step->answer = call(step, DONJON_HC_VM_UNMAP, step->ipa, step->size, 0);
		break;
	case VERB_RECLAIM:
		step->answer = call(step, DONJON_HC_VM_RECLAIM, step->ipa, step->size, 0);
		break;
	case VERB_KILL:
		step->answer = kill_vm(step);
		break;
	case VERB_TOPUP:
		step->answer = call(step, DONJON_HC_VM_TOPUP, step->pa, step->size, 0);
		break;
	case VERB_POOL:
		step->answer = target.call(DONJON_HC_POOL_DONATE, pool, NULL);
		break;
	case VERB_VCPU:
		step->answer =
			call(step, DONJON_HC_VCPU_CREATE, st->number, step->pa, step->second);
		break;
	case VERB_CALL:
		step->answer = target.call(st->number, step->args, NULL);
		break;
	case VERB_ACTIVATE:
		step->answer = guest(step, GUEST_NOTHING);
		break;
	case VERB_GUEST_SHARE:
		step->answer = guest(step, GUEST_SHARE);
		break;
	case VERB_GUEST_UNSHARE:
		step->answer = guest(step, GUEST_UNSHARE);
		break;
	case VERB_GUEST_CONVERT:
		step->answer = convert(step);
		break;
	default:
		if (st->actor == ACTOR_GUEST)
			step->answer =
				guest(step, st->verb == VERB_READ ? GUEST_READ : GUEST_WRITE);
		else
			step->answer = target.host(st->actor, step->pa, st->verb == VERB_WRITE,
						   &step->contents);
	}
}

/* What EL2 has been given for a VM comes back at its end. */
static bool settle(struct run *run, const struct step *step)
{
	struct script_vm *vm = step->vm;

	if (step->answer)
		return true;
	if (step->statement->verb == VERB_TOPUP || step->statement->verb == VERB_VCPU) {
		if (vm->nr_given == VM_GIVEN || vm->nr_run == VM_VCPUS)
			return run_fail(run, "too many pages or vCPUs for one VM");
		vm->given[vm->nr_given++] =
			(struct given){step->pa, step->size / SCRIPT_PAGE, false};
	}
	if (step->statement->verb == VERB_VCPU) {
		vm->vcpus |= 1U << step->statement->number;
		vm->run_mine[vm->nr_run] = false;
		vm->run_pa[vm->nr_run++] = step->second;
	}
	return true;
}

static bool do_steps(struct run *run, const struct statement *st)
{
	uint64_t count = page_by_page(st) ? st->place.count : 1;

	for (uint64_t nth = 0; nth < count; nth++) {
		struct step step = prepare(run, st, nth);

		act(&step);
		if (run->trace)
			printf("# %s:%u: %s: %s%s0x%lx\n", run->script->file, st->line, st->text,
			       answer_text(step.answer), page_by_page(st) ? ", word " : ", pages ",
			       page_by_page(st) ? step.contents.word : step.pages);
		if (!run_check(run, &step) || !right_contents(run, &step, nth) ||
		    !settle(run, &step))
			return false;
	}
	return true;
}

static bool do_destroy(struct run *run, const struct statement *st)
{
	struct step step = prepare(run, st, 0);

	vm_dissolve(run, &step);
	if (!run_check(run, &step))
		return false;
	if (!step.answer)
		vm_gone(step.vm);
	return true;
}

static bool do_both(struct run *run, const struct statement *one, const struct statement *other)
{
	struct oracle_range ranges[SCRIPT_RANGES];
	char why[WHY_SIZE] = "";
	unsigned int nr = 0;
	struct step a = prepare(run, one, 0), b = prepare(run, other, 0);

	if ((page_by_page(one) && one->place.count > 1) ||
	    (page_by_page(other) && other->place.count > 1))
		return run_fail(run, "accesses in 'both' are of one page each");
	for (unsigned int i = 0; i < run->script->nr_ranges; i++)
		if (run->range[i] && i != RANGE_DEVICE && i != RANGE_FIRMWARE)
			ranges[nr++] = (struct oracle_range){run->range[i],
							     1UL << run->script->ranges[i].order};
	target.at_once(act, &a, &b, run->reversed);
	if (run->trace)
		printf("# %s:%u: %s: %s | %s\n", run->script->file, one->line, one->text,
		       answer_text(a.answer), answer_text(b.answer));
	if (!oracle_allows_both(&a, &b, ranges, nr, why))
		return run_fail(run, "got %s | %s, and %s", answer_text(a.answer),
				answer_text(b.answer), why);
	return settle(run, &a) && settle(run, &b);
}

/* -- Statements without an answer -- */

static uint64_t counter(unsigned int which)
{
	const uint64_t a[SCRIPT_ARGS] = {which};
	uint64_t r[4] = {0};

	return target.call(DONJON_HC_COUNTER, a, r) ? ~0UL : r[0];
}

static bool do_pages(struct run *run, const struct statement *st)
{
	const struct range_name *name = &run->script->ranges[st->range];
	char why[WHY_SIZE] = "the host has no such pages in one piece";
	uint64_t *pa = &run->range[st->range];

	if (!*pa)
		*pa = name->edge ? target.edge(name->edge, name->order, why)
				 : target.alloc(name->order);
	return *pa ? true : run_fail(run, "%s", why);
}

static bool expect_counter(struct run *run, const struct statement *st)
{
	uint64_t change = counter((unsigned int)st->number) - run->mark[st->number];

	if (!run->marked)
		return run_fail(run, "there is no 'mark' before it");
	if (change != st->value)
		return run_fail(run, "since the mark expected %ld, got %ld", (int64_t)st->value,
				(int64_t)change);
	return true;
}

static bool expect_state(struct run *run, const struct statement *st)
{
	uint64_t pa = address(run, &st->place), end = pa + st->place.count * SCRIPT_PAGE, ipa = 0;
	uint64_t start = pa, handle = st->vm >= 0 ? run->vms[st->vm].handle : 0;

	if (st->has_to)
		ipa = address(run, &st->to);
	while (pa < end) {
		const uint64_t a[SCRIPT_ARGS] = {pa};
		uint64_t r[4];

		if (target.call(DONJON_HC_LEDGER, a, r) || r[0] <= pa)
			return run_fail(run, "EL2's ledger gives no answer for 0x%lx", pa);
		if (r[1] != st->number)
			return run_fail(run, "page %lu: expected %s, got %s",
					(pa - start) / SCRIPT_PAGE, state_name(st->number),
					state_name(r[1]) ?: "?");
		if (st->vm >= 0 && r[2] != handle)
			return run_fail(run, "page %lu: expected VM 0x%lx, got 0x%lx",
					(pa - start) / SCRIPT_PAGE, handle, r[2]);
		if (st->has_to && r[3] != ipa + (pa - start))
			return run_fail(run, "page %lu: expected IPA 0x%lx, got 0x%lx",
					(pa - start) / SCRIPT_PAGE, ipa + (pa - start), r[3]);
		pa = r[0];
	}
	return true;
}

static bool do_statement(struct run *run, const struct statement *st)
{
	switch (st->verb) {
	case VERB_VM:
		return vm_make(run, st);
	case VERB_PAGES:
		return do_pages(run, st);
	case VERB_DESTROY:
		return do_destroy(run, st);
	case VERB_BOTH:
		return do_both(run, st + 1, st + 2);
	case VERB_TOPUP:
		return st->place.kind == PLACE_NONE ? vm_feed(run, &run->vms[st->vm], st->number)
						    : do_steps(run, st);
	case VERB_MARK:
		for (unsigned int i = 0; i < DONJON_NR_COUNTERS; i++)
			run->mark[i] = counter(i);
		run->marked = true;
		return true;
	case VERB_EXPECT_STATE:
		return expect_state(run, st);
	case VERB_EXPECT_COUNTER:
		return expect_counter(run, st);
	default:
		return do_steps(run, st);
	}
}

static bool changes_something(const struct statement *st)
{
	return st->verb != VERB_MARK && st->verb != VERB_EXPECT_STATE &&
	       st->verb != VERB_EXPECT_COUNTER;
}

static void do_lines(struct run *run)
{
	const struct statement *lines = run->script->lines;

	for (unsigned int i = 0; i < run->script->nr_lines && !run->failed; i++) {
		run->at = &lines[i];
		switch (lines[i].verb) {
		case VERB_REPEAT:
			if (!lines[i].number)
				i = lines[i].partner;
			else
				run->rounds[run->depth++] = 1;
			continue;
		case VERB_END:
			if (run->rounds[run->depth - 1]++ < lines[lines[i].partner].number)
				i = lines[i].partner;
			else
				run->depth--;
			continue;
		default:
			if (do_statement(run, &lines[i]) && changes_something(&lines[i]))
				compare(run);
			i += lines[i].verb == VERB_BOTH ? 2 : 0;
		}
	}
}

/* -- The end of a script -- */

/* Pages that must be zero by the account, and are the host's. */
static void check_zeros(struct run *run, uint64_t pa, uint64_t pages, const char *name)
{
	for (uint64_t i = 0; i < pages && !run->failed; i++) {
		struct contents contents = {0};

		if (!oracle_must_be_zero(pa + i * SCRIPT_PAGE))
			continue;
		if (target.host(ACTOR_KERNEL, pa + i * SCRIPT_PAGE, false, &contents) ||
		    contents.word || contents.mixed)
			run_fail(run, "%s+%lu must read as zero, its first word is 0x%lx", name, i,
				 contents.word);
	}
}

static void give_back(struct run *run)
{
	static const struct statement end = {.text = "end of the script"};

	run->at = &end;
	for (unsigned int i = 0; i < run->script->nr_ranges; i++) {
		const struct range_name *name = &run->script->ranges[i];
		uint64_t pa = run->range[i], pages = 1UL << name->order;
		uint64_t a[SCRIPT_ARGS] = {pa}, r[4];
		bool all = true;

		if (name->given || !pa)
			continue;
		check_zeros(run, pa, pages, name->name);
		/* What went into the pool, or is lost after a failure, is EL2's: it must not be
		 * freed. */
		while (all && a[0] < pa + pages * SCRIPT_PAGE) {
			all = !target.call(DONJON_HC_LEDGER, a, r) && r[0] > a[0] &&
			      r[1] == DONJON_PAGE_HOST;
			a[0] = r[0];
		}
		if (all && !name->edge)
			target.free(pa, name->order);
	}
}

/* All memory from the first to the last page of RAM, also what the script did not name, is whose it
 * was; and the target finds nothing. */
static bool nothing_left(char why[WHY_SIZE])
{
	uint64_t start, end, base = 0, top = 0;

	for (unsigned int i = 0; target.ram(i, &start, &end); i++) {
		base = i ? base : start;
		top = end;
	}
	return oracle_agrees(base, (top - base) / SCRIPT_PAGE, why) && target.end(why);
}

bool run_script(const struct script *script, bool trace, bool reversed)
{
	static struct run run;
	char why[WHY_SIZE] = "";

	memset(&run, 0, sizeof(run));
	run.script = script;
	run.trace = trace;
	run.reversed = reversed;
	if (!target.begin(why) || !oracle_begin(why))
		return run_fail(&run, "%s", why);
	run.range[RANGE_HYP] = target.hyp_page();
	run.range[RANGE_DEVICE] = target.device();
	run.range[RANGE_FIRMWARE] = target.firmware();
	do_lines(&run);
	vms_end(&run);
	if (!run.failed)
		compare(&run);
	give_back(&run);
	run.at = NULL;
	if (!run.failed && !nothing_left(why))
		run_fail(&run, "nothing may be left: %s", why);
	return !run.failed;
}

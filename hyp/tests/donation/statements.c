// SPDX-License-Identifier: GPL-2.0-only
/* The statements of the language, one function for each kind. */
#include <stdlib.h>
#include <string.h>

#include <abi/rsi.h>
#include "parser.h"

#define MAX_ORDER 10

/* -- Declarations -- */

static bool new_name(struct parser *p, char name[SCRIPT_NAME], const char *word)
{
	if (!word || strlen(word) >= SCRIPT_NAME ||
	    strspn(word, "abcdefghijklmnopqrstuvwxyz_") < 1 || strpbrk(word, "+:@|")) {
		parse_error(p,
			    "'%s' is no name; right would be up to %d letters, digits and '_', a "
			    "small letter first",
			    word ? word : "", SCRIPT_NAME - 1);
		return false;
	}
	strcpy(name, word);
	return true;
}

static bool parse_vm_options(struct parser *p, struct statement *st)
{
	while (more_words(p)) {
		if (accept_word(p, "ram")) {
			if (!next_number(p, "guest-physical address", &st->ipa) ||
			    !next_number(p, "size", &st->size))
				return false;
		} else if (accept_word(p, "topup")) {
			if (!next_number(p, "number of pages", &st->number))
				return false;
		} else if (accept_word(p, "at")) {
			if (!next_physical(p, &st->place))
				return false;
		} else if (accept_word(p, "bare")) {
			st->bare = true;
		} else {
			parse_error(p,
				    "'%s' is no option of vm; there are: ram IPA SIZE, topup "
				    "PAGES, at RANGE, bare",
				    next_word(p));
			return false;
		}
	}
	return true;
}

/* A name may be declared again: once the first VM is gone, another may have its name. */
static bool parse_vm(struct parser *p, struct statement *st)
{
	struct script *s = p->script;
	const char *word = next_word(p);
	struct vm_name *vm;
	int index = word ? find_vm(s, word) : -1;

	if (index < 0 && s->nr_vms == SCRIPT_VMS) {
		parse_error(p, "too many VMs; at most %d", SCRIPT_VMS);
		return false;
	}
	if (word && find_range(s, word) >= 0) {
		parse_error(p, "'%s' is a range of pages already; take another name", word);
		return false;
	}
	if (index < 0)
		index = (int)s->nr_vms;
	vm = &s->vms[index];
	if (!new_name(p, vm->name, word))
		return false;
	if (index == (int)s->nr_vms)
		s->nr_vms++;
	st->vm = index;
	st->protected = accept_word(p, "protected");
	if (!st->protected && !accept_word(p, "unprotected")) {
		parse_error(p, "a VM is 'protected' or 'unprotected'");
		return false;
	}
	st->ipa = SCRIPT_RAM_IPA;
	st->size = SCRIPT_RAM_SIZE;
	st->number = SCRIPT_TOPUP;
	if (!parse_vm_options(p, st))
		return false;
	vm->protected = st->protected;
	vm->ram_ipa = st->ipa;
	vm->ram_size = st->size;
	return true;
}

static bool parse_pages(struct parser *p, struct statement *st)
{
	struct script *s = p->script;
	struct range_name *range = &s->ranges[s->nr_ranges];
	const char *word = next_word(p);
	uint64_t order;

	if (s->nr_ranges == SCRIPT_RANGES) {
		parse_error(p, "too many ranges of pages; at most %d", SCRIPT_RANGES);
		return false;
	}
	if (word && (find_range(s, word) >= 0 || find_vm(s, word) >= 0)) {
		parse_error(p, "'%s' is declared already; take another name", word);
		return false;
	}
	if (!new_name(p, range->name, word))
		return false;
	range->edge = accept_word(p, "first")  ? EDGE_FIRST
		      : accept_word(p, "last") ? EDGE_LAST
					       : EDGE_NO;
	if (!accept_word(p, "order")) {
		parse_error(p, "right would be: pages %s [first|last] order N", word);
		return false;
	}
	if (!next_number(p, "order", &order))
		return false;
	if (order > MAX_ORDER || (range->edge && order > 9)) {
		parse_error(p,
			    "order %lu; at most %d, and 9 for the first and the last pages of RAM",
			    order, MAX_ORDER);
		return false;
	}
	range->order = (unsigned int)order;
	st->range = (int)s->nr_ranges++;
	return true;
}

/* -- Statements -- */

static bool parse_give(struct parser *p, struct statement *st)
{
	bool protected = st->verb == VERB_DONATE;

	if (!next_vm(p, st) || !next_physical(p, &st->place))
		return false;
	if (!accept_word(p, "to")) {
		parse_error(p, "'to' is missing; right would be: %s VM RANGE to IPA",
			    protected ? "donate" : "share");
		return false;
	}
	if (p->script->vms[st->vm].protected != protected) {
		parse_error(p,
			    "pages are donated to protected VMs and shared with unprotected ones; "
			    "'%s' is %s",
			    p->script->vms[st->vm].name, protected ? "unprotected" : "protected");
		return false;
	}
	return next_guest_physical(p, &st->to);
}

static bool parse_take(struct parser *p, struct statement *st)
{
	return next_vm(p, st) && next_guest_physical(p, &st->place);
}

static bool parse_of_vm(struct parser *p, struct statement *st)
{
	return next_vm(p, st);
}

static bool parse_topup(struct parser *p, struct statement *st)
{
	if (!next_vm(p, st))
		return false;
	if (p->at < p->nr && strspn(p->words[p->at], "0123456789") == strlen(p->words[p->at]))
		return next_number(p, "number of pages", &st->number);
	return next_physical(p, &st->place);
}

static bool parse_pool(struct parser *p, struct statement *st)
{
	return next_physical(p, &st->place);
}

static bool parse_vcpu(struct parser *p, struct statement *st)
{
	return next_vm(p, st) && next_number(p, "index of a vCPU", &st->number) &&
	       next_physical(p, &st->place) && next_physical(p, &st->to);
}

/* convert IPAS shared|private [destroyed] */
static bool parse_convert(struct parser *p, struct statement *st)
{
	st->verb = VERB_GUEST_CONVERT;
	if (!next_guest_physical(p, &st->place))
		return false;
	st->number = RIPAS_EMPTY;
	if (!accept_word(p, "shared")) {
		st->number = RIPAS_RAM;
		if (!accept_word(p, "private")) {
			parse_error(p, "right would be: convert PLACE shared|private [destroyed]");
			return false;
		}
	}
	st->destroyed = accept_word(p, "destroyed");
	return true;
}

/*
 * read PLACE [is VALUE|zero], write PLACE VALUE; a guest's PLACE may have "unprotected" before it
 */
static bool parse_access(struct parser *p, struct statement *st)
{
	bool guest = st->actor == ACTOR_GUEST, good;

	if (accept_word(p, "read"))
		st->verb = VERB_READ;
	else if (accept_word(p, "write"))
		st->verb = VERB_WRITE;
	else if (guest && accept_word(p, "share"))
		st->verb = VERB_GUEST_SHARE;
	else if (guest && accept_word(p, "unshare"))
		st->verb = VERB_GUEST_UNSHARE;
	else if (guest && accept_word(p, "convert"))
		return parse_convert(p, st);
	else {
		parse_error(p, "right would be: %s PLACE",
			    guest ? "guest VM read|write|share|unshare|convert"
				  : "host read|write");
		return false;
	}
	st->unprotected = guest && (st->verb == VERB_READ || st->verb == VERB_WRITE) &&
		    accept_word(p, "unprotected");
	good = guest ? next_guest_physical(p, &st->place) : next_physical(p, &st->place);
	if (!good || st->verb == VERB_GUEST_SHARE || st->verb == VERB_GUEST_UNSHARE)
		return good;
	if (st->verb == VERB_READ && !accept_word(p, "is"))
		return true;
	st->has_value = true;
	return accept_word(p, "zero") || next_number(p, "value", &st->value);
}

static bool parse_host(struct parser *p, struct statement *st)
{
	st->actor = ACTOR_USER;
	return parse_access(p, st);
}

static bool parse_kernel(struct parser *p, struct statement *st)
{
	st->actor = ACTOR_KERNEL;
	return parse_access(p, st);
}

static bool parse_guest(struct parser *p, struct statement *st)
{
	st->actor = ACTOR_GUEST;
	return next_vm(p, st) && parse_access(p, st);
}

static bool parse_call(struct parser *p, struct statement *st)
{
	const char *name = next_word(p);

	if (!name ||
	    (!call_find(name, &st->number) &&
	     (!strchr("0123456789", name[0]) || !parse_number(p, name, "call", &st->number)))) {
		parse_error(p,
			    "no call is named '%s'; right would be a name of hyp/abi/hypercall.h "
			    "without DONJON_HC_, or a number",
			    name ? name : "");
		return false;
	}
	for (unsigned int i = 0; more_words(p); i++) {
		if (i == SCRIPT_ARGS) {
			parse_error(p, "too many arguments; at most %d", SCRIPT_ARGS);
			return false;
		}
		if (!next_place(p, "an argument", &st->args[i]))
			return false;
	}
	return true;
}

static bool parse_mark(struct parser *p, struct statement *st)
{
	(void)p;
	(void)st;
	return true;
}

static bool parse_counter(struct parser *p, struct statement *st, int counter)
{
	const char *word = next_word(p);
	char *end = NULL;

	st->verb = VERB_EXPECT_COUNTER;
	st->number = (uint64_t)counter;
	if (word)
		st->value = (uint64_t)strtoll(word, &end, 10);
	if (end && end != word && !*end)
		return true;
	parse_error(p, "how much '%s' has changed since the mark? Right would be 2, +1 or -1",
		    counter_name((unsigned int)counter));
	return false;
}

static bool parse_expect(struct parser *p, struct statement *st)
{
	const char *word = p->at < p->nr ? p->words[p->at] : "";
	int counter = counter_find(word), state;

	if (counter >= 0 && find_range(p->script, word) < 0) {
		p->at++;
		return parse_counter(p, st, counter);
	}
	st->verb = VERB_EXPECT_STATE;
	if (!next_physical(p, &st->place))
		return false;
	word = next_word(p);
	state = word ? state_find(word) : -1;
	if (state < 0) {
		parse_error(p,
			    "'%s' is no state; there are host, host_shared, guest, guest_shared, "
			    "hyp, not_ram",
			    word ? word : "");
		return false;
	}
	st->number = (uint64_t)state;
	if (p->at < p->nr && !next_vm(p, st))
		return false;
	st->has_to = st->vm >= 0 && p->at < p->nr;
	return !st->has_to || next_guest_physical(p, &st->to);
}

static bool parse_repeat(struct parser *p, struct statement *st)
{
	if (p->depth == MAX_DEPTH) {
		parse_error(p, "too many 'repeat's in one another");
		return false;
	}
	p->open[p->depth++] = p->script->nr_lines;
	return next_number(p, "number of times", &st->number);
}

static bool parse_end(struct parser *p, struct statement *st)
{
	if (!p->depth) {
		parse_error(p, "'end' without a 'repeat' before it");
		return false;
	}
	st->partner = p->open[--p->depth];
	p->script->lines[st->partner].partner = p->script->nr_lines;
	return true;
}

static const struct verb_syntax verbs[] = {
	{"vm", VERB_VM, parse_vm, true, false},
	{"pages", VERB_PAGES, parse_pages, false, false},
	{"donate", VERB_DONATE, parse_give, true, true},
	{"share", VERB_SHARE, parse_give, true, true},
	{"unshare", VERB_UNSHARE, parse_take, true, true},
	{"reclaim", VERB_RECLAIM, parse_take, true, true},
	{"kill", VERB_KILL, parse_of_vm, true, true},
	{"destroy", VERB_DESTROY, parse_of_vm, true, false},
	{"topup", VERB_TOPUP, parse_topup, true, true},
	{"pool", VERB_POOL, parse_pool, true, false},
	{"vcpu", VERB_VCPU, parse_vcpu, true, false},
	{"activate", VERB_ACTIVATE, parse_of_vm, true, false},
	{"host", VERB_READ, parse_host, true, true},
	{"kernel", VERB_READ, parse_kernel, true, true},
	{"guest", VERB_READ, parse_guest, true, true},
	{"call", VERB_CALL, parse_call, true, false},
	{"mark", VERB_MARK, parse_mark, false, false},
	{"expect", VERB_EXPECT_STATE, parse_expect, false, false},
	{"repeat", VERB_REPEAT, parse_repeat, false, false},
	{"end", VERB_END, parse_end, false, false},
};

const struct verb_syntax *find_verb(const char *word)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verbs[i].word, word))
			return &verbs[i];
	return NULL;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Words, numbers, and the places that scripts name. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"

void parse_error(struct parser *p, const char *format, ...)
{
	va_list list;

	p->errors++;
	fprintf(stderr, "%s:%u: ", p->script->file, p->line);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
}

const char *next_word(struct parser *p)
{
	return p->at < p->nr ? p->words[p->at++] : NULL;
}

bool accept_word(struct parser *p, const char *word)
{
	if (p->at == p->nr || strcmp(p->words[p->at], word))
		return false;
	p->at++;
	return true;
}

bool more_words(const struct parser *p)
{
	return p->at < p->nr && strcmp(p->words[p->at], "->");
}

bool parse_number(struct parser *p, const char *text, const char *what, uint64_t *value)
{
	char *end = NULL;

	errno = 0;
	if (text && text[0])
		*value = strtoull(text, &end, 0);
	if (end && !*end && !errno)
		return true;
	parse_error(p, "'%s' is no %s; right would be a number such as 3 or 0x1000",
		    text ? text : "", what);
	return false;
}

bool next_number(struct parser *p, const char *what, uint64_t *value)
{
	return parse_number(p, next_word(p), what, value);
}

int find_vm(const struct script *s, const char *name)
{
	for (unsigned int i = 0; i < s->nr_vms; i++)
		if (!strcmp(s->vms[i].name, name))
			return (int)i;
	return -1;
}

int find_range(const struct script *s, const char *name)
{
	for (unsigned int i = 0; i < s->nr_ranges; i++)
		if (!strcmp(s->ranges[i].name, name))
			return (int)i;
	return -1;
}

/* NAME, NAME+PAGE, each with @BYTES and :COUNT behind it, or a number with :COUNT. The word is
 * taken apart. */
static bool parse_place(struct parser *p, char *word, struct place *place)
{
	char *count = strchr(word, ':'), *bytes = strchr(word, '@'), *page = strchr(word, '+');
	const struct script *s = p->script;
	int index;

	*place = (struct place){.count = 1};
	if (count)
		*count++ = 0;
	if (bytes)
		*bytes++ = 0;
	if (page)
		*page++ = 0;
	if (count && !parse_number(p, count, "number of pages", &place->count))
		return false;
	if (strchr("-0123456789", word[0])) {
		place->kind = PLACE_NUMBER;
		return parse_number(p, word, "address", &place->bytes);
	}
	if ((page && !parse_number(p, page, "page number", &place->page)) ||
	    (bytes && !parse_number(p, bytes, "number of bytes", &place->bytes)))
		return false;
	index = find_range(s, word);
	place->kind = PLACE_RANGE;
	if (index >= 0 && !page && !count)
		place->count = 1UL << s->ranges[index].order;
	if (index < 0) {
		index = find_vm(s, word);
		place->kind = PLACE_VM;
	}
	if (index < 0) {
		parse_error(p,
			    "nothing is called '%s'; declare it before with 'pages %s order N' or "
			    "'vm %s protected'",
			    word, word, word);
		return false;
	}
	place->index = (unsigned int)index;
	if (place->kind == PLACE_RANGE &&
	    place->page + place->count > 1UL << s->ranges[index].order) {
		parse_error(p, "'%s' has %lu pages, not %lu; take fewer, or a larger order", word,
			    1UL << s->ranges[index].order, place->page + place->count);
		return false;
	}
	if (place->kind == PLACE_VM && !page)
		place->kind = PLACE_HANDLE;
	return true;
}

bool next_place(struct parser *p, const char *what, struct place *place)
{
	char *word = p->at < p->nr ? p->words[p->at++] : NULL;

	if (word)
		return parse_place(p, word, place);
	parse_error(p, "%s is missing", what);
	return false;
}

/* Physical addresses: a range or a number. */
bool next_physical(struct parser *p, struct place *place)
{
	if (!next_place(p, "a range of pages", place))
		return false;
	if (place->kind == PLACE_RANGE || place->kind == PLACE_NUMBER)
		return true;
	parse_error(p, "a VM where a range of pages must be; right would be p, p+3, p+3:8 or "
		       "0x40000000:8");
	return false;
}

/* Guest-physical addresses: a VM's RAM or a number. */
bool next_guest_physical(struct parser *p, struct place *place)
{
	if (!next_place(p, "a guest-physical address", place))
		return false;
	if (place->kind == PLACE_VM || place->kind == PLACE_NUMBER)
		return true;
	parse_error(p, "no guest-physical address; right would be VM+3, VM+3:8 or 0x40003000:8");
	return false;
}

bool next_vm(struct parser *p, struct statement *st)
{
	const char *name = next_word(p);

	st->vm = name ? find_vm(p->script, name) : -1;
	if (st->vm < 0)
		parse_error(p, "no VM is called '%s'; declare it before with 'vm %s protected'",
			    name ? name : "", name ? name : "a");
	return st->vm >= 0;
}

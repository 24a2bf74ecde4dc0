// SPDX-License-Identifier: GPL-2.0-only
/* Reads donation scripts: one statement a line, words between blanks. All errors of a file are
 * told. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"

/* -> ANSWER, or -> N pages */
static bool parse_answer(struct parser *p, struct statement *st)
{
	const char *word = next_word(p);

	if (word && answer_find(word, &st->expected)) {
		if (st->expected != DONJON_E_NO_POOL && st->expected != DONJON_E_NO_CACHE)
			return true;
		/* How many pages are missing, if the script says it. */
		word = p->at < p->nr && strchr("0123456789", p->words[p->at][0]) ? next_word(p)
										 : NULL;
		if (!word)
			return true;
	}
	if (word && strchr("0123456789", word[0]) &&
	    (accept_word(p, "pages") || accept_word(p, "page"))) {
		uint64_t pages;

		if (!parse_number(p, word, "number of pages", &pages))
			return false;
		st->expected_pages = (int64_t)pages;
		return true;
	}
	parse_error(p,
		    "'%s' is no answer; right would be OK, DENIED, ... (hyp/abi/hypercall.h), "
		    "REFUSED, MISSING, TOPUP, SPEC or N pages",
		    word ? word : "");
	return false;
}

/* Words up to the end of the line or to "|". */
static bool parse_statement(struct parser *p, bool part)
{
	struct script *s = p->script;
	struct statement *st = &s->lines[s->nr_lines];
	const char *word = next_word(p);
	const struct verb_syntax *verb = word ? find_verb(word) : NULL;

	*st = (struct statement){
		.line = p->line, .vm = -1, .range = -1, .part = part, .expected_pages = -1};
	st->expected = part ? ANSWER_SPEC : DONJON_OK;
	if (!verb) {
		parse_error(p, "'%s' is no statement; see scripts/donation/README.md",
			    word ? word : "");
		return false;
	}
	if (part && !verb->races) {
		parse_error(p, "'%s' cannot be part of 'both'", word);
		return false;
	}
	st->verb = verb->verb;
	if (!verb->parse(p, st))
		return false;
	if (verb->answers && !part && accept_word(p, "->") && !parse_answer(p, st))
		return false;
	if (p->at < p->nr) {
		parse_error(p, "'%s' is more than '%s' takes", p->words[p->at], word);
		return false;
	}
	s->nr_lines++;
	return true;
}

static void parse_both(struct parser *p)
{
	struct script *s = p->script;
	unsigned int bar, all = p->nr;

	for (bar = p->at; bar < p->nr && strcmp(p->words[bar], "|"); bar++)
		;
	if (bar == p->nr) {
		parse_error(p, "'|' is missing; right would be: both STATEMENT | STATEMENT");
		return;
	}
	s->lines[s->nr_lines++] = (struct statement){
		.line = p->line, .verb = VERB_BOTH, .vm = -1, .range = -1, .expected_pages = -1};
	p->nr = bar;
	if (!parse_statement(p, true))
		return;
	p->nr = all;
	p->at = bar + 1;
	parse_statement(p, true);
}

static void parse_line(struct parser *p, char *line)
{
	char *save = NULL;

	line[strcspn(line, "#")] = 0;
	p->nr = p->at = 0;
	for (char *word = strtok_r(line, " \t\r", &save); word;
	     word = strtok_r(NULL, " \t\r", &save)) {
		if (p->nr == MAX_WORDS) {
			parse_error(p, "more than %d words", MAX_WORDS);
			return;
		}
		p->words[p->nr++] = word;
	}
	if (!p->nr)
		return;
	if (p->script->nr_lines + 3 > SCRIPT_LINES) {
		parse_error(p, "too many statements; at most %d", SCRIPT_LINES);
		return;
	}
	if (accept_word(p, "both"))
		parse_both(p);
	else
		parse_statement(p, false);
}

/* What every script has. */
static void given(struct script *s)
{
	static const char *const names[RANGES_GIVEN] = {
		[RANGE_HYP] = "hyp",
		[RANGE_DEVICE] = "device",
		[RANGE_FIRMWARE] = "firmware",
	};

	for (s->nr_ranges = 0; s->nr_ranges < RANGES_GIVEN; s->nr_ranges++) {
		strcpy(s->ranges[s->nr_ranges].name, names[s->nr_ranges]);
		s->ranges[s->nr_ranges].given = true;
	}
}

/* The whole file, twice one after the other: one to be taken apart, the other for messages. */
static char *read_file(const char *name, size_t *size)
{
	FILE *file = fopen(name, "r");
	char *text = NULL;
	long length;

	if (file && !fseek(file, 0, SEEK_END) && (length = ftell(file)) >= 0 &&
	    !fseek(file, 0, SEEK_SET)) {
		*size = (size_t)length;
		text = malloc(2 * (*size + 1));
		if (text && fread(text, 1, *size, file) != *size) {
			free(text);
			text = NULL;
		}
	}
	if (!text)
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
	if (file)
		fclose(file);
	return text;
}

/* For messages: the statement without blanks around it and without its comment. */
static const char *trimmed(char *line)
{
	size_t length;

	line += strspn(line, " \t");
	length = strcspn(line, "#\r");
	while (length && (line[length - 1] == ' ' || line[length - 1] == '\t'))
		length--;
	line[length] = 0;
	return line;
}

bool script_read(struct script *script, const char *file)
{
	struct parser p = {.script = script};
	char *line, *copy, *end;
	size_t size = 0;

	memset(script, 0, sizeof(*script));
	script->file = file;
	given(script);
	script->text = read_file(file, &size);
	if (!script->text)
		return false;
	script->text[size] = 0;
	memcpy(script->text + size + 1, script->text, size + 1);
	copy = script->text + size + 1;
	for (line = script->text; line <= script->text + size;
	     copy += end + 1 - line, line = end + 1) {
		unsigned int first = script->nr_lines;
		const char *text;

		end = line + strcspn(line, "\n");
		copy[end - line] = 0;
		*end = 0;
		p.line++;
		text = copy;
		parse_line(&p, line);
		if (first < script->nr_lines)
			text = trimmed(copy);
		for (; first < script->nr_lines; first++)
			script->lines[first].text = text;
	}
	if (p.depth) {
		p.line = script->lines[p.open[p.depth - 1]].line;
		parse_error(&p, "'repeat' without its 'end'");
	}
	if (!p.errors)
		return true;
	script_free(script);
	return false;
}

void script_free(struct script *script)
{
	free(script->text);
	script->text = NULL;
}

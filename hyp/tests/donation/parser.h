/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the parser: words.c takes words and places, statements.c the statements, parse.c
 * lines and files. */
#pragma once

#include "script.h"

#define MAX_WORDS 24
#define MAX_DEPTH 4

struct parser {
	struct script *script;
	unsigned int line;
	unsigned int errors;
	char *words[MAX_WORDS];		     /* of the line */
	unsigned int nr, at;		     /* words, and the next one */
	unsigned int open[MAX_DEPTH], depth; /* "repeat"s without their end */
};

/* One kind of statement. parse() takes the words behind the first; false: an error has been told.
 */
struct verb_syntax {
	const char *word;
	enum verb verb;
	bool (*parse)(struct parser *p, struct statement *st);
	bool answers; /* may have -> */
	bool races;   /* may be part of "both" */
};

/* The syntax of the statement that begins with this word, or NULL. */
const struct verb_syntax *find_verb(const char *word);

/* Prints FILE:LINE: and the text, and counts it. */
void parse_error(struct parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

const char *next_word(struct parser *p);	      /* NULL: there is none */
bool accept_word(struct parser *p, const char *word); /* takes the next word if it is this one */
bool more_words(const struct parser *p);	      /* before "->" */

/* The functions below return false after an error has been told; what: for its text. */
bool parse_number(struct parser *p, const char *text, const char *what, uint64_t *value);
bool next_number(struct parser *p, const char *what, uint64_t *value);
bool next_place(struct parser *p, const char *what, struct place *place);
bool next_physical(struct parser *p, struct place *place);
bool next_guest_physical(struct parser *p, struct place *place);
bool next_vm(struct parser *p, struct statement *st);

/* Index of a VM or of a range of pages, -1: nothing is called so. */
int find_vm(const struct script *s, const char *name);
int find_range(const struct script *s, const char *name);

// SPDX-License-Identifier: GPL-2.0-only
#include "suggest.h"

#include <ctype.h>
#include <string.h>

#define LONGEST 63

static int fold(char c)
{
	return c == '_' ? '-' : tolower((unsigned char)c);
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/*
 * Edits (insert, delete, replace, swap of neighbours) between two words of at most LONGEST letters.
 */
static size_t edits(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[3][LONGEST + 1];
	size_t *before = row[0], *above = row[1], *now = row[2], *spare;

	for (size_t j = 0; j <= b_len; j++)
		above[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		now[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t differ = fold(a[i - 1]) != fold(b[j - 1]);

			now[j] = min3(above[j] + 1, now[j - 1] + 1, above[j - 1] + differ);
			if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
			    fold(a[i - 2]) == fold(b[j - 1]) && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
		spare = before;
		before = above;
		above = now;
		now = spare;
	}
	return above[b_len];
}

void suggest_word(struct suggestion *suggestion, const char *word)
{
	size_t typed_len = strlen(suggestion->typed), word_len = strlen(word), distance;

	if (!typed_len || typed_len > LONGEST || word_len > LONGEST)
		return;
	distance = edits(suggestion->typed, typed_len, word, word_len);
	/* A third of the letters wrong still reads as a slip; more is another word. */
	if (distance > (word_len + 2) / 3 || distance >= word_len)
		return;
	if (suggestion->best && distance >= suggestion->distance)
		return;
	suggestion->best = word;
	suggestion->distance = distance;
}

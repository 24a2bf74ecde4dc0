/* SPDX-License-Identifier: GPL-2.0-only */
/* "did you mean": the known word that is nearest to a mistyped one. */
#pragma once

#include <stddef.h>

/* Collects candidates one by one; start with zeroes and .typed set. */
struct suggestion {
	const char *typed;
	const char *best; /* NULL: nothing is near enough */
	size_t distance;
};

/* Takes @word into account. '-' and '_' count as the same letter, since people mix them up. */
void suggest_word(struct suggestion *suggestion, const char *word);

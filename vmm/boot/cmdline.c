// SPDX-License-Identifier: GPL-2.0-only
#include "cmdline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../util/log.h"

/* The end of the word that begins at @word (Linux's lib/cmdline.c, next_arg()). */
static const char *word_end(const char *word)
{
	bool quoted = false;

	for (; *word && (quoted || *word != ' '); word++)
		if (*word == '"')
			quoted = !quoted;
	return word;
}

bool cmdline_has(const char *cmdline, const char *key)
{
	size_t length = strlen(key);
	const char *word, *end;

	for (word = cmdline; *word; word = *end ? end + 1 : end) {
		end = word_end(word);
		if (*word == '"')
			word++;
		if (end - word == 2 && !strncmp(word, "--", 2))
			return false;
		if ((size_t)(end - word) >= length && !strncmp(word, key, length) &&
		    (word + length == end || word[length] == '=' || word[length] == '"'))
			return true;
	}
	return false;
}

int cmdline_make(char *out, const char *cmdline, uint64_t slots)
{
	char added[96] = "";
	size_t used = 0;
	int size;

	if (!cmdline_has(cmdline, "panic"))
		used += (size_t)snprintf(added + used, sizeof(added) - used, "panic=-1 ");
	if (!cmdline_has(cmdline, "reboot"))
		used += (size_t)snprintf(added + used, sizeof(added) - used, "reboot=panic_warm ");
	if (slots && !cmdline_has(cmdline, "swiotlb"))
		used += (size_t)snprintf(added + used, sizeof(added) - used, "swiotlb=%" PRIu64 " ",
					 slots);
	size = snprintf(out, CMDLINE_SIZE, "%s%s", added, cmdline);
	if (size < CMDLINE_SIZE)
		return (int)used;
	log_error("[kernel] cmdline is %zu characters long; with '%s' prepended it exceeds Linux's "
		  "limit of %d. Shorten it, or set these options in it yourself",
		  strlen(cmdline), added, CMDLINE_SIZE - 1);
	return -E2BIG;
}

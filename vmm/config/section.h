/* SPDX-License-Identifier: GPL-2.0-only */
/* The name of a section, without its brackets: vm, or a type and a name, disk "root". */
#pragma once

#include "settings.h"

/* inih keeps 49 bytes of a section's or key's name and drops the rest. */
#define SECTION_MAX 48

struct section {
	char type[SECTION_MAX + 1];
	char name[RECORD_NAME_MAX + 1]; /* "" for a section without one */
};

/* Where a section is named, and so how a message writes it: [vm], or --set vm.KEY=VALUE. */
enum section_source { SECTION_OF_FILE, SECTION_OF_OPTION };

/*
 * Takes @text apart. 0; or -EINVAL with a sentence in @why: no such section, a name that is
 * missing, too much or not a name.
 */
int section_parse(struct section *section, const char *text, enum section_source source, char *why,
		  size_t why_size);

/* The number of @section's record in @config, or -ENOENT. */
int section_record(const struct section *section, const struct config *config);

/*
 * The same, but a named section that is not there yet is added. -ENOMEM, or -ENOSPC with a sentence
 * in @why.
 */
int section_add(const struct section *section, struct config *config, char *why, size_t why_size);

/*
 * Writes the section of @setting in @record to @text as a file would have it, without the brackets.
 */
const char *section_title(const struct config *config, const struct setting *setting,
			  unsigned int record, char text[SECTION_MAX + 1]);

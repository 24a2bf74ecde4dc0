// SPDX-License-Identifier: GPL-2.0-only
#include "section.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FORM_SIZE (SECTION_MAX + 32)

/* How a section is written, in a file or in an option. */
static const char *form(const char *type, enum section_source source, char text[FORM_SIZE])
{
	const char *name = settings_section_is_named(type) ? " \"NAME\"" : "";

	snprintf(text, FORM_SIZE,
		 source == SECTION_OF_FILE ? "[%s%s]"
		 : *name		   ? "--set '%s%s.KEY=VALUE'"
					   : "--set %s%s.KEY=VALUE",
		 type, name);
	return text;
}

static int unknown(const char *text, const char *type, enum section_source source, char *why,
		   size_t why_size)
{
	const char *near = settings_suggest_section(type);
	char right[FORM_SIZE];

	if (near)
		snprintf(why, why_size, "unknown section [%s]; did you mean %s?", text,
			 form(near, source, right));
	else
		snprintf(why, why_size, "unknown section [%s]; `donjon help config` lists them",
			 text);
	return -EINVAL;
}

/* Letters, digits and "._-": no name needs quoting anywhere, in a file, a shell or a message. */
static bool is_name(const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("._-", name[i]))
			return false;
	return length && length <= RECORD_NAME_MAX;
}

/* @quoted: "NAME", with its quotation marks. */
static int take_name(struct section *section, const char *quoted, enum section_source source,
		     char *why, size_t why_size)
{
	size_t length = strlen(quoted);
	char right[FORM_SIZE];

	if (length < 2 || quoted[0] != '"' || quoted[length - 1] != '"') {
		snprintf(why, why_size, "[%s] needs a name: write %s", section->type,
			 form(section->type, source, right));
		return -EINVAL;
	}
	length -= 2;
	if (!is_name(quoted + 1, length)) {
		snprintf(why, why_size,
			 "[%s]: invalid name %s; use 1 to %d letters, digits, '.', '_' or '-'",
			 section->type, quoted, RECORD_NAME_MAX);
		return -EINVAL;
	}
	memcpy(section->name, quoted + 1, length);
	return 0;
}

int section_parse(struct section *section, const char *text, enum section_source source, char *why,
		  size_t why_size)
{
	/* In an option people write a dot before the name. */
	size_t length = strcspn(text, source == SECTION_OF_OPTION ? " \t\"." : " \t\"");
	size_t blank = strspn(text + length, " \t");
	const char *rest = text + length + blank;
	char right[FORM_SIZE];

	*section = (struct section){ .type = "" };
	if (length <= SECTION_MAX)
		memcpy(section->type, text, length);
	if (!settings_has_section(section->type))
		return unknown(text, section->type, source, why, why_size);
	if (settings_section_is_named(section->type))
		return take_name(section, blank ? rest : "", source, why, why_size);
	if (!text[length])
		return 0;
	snprintf(why, why_size, "[%s]: this section takes no name; write %s", text,
		 form(section->type, source, right));
	return -EINVAL;
}

int section_record(const struct section *section, const struct config *config)
{
	if (!*section->name)
		return 0;
	for (unsigned int i = 0; i < config->disks; i++)
		if (!strcmp(config->disk[i].name, section->name))
			return (int)i + 1;
	return -ENOENT;
}

int section_add(const struct section *section, struct config *config, char *why, size_t why_size)
{
	int record = section_record(section, config);

	if (record != -ENOENT)
		return record;
	record = config_add_disk(config, section->name);
	if (record == -ENOSPC)
		snprintf(why, why_size, "[%s \"%s\"]: too many disks (at most %d)", section->type,
			 section->name, DISKS_MAX);
	return record;
}

const char *section_title(const struct config *config, const struct setting *setting,
			  unsigned int record, char text[SECTION_MAX + 1])
{
	if (record)
		snprintf(text, SECTION_MAX + 1, "%s \"%s\"", setting->section,
			 config->disk[record - 1].name);
	else
		snprintf(text, SECTION_MAX + 1, "%s", setting->section);
	return text;
}

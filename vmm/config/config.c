// SPDX-License-Identifier: GPL-2.0-only
/*
 * inih does the grammar, behind a reader that sees every line first. The reader is needed because
 * the library as distributions build it cuts a line after 200 bytes, joins indented lines to the
 * one before, drops everything from " ;" on, does not pass a line number to the handler, and
 * accepts repeated or empty sections. So the reader checks each line, keeps the value, and passes a
 * short placeholder ("key=value" without the value) to inih.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/log.h"
#include "section.h"

#define NAME_LIMIT    SECTION_MAX
#define SECTION_LIMIT (DISKS_MAX + 32)
#define RECORDS_MAX   (DISKS_MAX + 1)

struct reader {
	const char *path;
	FILE *file;
	char *folder; /* of the file, with trailing slash, or "" */
	struct config *config;
	unsigned int line; /* number of the line read last, from 1 */
	unsigned int errors;
	bool out_of_memory;
	char text[CONFIG_LINE_MAX + 2]; /* the line read last */
	const char *value;		/* in text: the value of the line read last */
	/* Where each setting was given; 0: not yet. */
	unsigned int key_line[RECORDS_MAX][SETTINGS_MAX];
	char section[SECTION_LIMIT][NAME_LIMIT + 1];
	unsigned int section_line[SECTION_LIMIT];
	unsigned int sections;
	bool begun; /* some section, if only one that was complained about */
};

__attribute__((format(printf, 2, 3))) static void complain(struct reader *reader,
							   const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_plain("%s:%u: %s", reader->path, reader->line, text);
	reader->errors++;
}

static char *trim_end(char *text)
{
	size_t length = strlen(text);

	while (length && isspace((unsigned char)text[length - 1]))
		text[--length] = '\0';
	return text;
}

static char *skip_space(char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

/* Reads one line into reader->text without its end. Returns false at the end of the file. */
static bool read_line(struct reader *reader)
{
	size_t length = 0;
	bool zero = false;
	int c;

	while ((c = getc(reader->file)) != EOF && c != '\n') {
		if (!c)
			zero = true;
		if (length <= CONFIG_LINE_MAX)
			reader->text[length] = (char)c;
		length++;
	}
	if (c == EOF && !length)
		return false;
	reader->line++;
	reader->text[length <= CONFIG_LINE_MAX ? length : 0] = '\0';
	if (length > CONFIG_LINE_MAX)
		complain(reader, "the line is %zu bytes long; the limit is %d", length,
			 CONFIG_LINE_MAX);
	else if (zero) {
		complain(reader, "the line contains a zero byte; this is not a text file");
		reader->text[0] = '\0';
	}
	if (reader->line == 1 && !strncmp(reader->text, "\xef\xbb\xbf", 3))
		memmove(reader->text, reader->text + 3, strlen(reader->text + 3) + 1);
	return true;
}

/* "[name]": writes the placeholder and remembers the section, so that a second one is found. */
static bool check_section(struct reader *reader, char *text)
{
	char *name = text + 1, *end = strchr(text, ']'), why[256];
	struct section section;
	int record;

	if (!end) {
		complain(reader, "']' is missing at the end of the section's name");
		return false;
	}
	if (end[1]) {
		complain(reader,
			 "unexpected '%s' after the section's name; put it on a line of its own",
			 skip_space(end + 1));
		return false;
	}
	*end = '\0';
	if (strlen(name) > NAME_LIMIT) {
		complain(reader, "the section's name is %zu characters long; the limit is %d",
			 strlen(name), NAME_LIMIT);
		return false;
	}
	for (unsigned int i = 0; i < reader->sections; i++) {
		if (strcmp(reader->section[i], name))
			continue;
		complain(reader, "[%s] already begins on line %u; put its keys together", name,
			 reader->section_line[i]);
		return true;
	}
	record = section_parse(&section, name, SECTION_OF_FILE, why, sizeof(why));
	if (!record)
		record = section_add(&section, reader->config, why, sizeof(why));
	if (record == -ENOMEM)
		reader->out_of_memory = true;
	else if (record < 0)
		complain(reader, "%s", why);
	if (reader->sections < SECTION_LIMIT) {
		strcpy(reader->section[reader->sections], name);
		reader->section_line[reader->sections++] = reader->line;
	}
	return true;
}

/* "key = value": leaves the key in @text, the value in reader->value. */
static bool check_key(struct reader *reader, char *text)
{
	char *equals = strchr(text, '='), *colon = strchr(text, ':');

	if (!equals) {
		complain(reader, "'%s' is neither a [section] nor 'key = value'", text);
		return false;
	}
	if (colon && colon < equals) {
		complain(reader, "unexpected ':' in the key; write 'key = value'");
		return false;
	}
	*equals = '\0';
	reader->value = skip_space(equals + 1);
	trim_end(text);
	if (!*text || strlen(text) > NAME_LIMIT) {
		complain(reader, "the key must be 1 to %d characters long, not %zu", NAME_LIMIT,
			 strlen(text));
		return false;
	}
	if (strstr(text, " ;")) {
		complain(reader,
			 "unexpected ';' in the key; a comment must be on a line of its own");
		return false;
	}
	if (!reader->begun) {
		complain(reader, "'%s' is outside any [section]", text);
		return false;
	}
	return true;
}

/*
 * inih's reader: puts a placeholder for the next line into @buffer of @size bytes; NULL at the end
 * of the file.
 */
static char *next_line(char *buffer, int size, void *stream)
{
	struct reader *reader = stream;
	char *text = reader->text;

	reader->value = "";
	if (!read_line(reader))
		return NULL;
	trim_end(text);
	strcpy(buffer, "\n");
	if (!*text)
		return buffer;
	if (isspace((unsigned char)*text)) {
		char *first = skip_space(text);

		if (*first == '#' || *first == ';')
			return buffer;
		complain(reader, "the line begins with white space; keys start in the first "
				 "column, and lines cannot be continued");
		return buffer;
	}
	if (*text == '#' || *text == ';')
		return buffer;
	if (*text == '[') {
		reader->begun = true;
		/* handle_key() skips the keys of an invalid section. */
		snprintf(buffer, (size_t)size, "[%s]\n",
			 check_section(reader, text) ? text + 1 : "?");
	} else if (check_key(reader, text)) {
		snprintf(buffer, (size_t)size, "%s=x\n", text);
	}
	return buffer;
}

static void unknown_key(struct reader *reader, const char *section, const char *type,
			const char *key)
{
	const char *near = settings_suggest_key(type, key);

	if (near)
		complain(reader, "[%s]: unknown key '%s'; did you mean '%s'?", section, key, near);
	else
		complain(reader, "[%s]: unknown key '%s'; `donjon help config` lists them", section,
			 key);
}

/*
 * inih's handler. Always 1: errors are counted in the reader, so that the rest of the file is seen
 * too.
 */
static int handle_key(void *user, const char *section, const char *key, const char *placeholder)
{
	struct reader *reader = user;
	struct section place;
	unsigned int *line;
	char why[512];
	size_t count;
	int index, ret, record;

	(void)placeholder;
	/* An invalid section was reported where it began. */
	if (section_parse(&place, section, SECTION_OF_FILE, why, sizeof(why)))
		return 1;
	record = section_record(&place, reader->config);
	if (record < 0)
		return 1;
	index = settings_find(place.type, key);
	if (index < 0) {
		unknown_key(reader, section, place.type, key);
		return 1;
	}
	line = &reader->key_line[record][index];
	if (*line) {
		complain(reader, "[%s]: '%s' is already set on line %u", section, key, *line);
		return 1;
	}
	*line = reader->line;
	ret = setting_parse(&settings_table(&count)[index], reader->config, (unsigned int)record,
			    reader->value, reader->folder, why, sizeof(why));
	if (ret == -ENOMEM)
		reader->out_of_memory = true;
	else if (ret)
		complain(reader, "[%s]: %s: %s", section, key, why);
	return 1;
}

/* The target of --set: a section, and a key after the last dot. */
struct target {
	struct section section;
	int record, index;
};

static int find_target(struct target *target, struct config *config, const char *option)
{
	char name[2 * NAME_LIMIT + 2], why[512], *key;
	const char *equals = strchr(option, '='), *near;

	if (!equals || (size_t)(equals - option) >= sizeof(name)) {
		log_plain("--set %s: write it as section.key=value", option);
		return -EINVAL;
	}
	memcpy(name, option, (size_t)(equals - option));
	name[equals - option] = '\0';
	key = strrchr(name, '.');
	if (!key) {
		log_plain("--set %s: '%s' has no section; write it as section.key=value", option,
			  name);
		return -EINVAL;
	}
	*key++ = '\0';
	target->record = section_parse(&target->section, name, SECTION_OF_OPTION, why,
				       sizeof(why));
	if (!target->record)
		target->record = section_add(&target->section, config, why, sizeof(why));
	if (target->record < 0) {
		if (target->record != -ENOMEM)
			log_plain("--set %s: %s", option, why);
		return target->record == -ENOMEM ? -ENOMEM : -EINVAL;
	}
	target->index = settings_find(target->section.type, key);
	if (target->index >= 0)
		return 0;
	near = settings_suggest_key(target->section.type, key);
	log_plain("--set %s: [%s]: unknown key '%s'%s%s%s", option, name, key,
		  near ? "; did you mean '" : "", near ? near : "; `donjon help config` lists them",
		  near ? "'?" : "");
	return -EINVAL;
}

static int apply_set(struct reader *reader, const char *option)
{
	struct target target;
	char why[512], title[SECTION_MAX + 1];
	const struct setting *setting;
	size_t count;
	int ret = find_target(&target, reader->config, option);

	if (ret)
		return ret;
	setting = &settings_table(&count)[target.index];
	ret = setting_parse(setting, reader->config, (unsigned int)target.record,
			    strchr(option, '=') + 1, "", why, sizeof(why));
	if (ret == -EINVAL)
		log_plain(
			"--set %s: [%s]: %s: %s", option,
			section_title(reader->config, setting, (unsigned int)target.record, title),
			setting->key, why);
	if (!ret)
		reader->key_line[target.record][target.index] = UINT_MAX;
	return ret;
}

static int check_required(const struct reader *reader)
{
	size_t count;
	const struct setting *table = settings_table(&count);
	char title[SECTION_MAX + 1];
	int ret = 0;

	for (unsigned int record = 0; record < config_records(reader->config); record++) {
		for (size_t i = 0; i < count; i++) {
			if (!setting_in(&table[i], record) || table[i].initial ||
			    reader->key_line[record][i])
				continue;
			log_plain("%s: [%s]: '%s' is missing: %s", reader->path,
				  section_title(reader->config, &table[i], record, title),
				  table[i].key, table[i].help);
			ret = -EINVAL;
		}
	}
	return ret;
}

static int open_config(struct reader *reader)
{
	const char *slash = strrchr(reader->path, '/');
	size_t length = slash ? (size_t)(slash - reader->path) + 1 : 0;

	reader->folder = strndup(reader->path, length);
	if (!reader->folder)
		return -ENOMEM;
	reader->file = strcmp(reader->path, "-") ? fopen(reader->path, "re") : stdin;
	if (!reader->file) {
		int ret = -errno;

		log_plain("%s: cannot open the configuration: %s", reader->path, error_text(-ret));
		return ret;
	}
	return 0;
}

static int read_config(struct reader *reader)
{
	int ret = ini_parse_stream(next_line, reader, handle_key, reader);

	if (ferror(reader->file)) {
		log_plain("%s: cannot read the configuration: %s", reader->path, error_text(errno));
		return -EIO;
	}
	if (ret == -2 || reader->out_of_memory)
		return -ENOMEM;
	if (ret && !reader->errors) {
		/*
		 * The reader lets only well-formed lines through, so this means that the two
		 * disagree.
		 */
		log_plain("%s:%d: the INI library cannot parse the line", reader->path, ret);
		return -EINVAL;
	}
	return reader->errors ? -EINVAL : 0;
}

int config_load(struct config *config, const char *path, const char *const *sets, size_t count)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	int ret = -ENOMEM, also;

	if (!reader)
		goto out;
	reader->path = path;
	reader->config = config;
	ret = config_init(config);
	if (ret)
		goto out;
	ret = open_config(reader);
	if (!ret)
		ret = read_config(reader);
	if (!ret || ret == -EINVAL) {
		for (size_t i = 0; i < count; i++) {
			also = apply_set(reader, sets[i]);
			ret = ret ? ret : also;
		}
		also = check_required(reader);
		ret = ret ? ret : also;
	}
	if (reader->file && reader->file != stdin)
		fclose(reader->file);
	if (ret)
		config_free(config);
out:
	if (ret == -ENOMEM)
		log_error("no memory to read %s", path);
	if (reader)
		free(reader->folder);
	free(reader);
	return ret;
}

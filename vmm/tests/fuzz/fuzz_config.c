// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configuration files and --set options. The input is a file; the part behind a line "--set" is
 * options, one a line. The byte 1 begins a run: two bytes of length (13 bits) and the byte to
 * repeat, since lines near the limit are long.
 *
 * Expected: no crash and no leak; 0 or -EINVAL; a refusal says what and where, for each fault of a
 * line the file and the line; a configuration that was taken keeps the table's ranges, and, written
 * out again, is the same.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../hyp/tests/fuzz/harness.h"
#include "../../../hyp/tests/fuzz/input.h"
#include "../../config/config.h"
#include "../../config/section.h"
#include "../../util/log.h"

#define TEXT_MAX 65536
#define SETS_MAX 8
#define SPLIT	 "\n--set\n"

struct text {
	char bytes[TEXT_MAX];
	size_t size;
};

static void expand(struct text *text, struct input in)
{
	text->size = 0;
	while (input_left(&in)) {
		uint8_t c = input_8(&in);
		size_t n = 1;

		if (c == 1) {
			n = input_16(&in) & 0x1fff;
			c = input_8(&in);
		}
		for (; n && text->size < TEXT_MAX - 1; n--)
			text->bytes[text->size++] = (char)c;
	}
	text->bytes[text->size] = '\0';
}

/* Cuts the options off; they are strings in @text then. */
static size_t cut_sets(struct text *text, const char **sets)
{
	char *at = memmem(text->bytes, text->size, SPLIT, sizeof(SPLIT) - 1), *line, *rest;
	size_t count = 0;

	if (!at)
		return 0;
	rest = at + sizeof(SPLIT) - 1;
	text->size = (size_t)(at - text->bytes) + 1;
	while (count < SETS_MAX && (line = strsep(&rest, "\n")))
		sets[count++] = line;
	return count;
}

/* The file that configurations are read from: one in memory, since there are very many. */
static const char *file_of(const char *bytes, size_t size)
{
	static char path[32];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("configuration", 0);
		FUZZ_CHECK(fd >= 0, "no file in memory: %s", strerror(errno));
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	FUZZ_CHECK(!ftruncate(fd, 0) && pwrite(fd, bytes, size, 0) == (ssize_t)size,
		   "cannot write the file");
	return path;
}

static int load(struct config *config, const struct text *text, const char *const *sets,
		size_t count, char **messages)
{
	const char *path = file_of(text->bytes, text->size);
	size_t size;
	FILE *stream = open_memstream(messages, &size);
	int ret;

	log_to(stream);
	ret = config_load(config, path, sets, count);
	log_to(NULL);
	fclose(stream);
	return ret;
}

/* The record that is looked at. */
static unsigned int record;

static void *field(const struct config *config, const struct setting *setting)
{
	return setting_field(config, record, setting);
}

static bool is_text(const struct setting *setting)
{
	return setting->type == SETTING_STRING || setting->type == SETTING_PATH;
}

static void check_setting(const struct config *config, const struct setting *setting)
{
	uint64_t number;
	int choices = 0;

	switch (setting->type) {
	case SETTING_STRING:
	case SETTING_PATH:
		FUZZ_CHECK(*(char **)field(config, setting), "[%s] %s: no string", setting->section,
			   setting->key);
		number = strlen(*(char **)field(config, setting));
		FUZZ_CHECK(setting->initial || number, "[%s] %s: empty", setting->section,
			   setting->key);
		FUZZ_CHECK(setting->type == SETTING_PATH ||
				   (number >= setting->min && number <= setting->max),
			   "[%s] %s: %lu characters", setting->section, setting->key, number);
		break;
	case SETTING_COUNT:
	case SETTING_SIZE:
		number = *(uint64_t *)field(config, setting);
		FUZZ_CHECK(number >= setting->min && number <= setting->max &&
				   (!setting->step || number % setting->step == 0),
			   "[%s] %s: %lu is out of range", setting->section, setting->key, number);
		break;
	case SETTING_CHOICE:
		while (setting->choices[choices])
			choices++;
		FUZZ_CHECK(*(int *)field(config, setting) >= 0 &&
				   *(int *)field(config, setting) < choices,
			   "[%s] %s: choice %d", setting->section, setting->key,
			   *(int *)field(config, setting));
		break;
	case SETTING_SWITCH:
		FUZZ_CHECK(*(uint8_t *)field(config, setting) <= 1, "[%s] %s: no switch",
			   setting->section, setting->key);
	}
}

/*
 * A value as written in a file. False: a file cannot contain it (an option may hold what a file's
 * line cannot).
 */
static bool print_setting(FILE *out, const struct config *config, const struct setting *setting)
{
	const char *text = is_text(setting) ? *(char **)field(config, setting) : NULL;

	if (text) {
		if (*text &&
		    (strchr(" \t\v\f\r", *text) || strchr(" \t\v\f\r", text[strlen(text) - 1])))
			return false;
		/* With its folder before it, a path may be longer than a line. */
		if (strlen(setting->key) + 3 + strlen(text) > CONFIG_LINE_MAX)
			return false;
		/* A relative path has got its folder; it would get it once more. */
		if (setting->type == SETTING_PATH && *text && *text != '/')
			return false;
		fprintf(out, "%s = %s\n", setting->key, text);
	} else if (setting->type == SETTING_CHOICE) {
		fprintf(out, "%s = %s\n", setting->key,
			setting->choices[*(int *)field(config, setting)]);
	} else if (setting->type == SETTING_SWITCH) {
		fprintf(out, "%s = %s\n", setting->key,
			*(bool *)field(config, setting) ? "yes" : "no");
	} else {
		fprintf(out, "%s = %lu\n", setting->key, *(uint64_t *)field(config, setting));
	}
	return true;
}

static void expect_same(const struct config *a, const struct config *b,
			const struct setting *setting)
{
	if (is_text(setting))
		FUZZ_CHECK(!strcmp(*(char **)field(a, setting), *(char **)field(b, setting)),
			   "[%s] %s: '%s' became '%s'", setting->section, setting->key,
			   *(char **)field(a, setting), *(char **)field(b, setting));
	else if (setting->type == SETTING_SWITCH)
		FUZZ_CHECK(*(bool *)field(a, setting) == *(bool *)field(b, setting),
			   "[%s] %s changed", setting->section, setting->key);
	else if (setting->type == SETTING_CHOICE)
		FUZZ_CHECK(*(int *)field(a, setting) == *(int *)field(b, setting),
			   "[%s] %s changed", setting->section, setting->key);
	else
		FUZZ_CHECK(*(uint64_t *)field(a, setting) == *(uint64_t *)field(b, setting),
			   "[%s] %s changed", setting->section, setting->key);
}

/* Writes one record as one or more sections. False: a file cannot contain some value. */
static bool print_record(FILE *out, const struct config *config)
{
	size_t count;
	const struct setting *table = settings_table(&count), *before = NULL;
	char title[SECTION_MAX + 1];
	bool whole = true;

	for (size_t i = 0; i < count; i++) {
		if (!setting_in(&table[i], record))
			continue;
		check_setting(config, &table[i]);
		if (!before || strcmp(table[i].section, before->section))
			fprintf(out, "[%s]\n", section_title(config, &table[i], record, title));
		before = &table[i];
		whole &= print_setting(out, config, &table[i]);
	}
	return whole;
}

static void compare_record(const struct config *a, const struct config *b)
{
	size_t count;
	const struct setting *table = settings_table(&count);

	for (size_t i = 0; i < count; i++)
		if (setting_in(&table[i], record))
			expect_same(a, b, &table[i]);
	if (record)
		FUZZ_CHECK(!strcmp(a->disk[record - 1].name, b->disk[record - 1].name),
			   "a disk's name changed");
}

static void check_taken(const struct config *config)
{
	static struct text text;
	struct config again;
	char *messages;
	bool whole = true;
	FILE *out = fmemopen(text.bytes, sizeof(text.bytes), "w");

	for (record = 0; record < config_records(config); record++)
		whole &= print_record(out, config);
	text.size = (size_t)ftell(out);
	fclose(out);
	if (!whole)
		return;
	FUZZ_CHECK(!load(&again, &text, NULL, 0, &messages), "written out, it is refused: %s",
		   messages);
	FUZZ_CHECK(again.disks == config->disks, "%u disks became %u", config->disks, again.disks);
	for (record = 0; record < config_records(config); record++)
		compare_record(config, &again);
	config_free(&again);
	free(messages);
}

/* What a line of messages begins with: the file, or the option. */
static void check_messages(const char *messages)
{
	const char *line = messages, *path = file_of("", 0);

	FUZZ_CHECK(*line, "refused without a word");
	for (; *line; line = strchr(line, '\n') + 1) {
		bool file = !strncmp(line, path, strlen(path));

		FUZZ_CHECK(strchr(line, '\n'), "the last message has no end: %s", line);
		/* The text of an option may go on in a second line. */
		if (line == messages || file)
			FUZZ_CHECK((file && line[strlen(path)] == ':') ||
					   !strncmp(line, "--set ", 6),
				   "a message without its place: %s", line);
	}
}

/* The longest line, counted independently of the reader. */
static size_t longest_line(const struct text *text)
{
	size_t longest = 0, length = 0;

	for (size_t i = 0; i < text->size; i++) {
		length = text->bytes[i] == '\n' ? 0 : length + 1;
		longest = length > longest ? length : longest;
	}
	return longest;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *sets[SETS_MAX];
	static struct text text;
	struct config config;
	char *messages;
	size_t count;
	int ret;

	expand(&text, input_of(bytes, size));
	count = cut_sets(&text, sets);
	show("%.*s", (int)text.size, text.bytes);
	for (size_t i = 0; i < count; i++)
		show("--set %s\n", sets[i]);
	ret = load(&config, &text, sets, count, &messages);
	show("-> %d\n%s", ret, messages);
	FUZZ_CHECK(!ret || ret == -EINVAL, "expected 0 or -EINVAL, seen %d", ret);
	if (ret) {
		check_messages(messages);
	} else {
		FUZZ_CHECK(!*messages, "taken, but with a complaint: %s", messages);
		FUZZ_CHECK(longest_line(&text) <= CONFIG_LINE_MAX,
			   "taken with a line of %zu bytes; at most %d", longest_line(&text),
			   CONFIG_LINE_MAX);
		FUZZ_CHECK(!memchr(text.bytes, 0, text.size), "taken with a zero byte");
		check_taken(&config);
		config_free(&config);
	}
	free(messages);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../hyp/abi/platform.h"
#include "suggest.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

static const char *const hugepages_choices[] = { "auto", "never", NULL };
static const char *const backing_choices[] = { "auto", "guest_memfd", "anonymous", "memfd",
					       NULL };
static const char *const format_choices[] = { "auto", "image", "flat", NULL };
static const char *const mode_choices[] = { "required", "preferred", "off", NULL };
static const char *const backend_choices[] = { "auto", "donjon", "pkvm", NULL };
static const char *const output_choices[] = { "stdio", NULL };
static const char *const console_choices[] = { "pl011", "8250", "virtio", NULL };

/* clang-format off */
static const struct setting table[] = {
	{
		.section = "vm", .key = "name", .type = SETTING_STRING,
		.offset = offsetof(struct config, vm_name), .initial = "guest", .min = 1, .max = 63,
		.help = "Name of the virtual machine, used in messages and for its threads.",
	}, {
		.section = "vm", .key = "cpus", .type = SETTING_COUNT,
		.offset = offsetof(struct config, vm_cpus),
		.initial = "1", .min = 1, .max = PLAT_MAX_VCPUS,
		.help = "Number of virtual CPUs.",
	}, {
		.section = "vm", .key = "memory", .type = SETTING_SIZE,
		.offset = offsetof(struct config, vm_memory),
		.initial = "256M", .min = 2 * MIB, .max = 512 * GIB, .step = 2 * MIB,
		.help = "Size of the guest's RAM, which starts at 0x40000000.",
	}, {
		.section = "vm", .key = "hugepages", .type = SETTING_CHOICE,
		.offset = offsetof(struct config, vm_hugepages),
		.initial = "auto", .choices = hugepages_choices,
		.help = "auto: ask the host for 2 MiB pages, which makes donating memory to the "
			"guest much cheaper; never: use 4 KiB pages.",
	}, {
		.section = "vm", .key = "backing", .type = SETTING_CHOICE,
		.offset = offsetof(struct config, vm_backing),
		.initial = "auto", .choices = backing_choices,
		.help = "What backs the guest's RAM on the host: a guest_memfd, the donjon "
			"module's own memory, for protected guests; anonymous memory or a memfd, "
			"which the host's kernel manages. auto: a guest_memfd where there is one, "
			"else anonymous memory.",
	}, {
		.section = "kernel", .key = "image", .type = SETTING_PATH,
		.offset = offsetof(struct config, kernel_image),
		.help = "The guest's kernel: an arm64 Image, plain or compressed with gzip. A "
			"distribution's vmlinuz (an Image with an EFI stub) works.",
	}, {
		.section = "kernel", .key = "initrd", .type = SETTING_PATH,
		.offset = offsetof(struct config, kernel_initrd), .initial = "",
		.help = "Initial RAM disk; empty for none.",
	}, {
		.section = "kernel", .key = "cmdline", .type = SETTING_STRING,
		.offset = offsetof(struct config, kernel_cmdline), .initial = "", .max = 2047,
		.help = "Kernel command line; a ';' is part of it. donjon prepends panic=-1, "
			"reboot=panic_warm and, for a protected guest with devices that need it, "
			"swiotlb=SLOTS, unless the line already sets them.",
	}, {
		.section = "kernel", .key = "format", .type = SETTING_CHOICE,
		.offset = offsetof(struct config, kernel_format),
		.initial = "auto", .choices = format_choices,
		.help = "auto, image: require the header of an arm64 Image; flat: load any file "
			"at the start of RAM and enter it at its first byte.",
	}, {
		.section = "protection", .key = "mode", .type = SETTING_CHOICE,
		.offset = offsetof(struct config, protection_mode),
		.initial = "required", .choices = mode_choices,
		.help = "required: never run unprotected; preferred: warn and run unprotected if "
			"the host cannot protect the guest; off: run unprotected.",
	}, {
		.section = "protection", .key = "backend", .type = SETTING_CHOICE,
		.offset = offsetof(struct config, protection_backend),
		.initial = "auto", .choices = backend_choices,
		.help = "What protects the guest: the donjon module, Linux's pKVM, or (auto) "
			"whichever the host has.",
	}, {
		.section = "console", .key = "output", .type = SETTING_CHOICE,
		.offset = offsetof(struct config, console_output),
		.initial = "stdio", .choices = output_choices,
		.help = "Where the guest's console is connected: standard input and output.",
	}, {
		.section = "console", .key = "type", .type = SETTING_CHOICE,
		.offset = offsetof(struct config, console_type),
		.initial = "pl011", .choices = console_choices,
		.help = "The console device that the guest sees; Linux calls it ttyAMA0, ttyS0 or "
			"hvc0. The virtio console only works late in the guest's boot.",
	}, {
		.section = "rng", .key = "enabled", .type = SETTING_SWITCH,
		.offset = offsetof(struct config, rng_enabled), .initial = "yes",
		.help = "Whether the guest has a virtio entropy device, fed by the host's kernel. "
			"A guest that does not trust its host must not rely on it alone.",
	}, {
		.section = "disk", .named = true, .key = "path", .type = SETTING_PATH,
		.offset = offsetof(struct disk_config, path),
		.help = "The disk's contents: a raw file or a block device.",
	}, {
		.section = "disk", .named = true, .key = "readonly", .type = SETTING_SWITCH,
		.offset = offsetof(struct disk_config, readonly), .initial = "no",
		.help = "Whether the disk is read-only. A writable disk is locked against all "
			"other users, a read-only one against writers.",
	}, {
		.section = "disk", .named = true, .key = "serial", .type = SETTING_STRING,
		.offset = offsetof(struct disk_config, serial),
		.initial = "", .max = RECORD_NAME_MAX,
		.help = "The serial number that the guest sees; empty for the disk's name.",
	}, {
		.section = "disk", .named = true, .key = "discard", .type = SETTING_SWITCH,
		.offset = offsetof(struct disk_config, discard), .initial = "yes",
		.help = "Whether blocks that the guest discards are returned to the host.",
	},
};
/* clang-format on */

#define TABLE_SIZE (sizeof(table) / sizeof(table[0]))
_Static_assert(TABLE_SIZE <= SETTINGS_MAX, "raise SETTINGS_MAX");

const struct setting *settings_table(size_t *count)
{
	*count = TABLE_SIZE;
	return table;
}

int settings_find(const char *section, const char *key)
{
	for (size_t i = 0; i < TABLE_SIZE; i++)
		if (!strcmp(table[i].section, section) && !strcmp(table[i].key, key))
			return (int)i;
	return -ENOENT;
}

bool settings_has_section(const char *section)
{
	for (size_t i = 0; i < TABLE_SIZE; i++)
		if (!strcmp(table[i].section, section))
			return true;
	return false;
}

bool settings_section_is_named(const char *section)
{
	for (size_t i = 0; i < TABLE_SIZE; i++)
		if (!strcmp(table[i].section, section))
			return table[i].named;
	return false;
}

const char *settings_suggest_section(const char *typed)
{
	struct suggestion suggestion = { .typed = typed };

	for (size_t i = 0; i < TABLE_SIZE; i++)
		suggest_word(&suggestion, table[i].section);
	return suggestion.best;
}

const char *settings_suggest_key(const char *section, const char *typed)
{
	struct suggestion suggestion = { .typed = typed };

	for (size_t i = 0; i < TABLE_SIZE; i++)
		if (!strcmp(table[i].section, section))
			suggest_word(&suggestion, table[i].key);
	return suggestion.best;
}

char *size_text(uint64_t bytes, char *text)
{
	static const char suffixes[] = "GMK";

	for (int i = 0; i < 3; i++) {
		unsigned int shift = 30 - 10 * (unsigned int)i;

		if (bytes && !(bytes & ((1ULL << shift) - 1))) {
			sprintf(text, "%" PRIu64 "%c", bytes >> shift, suffixes[i]);
			return text;
		}
	}
	sprintf(text, "%" PRIu64, bytes);
	return text;
}

/* A decimal number with, when @sizes, an optional K, M or G. No sign, no spaces inside. */
static int parse_number(const char *value, bool sizes, uint64_t *number)
{
	char *end;
	unsigned int shift = 0;

	if (!isdigit((unsigned char)value[0]))
		return -EINVAL;
	errno = 0;
	*number = strtoull(value, &end, 10);
	if (errno)
		return -ERANGE;
	if (sizes && *end) {
		switch (*end++) {
		case 'K':
		case 'k':
			shift = 10;
			break;
		case 'M':
		case 'm':
			shift = 20;
			break;
		case 'G':
		case 'g':
			shift = 30;
			break;
		default:
			return -EINVAL;
		}
	}
	if (*end)
		return -EINVAL;
	if (*number > UINT64_MAX >> shift)
		return -ERANGE;
	*number <<= shift;
	return 0;
}

static int parse_range(const struct setting *setting, const char *value, uint64_t *number,
		       char *why, size_t why_size)
{
	bool sizes = setting->type == SETTING_SIZE;
	int ret = parse_number(value, sizes, number);
	char min[24], max[24], step[24];

	if (ret == -EINVAL) {
		snprintf(why, why_size,
			 sizes ? "'%s' is not a size; write bytes, or a number with K, M or G"
			       : "'%s' is not a whole number",
			 value);
		return ret;
	}
	if (ret || *number < setting->min || *number > setting->max) {
		if (sizes)
			snprintf(why, why_size, "'%s' is out of range (%s to %s)", value,
				 size_text(setting->min, min), size_text(setting->max, max));
		else
			snprintf(why, why_size, "'%s' is out of range (%" PRIu64 " to %" PRIu64 ")",
				 value, setting->min, setting->max);
		return -EINVAL;
	}
	if (setting->step && *number % setting->step) {
		snprintf(why, why_size, "'%s' is not a multiple of %s", value,
			 size_text(setting->step, step));
		return -EINVAL;
	}
	return 0;
}

static int parse_choice(const struct setting *setting, const char *value, int *choice, char *why,
			size_t why_size)
{
	struct suggestion suggestion = { .typed = value };
	size_t used;

	for (int i = 0; setting->choices[i]; i++) {
		if (!strcmp(setting->choices[i], value)) {
			*choice = i;
			return 0;
		}
		suggest_word(&suggestion, setting->choices[i]);
	}
	used = (size_t)snprintf(why, why_size, "'%s' is not one of", value);
	for (int i = 0; setting->choices[i] && used < why_size; i++)
		used += (size_t)snprintf(why + used, why_size - used, "%s %s", i ? "," : "",
					 setting->choices[i]);
	if (suggestion.best && used < why_size)
		snprintf(why + used, why_size - used, "; did you mean '%s'?", suggestion.best);
	return -EINVAL;
}

static int parse_text(const struct setting *setting, const char *value, const char *folder,
		      char **text, char *why, size_t why_size)
{
	bool path = setting->type == SETTING_PATH;
	size_t length = strlen(value);
	char *copy;

	if (!length && !setting->initial) {
		snprintf(why, why_size, "must not be empty");
		return -EINVAL;
	}
	if (!path && (length < setting->min || length > setting->max)) {
		snprintf(why, why_size,
			 "must be %" PRIu64 " to %" PRIu64 " characters long, not %zu",
			 setting->min, setting->max, length);
		return -EINVAL;
	}
	if (!path || !length || value[0] == '/')
		folder = "";
	copy = malloc(strlen(folder) + length + 1);
	if (!copy)
		return -ENOMEM;
	strcpy(copy, folder);
	strcat(copy, value);
	free(*text);
	*text = copy;
	return 0;
}

static int parse_switch(const char *value, bool *on, char *why, size_t why_size)
{
	static const char *const words[2][4] = { { "no", "off", "false", "0" },
						 { "yes", "on", "true", "1" } };

	for (int i = 0; i < 8; i++) {
		if (strcmp(words[i & 1][i / 2], value))
			continue;
		*on = i & 1;
		return 0;
	}
	snprintf(why, why_size, "'%s' is neither yes nor no", value);
	return -EINVAL;
}

int setting_parse(const struct setting *setting, struct config *config, unsigned int record,
		  const char *value, const char *folder, char *why, size_t why_size)
{
	void *field = setting_field(config, record, setting);

	switch (setting->type) {
	case SETTING_STRING:
	case SETTING_PATH:
		return parse_text(setting, value, folder, field, why, why_size);
	case SETTING_COUNT:
	case SETTING_SIZE:
		return parse_range(setting, value, field, why, why_size);
	case SETTING_CHOICE:
		return parse_choice(setting, value, field, why, why_size);
	case SETTING_SWITCH:
		return parse_switch(value, field, why, why_size);
	}
	return -EINVAL;
}

unsigned int config_records(const struct config *config)
{
	return 1 + config->disks;
}

bool setting_in(const struct setting *setting, unsigned int record)
{
	return setting->named == (record > 0);
}

void *setting_field(const struct config *config, unsigned int record, const struct setting *setting)
{
	const void *base = record ? (const void *)&config->disk[record - 1] : config;

	return (char *)(uintptr_t)base + setting->offset;
}

/* Every default of one record. */
static int init_record(struct config *config, unsigned int record)
{
	char why[256];

	for (size_t i = 0; i < TABLE_SIZE; i++) {
		struct setting setting = table[i];
		int ret;

		if (!setting_in(&setting, record))
			continue;
		if (!setting.initial)
			setting.initial = "";
		ret = setting_parse(&setting, config, record, setting.initial, "", why,
				    sizeof(why));
		if (ret)
			return ret;
	}
	return 0;
}

static void free_record(struct config *config, unsigned int record)
{
	for (size_t i = 0; i < TABLE_SIZE; i++) {
		char **text;

		if (!setting_in(&table[i], record) ||
		    (table[i].type != SETTING_STRING && table[i].type != SETTING_PATH))
			continue;
		text = setting_field(config, record, &table[i]);
		free(*text);
		*text = NULL;
	}
}

int config_add_disk(struct config *config, const char *name)
{
	struct disk_config *disk = &config->disk[config->disks];
	unsigned int record = config->disks + 1;
	int ret = -ENOMEM;

	if (config->disks == DISKS_MAX)
		return -ENOSPC;
	*disk = (struct disk_config){ .name = strdup(name) };
	if (disk->name)
		ret = init_record(config, record);
	config->disks++; /* also when it failed: config_free() then finds what there is */
	return ret ? ret : (int)record;
}

int config_init(struct config *config)
{
	int ret;

	memset(config, 0, sizeof(*config));
	ret = init_record(config, 0);
	if (ret)
		config_free(config);
	return ret;
}

void config_free(struct config *config)
{
	for (unsigned int i = 0; i < config_records(config); i++)
		free_record(config, i);
	for (unsigned int i = 0; i < config->disks; i++)
		free(config->disk[i].name);
	config->disks = 0;
}

static void print_range(FILE *out, const struct setting *setting)
{
	char min[24], max[24], step[24];

	switch (setting->type) {
	case SETTING_STRING:
		fprintf(out, "text, %" PRIu64 " to %" PRIu64 " characters", setting->min,
			setting->max);
		break;
	case SETTING_PATH:
		fprintf(out, "path, relative to the configuration file");
		break;
	case SETTING_COUNT:
		fprintf(out, "%" PRIu64 " to %" PRIu64, setting->min, setting->max);
		break;
	case SETTING_SIZE:
		fprintf(out, "%s to %s in steps of %s", size_text(setting->min, min),
			size_text(setting->max, max), size_text(setting->step, step));
		break;
	case SETTING_CHOICE:
		for (int i = 0; setting->choices[i]; i++)
			fprintf(out, "%s%s", i ? " | " : "", setting->choices[i]);
		break;
	case SETTING_SWITCH:
		fprintf(out, "yes | no");
		break;
	}
}

void settings_print(FILE *out)
{
	const char *section = "";

	for (size_t i = 0; i < TABLE_SIZE; i++) {
		const struct setting *setting = &table[i];

		if (strcmp(section, setting->section))
			fprintf(out, "%s[%s%s]\n", i ? "\n" : "", setting->section,
				setting->named ? " \"NAME\"" : "");
		section = setting->section;
		fprintf(out, "  %s: ", setting->key);
		print_range(out, setting);
		if (!setting->initial)
			fprintf(out, "; required");
		else
			fprintf(out, "; default %s",
				*setting->initial ? setting->initial : "empty");
		fprintf(out, "\n      %s\n", setting->help);
	}
}

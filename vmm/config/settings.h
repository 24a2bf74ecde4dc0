/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every setting of a virtual machine, in one table, which drives the parser of configuration files,
 * --set and `donjon help config`. Defaults are defined nowhere else. A test compares donjon.1 with
 * it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum hugepages { HUGEPAGES_AUTO, HUGEPAGES_NEVER };
enum backing { BACKING_AUTO, BACKING_GUEST_MEMFD, BACKING_ANONYMOUS, BACKING_MEMFD };
enum image_format { FORMAT_AUTO, FORMAT_IMAGE, FORMAT_FLAT };
enum protection_mode { PROTECTION_REQUIRED, PROTECTION_PREFERRED, PROTECTION_OFF };
enum protection_backend { BACKEND_AUTO, BACKEND_DONJON, BACKEND_PKVM };
enum console_output { CONSOLE_STDIO };
enum console_type { CONSOLE_PL011, CONSOLE_8250, CONSOLE_VIRTIO };

#define DISKS_MAX 16
#define RECORD_NAME_MAX                                                                            \
	20 /* of a named section; a disk's is its serial number, which has 20 bytes */

/* [disk "NAME"] */
struct disk_config {
	char *name;
	char *path;   /* resolved */
	char *serial; /* "": the name */
	bool readonly, discard;
};

/* The value of every setting. Strings belong to the structure; "" means "not given". */
struct config {
	char *vm_name;
	uint64_t vm_cpus;
	uint64_t vm_memory;  /* bytes */
	int vm_hugepages;    /* enum hugepages */
	int vm_backing;	     /* enum backing */
	char *kernel_image;  /* path, resolved */
	char *kernel_initrd; /* path, resolved, or "" */
	char *kernel_cmdline;
	int kernel_format;	/* enum image_format */
	int protection_mode;	/* enum protection_mode */
	int protection_backend; /* enum protection_backend */
	int console_output;	/* enum console_output */
	int console_type;	/* enum console_type */
	bool rng_enabled;
	struct disk_config disk[DISKS_MAX]; /* in the order of the file */
	unsigned int disks;
};

/* More settings than this need a larger number here. */
#define SETTINGS_MAX 64

enum setting_type {
	SETTING_STRING, /* char *; at most max bytes */
	SETTING_PATH,	/* char * */
	SETTING_COUNT,	/* uint64_t, min to max */
	SETTING_SIZE,	/* uint64_t bytes, min to max, a multiple of step; K, M, G */
	SETTING_CHOICE, /* int, index into choices */
	SETTING_SWITCH, /* bool: yes or no; on, off, true, false, 1 and 0 as well */
};

struct setting {
	const char *section, *key;
	enum setting_type type;
	bool named;	     /* the section has a name and may be there several times */
	size_t offset;	     /* in struct config; named: in the section's record */
	const char *initial; /* default as written in a file; NULL: required */
	uint64_t min, max, step;
	const char *const *choices; /* ended by NULL, in the order of the enumeration */
	const char *help;
};

/* The table, sorted as `help config` prints it; *@count entries. */
const struct setting *settings_table(size_t *count);

/* Index of @section.@key in the table, or -ENOENT. */
int settings_find(const char *section, const char *key);
bool settings_has_section(const char *section);
/* Whether the section wants a name: [disk "NAME"]. */
bool settings_section_is_named(const char *section);

/* The nearest known name for a mistyped one, or NULL. */
const char *settings_suggest_section(const char *typed);
const char *settings_suggest_key(const char *section, const char *typed);

/*
 * Settings live in records. Record 0 holds those of all sections without a name; each named section
 * has one of its own: record 1 + n is disk n.
 */
unsigned int config_records(const struct config *config);

/* Whether @setting is one of @record's. */
bool setting_in(const struct setting *setting, unsigned int record);

/* Where @setting's value is in @record: a char *, uint64_t, int or bool, by its type. */
void *setting_field(const struct config *config, unsigned int record,
		    const struct setting *setting);

/*
 * Parses @value into @record of @config. @folder, with a trailing slash or "", is put before
 * relative paths. Returns 0, or -EINVAL with the reason in @why (a sentence without the setting's
 * name), or -ENOMEM.
 */
int setting_parse(const struct setting *setting, struct config *config, unsigned int record,
		  const char *value, const char *folder, char *why, size_t why_size);

/* Fills @config with every default; settings that must be given become "". 0 or -ENOMEM. */
int config_init(struct config *config);
void config_free(struct config *config);

/*
 * Adds [disk "@name"] with every default. The record's number; -ENOSPC: DISKS_MAX are there;
 * -ENOMEM.
 */
int config_add_disk(struct config *config, const char *name);

/* Prints the table for people: `donjon help config`. */
void settings_print(FILE *out);

/*
 * "16M", "1G", "4096": the shortest exact form of @bytes in @text (at least 24 bytes), which is
 * returned.
 */
char *size_text(uint64_t bytes, char *text);

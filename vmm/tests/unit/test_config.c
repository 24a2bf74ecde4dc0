// SPDX-License-Identifier: GPL-2.0-only
/* Configuration files: each mistake gets one message that names the place and the way out. */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../config/completion.h"
#include "../../config/config.h"
#include "../../config/suggest.h"

#define GOOD "[kernel]\nimage = k\n"

/* Loads @text; messages have the file's name replaced by FILE. */
static int load(struct config *config, const char *text, const char *const *sets, size_t count,
		char *messages, size_t size)
{
	const char *path = temporary_file(text, strlen(text));
	const char *from, *next;
	size_t used = 0;
	int ret;

	capture_begin();
	ret = config_load(config, path, sets, count);
	from = capture_end();
	messages[0] = '\0';
	while ((next = strstr(from, path))) {
		used += (size_t)snprintf(messages + used, size - used, "%.*sFILE",
					 (int)(next - from), from);
		from = next + strlen(path);
	}
	snprintf(messages + used, size - used, "%s", from);
	return ret;
}

static void expect_refused(const char *text, const char *message)
{
	struct config config;
	char messages[8192];

	assert_int_equal(load(&config, text, NULL, 0, messages, sizeof(messages)), -EINVAL);
	assert_string_equal(messages, message);
}

static void defaults_apply(void **state)
{
	struct config config;
	char messages[1024];

	(void)state;
	assert_int_equal(load(&config, "[kernel]\nimage = /boot/Image\n", NULL, 0, messages,
			      sizeof(messages)),
			 0);
	assert_string_equal(messages, "");
	assert_string_equal(config.vm_name, "guest");
	assert_int_equal(config.vm_cpus, 1);
	assert_int_equal(config.vm_memory, 256 << 20);
	assert_string_equal(config.kernel_image, "/boot/Image");
	assert_string_equal(config.kernel_initrd, "");
	assert_int_equal(config.protection_mode, PROTECTION_REQUIRED);
	assert_int_equal(config.console_type, CONSOLE_PL011);
	config_free(&config);
}

static void every_setting_is_read(void **state)
{
	static const char text[] =
		"; a comment\n# another\n   # an indented comment\n\n"
		"[vm]\nname = web\ncpus=4\nmemory = 1G\nhugepages = never\nbacking = memfd\r\n"
		"[kernel]\nimage = sub/Image\ninitrd = /i\ncmdline = a=b ;c # d: e\t \nformat = "
		"flat\n"
		"[protection]\nmode = off\nbackend = pkvm\n"
		"[console]\noutput = stdio\ntype = 8250";
	struct config config;
	char messages[1024];

	(void)state;
	assert_int_equal(load(&config, text, NULL, 0, messages, sizeof(messages)), 0);
	assert_string_equal(messages, "");
	assert_string_equal(config.vm_name, "web");
	assert_int_equal(config.vm_cpus, 4);
	assert_int_equal(config.vm_memory, 1UL << 30);
	assert_int_equal(config.vm_hugepages, HUGEPAGES_NEVER);
	assert_int_equal(config.vm_backing, BACKING_MEMFD);
	assert_string_equal(config.kernel_image, "/tmp/sub/Image"); /* relative to the file */
	assert_string_equal(config.kernel_initrd, "/i");
	assert_string_equal(config.kernel_cmdline,
			    "a=b ;c # d: e"); /* nothing of it is a comment */
	assert_int_equal(config.kernel_format, FORMAT_FLAT);
	assert_int_equal(config.protection_mode, PROTECTION_OFF);
	assert_int_equal(config.protection_backend, BACKEND_PKVM);
	assert_int_equal(config.console_type, CONSOLE_8250);
	config_free(&config);
}

static void long_command_line_survives(void **state)
{
	char text[3000] = GOOD "cmdline = ", cmdline[2048], messages[1024];
	struct config config;

	(void)state;
	memset(cmdline, 'x', 2047);
	cmdline[2047] = '\0';
	strcat(text, cmdline);
	assert_int_equal(load(&config, text, NULL, 0, messages, sizeof(messages)), 0);
	assert_string_equal(config.kernel_cmdline, cmdline);
	config_free(&config);
	strcat(text, "x");
	expect_refused(text,
		       "FILE:3: [kernel]: cmdline: must be 0 to 2047 characters long, not 2048\n");
}

static void too_long_line_is_refused(void **state)
{
	char *text = malloc(6000);

	(void)state;
	strcpy(text, GOOD "cmdline = ");
	memset(text + strlen(text), 'y', 4500);
	strcpy(text + strlen(GOOD "cmdline = ") + 4500, "\n");
	expect_refused(text, "FILE:3: the line is 4510 bytes long; the limit is 4096\n");
	free(text);
}

static void mistakes_are_named(void **state)
{
	(void)state;
	expect_refused("[vm]\nmemroy = 1G\n" GOOD,
		       "FILE:2: [vm]: unknown key 'memroy'; did you mean 'memory'?\n");
	expect_refused("[vm]\nfrobnicate = 1\n" GOOD,
		       "FILE:2: [vm]: unknown key 'frobnicate'; `donjon help config` lists them\n");
	expect_refused(GOOD "[protecton]\nmode = off\n",
		       "FILE:3: unknown section [protecton]; did you mean [protection]?\n");
	expect_refused(GOOD "[net \"eth0\"]\n",
		       "FILE:3: unknown section [net \"eth0\"]; `donjon help config` lists them\n");
	expect_refused(GOOD "[vm]\n[vm]\n",
		       "FILE:4: [vm] already begins on line 3; put its keys together\n");
	expect_refused(GOOD "image = other\n",
		       "FILE:3: [kernel]: 'image' is already set on line 2\n");
	expect_refused(GOOD "[vm]\ncpus = 17\n",
		       "FILE:4: [vm]: cpus: '17' is out of range (1 to 16)\n");
	expect_refused(GOOD "[vm]\ncpus = -1\n",
		       "FILE:4: [vm]: cpus: '-1' is not a whole number\n");
	expect_refused(GOOD "[vm]\ncpus = 1K\n",
		       "FILE:4: [vm]: cpus: '1K' is not a whole number\n");
	expect_refused(GOOD "[vm]\nmemory = 1X\n", "FILE:4: [vm]: memory: '1X' is not a size; "
						   "write bytes, or a number with K, M or G\n");
	expect_refused(GOOD "[vm]\nmemory = 3M\n",
		       "FILE:4: [vm]: memory: '3M' is not a multiple of 2M\n");
	expect_refused(GOOD "[vm]\nmemory = 0\n",
		       "FILE:4: [vm]: memory: '0' is out of range (2M to 512G)\n");
	expect_refused(
		GOOD "[vm]\nmemory = 99999999999999999999\n",
		"FILE:4: [vm]: memory: '99999999999999999999' is out of range (2M to 512G)\n");
	expect_refused(GOOD "[vm]\nmemory = 18014398509498368K\n",
		       "FILE:4: [vm]: memory: '18014398509498368K' is out of range (2M to 512G)\n");
	expect_refused(GOOD "[protection]\nmode = prefered\n",
		       "FILE:4: [protection]: mode: 'prefered' is not one of required, preferred, "
		       "off; did you mean 'preferred'?\n");
	expect_refused("[kernel]\nimage =\n", "FILE:2: [kernel]: image: must not be empty\n");
}

static void bad_lines_are_named(void **state)
{
	(void)state;
	expect_refused(GOOD "cmdline\n",
		       "FILE:3: 'cmdline' is neither a [section] nor 'key = value'\n");
	expect_refused(GOOD "cmdline: a=b\n",
		       "FILE:3: unexpected ':' in the key; write 'key = value'\n");
	expect_refused(GOOD "cmdline = a\n  b=c\n",
		       "FILE:4: the line begins with white space; keys start in the first column, "
		       "and lines cannot be continued\n");
	expect_refused("image = k\n" GOOD, "FILE:1: 'image' is outside any [section]\n");
	expect_refused(GOOD "= x\n", "FILE:3: the key must be 1 to 48 characters long, not 0\n");
	expect_refused(GOOD "[vm\n", "FILE:3: ']' is missing at the end of the section's name\n");
	expect_refused("[vm\ncpus = 2\n" GOOD,
		       "FILE:1: ']' is missing at the end of the section's name\n");
	/* What follows belongs to no section, so nothing is said about it. */
	expect_refused(GOOD "[vm\ncpus = 2\nimage = k\n",
		       "FILE:3: ']' is missing at the end of the section's name\n");
	expect_refused(GOOD "[vm] ; the machine\n",
		       "FILE:3: unexpected '; the machine' after the section's name; put it on a "
		       "line of its own\n");
	expect_refused(
		GOOD "cm ; dline = x\n",
		"FILE:3: unexpected ';' in the key; a comment must be on a line of its own\n");
}

static void all_errors_are_listed(void **state)
{
	(void)state;
	expect_refused(
		"[vm]\ncpus = 0\nmemory = x\nnme = y\n[protection]\nmode = on\n",
		"FILE:2: [vm]: cpus: '0' is out of range (1 to 16)\n"
		"FILE:3: [vm]: memory: 'x' is not a size; write bytes, or a number with K, M or G\n"
		"FILE:4: [vm]: unknown key 'nme'; did you mean 'name'?\n"
		"FILE:6: [protection]: mode: 'on' is not one of required, preferred, off\n"
		"FILE: [kernel]: 'image' is missing: The guest's kernel: an arm64 Image, plain or "
		"compressed with gzip. A distribution's vmlinuz (an Image with an EFI stub) "
		"works.\n");
}

static void disks_have_names(void **state)
{
	static const char text[] = GOOD "[disk \"root\"]\npath = root.img\n"
					"[disk  \"data-2.x_Y\"]\npath = /dev/vda\nreadonly = "
					"on\nserial = abc\ndiscard = 0\n";
	struct config config;
	char messages[1024];

	(void)state;
	assert_int_equal(load(&config, text, NULL, 0, messages, sizeof(messages)), 0);
	assert_string_equal(messages, "");
	assert_int_equal(config.disks, 2);
	assert_string_equal(config.disk[0].name, "root");
	assert_string_equal(config.disk[0].path, "/tmp/root.img"); /* relative to the file */
	assert_false(config.disk[0].readonly);
	assert_true(config.disk[0].discard);
	assert_string_equal(config.disk[0].serial, "");
	assert_string_equal(config.disk[1].name, "data-2.x_Y");
	assert_string_equal(config.disk[1].path, "/dev/vda");
	assert_true(config.disk[1].readonly);
	assert_false(config.disk[1].discard);
	assert_string_equal(config.disk[1].serial, "abc");
	assert_true(config.rng_enabled);
	config_free(&config);
}

static void mistakes_with_disks_are_named(void **state)
{
	(void)state;
	expect_refused(
		GOOD "[disk \"root\"]\nread-only = yes\n",
		"FILE:4: [disk \"root\"]: unknown key 'read-only'; did you mean 'readonly'?\n"
		"FILE: [disk \"root\"]: 'path' is missing: The disk's contents: a raw file or a "
		"block device.\n");
	expect_refused(GOOD "[disk \"a\"]\npath = x\npath = y\n[disk \"b\"]\npath = x\n",
		       "FILE:5: [disk \"a\"]: 'path' is already set on line 4\n");
	expect_refused(GOOD "[disk \"a\"]\npath = x\n[disk \"a\"]\n",
		       "FILE:5: [disk \"a\"] already begins on line 3; put its keys together\n");
	expect_refused(GOOD "[disk]\npath = x\n",
		       "FILE:3: [disk] needs a name: write [disk \"NAME\"]\n");
	expect_refused(GOOD "[disk root]\n",
		       "FILE:3: [disk] needs a name: write [disk \"NAME\"]\n");
	expect_refused(GOOD "[disk\"root\"]\n",
		       "FILE:3: [disk] needs a name: write [disk \"NAME\"]\n");
	expect_refused(GOOD "[disk \"a b\"]\n", "FILE:3: [disk]: invalid name \"a b\"; use 1 to 20 "
						"letters, digits, '.', '_' or '-'\n");
	expect_refused(GOOD "[disk \"\"]\n", "FILE:3: [disk]: invalid name \"\"; use 1 to 20 "
					     "letters, digits, '.', '_' or '-'\n");
	expect_refused(GOOD "[disk \"123456789012345678901\"]\n",
		       "FILE:3: [disk]: invalid name \"123456789012345678901\"; use 1 to 20 "
		       "letters, digits, '.', '_' or '-'\n");
	expect_refused(GOOD "[dsik \"a\"]\n",
		       "FILE:3: unknown section [dsik \"a\"]; did you mean [disk \"NAME\"]?\n");
	expect_refused(GOOD "[vm \"a\"]\n",
		       "FILE:3: [vm \"a\"]: this section takes no name; write [vm]\n");
	expect_refused(GOOD "[disk \"a\"]\npath = x\nreadonly = maybe\n",
		       "FILE:5: [disk \"a\"]: readonly: 'maybe' is neither yes nor no\n");
	expect_refused(GOOD "[disk \"a\"]\npath = x\nserial = 123456789012345678901\n",
		       "FILE:5: [disk \"a\"]: serial: must be 0 to 20 characters long, not 21\n");
}

static void one_disk_too_many_is_refused(void **state)
{
	char text[2048] = GOOD;
	struct config config;
	char messages[1024];
	size_t used = strlen(text);

	(void)state;
	for (int i = 0; i < DISKS_MAX; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "[disk \"d%d\"]\npath = x\n", i);
	assert_int_equal(load(&config, text, NULL, 0, messages, sizeof(messages)), 0);
	assert_int_equal(config.disks, DISKS_MAX);
	config_free(&config);
	snprintf(text + used, sizeof(text) - used, "[disk \"last\"]\npath = x\n");
	expect_refused(text, "FILE:35: [disk \"last\"]: too many disks (at most 16)\n");
}

static void zero_bytes_are_refused(void **state)
{
	static const char text[] = GOOD "cmdline = a\0b\n";
	const char *path = temporary_file(text, sizeof(text) - 1);
	struct config config;

	(void)state;
	capture_begin();
	assert_int_equal(config_load(&config, path, NULL, 0), -EINVAL);
	assert_non_null(strstr(capture_end(),
			       ":3: the line contains a zero byte; this is not a text file\n"));
}

static void byte_order_mark_is_skipped(void **state)
{
	struct config config;
	char messages[1024];

	(void)state;
	assert_int_equal(load(&config, "\xef\xbb\xbf" GOOD, NULL, 0, messages, sizeof(messages)),
			 0);
	config_free(&config);
}

static void missing_file_is_named(void **state)
{
	struct config config;

	(void)state;
	capture_begin();
	assert_int_equal(config_load(&config, "/nonexistent/x.ini", NULL, 0), -ENOENT);
	assert_string_equal(
		capture_end(),
		"/nonexistent/x.ini: cannot open the configuration: No such file or directory\n");
	capture_begin();
	assert_int_equal(config_load(&config, "/tmp", NULL, 0), -EIO);
	assert_non_null(
		strstr(capture_end(), "/tmp: cannot read the configuration: Is a directory\n"));
}

static void set_overrides(void **state)
{
	const char *const sets[] = { "vm.memory=32M", "vm.memory=64M", "kernel.image=rel/Image",
				     "kernel.cmdline=a=b.c;d" };
	struct config config;
	char messages[1024];

	(void)state;
	assert_int_equal(load(&config, "[vm]\nmemory = 16M\n", sets, 4, messages, sizeof(messages)),
			 0);
	assert_int_equal(config.vm_memory, 64 << 20);
	assert_string_equal(config.kernel_image, "rel/Image"); /* relative to the current folder */
	assert_string_equal(config.kernel_cmdline, "a=b.c;d");
	config_free(&config);
}

/* --set reaches into a disk, and makes one that the file has not. */
static void set_reaches_disks(void **state)
{
	const char *const sets[] = { "disk \"a\".path=y", "disk \"a\".readonly=yes",
				     "disk \"new.one\".path=z=1.img", "rng.enabled=no" };
	const char *const wrong[] = { "disk.path=x", "disk \"b\".pth=x",
				      "disk \"c\".readonly=yes" };
	struct config config;
	char messages[2048];

	(void)state;
	assert_int_equal(
		load(&config, GOOD "[disk \"a\"]\npath = x\n", sets, 4, messages, sizeof(messages)),
		0);
	assert_int_equal(config.disks, 2);
	assert_string_equal(config.disk[0].path, "y");
	assert_true(config.disk[0].readonly);
	assert_string_equal(config.disk[1].name, "new.one");
	assert_string_equal(config.disk[1].path, "z=1.img");
	assert_false(config.rng_enabled);
	config_free(&config);
	assert_int_equal(load(&config, GOOD, wrong, 3, messages, sizeof(messages)), -EINVAL);
	assert_string_equal(
		messages,
		"--set disk.path=x: [disk] needs a name: write --set 'disk \"NAME\".KEY=VALUE'\n"
		"--set disk \"b\".pth=x: [disk \"b\"]: unknown key 'pth'; did you mean 'path'?\n"
		"FILE: [disk \"b\"]: 'path' is missing: The disk's contents: a raw file or a block "
		"device.\n"
		"FILE: [disk \"c\"]: 'path' is missing: The disk's contents: a raw file or a block "
		"device.\n");
}

static void set_mistakes_are_named(void **state)
{
	const char *const sets[] = { "vm.memroy=1G", "vn.memory=1G", "memory=1G",  "vm.memory",
				     "vm.cpus=x",    "xyzzy.a=b",    "vm.zzzzzz=1", "disk.a.path=x",
				     "dsik.a.path=x", "vm.a.cpus=1" };
	struct config config;
	char messages[4096];

	(void)state;
	assert_int_equal(load(&config, GOOD, sets, 10, messages, sizeof(messages)), -EINVAL);
	assert_string_equal(
		messages,
		"--set vm.memroy=1G: [vm]: unknown key 'memroy'; did you mean 'memory'?\n"
		"--set vn.memory=1G: unknown section [vn]; did you mean --set vm.KEY=VALUE?\n"
		"--set memory=1G: 'memory' has no section; write it as section.key=value\n"
		"--set vm.memory: write it as section.key=value\n"
		"--set vm.cpus=x: [vm]: cpus: 'x' is not a whole number\n"
		"--set xyzzy.a=b: unknown section [xyzzy]; `donjon help config` lists them\n"
		"--set vm.zzzzzz=1: [vm]: unknown key 'zzzzzz'; `donjon help config` lists them\n"
		"--set disk.a.path=x: [disk] needs a name: write --set 'disk "
		"\"NAME\".KEY=VALUE'\n"
		"--set dsik.a.path=x: unknown section [dsik.a]; did you mean --set "
		"'disk \"NAME\".KEY=VALUE'?\n"
		"--set vm.a.cpus=1: [vm.a]: this section takes no name; write --set "
		"vm.KEY=VALUE\n");
}

static const char *nearest(const char *typed)
{
	static const char *const words[] = { "memory", "readonly", "mode", "name" };
	struct suggestion suggestion = { .typed = typed };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		suggest_word(&suggestion, words[i]);
	return suggestion.best;
}

static void suggestions_are_near(void **state)
{
	char endless[200];

	(void)state;
	assert_string_equal(nearest("read-only"), "readonly");
	assert_string_equal(nearest("MEMORY"), "memory");
	assert_string_equal(nearest("moed"), "mode"); /* neighbours swapped: one slip */
	assert_null(nearest("disk"));
	assert_null(nearest(""));
	memset(endless, 'a', sizeof(endless));
	endless[sizeof(endless) - 1] = '\0';
	assert_null(nearest(endless));
}

static void sizes_print_shortest(void **state)
{
	char text[24];

	(void)state;
	assert_string_equal(size_text(0, text), "0");
	assert_string_equal(size_text(1000, text), "1000");
	assert_string_equal(size_text(2 << 20, text), "2M");
	assert_string_equal(size_text(3UL << 30, text), "3G");
	assert_string_equal(size_text(1536, text), "1536");
	assert_string_equal(size_text(5 << 10, text), "5K");
	assert_string_equal(size_text(UINT64_MAX, text), "18446744073709551615");
}

static char manual[1 << 17];

/*
 * The part of the manual from @start (or NULL) to the next line that begins with @next; cut out in
 * @part.
 */
static const char *cut(const char *start, const char *next, char *part, size_t size)
{
	const char *end = start ? strstr(start + 1, next) : NULL;

	if (!start)
		return NULL;
	snprintf(part, size, "%.*s", end ? (int)(end - start) : (int)strlen(start), start);
	return part;
}

/*
 * Every setting is documented in the manual as a key of its section, with its default; the manual
 * invents none.
 */
static void manual_names_every_setting(void **state)
{
	static char section[1 << 15], item[1 << 13];
	FILE *file = fopen(SOURCE_ROOT "/vmm/donjon.1", "r");
	size_t count, documented = 0;
	const struct setting *table = settings_table(&count);
	char wanted[128];

	(void)state;
	assert_non_null(file);
	assert_true(fread(manual, 1, sizeof(manual) - 1, file) > 1000);
	fclose(file);
	for (size_t i = 0; i < count; i++) {
		snprintf(wanted, sizeof(wanted), "\n.Ss [%s%s]\n", table[i].section,
			 table[i].named ? " \\(dqNAME\\(dq" : "");
		if (!cut(strstr(manual, wanted), "\n.S", section, sizeof(section)))
			fail_msg("donjon.1 has no section [%s]", table[i].section);
		snprintf(wanted, sizeof(wanted), "\n.It Cm %s No =", table[i].key);
		if (!cut(strstr(section, wanted), "\n.It ", item, sizeof(item)))
			fail_msg("donjon.1 does not describe [%s] %s", table[i].section,
				 table[i].key);
		if (!table[i].initial || !*table[i].initial)
			continue;
		snprintf(wanted, sizeof(wanted), "\nDefault: %s.", table[i].initial);
		if (!strstr(item, wanted))
			fail_msg("donjon.1 does not give [%s] %s's default %s", table[i].section,
				 table[i].key, table[i].initial);
	}
	for (const char *at = strstr(manual, "\n.It Cm "); at; at = strstr(at + 1, "\n.It Cm "))
		if (cut(at, "\n", item, sizeof(item)) && strstr(item, " No ="))
			documented++;
	assert_int_equal(documented, count);
}

/* What bash offers for the @words of a command line, of which the last is being typed. */
static void expect_completion(const char *script, const char *words, const char *expected)
{
	char command[512], line[1024] = "";
	FILE *bash;

	snprintf(command, sizeof(command),
		 "bash -c 'source %s; compopt() { :; }; COMP_WORDS=(donjon %s); "
		 "COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _donjon; echo \"${COMPREPLY[@]}\"'",
		 script, words);
	bash = popen(command, "r");
	assert_non_null(bash);
	assert_non_null(fgets(line, sizeof(line), bash));
	line[strcspn(line, "\n")] = '\0';
	assert_int_equal(pclose(bash), 0);
	assert_string_equal(line, expected);
}

/* The shell offers what the table has. */
static void completion_follows_the_table(void **state)
{
	size_t count, size;
	const struct setting *table = settings_table(&count);
	char *text, wanted[128];
	const char *script;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	completion_print(out, "run check");
	fclose(out);
	for (size_t i = 0; i < count; i++) {
		snprintf(wanted, sizeof(wanted), "%s.%s=", table[i].section, table[i].key);
		if (!strstr(text, wanted) != table[i].named)
			fail_msg("completion: %s", wanted);
	}
	script = temporary_file(text, size);
	free(text);
	expect_completion(script, "\"\"", "run check");
	expect_completion(script, "ch", "check");
	expect_completion(script, "run x.ini --set vm.c", "vm.cpus=");
	expect_completion(script, "run x.ini --set console.type =", "pl011 8250 virtio");
	expect_completion(script, "run x.ini --set console.type = p", "pl011");
	expect_completion(script, "run x.ini --set rng.enabled = n", "no");
	expect_completion(script, "run x.ini --ti", "--timeout");
}

static void shipped_configurations_load(void **state)
{
	static const char *const names[] = {
		"hello",     "faults", "share", "secret", "bench", "linux", "linux-unprotected",
		"linux-6.12"
	};
	char path[512];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct config config;

		snprintf(path, sizeof(path), SOURCE_ROOT "/configs/%s.ini", names[i]);
		capture_begin();
		if (config_load(&config, path, NULL, 0))
			fail_msg("%s", capture_end());
		assert_string_equal(capture_end(), "");
		assert_string_equal(config.vm_name, names[i]);
		config_free(&config);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_apply),
		cmocka_unit_test(every_setting_is_read),
		cmocka_unit_test(long_command_line_survives),
		cmocka_unit_test(too_long_line_is_refused),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(bad_lines_are_named),
		cmocka_unit_test(all_errors_are_listed),
		cmocka_unit_test(zero_bytes_are_refused),
		cmocka_unit_test(byte_order_mark_is_skipped),
		cmocka_unit_test(missing_file_is_named),
		cmocka_unit_test(disks_have_names),
		cmocka_unit_test(mistakes_with_disks_are_named),
		cmocka_unit_test(one_disk_too_many_is_refused),
		cmocka_unit_test(set_overrides),
		cmocka_unit_test(set_reaches_disks),
		cmocka_unit_test(set_mistakes_are_named),
		cmocka_unit_test(suggestions_are_near),
		cmocka_unit_test(sizes_print_shortest),
		cmocka_unit_test(manual_names_every_setting),
		cmocka_unit_test(completion_follows_the_table),
		cmocka_unit_test(shipped_configurations_load),
	};

	return cmocka_run_group_tests_name("vmm config", tests, NULL, NULL) != 0;
}

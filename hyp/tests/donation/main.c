// SPDX-License-Identifier: GPL-2.0-only
/*
 * donjon-donation [--trace] [--order reversed] FILE|FOLDER...
 *
 * Runs donation scripts (scripts/donation/README.md) and prints TAP, one result for each file; of a
 * folder, all *.dj files in it and below. Each script has a process of its own, so that one that
 * brings EL2's core down on the build machine fails alone.
 */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"
#include "tests/lib/limit.h"

#define MAX_FILES  1000

static char *files[MAX_FILES];
static unsigned int nr_files;
static bool too_many;

static void usage(FILE *to)
{
	fputs("usage: donjon-donation [--trace] [--order reversed] FILE|FOLDER...\n"
	      "Runs donation scripts and prints TAP, one result for each file. A folder means "
	      "all *.dj files below it.\n"
	      "  --trace           print each statement with its answer\n"
	      "  --order reversed  of two statements at once ('both') the second goes first (on "
	      "the build machine)\n"
	      "  --help            this text\n"
	      "The language: scripts/donation/README.md. Status: 0 all as expected, 1 not so, 2 "
	      "usage or syntax.\n",
	      to);
}

static void add(const char *name)
{
	if (nr_files == MAX_FILES)
		too_many = true;
	else
		files[nr_files++] = strdup(name);
}

static int visit(const char *name, const struct stat *status, int type, struct FTW *ftw)
{
	size_t length = strlen(name);

	(void)status;
	(void)ftw;
	if (type == FTW_F && length > 3 && !strcmp(name + length - 3, ".dj"))
		add(name);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool find_files(int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		unsigned int before = nr_files;
		struct stat status;

		if (stat(argv[i], &status)) {
			fprintf(stderr, "donjon-donation: %s: %s\n", argv[i], strerror(errno));
			return false;
		}
		if (!S_ISDIR(status.st_mode)) {
			add(argv[i]);
			continue;
		}
		if (nftw(argv[i], visit, 16, FTW_PHYS) || before == nr_files) {
			fprintf(stderr, "donjon-donation: %s: no *.dj file in it\n", argv[i]);
			return false;
		}
		qsort(files + before, nr_files - before, sizeof(files[0]), by_name);
	}
	if (too_many)
		fprintf(stderr, "donjon-donation: more than %d files\n", MAX_FILES);
	return !too_many;
}

/* The script's status, or how its process ended. */
static bool run_apart(const struct script *script, bool trace, bool reversed)
{
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		bool good;

		alarm(limit_seconds());
		good = run_script(script, trace, reversed);
		fflush(stdout);
		_exit(good ? 0 : 1);
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		printf("# %s: no process for it: %s\n", script->file, strerror(errno));
		return false;
	}
	if (WIFSIGNALED(status))
		printf("# %s: ended by signal %d (%s)\n", script->file, WTERMSIG(status),
		       WTERMSIG(status) == SIGALRM ? "cut off"
						   : strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) > 1)
		printf("# %s: ended with status %d\n", script->file, WEXITSTATUS(status));
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	static struct script script;
	bool trace = false, reversed = false;
	char why[WHY_SIZE] = "";
	unsigned int failed = 0, bad = 0;
	int at;

	for (at = 1; at < argc && argv[at][0] == '-'; at++) {
		if (!strcmp(argv[at], "--help")) {
			usage(stdout);
			return 0;
		} else if (!strcmp(argv[at], "--trace")) {
			trace = true;
		} else if (!strcmp(argv[at], "--order") && at + 1 < argc &&
			   !strcmp(argv[at + 1], "reversed")) {
			reversed = true;
			at++;
		} else {
			usage(stderr);
			return 2;
		}
	}
	if (at == argc) {
		usage(stderr);
		return 2;
	}
	if (!find_files(argc - at, argv + at))
		return 2;
	if (!target.init(why) || !oracle_init(why)) {
		printf("Bail out! %s\n", why);
		return 1;
	}
	printf("1..%u\n", nr_files);
	for (unsigned int i = 0; i < nr_files; i++) {
		bool read = script_read(&script, files[i]),
		     good = read && run_apart(&script, trace, reversed);

		printf("%s %u - %s%s\n", good ? "ok" : "not ok", i + 1, files[i],
		       read ? "" : ": no script");
		failed += !good;
		bad += !read;
		if (read)
			script_free(&script);
		free(files[i]);
	}
	return bad ? 2 : failed ? 1 : 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * replay-NAME [--show] [FILE|FOLDER]...
 *
 * Runs the inputs through the target, without libFuzzer, and prints one TAP result for them all;
 * without arguments those of the committed corpus. --show prints what each input does. A failure
 * ends the program with a message.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif
#include "harness.h"

#define INPUT_MAX (1 << 20)

static unsigned int inputs;

static int run_file(const char *path)
{
	uint8_t *bytes = malloc(INPUT_MAX), *exact;
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file || !bytes) {
		fprintf(stderr, "%s: cannot open: %s\n", path, strerror(errno));
		free(bytes);
		return 1;
	}
	size = fread(bytes, 1, INPUT_MAX, file);
	fclose(file);
	/* In memory of its own size, so that the sanitizer sees a byte read too many. */
	exact = malloc(size ? size : 1);
	memcpy(exact, bytes, size);
	free(bytes);
	show("# %s\n", path);
	fuzz_input = path;
	LLVMFuzzerTestOneInput(exact, size);
	fuzz_input = NULL;
	free(exact);
	inputs++;
	return 0;
}

static int run_path(const char *path)
{
	struct dirent **entries;
	struct stat status;
	int n, i, bad = 0;

	if (stat(path, &status)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	if (!S_ISDIR(status.st_mode))
		return run_file(path);
	n = scandir(path, &entries, NULL, alphasort);
	for (i = 0; i < n; i++) {
		char name[4096];

		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			bad |= run_file(name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return bad;
}

int main(int argc, char **argv)
{
	int bad = 0, i = 1;

#ifdef __SANITIZE_ADDRESS__
	__sanitizer_set_death_callback(fuzz_say_input);
#endif
	if (i < argc && !strcmp(argv[i], "--show")) {
		fuzz_show = true;
		i++;
	}
	if (i == argc)
		bad |= run_path(FUZZ_CORPUS);
	for (; i < argc; i++)
		bad |= run_path(argv[i]);
	bad |= !inputs;
	printf("1..1\n%sok 1 - fuzz: %u inputs of " FUZZ_NAME
	       "'s corpus do what the target expects\n",
	       bad ? "not " : "", inputs);
	return bad;
}

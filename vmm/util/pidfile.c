// SPDX-License-Identifier: GPL-2.0-only
#include "pidfile.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "log.h"

int pid_file_write(const char *path)
{
	char temporary[PATH_MAX];
	FILE *file;
	bool opened;
	int ret = 0;

	if (!path)
		return 0;
	if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary)) {
		log_error("%s: the path is too long", path);
		return -ENAMETOOLONG;
	}
	file = fopen(temporary, "we");
	opened = file;
	if (!opened)
		ret = -errno;
	else if (fprintf(file, "%ld\n", (long)getpid()) < 0)
		ret = -errno;
	if (file && fclose(file) && !ret)
		ret = -errno;
	if (!ret && rename(temporary, path))
		ret = -errno;
	if (ret && opened)
		unlink(temporary);
	if (ret)
		log_error("%s: cannot write the process ID: %s", path, error_text(-ret));
	return ret;
}

void pid_file_remove(const char *path)
{
	FILE *file = path ? fopen(path, "re") : NULL;
	long number = 0;

	if (!file)
		return;
	if (fscanf(file, "%ld", &number) == 1 && number == (long)getpid())
		unlink(path);
	fclose(file);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "pidfile.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

int pid_file_write(const char *path)
{
	char temporary[PATH_MAX];
	FILE *file;
	int error = 0;

	if (!path)
		return 0;
	if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary)) {
		log_error("%s: the path is too long", path);
		return -ENAMETOOLONG;
	}
	file = fopen(temporary, "we");
	if (!file)
		error = -errno;
	else if (fprintf(file, "%ld\n", (long)getpid()) < 0)
		error = -errno;
	if (file && fclose(file) && !error)
		error = -errno;
	if (!error && rename(temporary, path))
		error = -errno;
	if (error)
		log_error("%s: cannot write the process number: %s", path, strerror(-error));
	return error;
}

void pid_file_remove(const char *path)
{
	if (path)
		unlink(path);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "holder.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Whether /proc/PID/fdinfo/FD has a line about a lock. */
static bool has_lock(const char *pid, const char *fd)
{
	char path[64], line[256];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.16s/fdinfo/%.16s", pid, fd);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = !strncmp(line, "lock:", 5);
	fclose(file);
	return found;
}

/*
 * Whether process @pid has @wanted open under a lock; a process that may not be looked at has not.
 */
static bool holds(const char *pid, const struct stat *wanted)
{
	bool found = false;
	char path[64];
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%.16s/fd", pid);
	folder = opendir(path);
	if (!folder)
		return false;
	while (!found && (entry = readdir(folder))) {
		struct statx status;

		/*
		 * Cached attributes suffice: a file server that does not respond is not contacted.
		 */
		if (!isdigit((unsigned char)*entry->d_name) ||
		    statx(dirfd(folder), entry->d_name, AT_STATX_DONT_SYNC, STATX_INO, &status))
			continue;
		found = makedev(status.stx_dev_major, status.stx_dev_minor) == wanted->st_dev &&
			status.stx_ino == wanted->st_ino && has_lock(pid, entry->d_name);
	}
	closedir(folder);
	return found;
}

static void describe(const char *pid, char *text, size_t size)
{
	char path[64], name[64] = "a process";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	file = fopen(path, "re");
	if (file) {
		if (fgets(name, sizeof(name), file))
			name[strcspn(name, "\n")] = '\0';
		fclose(file);
	}
	/* The name is the process's own choice. */
	for (char *c = name; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
	snprintf(text, size, "%s (pid %.16s)", name, pid);
}

const char *holder_find(int fd, char *text, size_t size)
{
	struct dirent *entry;
	struct stat wanted;
	DIR *proc = opendir("/proc");

	snprintf(text, size, "an unknown process (of another user, or on another machine)");
	if (!proc)
		return text;
	if (!fstat(fd, &wanted)) {
		while ((entry = readdir(proc))) {
			if (!isdigit((unsigned char)*entry->d_name) ||
			    !holds(entry->d_name, &wanted))
				continue;
			if (atoi(entry->d_name) == (int)getpid())
				snprintf(text, size, "another disk of this virtual machine");
			else
				describe(entry->d_name, text, size);
			break;
		}
	}
	closedir(proc);
	return text;
}

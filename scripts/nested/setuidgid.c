// SPDX-License-Identifier: GPL-2.0-only
/*
 * setuidgid ID COMMAND [ARGUMENT]...: runs a command as user and group ID without any other group
 * or capability. For nested tests: busybox's su wants a user's entry and a shell, its setpriv
 * changes no user.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	unsigned long id;
	char *end;

	if (argc < 3) {
		fputs("usage: setuidgid ID COMMAND [ARGUMENT]...\n", stderr);
		return 100;
	}
	errno = 0;
	id = strtoul(argv[1], &end, 10);
	if (errno || *end || end == argv[1] || id > 65534) {
		fprintf(stderr, "setuidgid: '%s' is no number from 0 to 65534\n", argv[1]);
		return 100;
	}
	if (setgroups(0, NULL) || setresgid(id, id, id) || setresuid(id, id, id)) {
		fprintf(stderr, "setuidgid: becoming user %lu: %s\n", id, strerror(errno));
		return 111;
	}
	execvp(argv[2], argv + 2);
	fprintf(stderr, "setuidgid: %s: %s\n", argv[2], strerror(errno));
	return 111;
}

// SPDX-License-Identifier: GPL-2.0-only
/* donjon-life COMMAND ARGUMENT...: see life.h. */
#include <stdio.h>
#include <string.h>

#include "life.h"

static const struct {
	const char *name;
	int arguments;	/* -1: one or more */
	int (*run)(char **args);
} commands[] = {
	{ "read", 1, read_by_vm },     { "peek", 1, read_by_ptrace }, { "core", 2, write_core },
	{ "advise", 2, advise },       { "move", 2, move_threads },   { "sample", 1, sample },
	{ "merge", -1, merge },	       { "fill", 0, fill },
	{ "search", 1, search },       { "twins", 1, twins },	      { "last", -1, wait_last },
};

int main(int argc, char **argv)
{
	for (unsigned int i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name) &&
		    (commands[i].arguments < 0 ? argc > 2 : argc == 2 + commands[i].arguments))
			return commands[i].run(argv + 2);
	fprintf(stderr, "usage: donjon-life read|peek PID, core PID FILE, advise PID NUMBER, "
			"search FILE, move PID ROUNDS, sample NUMBER, merge|last COMMAND..., "
			"fill, or twins MIB\n");
	return 64;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * donjon-attack SUITE: tests what Donjon promises by breaking it, from user space and, through
 * donjon_attack.ko, from the host's kernel. Runs in the nested host's /donjon and prints TAP.
 * donjon-attack scan PID TEXT: see scan.c.
 * donjon-attack demo PID: makes the VMM with that process id read its guest's memory, and says what
 * came of it.
 * donjon-attack smc FUNCTION [X1]...: the host makes this call to the firmware.
 * donjon-attack links make|walk FOLDER, donjon-attack kcore: see host_reads.c.
 */
#include <stdio.h>
#include <string.h>

#include "suites.h"

static const struct {
	const char *name;
	int (*run)(void);
} suites[] = {
	{"client", suite_client},   {"memory", suite_memory}, {"kernel", suite_kernel},
	{"api", suite_api},	    {"calls", suite_calls},   {"objects", suite_objects},
	{"blocks", suite_blocks},   {"leave-vm", suite_leave_vm}, {"panic", suite_panic},
	{"panic-locked", suite_panic_locked},
	{"entries", suite_entries}, {"rsi", suite_rsi},
	{"recall", suite_recall},
	{"impdef", suite_impdef},   {"pmu", suite_pmu},
	{"registers", suite_registers},
	{"touch", suite_touch},	    {"walk", suite_walk},
};

#define SUITES (sizeof(suites) / sizeof(suites[0]))

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "demo"))
		return demo(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "scan"))
		return scan(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "scan-mem"))
		return scan_mem(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "links"))
		return links(argv[2], argv[3]);
	if (argc == 2 && !strcmp(argv[1], "kcore"))
		return kcore();
	if (argc >= 3 && !strcmp(argv[1], "smc"))
		return smc_of_user(argv + 2);
	if (argc >= 2 && !strcmp(argv[1], "stress"))
		return suite_stress(argv + 2);
	for (unsigned int i = 0; argc == 2 && i < SUITES; i++)
		if (!strcmp(argv[1], suites[i].name))
			return suites[i].run();
	fprintf(stderr, "usage: donjon-attack SUITE, donjon-attack stress [calls=N] [seed=S], "
			"donjon-attack smc FUNCTION [X1]..., "
			"donjon-attack demo PID, donjon-attack links make|walk FOLDER, "
			"donjon-attack kcore, or donjon-attack scan|scan-mem PID TEXT; suites:");
	for (unsigned int i = 0; i < SUITES; i++)
		fprintf(stderr, " %s", suites[i].name);
	fprintf(stderr, "\n");
	return 2;
}

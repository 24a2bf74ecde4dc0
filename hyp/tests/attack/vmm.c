// SPDX-License-Identifier: GPL-2.0-only
#include "vmm.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A guest_memfd's name is the kernel's, other memory's the VMM's. */
static bool is_guest_ram(const char *line)
{
	return strstr(line, "[kvm-gmem]") || strstr(line, "donjon-guest-ram");
}

uint64_t vmm_ram(const char *pid, uint64_t *size)
{
	char path[64], line[512];
	uint64_t best = 0;
	FILE *file;

	*size = 0;
	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file)) {
		uint64_t start, end;

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " rw", &start, &end) != 2 ||
		    !strstr(line, " rw"))
			continue;
		if (end - start > *size || is_guest_ram(line)) {
			*size = end - start;
			best = start;
		}
		if (is_guest_ram(line))
			break;
	}
	if (file)
		fclose(file);
	return best;
}

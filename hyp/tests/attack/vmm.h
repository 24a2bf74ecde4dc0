/* SPDX-License-Identifier: GPL-2.0-only */
/* A running donjon, seen from another process. */
#pragma once

#include <stdint.h>

/*
 * Where the guest's RAM is in that process: the VMM has named it, or it is the largest private
 * mapping. 0: there is no such process.
 */
uint64_t vmm_ram(const char *pid, uint64_t *size);

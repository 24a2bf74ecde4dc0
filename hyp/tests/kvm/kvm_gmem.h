/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

#include <stdbool.h>

#define GMEM_PAGE 4096UL

/* The signal that a write to (or a read from) that byte ends with; 0: none. */
int touch(volatile char *p);
int peek(const volatile char *p);

/* A counter of debugfs's view, ~0 when there is none. */
unsigned long counter(const char *name);

/* The calls and their answers, as stock Linux 7.3 has them; ours: the module serves /dev/kvm. */
void test_gmem_api(bool ours);

/* Ends of the VMM, of files and of memory. */
void test_gmem_life(void);

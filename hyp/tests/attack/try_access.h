/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory accesses that may end in a signal, which is then the result. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Catches SIGBUS and SIGSEGV of the functions below, in the thread that calls them. */
void try_access_init(void);

/* 0: it worked; else the signal that it gave. */
int try_read(const void *address, uint64_t *value);
int try_write(void *address, uint64_t value);
int try_execute(void *address);

/* Copies as much as can be read; the rest of buffer is zeroed. Returns how many pages were refused.
 */
size_t try_copy(void *buffer, const void *from, size_t size);

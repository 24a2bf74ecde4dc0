/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory accesses that may end in a signal, which is then the result. */
#ifndef ATTACK_TOUCH_H
#define ATTACK_TOUCH_H

#include <stddef.h>
#include <stdint.h>

/* Catches SIGBUS and SIGSEGV of the functions below, in the thread that calls them. */
void touch_init(void);

/* 0: it worked; else the signal that it gave. */
int touch_read(const void *address, uint64_t *value);
int touch_write(void *address, uint64_t value);
int touch_execute(void *address);

/* Copies as much as can be read; the rest of buffer is zeroed. Returns how many pages were refused.
 */
size_t touch_copy(void *buffer, const void *from, size_t size);

#endif

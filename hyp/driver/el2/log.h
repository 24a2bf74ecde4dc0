/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EL2's log: a ring buffer in the host's memory that EL2 writes to (struct donjon_log).
 */
#pragma once

#include <linux/types.h>

struct seq_file;

/* Allocates the ring. -ENOMEM. Process context. */
int log_alloc(void);

/* Frees the ring; keep: EL2 may still write to it, so that it is leaked. */
void log_free(bool keep);

/* Physical address and size of the ring, in bytes. */
phys_addr_t log_base(void);
size_t log_size(void);

/* Prints what EL2 has written since the last time to the kernel's log. Any context. */
void log_drain(void);

/* The same without a line that EL2 has not ended yet. */
void log_print(void);

/* Begin and end to do so once a second. Process context. */
void log_start(void);
void log_stop(void);

/* Shows all that the ring holds. */
void log_show(struct seq_file *m);

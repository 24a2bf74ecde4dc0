/* SPDX-License-Identifier: GPL-2.0-only */
/* --pid-file: the VMM's process number, for those who want to find or stop it. */
#pragma once

/*
 * Writes the process number and a line feed to @path, so that readers never see half of it; NULL:
 * nothing. 0 or -errno.
 */
int pid_file_write(const char *path);
/* Removes @path if it still names this process; NULL: nothing. */
void pid_file_remove(const char *path);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages to the user. Each call writes one whole line with a single write, so that lines of
 * several vCPU threads do not mix. A guest can cause messages, and a reader may stop reading: a
 * line for which there is no room within 200 ms is dropped, and the number of dropped lines is
 * reported later. A process has one error stream, so the state is global.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#define LOG_FORMAT __attribute__((format(printf, 1, 2)))

/* Sends messages to @stream (NULL: standard error). Call it before threads exist. */
void log_to(FILE *stream);
/* Whether log_verbose() prints. */
void log_set_verbose(bool verbose);
bool log_is_verbose(void);

/* "donjon: error: ..." : the reason for a non-zero exit status. */
void log_error(const char *format, ...) LOG_FORMAT;
/* "donjon: warning: ..." : something is wrong, but the guest continues. */
void log_warn(const char *format, ...) LOG_FORMAT;
/* "donjon: ..." : always shown. */
void log_note(const char *format, ...) LOG_FORMAT;
/* "donjon: ..." : only with --verbose. */
void log_verbose(const char *format, ...) LOG_FORMAT;
/* strerror(3); where the limit on open files is the reason, it says how to raise it. */
const char *error_text(int error);
/* The text without a prefix, for messages that begin with FILE:LINE as compilers print them. */
void log_plain(const char *format, ...) LOG_FORMAT;

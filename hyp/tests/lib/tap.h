/* SPDX-License-Identifier: GPL-2.0-only */
/* Test results as TAP (Test Anything Protocol). */
#pragma once

#include <stdbool.h>

/* One result; the rest makes its name. Returns good. */
bool tap_ok(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A test that cannot be made here, and why. */
void tap_skip(const char *name, const char *why);

/* A line of explanation. */
void tap_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * A forked child has printed so many results, numbered after those so far; whether all were good.
 */
void tap_child(unsigned int results, bool good);

/* The plan; the exit status: 0 when all was well. */
int tap_end(void);

/* The test cannot go on: says so as a failure and ends the program. */
_Noreturn void tap_give_up(const char *format, ...) __attribute__((format(printf, 1, 2)));

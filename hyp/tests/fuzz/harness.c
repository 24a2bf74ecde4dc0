// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "harness.h"

bool fuzz_show;
const char *fuzz_input;
unsigned int fuzz_successes[FUZZ_KINDS], fuzz_shortages;

void fuzz_say_input(void)
{
	if (fuzz_input)
		fprintf(stderr, "# in input %s\n", fuzz_input);
}

void show(const char *format, ...)
{
	va_list args;

	if (!fuzz_show)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	fflush(stdout);
}

void fuzz_fail(const char *file, int line, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "%s:%d: ", file, line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	fuzz_say_input();
	abort();
}

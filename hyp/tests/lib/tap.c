// SPDX-License-Identifier: GPL-2.0-only
#include "tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned int count, failures;

static void result(bool good, const char *format, va_list args)
{
	printf("%sok %u - ", good ? "" : "not ", ++count);
	vprintf(format, args);
	printf("\n");
	fflush(stdout);
	failures += !good;
}

bool tap_ok(bool good, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	result(good, format, args);
	va_end(args);
	return good;
}

void tap_skip(const char *name, const char *why)
{
	printf("ok %u - %s # SKIP %s\n", ++count, name, why);
	fflush(stdout);
}

void tap_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	printf("\n");
	fflush(stdout);
	va_end(args);
}

void tap_child(unsigned int results, bool good)
{
	count += results;
	failures += !good;
}

int tap_end(void)
{
	printf("1..%u\n", count);
	fflush(stdout);
	return failures ? 1 : 0;
}

void tap_give_up(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	result(false, format, args);
	va_end(args);
	exit(tap_end());
}

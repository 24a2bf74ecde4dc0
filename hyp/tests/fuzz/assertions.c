// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions behind cmocka's macros, as far as the unit tests' world (world.c, calls.h) uses
 * them. cmocka's own record a failure for the test that runs, and here none does: these say what
 * failed and abort.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>
#include "harness.h"

void print_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
}

/* The name that cmocka 2 calls it by. */
void cm_print_error(const char *const format, ...)
	__attribute__((format(printf, 1, 2), alias("print_error")));

void print_message(const char *format, ...)
{
}

void _fail(const char *file, int line)
{
	fuzz_fail(file, line, "the check fails");
}

void _assert_true(const LargestIntegralType result, const char *expression, const char *file,
		  int line)
{
	if (!result)
		fuzz_fail(file, line, "expected to hold: %s", expression);
}

void _assert_int_equal(const LargestIntegralType a, const LargestIntegralType b, const char *file,
		       int line)
{
	if (a != b)
		fuzz_fail(file, line, "expected 0x%llx, seen 0x%llx", (unsigned long long)b,
			  (unsigned long long)a);
}

void _assert_int_not_equal(const LargestIntegralType a, const LargestIntegralType b,
			   const char *file, int line)
{
	if (a == b)
		fuzz_fail(file, line, "expected something else than 0x%llx", (unsigned long long)a);
}

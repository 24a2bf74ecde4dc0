// SPDX-License-Identifier: GPL-2.0-only
#include "log.h"

#include <stdarg.h>
#include <string.h>

static FILE *log_stream;
static bool log_shows_verbose;

void log_to(FILE *stream)
{
	log_stream = stream;
}

void log_set_verbose(bool verbose)
{
	log_shows_verbose = verbose;
}

bool log_is_verbose(void)
{
	return log_shows_verbose;
}

static void log_line(const char *prefix, const char *format, va_list args)
{
	char line[4096];
	int used = snprintf(line, sizeof(line), "%s", prefix);

	vsnprintf(line + used, sizeof(line) - (size_t)used - 1, format, args);
	strcat(line, "\n");
	fputs(line, log_stream ? log_stream : stderr);
	fflush(log_stream ? log_stream : stderr);
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line("donjon: error: ", format, args);
	va_end(args);
}

void log_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line("donjon: warning: ", format, args);
	va_end(args);
}

void log_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line("donjon: ", format, args);
	va_end(args);
}

void log_verbose(const char *format, ...)
{
	va_list args;

	if (!log_shows_verbose)
		return;
	va_start(args, format);
	log_line("donjon: ", format, args);
	va_end(args);
}

void log_plain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line("", format, args);
	va_end(args);
}

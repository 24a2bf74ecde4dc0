// SPDX-License-Identifier: GPL-2.0-only
#include "log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define ROOM_WAIT_MS 200

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

/* Whether a line could be written now, or within @wait_ms. An error counts: write(2) tells it. */
static bool has_room(int wait_ms)
{
	struct pollfd wait = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&wait, 1, wait_ms) > 0;
}

/*
 * Does not use stdio, whose lock would delay other callers. The last line that found no room has
 * waited for all: the next ones do not.
 */
static void write_line(const char *line)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static unsigned int dropped;
	char lost[80];

	pthread_mutex_lock(&lock);
	if (!has_room(dropped ? 0 : ROOM_WAIT_MS)) {
		dropped++;
	} else {
		if (dropped) {
			snprintf(lost, sizeof(lost),
				 "donjon: warning: %u messages were lost because nothing read "
				 "them\n",
				 dropped);
			dropped = write(STDERR_FILENO, lost, strlen(lost)) < 0 ? dropped : 0;
		}
		/* There is nowhere to report an error. */
		if (has_room(0) && write(STDERR_FILENO, line, strlen(line)) < 0)
			dropped++;
	}
	pthread_mutex_unlock(&lock);
}

static void log_line(const char *prefix, const char *format, va_list args)
{
	char line[PIPE_BUF]; /* a pipe with room takes this much in one write */
	int used = snprintf(line, sizeof(line), "%s", prefix);

	vsnprintf(line + used, sizeof(line) - (size_t)used - 1, format, args);
	strcat(line, "\n");
	if (!log_stream) {
		write_line(line);
		return;
	}
	fputs(line, log_stream);
	fflush(log_stream);
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

const char *error_text(int error)
{
	return error == EMFILE ? "Too many open files (raise the limit with `ulimit -n`)"
			       : strerror(error);
}

void log_plain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line("", format, args);
	va_end(args);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define ESCAPE_KEY    0x01 /* Ctrl-a */
#define WRITE_WAIT_MS 200

static struct termios saved;
static int terminal_fd;
static volatile sig_atomic_t is_raw;
static bool registered;

bool terminal_begin(int fd)
{
	struct termios raw;
	pid_t group;

	if (!isatty(fd))
		return true;
	is_raw = 0;
	/*
	 * A terminal that does not control this process has no foreground for it: anyone may read.
	 */
	group = tcgetpgrp(fd);
	if (group >= 0 && group != getpgrp())
		return false;
	if (!registered) {
		if (tcgetattr(fd, &saved))
			return false;
		if (atexit(terminal_restore))
			return true; /* usable, in the mode that it has; better than one that is
					never restored */
		registered = true;
	}
	raw = saved;
	raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON);
	raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN | ISIG);
	/*
	 * Output processing stays on: a guest, and donjon's own messages, may end lines with \n
	 * alone.
	 */
	raw.c_cflag |= CS8;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	terminal_fd = fd;
	is_raw = 1;
	if (tcsetattr(fd, TCSANOW, &raw))
		is_raw = 0;
	return true;
}

void terminal_restore(void)
{
	pid_t group;

	if (!is_raw)
		return;
	is_raw = 0;
	/*
	 * In the background it is the shell's, which would be disturbed, and this process stopped.
	 */
	group = tcgetpgrp(terminal_fd);
	if (group < 0 || group == getpgrp())
		tcsetattr(terminal_fd, TCSANOW, &saved);
}

bool terminal_is_raw(void)
{
	return is_raw;
}

bool escape_filter(struct escape_filter *filter, const uint8_t *in, size_t length, uint8_t *out,
		   size_t *out_length)
{
	size_t used = 0;
	bool leave = false;

	for (size_t i = 0; i < length && !leave; i++) {
		if (!filter->pending && in[i] == ESCAPE_KEY) {
			filter->pending = true;
			continue;
		}
		if (filter->pending && in[i] == 'x') {
			leave = true;
			continue;
		}
		if (filter->pending && (in[i] == 'a' || in[i] == ESCAPE_KEY))
			out[used++] = ESCAPE_KEY;
		else
			out[used++] = in[i];
		filter->pending = false;
	}
	*out_length = used;
	return leave;
}

/* Whether a write would not have to wait. */
static bool has_room(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };

	return poll(&wait, 1, 0) > 0;
}

int terminal_write(int fd, const void *bytes, size_t length, const atomic_bool *stop)
{
	const uint8_t *next = bytes;

	while (length && (!*stop || has_room(fd))) {
		ssize_t count = write(fd, next, length);

		if (count >= 0) {
			next += count;
			length -= (size_t)count;
		} else if (errno == EAGAIN) {
			struct pollfd wait = { .fd = fd, .events = POLLOUT };

			poll(&wait, 1, WRITE_WAIT_MS);
		} else if (errno != EINTR) {
			return -errno;
		} else if (*stop) {
			break;
		}
	}
	return 0;
}

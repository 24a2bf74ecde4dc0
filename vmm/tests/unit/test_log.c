// SPDX-License-Identifier: GPL-2.0-only
/* A reader of messages that stops reading delays nothing, and later learns what it missed. */
#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../util/log.h"

static int pipe_fds[2], real_stderr;

static void begin(void)
{
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	fflush(stderr);
	real_stderr = dup(STDERR_FILENO);
	assert_int_equal(dup2(pipe_fds[1], STDERR_FILENO), STDERR_FILENO);
}

static void end(void)
{
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static size_t drain(char *text, size_t size)
{
	ssize_t count;

	fcntl(pipe_fds[0], F_SETFL, O_NONBLOCK);
	count = read(pipe_fds[0], text, size - 1);
	text[count > 0 ? count : 0] = '\0';
	return count > 0 ? (size_t)count : 0;
}

static void messages_do_not_wait_for_a_reader(void **state)
{
	static char text[1 << 17];
	static char filler[1 << 12];
	double start;

	(void)state;
	begin();
	log_error("%s", "first");
	fcntl(pipe_fds[1], F_SETFL, O_NONBLOCK);
	while (write(pipe_fds[1], filler, sizeof(filler)) > 0)
		;
	fcntl(pipe_fds[1], F_SETFL, 0);
	start = now();
	for (int i = 0; i < 1000; i++)
		log_warn("message %d", i);
	assert_true(now() - start < 5);
	drain(text, sizeof(text));
	assert_string_equal(text, "donjon: error: first\n");
	log_note("again");
	drain(text, sizeof(text));
	assert_string_equal(text, "donjon: warning: 1000 messages were lost because nothing read "
				  "them\ndonjon: again\n");
	log_note("and on");
	drain(text, sizeof(text));
	assert_string_equal(text, "donjon: and on\n");
	end();
}

static void overlong_messages_are_truncated(void **state)
{
	static char text[1 << 14], message[1 << 13];

	(void)state;
	begin();
	memset(message, 'x', sizeof(message) - 1);
	log_plain("%s", message);
	assert_int_equal(drain(text, sizeof(text)), 4095);
	assert_int_equal(text[4094], '\n');
	end();
}

static void verbose_lines_are_off_by_default(void **state)
{
	char text[256];

	(void)state;
	begin();
	log_verbose("hidden");
	assert_int_equal(drain(text, sizeof(text)), 0);
	log_set_verbose(true);
	log_verbose("shown");
	log_set_verbose(false);
	drain(text, sizeof(text));
	assert_string_equal(text, "donjon: shown\n");
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_do_not_wait_for_a_reader),
		cmocka_unit_test(overlong_messages_are_truncated),
		cmocka_unit_test(verbose_lines_are_off_by_default),
	};

	return cmocka_run_group_tests_name("vmm log", tests, NULL, NULL) != 0;
}

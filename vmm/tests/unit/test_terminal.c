// SPDX-License-Identifier: GPL-2.0-only
/*
 * Standard input and output: raw mode and its end on every way out, the escape key, writing without
 * hanging.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include "../../console/terminal.h"
#include "../../fault.h"

enum way_out { BY_EXIT, BY_CALL, BY_SEGV, BY_ABORT };

/*
 * In a child with a terminal of its own: raw mode must be on; then leave. Exit status 7: as it
 * should be.
 */
static void leave(enum way_out way)
{
	struct guest_ram ram = { .host = NULL };
	struct termios now;

	if (fault_handler_install(&ram) || !terminal_begin(STDIN_FILENO) || !terminal_is_raw() ||
	    tcgetattr(STDIN_FILENO, &now) || (now.c_lflag & (ICANON | ECHO | ISIG)) ||
	    !(now.c_oflag & OPOST))
		_exit(1);
	switch (way) {
	case BY_EXIT:
		exit(7);
	case BY_CALL:
		terminal_restore();
		terminal_restore();
		_exit(7);
	case BY_SEGV:
		raise(SIGSEGV);
		/* The handler has put the default back: the second one ends the process. */
		raise(SIGSEGV);
		break;
	case BY_ABORT:
		abort();
	}
	_exit(2);
}

static int status_of(enum way_out way)
{
	struct termios before, after;
	int master, slave, status;
	pid_t child;

	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(tcgetattr(slave, &before), 0);
	assert_true(before.c_lflag & ICANON);
	child = fork();
	if (!child) {
		login_tty(slave);
		leave(way);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(tcgetattr(slave, &after), 0);
	assert_int_equal(after.c_lflag, before.c_lflag);
	assert_int_equal(after.c_iflag, before.c_iflag);
	assert_int_equal(after.c_oflag, before.c_oflag);
	close(master);
	close(slave);
	return status;
}

static void terminal_is_restored_on_every_exit(void **state)
{
	(void)state;
	assert_int_equal(WEXITSTATUS(status_of(BY_EXIT)), 7);
	assert_int_equal(WEXITSTATUS(status_of(BY_CALL)), 7);
	assert_int_equal(WTERMSIG(status_of(BY_SEGV)), SIGSEGV);
	assert_int_equal(WTERMSIG(status_of(BY_ABORT)), SIGABRT);
}

static void assert_succeeds(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A background process that changes or reads its terminal would be stopped. */
static void background_leaves_the_terminal_alone(void **state)
{
	int master, slave;
	pid_t child;

	(void)state;
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	child = fork();
	if (!child) {
		pid_t other;
		int status;

		login_tty(slave);
		other = fork();
		if (!other) {
			setpgid(0, 0);
			_exit(terminal_begin(STDIN_FILENO) || terminal_is_raw());
		}
		waitpid(other, &status, WUNTRACED);
		_exit(!WIFEXITED(status) || WEXITSTATUS(status));
	}
	assert_succeeds(child);
	close(master);
	close(slave);
}

/* Neither is it in the background of a terminal that does not control it. */
static void a_strange_terminal_is_usable(void **state)
{
	int master, slave;
	pid_t child;

	(void)state;
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	child = fork();
	if (!child) {
		struct termios now;

		setsid();
		if (!terminal_begin(slave) || !terminal_is_raw())
			_exit(1);
		terminal_restore();
		_exit(tcgetattr(slave, &now) || !(now.c_lflag & ICANON));
	}
	assert_succeeds(child);
	close(master);
	close(slave);
}

static void pipes_are_usable_as_they_are(void **state)
{
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_true(terminal_begin(pipes[0]));
	assert_false(terminal_is_raw());
	close(pipes[0]);
	close(pipes[1]);
}

static bool filter(struct escape_filter *escape, const char *in, const char *expected)
{
	uint8_t out[64];
	size_t length;
	bool leave = escape_filter(escape, (const uint8_t *)in, strlen(in), out, &length);

	assert_int_equal(length, strlen(expected));
	assert_memory_equal(out, expected, length);
	return leave;
}

static void escape_key_leaves(void **state)
{
	struct escape_filter escape = { 0 };

	(void)state;
	assert_false(filter(&escape, "hello x", "hello x"));
	assert_false(filter(&escape, "a\1", "a"));
	assert_true(filter(&escape, "x", "")); /* the two keys may come in two reads */
	escape.pending = false;
	assert_true(filter(&escape, "ab\1xcd", "ab"));
	escape.pending = false;
	assert_false(
		filter(&escape, "\1\1x\1ay", "\1x\1y")); /* a sent Ctrl-a does not make x leave */
	assert_false(filter(&escape, "\1zx", "zx"));
}

static void writing_survives_a_full_pipe(void **state)
{
	static atomic_bool stop;
	char block[65536] = { 0 };
	int pipes[2];

	(void)state;
	assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
	assert_int_equal(terminal_write(pipes[1], block, 65536, &stop), 0); /* now it is full */
	atomic_store(&stop, true);
	assert_int_equal(terminal_write(pipes[1], "x", 1, &stop), 0); /* gives up, does not hang */
	atomic_store(&stop, false);
	assert_int_equal(read(pipes[0], block, 1), 1);
	assert_int_equal(read(pipes[0], block, sizeof(block)), 65535);
	assert_int_equal(terminal_write(pipes[1], "x", 1, &stop), 0);
	assert_int_equal(read(pipes[0], block, sizeof(block)), 1);
	close(pipes[1]);
	assert_int_equal(terminal_write(pipes[1], "x", 1, &stop), -EBADF);
	close(pipes[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terminal_is_restored_on_every_exit),
		cmocka_unit_test(background_leaves_the_terminal_alone),
		cmocka_unit_test(a_strange_terminal_is_usable),
		cmocka_unit_test(pipes_are_usable_as_they_are),
		cmocka_unit_test(escape_key_leaves),
		cmocka_unit_test(writing_survives_a_full_pipe),
	};

	return cmocka_run_group_tests_name("vmm terminal", tests, NULL, NULL) != 0;
}

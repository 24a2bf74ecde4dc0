// SPDX-License-Identifier: GPL-2.0-only
/*
 * The console and the main thread's loop on a terminal of their own: leaving, signals, and a shell
 * that stops the job and lets it go on.
 */
#include "support.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include "../../console/console.h"
#include "../../console/loop.h"

/*
 * A VMM whose guest never reads its UART, on standard input. Does not return: the exit status is
 * the VMM's. @ready: a byte is written there when signals are taken and the terminal is set.
 */
static void run_vmm(int ready)
{
	static struct console console;
	static struct bus bus;
	static struct virtio_devices devices;
	static struct stop stop;
	static struct config config;
	static struct vm vm;
	struct loop loop;
	sigset_t kicks;

	vm.stop = &stop;
	sigemptyset(&kicks);
	sigaddset(&kicks, SIGUSR1);
	sigaddset(&kicks, SIGUSR2);
	sigprocmask(SIG_BLOCK, &kicks, NULL); /* as whoever started it may have had it */
	if (stop_init(&stop) || loop_create(&loop, (unsigned int)limit_ms() / 1000) ||
	    console_create(&console, &config, &bus, &devices, false, &vm))
		_exit(1);
	sigprocmask(SIG_BLOCK, NULL, &kicks);
	if (sigismember(&kicks, SIGUSR1) || sigismember(&kicks, SIGUSR2))
		_exit(1);
	console_begin(&console);
	if (write(ready, "r", 1) != 1)
		_exit(1);
	loop_run(&loop, &console, &stop);
	terminal_restore();
	_exit(atomic_load(&stop.code));
}

static void await(int ready)
{
	struct pollfd wait = { .fd = ready, .events = POLLIN };
	char byte;

	if (poll(&wait, 1, limit_ms()) != 1 || read(ready, &byte, 1) != 1)
		abort();
}

/*
 * In a child with a terminal, with SIGHUP ignored when @nohup: sends @keys, then @signals. Returns
 * the exit status, or -1 when it was killed or is stopped.
 */
static int status_after(const char *keys, bool nohup, const int *signals)
{
	int master, slave, ready[2], status;
	pid_t child;

	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (!child) {
		login_tty(slave);
		signal(SIGHUP, nohup ? SIG_IGN : SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		run_vmm(ready[1]);
	}
	await(ready[0]);
	assert_int_equal(write(master, keys, strlen(keys)), (ssize_t)strlen(keys));
	for (; *signals; signals++)
		kill(child, *signals);
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	close(ready[0]);
	close(ready[1]);
	close(master);
	close(slave);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void ctrl_a_x_works_while_the_guest_reads_nothing(void **state)
{
	static const int none[] = { 0 };
	char keys[4096];

	(void)state;
	assert_int_equal(status_after("\1x", false, none), EXIT_SIGNAL_BASE + SIGINT);
	assert_int_equal(status_after("seventeen keys...\1x", false, none),
			 EXIT_SIGNAL_BASE + SIGINT);
	memset(keys, 'k', sizeof(keys));
	memcpy(keys + sizeof(keys) - 3, "\1x", 3);
	assert_int_equal(status_after(keys, false, none), EXIT_SIGNAL_BASE + SIGINT);
}

static void signals_end_it_except_ignored_ones(void **state)
{
	static const int hangup[] = { SIGHUP, 0 }, both[] = { SIGHUP, SIGTERM, 0 };

	(void)state;
	assert_int_equal(status_after("", false, hangup), EXIT_SIGNAL_BASE + SIGHUP);
	assert_int_equal(status_after("", true, both), EXIT_SIGNAL_BASE + SIGTERM);
}

/* Whether reading returns when the input that poll(2) has seen is taken by another reader. */
static void reads_do_not_block(void **state)
{
	int master, slave, pipes[2], sockets[2], inputs[3], status;

	(void)state;
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(pipe(pipes), 0);
	inputs[0] = pipes[0];
	inputs[1] = slave;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	inputs[2] = sockets[0];
	for (int i = 0; i < 3; i++) {
		pid_t child = fork();

		if (!child) {
			struct config config = { .vm_name = NULL };
			struct console console;
			struct bus bus = { .count = 0 };

			setsid();
			dup2(inputs[i], STDIN_FILENO);
			if (console_create(&console, &config, &bus, NULL, false, NULL))
				_exit(1);
			console_begin(&console);
			alarm((unsigned int)limit_ms() / 1000);
			_exit(console_read(&console) || !console_wants_input(&console) ||
			      console.count);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	close(sockets[0]);
	close(sockets[1]);
	close(pipes[0]);
	close(pipes[1]);
	close(master);
	close(slave);
}

static bool is_raw(void)
{
	struct termios now;

	return !tcgetattr(STDIN_FILENO, &now) && !(now.c_lflag & (ICANON | ECHO | ISIG));
}

static bool becomes_raw(void)
{
	for (int i = 0; !is_raw() && i < limit_ms() / 10; i++)
		usleep(10000);
	return is_raw();
}

enum job {
	STOPPED_THEN_FOREGROUND,
	STOPPED_THEN_BACKGROUND,
	BACKGROUND_THEN_FOREGROUND, /* without a stop, nor a signal */
};

/* A shell with one job, the VMM. Exit status 7: all is as it should be. */
static void shell(enum job what)
{
	bool foreground = what != STOPPED_THEN_BACKGROUND;
	struct termios mode;
	int ready[2], status;
	pid_t job;

	signal(SIGTTOU, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	if (tcgetattr(STDIN_FILENO, &mode) || pipe(ready))
		_exit(1);
	job = fork();
	if (!job) {
		setpgid(0, 0);
		if (what != BACKGROUND_THEN_FOREGROUND)
			tcsetpgrp(STDIN_FILENO, getpid());
		signal(SIGTTOU, SIG_DFL);
		run_vmm(ready[1]);
	}
	await(ready[0]);
	if (is_raw() == (what == BACKGROUND_THEN_FOREGROUND))
		_exit(2);
	if (what != BACKGROUND_THEN_FOREGROUND) {
		kill(job, SIGSTOP);
		if (waitpid(job, &status, WUNTRACED) != job || !WIFSTOPPED(status))
			_exit(3);
	}
	tcsetpgrp(STDIN_FILENO, getpgrp());
	mode.c_lflag |= ECHONL; /* something to know the shell's mode by */
	tcsetattr(STDIN_FILENO, TCSANOW, &mode);
	if (foreground)
		tcsetpgrp(STDIN_FILENO, job);
	if (what != BACKGROUND_THEN_FOREGROUND)
		kill(job, SIGCONT);
	if (foreground ? !becomes_raw() : is_raw())
		_exit(4);
	kill(job, SIGTERM);
	if (waitpid(job, &status, WUNTRACED) != job || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != EXIT_SIGNAL_BASE + SIGTERM)
		_exit(5);
	if (tcgetattr(STDIN_FILENO, &mode) || !(mode.c_lflag & ICANON) || !(mode.c_lflag & ECHO))
		_exit(6);
	_exit(what == STOPPED_THEN_FOREGROUND || (mode.c_lflag & ECHONL) ? 7 : 8);
}

static int shell_status(enum job what)
{
	int master, slave, status;
	pid_t child;

	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	child = fork();
	if (!child) {
		login_tty(slave);
		shell(what);
	}
	close(slave);
	assert_int_equal(waitpid(child, &status, 0), child);
	close(master);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_stopped_job_goes_on(void **state)
{
	(void)state;
	assert_int_equal(shell_status(STOPPED_THEN_FOREGROUND), 7);
	assert_int_equal(shell_status(STOPPED_THEN_BACKGROUND), 7);
	assert_int_equal(shell_status(BACKGROUND_THEN_FOREGROUND), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ctrl_a_x_works_while_the_guest_reads_nothing),
		cmocka_unit_test(signals_end_it_except_ignored_ones),
		cmocka_unit_test(reads_do_not_block),
		cmocka_unit_test(a_stopped_job_goes_on),
	};

	return cmocka_run_group_tests_name("vmm console", tests, NULL, NULL) != 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ends a run: each result of KVM_RUN has its exit code and its message; the first reason wins.
 */
#include "support.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../bus.h"
#include "../../console/stop.h"
#include "../../exit.h"
#include "../../fault.h"

static struct exit_action handle(int error, const struct kvm_run *run)
{
	struct exit_action action;

	handle_exit(&action, 3, error, run, "64 KiB");
	return action;
}

static void errors_have_codes_and_words(void **state)
{
	static const struct {
		int error;
		enum action_kind kind;
		enum exit_code code;
		const char *words;
	} table[] = {
		{ EINTR, ACTION_RESUME, 0, "" },
		{ EAGAIN, ACTION_RESUME, 0, "" },
		{ ENOMEM, ACTION_STOP, EXIT_HOST_CANNOT, "RLIMIT_MEMLOCK (64 KiB)" },
		{ EIO, ACTION_STOP, EXIT_VMM_ERROR, "must be anonymous or a memfd" },
		{ EFAULT, ACTION_STOP, EXIT_CRASHED, "the host lost a page of guest memory" },
		{ EHWPOISON, ACTION_STOP, EXIT_CRASHED, "hardware memory error" },
		{ EPERM, ACTION_STOP, EXIT_VMM_ERROR, "not permitted" },
		{ ENOEXEC, ACTION_STOP, EXIT_VMM_ERROR, "not initialised" },
		{ ENOSYS, ACTION_STOP, EXIT_CRASHED, "cannot be emulated" },
		{ EINVAL, ACTION_STOP, EXIT_VMM_ERROR, "Invalid argument" },
		{ ENODEV, ACTION_STOP, EXIT_VMM_ERROR, "interrupt controller" },
		{ EBUSY, ACTION_STOP, EXIT_VMM_ERROR, "Device or resource busy" },
	};
	struct kvm_run run = { .exit_reason = KVM_EXIT_MMIO };

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct exit_action action = handle(-table[i].error, &run);

		assert_int_equal(action.kind, table[i].kind);
		assert_int_equal(action.code, table[i].code);
		if (!strstr(action.why, table[i].words))
			fail_msg("%s: no '%s' in '%s'", strerror(table[i].error), table[i].words,
				 action.why);
		if (table[i].kind == ACTION_STOP)
			assert_non_null(strstr(action.why, "vCPU 3: "));
	}
}

/* Where nothing is pinned, the limit for locked memory is not to blame. */
static void no_memory_names_what_is_short(void **state)
{
	struct kvm_run run = { 0 };
	struct exit_action action;

	(void)state;
	handle_exit(&action, 0, -ENOMEM, &run, "");
	assert_int_equal(action.code, EXIT_HOST_CANNOT);
	assert_non_null(strstr(action.why, "memory cgroup is reached"));
	assert_null(strstr(action.why, "MEMLOCK"));
	handle_exit(&action, 0, -ENOMEM, &run, "64 KiB");
	assert_non_null(strstr(action.why, "memory cgroup is reached"));
}

static void lost_page_names_its_address(void **state)
{
	struct kvm_run run = { .exit_reason = KVM_EXIT_MEMORY_FAULT };
	struct exit_action action;

	(void)state;
	run.memory_fault.gpa = 0x40123000;
	action = handle(-EFAULT, &run);
	assert_int_equal(action.code, EXIT_CRASHED);
	assert_non_null(strstr(action.why, "IPA 0x40123000"));
}

static void exits_have_codes_and_words(void **state)
{
	static const struct {
		uint32_t reason;
		enum action_kind kind;
		enum exit_code code;
		const char *words;
	} table[] = {
		{ KVM_EXIT_MMIO, ACTION_MMIO, 0, "" },
		{ KVM_EXIT_INTR, ACTION_RESUME, 0, "" },
		{ KVM_EXIT_ARM_NISV, ACTION_ABORT, 0, "" },
		{ KVM_EXIT_SHUTDOWN, ACTION_STOP, EXIT_CRASHED, "unrecoverable" },
		{ KVM_EXIT_FAIL_ENTRY, ACTION_STOP, EXIT_VMM_ERROR, "hardware reason 0x77" },
		{ KVM_EXIT_MEMORY_FAULT, ACTION_STOP, EXIT_CRASHED, "no longer available" },
		{ KVM_EXIT_UNKNOWN, ACTION_STOP, EXIT_VMM_ERROR, "unknown KVM exit reason 0" },
		{ KVM_EXIT_HYPERCALL, ACTION_STOP, EXIT_VMM_ERROR, "unknown KVM exit reason 3" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct kvm_run run = { .exit_reason = table[i].reason };
		struct exit_action action;

		run.fail_entry.hardware_entry_failure_reason = 0x77;
		action = handle(0, &run);
		assert_int_equal(action.kind, table[i].kind);
		assert_int_equal(action.code, table[i].code);
		if (!strstr(action.why, table[i].words))
			fail_msg("reason %u: no '%s' in '%s'", table[i].reason, table[i].words,
				 action.why);
	}
}

static void system_events_have_codes(void **state)
{
	static const struct {
		uint32_t type;
		enum exit_code code;
		const char *why;
		uint32_t count;
		uint64_t data;
	} table[] = {
		{ KVM_SYSTEM_EVENT_SHUTDOWN, EXIT_POWERED_OFF, "", 0, 0 },
		{ KVM_SYSTEM_EVENT_RESET, EXIT_RESET, "the guest asked for a reset", 0, 0 },
		/* The end of a Linux guest's panic, by the options on its command line. */
		{ KVM_SYSTEM_EVENT_RESET, EXIT_CRASHED,
		  "the guest crashed: it asked for a warm reset (PSCI SYSTEM_RESET2), as Linux "
		  "does after a panic",
		  1, KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2 },
		/* Data that no count vouches for mean nothing. */
		{ KVM_SYSTEM_EVENT_RESET, EXIT_RESET, "the guest asked for a reset", 0,
		  KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2 },
		{ KVM_SYSTEM_EVENT_CRASH, EXIT_CRASHED,
		  "the guest crashed (KVM_SYSTEM_EVENT_CRASH on vCPU 3)", 0, 0 },
		{ 99, EXIT_VMM_ERROR, "vCPU 3: unknown system event 99", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct kvm_run run = { .exit_reason = KVM_EXIT_SYSTEM_EVENT };
		struct exit_action action;

		run.system_event.type = table[i].type;
		run.system_event.ndata = table[i].count;
		run.system_event.data[0] = table[i].data;
		action = handle(0, &run);
		assert_int_equal(action.kind, ACTION_STOP);
		assert_int_equal(action.code, table[i].code);
		assert_string_equal(action.why, table[i].why);
	}
}

static void internal_error_data_is_bounded(void **state)
{
	struct kvm_run run = { .exit_reason = KVM_EXIT_INTERNAL_ERROR };
	struct exit_action action;

	(void)state;
	run.internal.suberror = 2;
	run.internal.ndata = UINT32_MAX;
	for (int i = 0; i < 16; i++)
		run.internal.data[i] = UINT64_MAX;
	action = handle(0, &run);
	assert_int_equal(action.code, EXIT_VMM_ERROR);
	assert_non_null(strstr(action.why, "KVM internal error 2, data 0xffffffffffffffff"));
}

static void exit_codes_are_the_documented_ones(void **state)
{
	(void)state;
	assert_int_equal(EXIT_POWERED_OFF, 0);
	assert_int_equal(EXIT_VMM_ERROR, 1);
	assert_int_equal(EXIT_CONFIG, 2);
	assert_int_equal(EXIT_HOST_CANNOT, 3);
	assert_int_equal(EXIT_CRASHED, 4);
	assert_int_equal(EXIT_RESET, 5);
	assert_int_equal(EXIT_TIMED_OUT, 6);
}

static void first_reason_wins(void **state)
{
	struct stop stop;
	uint64_t value;

	(void)state;
	assert_int_equal(stop_init(&stop), 0);
	assert_false(atomic_load(&stop.requested));
	assert_true(stop_now(&stop, EXIT_RESET));
	assert_false(stop_now(&stop, EXIT_POWERED_OFF));
	assert_int_equal(atomic_load(&stop.code), EXIT_RESET);
	assert_true(atomic_load(&stop.requested));
	assert_int_equal(read(stop.event, &value, sizeof(value)), sizeof(value));
	stop_destroy(&stop);
}

static volatile uint8_t *private_page;

static uint64_t touch(void *device, uint64_t offset, unsigned int length)
{
	(void)device;
	(void)offset;
	(void)length;
	return private_page[0x2345];
}

/* Runs in a child: touches "guest RAM" that the host may not read, inside a device or not. */
static void fault_in_child(bool in_device, bool in_ram)
{
	static const struct device_ops ops = { .name = "console", .read = touch };
	struct guest_ram ram = { .ipa = 0x40000000, .size = 0x10000 };
	struct bus bus = { .count = 0 };
	uint8_t data[8];

	ram.host = mmap(NULL, 2 * ram.size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	private_page = ram.host + (in_ram ? 0 : ram.size);
	fault_handler_install(&ram);
	if (!in_device)
		touch(NULL, 0, 1);
	bus_add(&bus, 0, 8, &ops, NULL);
	bus_access(&bus, 0, data, 1, false);
	_exit(99);
}

/* Exit status and standard error of a child that faults. */
static int run_child(bool in_device, bool in_ram, char *message, size_t size)
{
	int pipes[2], status;
	ssize_t count;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	fflush(NULL);
	child = fork();
	if (!child) {
		dup2(pipes[1], STDERR_FILENO);
		fault_in_child(in_device, in_ram);
	}
	close(pipes[1]);
	count = read(pipes[0], message, size - 1);
	message[count > 0 ? count : 0] = '\0';
	close(pipes[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void fault_names_device_and_page(void **state)
{
	char message[512];
	int status = run_child(true, true, message, sizeof(message));

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_VMM_ERROR);
	assert_string_equal(message, "donjon: error: device 'console' accessed the private guest "
				     "page at IPA 0x40002000\n");
	status = run_child(false, true, message, sizeof(message));
	assert_int_equal(WEXITSTATUS(status), EXIT_VMM_ERROR);
	assert_string_equal(
		message,
		"donjon: error: the VMM accessed the private guest page at IPA 0x40002000\n");
}

static void other_faults_stay_fatal(void **state)
{
	char message[512];
	int status = run_child(true, false, message, sizeof(message));

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
	assert_string_equal(message, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_have_codes_and_words),
		cmocka_unit_test(no_memory_names_what_is_short),
		cmocka_unit_test(lost_page_names_its_address),
		cmocka_unit_test(exits_have_codes_and_words),
		cmocka_unit_test(system_events_have_codes),
		cmocka_unit_test(internal_error_data_is_bounded),
		cmocka_unit_test(exit_codes_are_the_documented_ones),
		cmocka_unit_test(first_reason_wins),
		cmocka_unit_test(fault_names_device_and_page),
		cmocka_unit_test(other_faults_stay_fatal),
	};

	return cmocka_run_group_tests_name("vmm run", tests, NULL, NULL) != 0;
}

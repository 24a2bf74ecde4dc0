// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything from the handler on is limited to what signal-safety(7) allows: no allocation, no
 * stdio.
 */
#include "fault.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "bus.h"
#include "console/terminal.h"
#include "exitcode.h"

static struct {
	uintptr_t host;
	uint64_t ipa, size;
} guest;

/* Where this thread continues after a fault in guest memory, or NULL. */
static _Thread_local sigjmp_buf *volatile recovery;

static size_t append(char *line, size_t used, size_t size, const char *text)
{
	while (*text && used < size)
		line[used++] = *text++;
	return used;
}

static size_t append_hex(char *line, size_t used, size_t size, uint64_t value)
{
	int shift = 60;

	while (shift && !(value >> shift))
		shift -= 4;
	for (; shift >= 0 && used < size; shift -= 4)
		line[used++] = "0123456789abcdef"[(value >> shift) & 0xf];
	return used;
}

static void report(uint64_t ipa)
{
	const char *device = bus_current_device();
	char line[200];
	size_t used = 0;

	used = append(line, used, sizeof(line), "donjon: error: ");
	if (device) {
		used = append(line, used, sizeof(line), "device '");
		used = append(line, used, sizeof(line), device);
		used = append(line, used, sizeof(line), "'");
	} else {
		used = append(line, used, sizeof(line), "the VMM");
	}
	used = append(line, used, sizeof(line), " accessed the private guest page at IPA 0x");
	used = append_hex(line, used, sizeof(line), ipa & ~0xfffULL);
	used = append(line, used, sizeof(line), "\n");
	if (write(STDERR_FILENO, line, used) < 0)
		_exit(EXIT_VMM_ERROR);
}

/* Does not come back. The signal is blocked in its handler, and would stay so. */
static void recover(int signal_number)
{
	sigjmp_buf *target = recovery;
	sigset_t set;

	recovery = NULL;
	sigemptyset(&set);
	sigaddset(&set, signal_number);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	siglongjmp(*target, 1);
}

static void on_fault(int signal_number, siginfo_t *info, void *context)
{
	uintptr_t address = (uintptr_t)info->si_addr;
	/*
	 * si_code is positive for what the CPU raised: a signal that a process sent names no
	 * address.
	 */
	bool in_guest = signal_number != SIGABRT && info->si_code > 0 && address >= guest.host &&
			address - guest.host < guest.size;

	(void)context;
	if (in_guest && recovery)
		recover(signal_number);
	terminal_restore();
	if (in_guest) {
		report(guest.ipa + (address - guest.host));
		_exit(EXIT_VMM_ERROR);
	}
	/* Back to the same instruction, which now ends the process as usual. */
	signal(signal_number, SIG_DFL);
	if (signal_number == SIGABRT)
		raise(SIGABRT);
}

int fault_guard(void (*access)(void *argument), void *argument)
{
	sigjmp_buf here;

	/* Without the signal mask, whose saving is a system call each time. */
	if (sigsetjmp(here, 0))
		return -EFAULT;
	recovery = &here;
	access(argument);
	recovery = NULL;
	return 0;
}

int fault_handler_install(const struct guest_ram *ram)
{
	static const int signals[] = { SIGBUS, SIGSEGV, SIGABRT };
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	guest.host = (uintptr_t)ram->host;
	guest.ipa = ram->ipa;
	guest.size = ram->size;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], &action, NULL))
			return -errno;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "try_access.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>

#define PAGE 4096UL

static __thread sigjmp_buf back;
static __thread volatile sig_atomic_t armed;

static void caught(int number)
{
	if (armed)
		siglongjmp(back, number);
	signal(number, SIG_DFL);
	raise(number);
}

void try_access_init(void)
{
	struct sigaction action = {.sa_handler = caught, .sa_flags = SA_NODEFER};

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGILL, &action, NULL);
}

int try_read(const void *address, uint64_t *value)
{
	int number = sigsetjmp(back, 1);

	if (!number) {
		armed = 1;
		*value = *(const volatile uint64_t *)address;
	}
	armed = 0;
	return number;
}

int try_write(void *address, uint64_t value)
{
	int number = sigsetjmp(back, 1);

	if (!number) {
		armed = 1;
		*(volatile uint64_t *)address = value;
	}
	armed = 0;
	return number;
}

int try_execute(void *address)
{
	int number = sigsetjmp(back, 1);

	if (!number) {
		armed = 1;
		((void (*)(void))address)();
	}
	armed = 0;
	return number;
}

static int copy_page(void *to, const void *from, size_t size)
{
	int number = sigsetjmp(back, 1);

	if (!number) {
		armed = 1;
		memcpy(to, from, size);
	}
	armed = 0;
	return number;
}

size_t try_copy(void *buffer, const void *from, size_t size)
{
	size_t refused = 0;

	memset(buffer, 0, size);
	for (size_t page = 0; page < size; page += PAGE)
		refused += !!copy_page((char *)buffer + page, (const char *)from + page,
				       size - page < PAGE ? size - page : PAGE);
	return refused;
}

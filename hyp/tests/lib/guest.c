// SPDX-License-Identifier: GPL-2.0-only
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "secret/pattern.h"
#include "tap.h"
#include "tests/lib/limit.h"

#define UART_DR	       PLAT_UART_BASE
#define UART_FR	       (PLAT_UART_BASE + 0x18)
#define UART_FR_RXFE   0x10 /* no input */
#define KICK_SIGNAL    SIGUSR1
#define KICK_PERIOD_NS 20000000L

bool has_pattern(const void *buffer, size_t size)
{
	for (unsigned int i = 0; i < 2; i++) {
		uint64_t word = secret_word(i);

		if (memmem(buffer, size, &word, sizeof(word)))
			return true;
	}
	return false;
}

size_t first_nonzero(const void *buffer, size_t size)
{
	const uint8_t *byte = buffer;
	size_t i;

	for (i = 0; i < size && !byte[i]; i++)
		;
	return i;
}

/* -- Running -- */

static void finish(struct guest *g, enum guest_end end, int error, uint32_t reason)
{
	pthread_mutex_lock(&g->lock);
	if (g->end == GUEST_RUNS) {
		g->end = end;
		g->error = error;
		g->exit_reason = reason;
	}
	g->stop = true;
	pthread_cond_broadcast(&g->changed);
	pthread_mutex_unlock(&g->lock);
}

static void print(struct guest *g, char c)
{
	pthread_mutex_lock(&g->lock);
	if (c != '\r' && g->length + 1 < sizeof(g->console)) {
		g->console[g->length++] = c;
		g->console[g->length] = 0;
		if (c == '\n')
			pthread_cond_broadcast(&g->changed);
	}
	pthread_mutex_unlock(&g->lock);
}

static void serve_mmio(struct guest *g, struct kvm_run *run)
{
	if (!run->mmio.is_write)
		memset(run->mmio.data, 0, sizeof(run->mmio.data));
	if (run->mmio.phys_addr == UART_FR && !run->mmio.is_write)
		run->mmio.data[0] =
			__atomic_load_n(&g->released, __ATOMIC_ACQUIRE) ? 0 : UART_FR_RXFE;
	else if (run->mmio.phys_addr == UART_DR && run->mmio.is_write)
		print(g, (char)run->mmio.data[0]);
}

static void serve_event(struct guest *g, const struct kvm_run *run)
{
	switch (run->system_event.type) {
	case KVM_SYSTEM_EVENT_SHUTDOWN:
		finish(g, GUEST_OFF, 0, 0);
		break;
	case KVM_SYSTEM_EVENT_RESET:
		finish(g, GUEST_RESET, 0, 0);
		break;
	default:
		finish(g, GUEST_STRANGE, 0, KVM_EXIT_SYSTEM_EVENT);
	}
}

static bool stopping(struct guest *g)
{
	bool stop;

	pthread_mutex_lock(&g->lock);
	stop = g->stop;
	pthread_mutex_unlock(&g->lock);
	return stop;
}

void guest_run(struct guest *g, unsigned int index)
{
	struct kvm_run *run = g->vm.run[index];

	while (!stopping(g)) {
		int error = kvm(g->vm.vcpu[index], KVM_RUN, 0);

		if (error == -EINTR || error == -EAGAIN)
			continue;
		if (error < 0) {
			if (run->exit_reason == KVM_EXIT_MEMORY_FAULT)
				g->lost = run->memory_fault.gpa;
			finish(g, GUEST_ERROR, -error, run->exit_reason);
			return;
		}
		switch (run->exit_reason) {
		case KVM_EXIT_MMIO:
			serve_mmio(g, run);
			break;
		case KVM_EXIT_SYSTEM_EVENT:
			serve_event(g, run);
			break;
		case KVM_EXIT_INTR:
		case KVM_EXIT_UNKNOWN: /* another thread of a test has begun to run the vCPU */
			break;
		default:
			finish(g, GUEST_STRANGE, 0, run->exit_reason);
		}
	}
}

struct runner {
	struct guest *guest;
	unsigned int index;
};

static void *run_thread(void *argument)
{
	struct runner r = *(struct runner *)argument;

	__atomic_store_n(&((struct runner *)argument)->guest, NULL, __ATOMIC_RELEASE);
	guest_run(r.guest, r.index);
	return NULL;
}

static void ignore(int number)
{
	(void)number;
}

void guest_start(struct guest *g)
{
	struct sigaction action = {.sa_handler = ignore};

	sigaction(KICK_SIGNAL, &action, NULL);
	for (unsigned int i = 0; i < g->setup.cpus; i++) {
		struct runner r = {g, i};

		if (pthread_create(&g->thread[i], NULL, run_thread, &r))
			tap_give_up("no thread for vCPU %u", i);
		/* It has taken its arguments when it clears them. */
		while (__atomic_load_n(&r.guest, __ATOMIC_ACQUIRE))
			usleep(100);
		g->threads++;
	}
}

void guest_boot(struct guest *g, const struct guest_setup *setup)
{
	const char *what;

	if (!guest_create(g, setup, &what))
		tap_give_up("a guest for the test: %s: %s", what, strerror(errno));
	guest_start(g);
}

/* -- Waiting -- */

static struct timespec deadline(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += limit_seconds();
	return t;
}

bool guest_wait_text(struct guest *g, const char *text)
{
	struct timespec until = deadline();
	const char *at;
	bool found;

	pthread_mutex_lock(&g->lock);
	for (;;) {
		at = strstr(g->console, text);
		found = at && strchr(at, '\n');
		if (found || g->end != GUEST_RUNS)
			break;
		if (pthread_cond_timedwait(&g->changed, &g->lock, &until))
			break;
	}
	pthread_mutex_unlock(&g->lock);
	return found;
}

void guest_release(struct guest *g)
{
	__atomic_store_n(&g->released, true, __ATOMIC_RELEASE);
}

enum guest_end guest_wait_end(struct guest *g)
{
	struct timespec until = deadline();
	enum guest_end end;

	pthread_mutex_lock(&g->lock);
	while (g->end == GUEST_RUNS && !pthread_cond_timedwait(&g->changed, &g->lock, &until))
		;
	end = g->end;
	pthread_mutex_unlock(&g->lock);
	return end;
}

const char *guest_story(struct guest *g)
{
	static const char *const ends[] = {"still runs",     "powered off", "reset itself",
					   "KVM_RUN failed", "was stopped", "strange exit"};
	static char text[256];
	const char *last;

	pthread_mutex_lock(&g->lock);
	last = strstr(g->console, "FAIL");
	snprintf(text, sizeof(text), "guest %s%s%s, console: %.160s", ends[g->end],
		 g->error ? ": " : "", g->error ? strerror(g->error) : "",
		 last ? last : g->console);
	for (char *c = text; *c; c++)
		if (*c == '\n')
			*c = '|';
	pthread_mutex_unlock(&g->lock);
	return text;
}

uint64_t *guest_told(struct guest *g, const char *what)
{
	const char *at = strstr(g->console, what);
	uint64_t ipa = at ? strtoull(at + strlen(what), NULL, 16) : 0;

	if (ipa < PLAT_RAM_BASE || ipa >= PLAT_RAM_BASE + g->size)
		tap_give_up("the guest tells no address behind '%s': %s", what, guest_story(g));
	return (uint64_t *)(g->ram + (ipa - PLAT_RAM_BASE));
}

/* -- The end -- */

void guest_halt(struct guest *g)
{
	finish(g, GUEST_STOPPED, 0, 0);
	for (unsigned int i = 0; i < g->threads; i++) {
		for (;;) {
			struct timespec until;

			clock_gettime(CLOCK_REALTIME, &until);
			until.tv_nsec += KICK_PERIOD_NS;
			until.tv_sec += until.tv_nsec / 1000000000L;
			until.tv_nsec %= 1000000000L;
			pthread_kill(g->thread[i], KICK_SIGNAL);
			if (!pthread_timedjoin_np(g->thread[i], NULL, &until))
				break;
		}
	}
	g->threads = 0;
}

void guest_close(struct guest *g)
{
	guest_halt(g);
	kvm_vm_close(&g->vm);
}

void guest_free(struct guest *g)
{
	guest_close(g);
	if (g->ram)
		munmap(g->ram, g->size);
	g->ram = NULL;
}

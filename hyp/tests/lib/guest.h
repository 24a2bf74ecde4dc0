/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest VMM there can be: anonymous memory, one GICv3, a UART that only prints, PSCI 0.2. It
 * uses nothing but calls that Linux documents for KVM, so it does not know which hypervisor it
 * talks to. Its own mapping of the guest's memory is what the attacks go for.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kvm.h"

#define GUEST_MAX_CPUS 4
#define GUEST_CONSOLE  8192
#define GUEST_RAM_SIZE (4UL << 20) /* what most tests take: small is quick */

enum guest_end {
	GUEST_RUNS,
	GUEST_OFF,     /* powered itself off: all was well */
	GUEST_RESET,   /* reset itself: it found something wrong */
	GUEST_ERROR,   /* KVM_RUN failed */
	GUEST_STOPPED, /* we stopped it */
	GUEST_STRANGE, /* an exit that should not be */
};

struct guest_setup {
	const char *image; /* NAME of build/guest/NAME.bin */
	const char *args;  /* bootargs */
	size_t size;	   /* of RAM, 0: GUEST_RAM_SIZE */
	unsigned int cpus; /* 0: 1 */
	bool unprotected;
	bool huge;  /* RAM in 2 MiB pages */
	bool small; /* RAM in 4 KiB pages for sure */
};

struct guest {
	struct guest_setup setup;
	struct kvm_vm vm;
	pthread_t thread[GUEST_MAX_CPUS];
	unsigned int threads;
	uint8_t *ram;
	size_t size;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	char console[GUEST_CONSOLE];
	size_t length;
	enum guest_end end;
	int error;	      /* errno of GUEST_ERROR */
	uint32_t exit_reason; /* of GUEST_STRANGE and GUEST_ERROR */
	uint64_t lost;	      /* IPA of KVM_EXIT_MEMORY_FAULT */
	bool stop;
	bool released;
};

/* Creates and loads the guest. False: errno says why, what says which step. */
bool guest_create(struct guest *g, const struct guest_setup *setup, const char **what);

/* Runs each vCPU in a thread of its own. */
void guest_start(struct guest *g);

/* One vCPU's loop, until the guest ends; for tests that have threads of their own. */
void guest_run(struct guest *g, unsigned int index);

/* Create and start, or give up the test. */
void guest_boot(struct guest *g, const struct guest_setup *setup);

/* Waits until the console has a whole line with the text. False: the guest ended before, or the
 * wait was cut off. */
bool guest_wait_text(struct guest *g, const char *text);

/* Waits for the end. GUEST_RUNS: the wait was cut off. */
enum guest_end guest_wait_end(struct guest *g);

/* Lets a guest go on to its end that waits for input (bootarg until_input=1 of `secret`). */
void guest_release(struct guest *g);

/* The end in words, for messages. The buffer is static. */
const char *guest_story(struct guest *g);

/*
 * The page whose IPA is in the console behind this text, in this process; gives up the test
 * without.
 */
uint64_t *guest_told(struct guest *g, const char *what);

/* Kicks all threads out of KVM_RUN and joins them. */
void guest_halt(struct guest *g);

/* guest_halt(), then closes all descriptors. The RAM mapping stays. */
void guest_close(struct guest *g);

/* Unmaps the RAM, too. */
void guest_free(struct guest *g);

/* Whether the bytes contain any word of the pattern that `secret` keeps. */
bool has_pattern(const void *buffer, size_t size);

/* Offset of the first byte that is not zero, or size. */
size_t first_nonzero(const void *buffer, size_t size);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls to EL2 at random, from all CPUs at once, on a few VMs and a few MiB of memory, while a
 * guest of the driver's runs beside them: EL2 must neither stop, nor give anything of that guest
 * away, nor lose a page.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"
#include "own.h"
#include "suites.h"
#include "tap.h"

#define THREADS	    4
#define CALLS	    15000
#define MAX_HANDLES 16384
#define CHUNKS	    2 /* of 2 MiB */
#define SEED	    0x9e3779b97f4a7c15UL

static const uint64_t ids[] = {
	DONJON_HC_INFO,	      DONJON_HC_COUNTER,      DONJON_HC_LEDGER,	      DONJON_HC_VM_CREATE,
	DONJON_HC_VM_CREATE,  DONJON_HC_VCPU_CREATE,  DONJON_HC_VM_TOPUP,     DONJON_HC_VM_ADD_RAM,
	DONJON_HC_VM_DEL_RAM, DONJON_HC_VM_MAP,	      DONJON_HC_VM_MAP,	      DONJON_HC_VM_MAP,
	DONJON_HC_VM_UNMAP,   DONJON_HC_VCPU_SET_REG, DONJON_HC_VCPU_GET_REG, DONJON_HC_VCPU_POWER,
	DONJON_HC_VCPU_RUN,   DONJON_HC_VCPU_RUN,     DONJON_HC_VM_KILL,      DONJON_HC_VM_RECLAIM,
	DONJON_HC_VM_DESTROY, DONJON_HC_VM_DESTROY,
};

static uint64_t chunks[CHUNKS], hyp_page, foreign;
static uint64_t handles[MAX_HANDLES]; /* of all VMs that were ever made */
static unsigned int nr_handles;
static unsigned long done[16]; /* answers by code */

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static uint64_t some_pa(uint64_t *state)
{
	uint64_t r = next(state);

	switch (r % 32) {
	case 0:
		return hyp_page;
	case 1:
		return foreign;
	case 2:
		return PLAT_UART_BASE;
	case 3:
		return r;
	case 4 ... 11:
		return chunks[r >> 8 & 1];
	case 12 ... 19:
		return chunks[r >> 8 & 1] + ((r >> 16) % 16) * PAGE * DONJON_VM_PAGES;
	default:
		return chunks[r >> 8 & 1] + ((r >> 16) % 512) * PAGE;
	}
}

static uint64_t some_size(uint64_t *state)
{
	static const uint64_t sizes[] = {PAGE,	    PAGE,  2 * PAGE, 16 * PAGE,
					 BLOCK / 2, BLOCK, 0,	     BLOCK + PAGE};

	return sizes[next(state) % 8];
}

static uint64_t some_ipa(uint64_t *state)
{
	uint64_t r = next(state);

	return r % 16 ? OWN_RAM + (r % 4 ? (r >> 8) % 1024 * PAGE : (r >> 8) % 2 * BLOCK) : r;
}

static uint64_t some_handle(uint64_t *state)
{
	unsigned int n = __atomic_load_n(&nr_handles, __ATOMIC_ACQUIRE);
	uint64_t r = next(state);

	/* The latest ones are the ones that live. */
	if (!n || r % 32 == 0)
		return r;
	if (n > MAX_HANDLES)
		n = MAX_HANDLES;
	return handles[n - 1 - (r >> 8) % (n < 4 ? n : 4)];
}

static void arguments(uint64_t id, uint64_t *state, uint64_t *a)
{
	a[0] = some_handle(state);
	a[1] = next(state) % 3;
	a[2] = some_pa(state);
	a[3] = some_pa(state);
	switch (id) {
	case DONJON_HC_LEDGER:
		a[0] = some_pa(state);
		break;
	case DONJON_HC_COUNTER:
		a[0] = next(state) % 16;
		break;
	case DONJON_HC_VM_CREATE:
		a[0] = next(state) % 2;
		a[1] = 36;
		break;
	case DONJON_HC_VM_TOPUP:
		a[1] = some_pa(state);
		a[2] = some_size(state);
		break;
	case DONJON_HC_VM_ADD_RAM:
	case DONJON_HC_VM_DEL_RAM:
		a[1] = OWN_RAM;
		a[2] = OWN_RAM_SIZE;
		break;
	case DONJON_HC_VM_MAP:
		a[1] = some_pa(state);
		a[2] = some_ipa(state);
		a[3] = some_size(state);
		break;
	case DONJON_HC_VM_UNMAP:
	case DONJON_HC_VM_RECLAIM:
		a[1] = some_ipa(state);
		a[2] = some_size(state);
		break;
	case DONJON_HC_VCPU_SET_REG:
	case DONJON_HC_VCPU_GET_REG:
		a[2] = next(state) % 40;
		a[3] = next(state) % 2 ? OWN_RAM : next(state);
		break;
	case DONJON_HC_VCPU_POWER:
		a[2] = next(state) % 3;
		break;
	}
}

static void *storm(void *number)
{
	uint64_t state = SEED * ((uintptr_t)number + 1), a[4], results[4];
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET((uintptr_t)number % (unsigned long)sysconf(_SC_NPROCESSORS_ONLN), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	for (unsigned int i = 0; i < CALLS; i++) {
		uint64_t id = ids[next(&state) % (sizeof(ids) / sizeof(ids[0]))];
		long code;

		arguments(id, &state, a);
		code = evil_call(id, a[0], a[1], a[2], a[3], 0, results);
		if (!code && id == DONJON_HC_VM_CREATE)
			handles[__atomic_fetch_add(&nr_handles, 1, __ATOMIC_ACQ_REL) %
				MAX_HANDLES] = results[0];
		__atomic_fetch_add(&done[code <= 0 && code > -15 ? -code : 15], 1,
				   __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Ends what is left of the VMs. False: a call failed. */
static bool clear_away(void)
{
	unsigned int n = nr_handles < MAX_HANDLES ? nr_handles : MAX_HANDLES;

	for (unsigned int i = 0; i < n; i++) {
		uint64_t results[4] = {0};
		long code = evil_call(DONJON_HC_VM_KILL, handles[i], 0, 0, 0, 0, NULL);

		if (code == DONJON_E_NOT_FOUND)
			continue;
		for (uint64_t off = 0; !code && off < OWN_RAM_SIZE; off += DONJON_MAX_RANGE)
			code = evil_call(DONJON_HC_VM_RECLAIM, handles[i], OWN_RAM + off,
					 DONJON_MAX_RANGE, 0, 0, NULL);
		while (!code && results[1] != DONJON_VM_PAGE_LAST)
			code = evil_call(DONJON_HC_VM_DESTROY, handles[i], 0, 0, 0, 0, results);
		if (code) {
			tap_note("VM 0x%llx doesn't end: %ld", (unsigned long long)handles[i],
				 code);
			return false;
		}
	}
	return true;
}

static void find_image(const struct run *run, void *context)
{
	uint64_t *page = context;

	if (!*page && run->state == DONJON_PAGE_HYP)
		*page = run->start;
}

int suite_storm(void)
{
	struct guest_setup setup = {.image = "secret", .args = "seconds=4"};
	pthread_t thread[THREADS];
	uint64_t results[4];
	bool all_back = true;
	struct run run;
	struct guest g;

	evil_open();
	evil_walk(find_image, &hyp_page);
	for (unsigned int i = 0; i < CHUNKS; i++) {
		chunks[i] = evil_alloc(9);
		if (!chunks[i])
			tap_give_up("the host has no 2 MiB in one piece");
	}
	guest_boot(&g, &setup);
	if (!guest_wait_text(&g, "ready", 30))
		tap_give_up("secret isn't ready: %s", guest_story(&g));
	foreign = evil_pa(g.ram + g.size / 2);
	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, storm, (void *)i);
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	tap_note("%u VMs made; answers: %lu done, %lu INVALID, %lu DENIED, %lu NO_MEMORY, %lu "
		 "BUSY, %lu NOT_FOUND, %lu EXISTS, "
		 "%lu DYING, %lu OFF",
		 nr_handles, done[0], done[2], done[4], done[5], done[6], done[7], done[8],
		 done[10], done[11]);
	tap_ok(!done[15] && !done[13] && !done[1],
	       "%d calls from %d threads: each answer is a documented one", THREADS * CALLS,
	       THREADS);
	tap_ok(done[0] > 1000 && nr_handles > 10, "many of them did something");
	tap_ok(!evil_call(DONJON_HC_INFO, 0, 0, 0, 0, 0, results) &&
		       results[1] == DONJON_PHASE_RUNNING,
	       "EL2 lives");
	if (!tap_ok(guest_wait_end(&g, 60) == GUEST_OFF && strstr(g.console, "intact"),
		    "the guest beside them is intact"))
		tap_note("%s", guest_story(&g));
	guest_free(&g);
	tap_ok(clear_away() && evil_counter(DONJON_CNT_VMS) == 0, "all VMs end");
	for (unsigned int i = 0; i < CHUNKS; i++)
		for (uint64_t pa = chunks[i]; pa < chunks[i] + BLOCK && all_back; pa = run.end)
			all_back = evil_ledger(pa, &run) && run.state == DONJON_PAGE_HOST;
	tap_ok(all_back, "and all memory is the host's again");
	for (unsigned int i = 0; i < CHUNKS && all_back; i++)
		evil_free(chunks[i], 9);
	return tap_end();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What the threads of the storm have in common: a rough picture of who has what. It may be wrong at
 * any time. */
#ifndef ATTACK_STORM_H
#define ATTACK_STORM_H

#include <pthread.h>

#include "raw_vm.h"

#define BLOCK_PAGES   512U
#define STORM_PAGES   (8 * BLOCK_PAGES) /* nonsense has the first two blocks only */
#define STORM_VMS     4
#define STORM_VCPUS   2
#define STORM_IPAS    ((unsigned int)(RAW_VM_RAM_SIZE / PAGE))
#define STORM_HANDLES 4096

enum storm_kind {
	STORM_CREATE,
	STORM_VCPU,
	STORM_TOPUP,
	STORM_ADD_RAM,
	STORM_DEL_RAM,
	STORM_DONATE_PAGES,
	STORM_DONATE_BLOCK,
	STORM_LEND_PAGES,
	STORM_LEND_BLOCK,
	STORM_UNMAP,
	STORM_REG,
	STORM_RUN,
	STORM_SHARED,	/* by guests, with the host */
	STORM_UNSHARED, /* by guests */
	STORM_EMPTIED,	/* pages and blocks that a guest made EMPTY */
	STORM_RAM_AGAIN, /* and RAM */
	STORM_ASKED,	/* a guest wants a page */
	STORM_FORCED,
	STORM_KILL,
	STORM_RECLAIM,
	STORM_DESTROY,
	STORM_LEDGER,
	STORM_COUNTER,
	STORM_POOL,
	STORM_KINDS
};

enum storm_state { STORM_EMPTY, STORM_LIVE, STORM_DYING };

struct storm_vm {
	enum storm_state state;
	bool taken; /* a thread makes or ends it */
	bool protected;
	uint64_t handle;
	uint64_t vm_pa, cache_pa, spare_pa, code_pa, vcpu_pa[STORM_VCPUS], run_pa[STORM_VCPUS];
	unsigned int spare;	 /* pages of spare_pa that are given */
	uint16_t at[STORM_IPAS]; /* 1 + page, 0: nothing. A poisoned IPA keeps its page. */
};

struct storm {
	pthread_mutex_t lock; /* of the picture */
	uint64_t seed;
	unsigned long calls;
	uint64_t chunk[STORM_PAGES / BLOCK_PAGES], hyp_page, foreign;
	bool used[STORM_PAGES];
	struct storm_vm vm[STORM_VMS];
	uint64_t handles[STORM_HANDLES]; /* of VMs that nonsense made */
	unsigned int nr_handles, gifts;
	unsigned long done[STORM_KINDS], answers[16];
};

struct storm_thread {
	pthread_t thread;
	unsigned long number, calls, limit;
	uint64_t state;
};

static inline uint64_t storm_next(struct storm_thread *t)
{
	t->state ^= t->state << 13;
	t->state ^= t->state >> 7;
	t->state ^= t->state << 17;
	return t->state;
}

static inline unsigned int storm_below(struct storm_thread *t, unsigned int n)
{
	return (unsigned int)((storm_next(t) >> 16) % n);
}

extern struct storm storm;

/* One step: some calls, or none if the picture does not allow them. */
void storm_step(struct storm_thread *t);

/* Kills the VM, takes parts and then all back, and destroys it. What does not end now is tried
 * again. */
void storm_end_vm(struct storm_thread *t, struct storm_vm *vm);

/* Any call but those that end or fill EL2, with arguments that may make sense: its identifier, a[0]
 * to a[3]. */
uint64_t storm_nonsense(struct storm_thread *t, uint64_t *a);

/* A VM that such a call has made, and the end of all of these. False: one doesn't end. */
void storm_remember(uint64_t handle);
bool storm_end_nonsense(void);

#endif

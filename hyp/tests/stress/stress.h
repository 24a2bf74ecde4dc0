/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the threads of the stress have in common: a rough picture of who has what. It may be wrong
 * at any time.
 */
#pragma once

#include <pthread.h>

#include "raw_vm.h"

#define BLOCK_PAGES   512U
#define STRESS_PAGES   (8 * BLOCK_PAGES) /* nonsense has the first two blocks only */
#define STRESS_NONSENSE (2 * BLOCK_PAGES)
#define STRESS_VMS     4
#define STRESS_VCPUS   2
#define STRESS_IPAS    ((unsigned int)(RAW_VM_RAM_SIZE / PAGE))
#define STRESS_HANDLES 4096

/* In a guest's own pages, and what the host tries to write over it: touches.c. */
#define STRESS_SECRET 0x5ec2e70f5ec2e70fULL
#define STRESS_MARK   0x3a2c3a2c3a2c3a2cULL

enum stress_kind {
	STRESS_CREATE,
	STRESS_VCPU,
	STRESS_TOPUP,
	STRESS_ADD_RAM,
	STRESS_DEL_RAM,
	STRESS_DONATE_PAGES,
	STRESS_DONATE_BLOCK,
	STRESS_SHARED_PAGES,
	STRESS_SHARED_BLOCK,
	STRESS_UNMAP,
	STRESS_REG,
	STRESS_RUN,
	STRESS_SHARED,	/* by guests, with the host */
	STRESS_RECALLED, /* a guest asks for what it shares */
	STRESS_UNSHARED, /* by guests */
	STRESS_EMPTIED,	/* pages and blocks that a guest made EMPTY */
	STRESS_RAM_AGAIN, /* and RAM */
	STRESS_ASKED,	/* a guest wants a page */
	STRESS_FORCED,
	STRESS_FIXED_UP, /* accesses of the kernel's to a guest's page that were refused */
	STRESS_TAKEN,	/* that were not, for want of a fixup */
	STRESS_USER_REFUSED, /* user space's */
	STRESS_COPY_REFUSED, /* the kernel's for user space */
	STRESS_SECRETS,	/* pages in which a guest keeps its secret */
	STRESS_KILL,
	STRESS_RECLAIM,
	STRESS_DESTROY,
	STRESS_LEDGER,
	STRESS_COUNTER,
	STRESS_POOL,
	STRESS_KINDS
};

enum stress_state { STRESS_EMPTY, STRESS_LIVE, STRESS_DYING };

struct stress_vm {
	enum stress_state state;
	bool taken; /* a thread makes or ends it */
	bool protected;
	uint64_t handle;
	uint64_t vm_pa, cache_pa, spare_pa, code_pa, vcpu_pa[STRESS_VCPUS], run_pa[STRESS_VCPUS];
	unsigned int spare;	 /* pages of spare_pa that are given */
	uint16_t at[STRESS_IPAS]; /* 1 + page, 0: nothing. A poisoned IPA keeps its page. */
};

struct stress {
	pthread_mutex_t lock; /* of the picture */
	uint64_t seed;
	unsigned long calls;
	uint64_t chunk[STRESS_PAGES / BLOCK_PAGES], hyp_page, foreign;
	char *user[STRESS_PAGES / BLOCK_PAGES];	/* where this process has them */
	unsigned long seen, changed;	/* secrets that the host has seen, or changed */
	bool used[STRESS_PAGES];
	struct stress_vm vm[STRESS_VMS];
	uint64_t handles[STRESS_HANDLES]; /* of VMs that nonsense made */
	unsigned int nr_handles, gifts;
	unsigned long done[STRESS_KINDS], answers[16];
};

struct stress_thread {
	pthread_t thread;
	unsigned long number, calls, limit;
	uint64_t state;
	int pipe[2];
};

static inline uint64_t stress_next(struct stress_thread *t)
{
	t->state ^= t->state << 13;
	t->state ^= t->state >> 7;
	t->state ^= t->state << 17;
	return t->state;
}

static inline unsigned int stress_below(struct stress_thread *t, unsigned int n)
{
	return (unsigned int)((stress_next(t) >> 16) % n);
}

extern struct stress stress;

static inline void stress_count(enum stress_kind kind)
{
	__atomic_fetch_add(&stress.done[kind], 1, __ATOMIC_RELAXED);
}

/* One step: some calls, or none if the picture does not allow them. */
void stress_step(struct stress_thread *t);

/* Kills the VM, takes parts and then all back, and destroys it. What does not end now is tried
 * again. */
void stress_end_vm(struct stress_thread *t, struct stress_vm *vm);

/* One access of the host's to a page that may be a guest's. */
void stress_touch(struct stress_thread *t);

/* Maps the memory for such accesses; whether a guest's secret is anywhere in it at the end. */
void stress_map_chunks(void);
bool stress_secret_left(void);

/* Any call but those that end or fill EL2, with arguments that may make sense: its identifier, a[0]
 * to a[3]. */
uint64_t stress_nonsense(struct stress_thread *t, uint64_t *a);

/* A VM that such a call has made, and the end of all of these. False: one does not end. */
void stress_remember(uint64_t handle);
bool stress_end_nonsense(void);

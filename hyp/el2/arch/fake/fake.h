/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The build machine in the place of an Arm CPU: physical memory is an array, and everything that
 * the core does to the machine is recorded in one log, in order, so that tests can assert order and
 * ranges.
 *
 * Some rules hold for every operation, so the fake itself checks them, always, and panics with the
 * rule's name:
 *
 *   F1  A valid entry becomes another valid entry only through an invalid one, except for its state
 *       bits.
 *   F2  A broken entry (valid before, now invalid) is made valid, and memory is zeroed or cleaned,
 *       only after a TLB invalidation of its table that covers it at its level.
 *   F3  A table is linked by a store whose publication came directly before it, and its page has
 *       not changed since (the latter once fake.check_published is set).
 *   F4  EL2 touches only pages that its stage 1 maps where the linear map says (once
 *       fake.check_linear is set).
 *   F5  Zeroing and cleaning: page-aligned RAM, 1 to PT_MAX_RANGE bytes; more than a page with the
 *       host's lock free.
 *   F6  A table is called unused, and so not invalidated, only after its VMID was flushed, and
 *       nothing runs with it from then on.
 */
#pragma once

#include <setjmp.h>
#include <el2/pgtable.h>

/* The array. Big enough for the blocks that the tests need, and not at address 0. */
#define FAKE_RAM_BASE	(PT_INDEX_BITS < 9 ? 0x100000UL : 0x40000000UL)
#define FAKE_RAM_BLOCKS	(PT_INDEX_BITS < 9 ? 192UL : 32UL)
#define FAKE_RAM_SIZE	(FAKE_RAM_BLOCKS * PT_MAX_RANGE)

enum fake_what {
	FAKE_ENTRY,	/* addr: of the entry; old, value */
	FAKE_COUNT,	/* addr: of the entry; old, value */
	FAKE_PUBLISH,
	FAKE_TLBI,	/* addr, size, level, kind, vmid */
	FAKE_TLBI_ALL,	/* kind, vmid */
	FAKE_ZERO,	/* addr, size */
	FAKE_CLEAN,	/* addr, size */
	FAKE_CLEAR,	/* addr: of the page */
	FAKE_ICACHE,
};

struct fake_event {
	enum fake_what what;
	uint64_t addr, size, old, value;
	unsigned int level;
	enum pgtable_kind kind;
	uint8_t vmid;
};

#define FAKE_LOG_SIZE 65536
#define FAKE_SMCS 16

struct vcpu;
struct host_regs;
struct guest_memory;

struct fake {
	struct fake_event log[FAKE_LOG_SIZE];
	unsigned int events;		/* the log keeps the first FAKE_LOG_SIZE of them */
	uint64_t hyp_root;		/* of EL2's stage 1 */
	bool check_linear;		/* F4 */
	bool check_published;		/* F3 in full: slow */
	bool coherent;			/* FEAT_S2FWB */
	bool initialised;		/* HC_INIT has succeeded */
	unsigned int random_left;
	uint64_t *random_at;		/* where the last random number went */
	unsigned int repeats, skips;
	struct {
		uint64_t va, page, pstate, pc, task, when;
	} fault;			/* that is being handled */
	uint64_t stage1;		/* what arch_translate() finds */
	uint64_t par;			/* what EL1 itself has found last */
	char printed[128];		/* the last line for the log */
	unsigned int injected;		/* aborts given to EL1; the last one: */
	uint64_t injected_esr, injected_far, injected_fsc;
	unsigned int smcs;		/* calls to the firmware; the first FAKE_SMCS: */
	uint64_t smc[FAKE_SMCS][8];
	void (*firmware)(uint64_t x[8]);	/* NULL: every call returns NOT_SUPPORTED */
	int (*guest)(struct vcpu *vcpu);	/* what guest_run() does, NULL: nothing */
	void (*icache)(void);		/* instruction caches are invalidated; NULL: nothing */
	/* pages are about to be zeroed or cleaned without a lock: what another CPU does */
	void (*contents)(uint64_t pa, uint64_t size);
	bool flushed[256];		/* VMIDs that nothing has run with since */
	uint64_t zeroed;
	jmp_buf *expected;		/* an EL2 panic comes back here */
	const char *panic;		/* its message */
	/* any other panic */
	void (*unexpected)(const char *what, const char *file, unsigned int line);
};

extern struct fake fake;

/*
 * All memory zero, all of the above cleared, no lock held. unexpected: called for a panic that no
 * test expects.
 */
void fake_reset(void (*unexpected)(const char *what, const char *file, unsigned int line));

/* Forgets the log. */
void fake_log_clear(void);

/* The contents of a page, whatever EL2 maps; addr must lie in the array. */
void *fake_page(uint64_t addr);

/* Broken entries whose TLB invalidation is still missing. 0 after each operation. */
unsigned int fake_pending(void);

/* Events of one kind, and the index of the first at or after from; fake.events if there is none. */
unsigned int fake_count(enum fake_what what);
unsigned int fake_find(enum fake_what what, unsigned int from);

/* host_call(), and again as long as it wants to go on. */
void fake_host_call(struct host_regs *regs);

/* All of a range is returned, part by part, or up to an error: reclaim, or the end of sharing. */
int ledger_reclaim(struct guest_memory *guest, ipa_t ipa, uint64_t *size, uint64_t *done);
int ledger_host_unshare_guest(struct guest_memory *guest, ipa_t ipa, uint64_t *size,
			      uint64_t *done);
typedef int (*fake_return_t)(struct guest_memory *guest, ipa_t ipa, uint64_t *size, uint64_t *done);
int fake_return(fake_return_t first, struct guest_memory *guest, ipa_t ipa, uint64_t size,
		uint64_t *done);

/* True if statement panics. */
#define fake_panics(statement)                                  \
	({                                                      \
		jmp_buf _back;                                  \
		volatile bool _panicked = true;                 \
		fake.expected = &_back;                         \
		if (!setjmp(_back)) {                           \
			statement;                              \
			_panicked = false;                      \
		}                                               \
		fake.expected = NULL;                           \
		_panicked;                                      \
	})

/*
 * Verifies P1 to P3 of pgtable.h below the root; returns the number of tables, or -1 at the first
 * violation.
 */
int pgtable_check(const struct pgtable *pgt);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any ledger: a state of the specification (hyp/tests/spec), chosen freely, and the three tables
 * that tell it to the code. It has one guest whose table is described. Another VM is in it as the
 * owner and the borrower of pages; its table is not, since no transition that names this guest may
 * look at it.
 */
#pragma once

#include <el2/ledger.h>
#include <tests/spec/spec.h>
#include "contract.h"

/* The first unprotected IPA of a protected guest: the upper half of its pages. */
#define PROOF_UNPROTECTED (PROOF_PAGES / 2)

/* Takes the proofs of one operation apart: 0 any guest, 1 a protected one, 2 an unprotected one. */
#ifndef PROOF_GUEST
#define PROOF_GUEST 0
#endif

/* Owner numbers: low ones, so that the specification has two guests only. */
#define PROOF_OWNER (OWNER_GUEST + 1)
#define PROOF_OTHER OWNER_GUEST

/* The tables, and how they were before the operation. */
extern struct flat_table flat_host, flat_guest, flat_hyp;
extern struct flat_table host_before, guest_before, hyp_before;

/*
 * The specification's state: its pages, their words before the operation, and the guest's IPAs
 * without a page (GUEST_TAG_*, or 0).
 */
extern struct spec spec;
extern spec_page_t word_before[PROOF_PAGES];
extern uint8_t ipa_tag[PROOF_PAGES], tag_before[PROOF_PAGES];

extern struct guest_memory guest;
extern uint8_t region[PROOF_PAGES]; /* number of the region that a page lies in; 0: of a hole */
extern uint64_t pool_before, cache_before, reserve_before;
extern bool world_panics; /* nobody takes a lock any more */

/*
 * What the ledger has asked pgtable_tables_needed() for, and what pgtable_set() has taken, in
 * pages.
 */
struct tables_count {
	uint8_t host, guest;
	uint8_t hyp_maps, hyp_unmaps; /* of which an operation needs the larger one */
};

extern struct tables_count asked, taken;

/* Chooses a state and tables that tell it, and remembers them. */
void world_init(void);

/* The page is a device's that is kept from the host: it has no entry. */
bool world_denied(uint64_t page);

/* All of a range lies in one region. */
bool world_one_region(uint64_t from, uint64_t count);

/* All of a guest's range lies in one of its RAM ranges. */
bool world_guest_ram(uint64_t from, uint64_t count);

/* The pages of a range were so before the operation: state, and owner or borrower. */
bool world_was(uint64_t from, uint64_t count, enum donjon_page_state state);

/* The page that the guest had at an IPA; PROOF_PAGES if it had none. */
uint64_t world_page_at(uint64_t at);

/*
 * Proves that the tables tell the specification's state, that it is one, and that all that is
 * counted is right.
 */
void world_check(void);

/* Proves that nothing has changed since world_init(). */
void world_same(void);

static inline bool in_range(uint64_t page, uint64_t from, uint64_t count)
{
	return page - from < count;
}

#define EACH(page) for (page = 0; page < PROOF_PAGES; page++)

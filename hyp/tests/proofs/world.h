/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any ledger: who has each page of RAM, said once for each page and once for each guest-physical page
 * of one guest, and the three tables that say it to the code. The other VMs are in it as owners and
 * borrowers of pages; their tables are not, since no transition that names this guest may look at
 * them.
 */
#ifndef DONJON_PROOF_WORLD_H
#define DONJON_PROOF_WORLD_H

#include <el2/ledger.h>
#include "contract.h"

enum page_is {
	IS_HOST,
	IS_SHARED_GUEST,	/* HOST_SHARED, lent to the guest */
	IS_SHARED_HYP,		/* to EL2 */
	IS_SHARED_OTHER,	/* to another VM */
	IS_GUEST,
	IS_GUEST_OTHER,
	IS_LENT,		/* GUEST_SHARED */
	IS_LENT_OTHER,
	IS_HYP,
	IS_HYP_IMAGE,		/* EL2's, not at its linear address */
	NR_PAGE_IS
};

enum ipa_is {
	IPA_NOTHING,
	IPA_POISONED,
	IPA_MAPPED,
	IPA_EMPTY,		/* a protected guest's, plain; a page of its alias is mapped there */
	NR_IPA_IS
};

struct account {
	uint8_t is[PROOF_PAGES];	/* enum page_is */
	uint8_t ipa[PROOF_PAGES];	/* where the guest has it: IS_SHARED_GUEST, IS_GUEST, IS_LENT */
	uint8_t at[PROOF_PAGES];	/* enum ipa_is of each guest-physical page */
	uint8_t page[PROOF_PAGES];	/* the page that is mapped there */
};

/* The first alias of a protected guest: the upper half of its pages. */
#define PROOF_ALIAS (PROOF_PAGES / 2)

extern struct flat_table flat_host, flat_guest, flat_hyp;
extern struct account account;
extern struct guest_memory guest;
extern uint8_t region[PROOF_PAGES];	/* number of the region that a page lies in; 0: of a hole */
extern uint8_t type[PROOF_PAGES];	/* its type */
extern uint64_t pool_before, cache_before;
extern bool world_panics;		/* nobody takes a lock any more */

/* Chooses an account and tables that say it, and remembers them. */
void world_init(void);

/* All of a range is RAM of one region, and not page 0. */
bool world_ram(uint64_t from, uint64_t count);

/* The pages of a range are so. */
bool world_all(uint64_t from, uint64_t count, enum page_is is);

/* Proves that the tables say the account, that it is one, and that all that is counted is right. */
void world_check(void);

/* Proves that nothing has changed since world_init(). */
void world_same(void);

static inline bool in_range(uint64_t page, uint64_t from, uint64_t count)
{
	return page - from < count;
}

#define EACH(page) for (page = 0; page < PROOF_PAGES; page++)

#endif

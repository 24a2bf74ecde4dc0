/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the ledger's files share: the host's table and its lock, the checks, which change nothing,
 * and the commits, which cannot fail. Only ledger*.c include it. Checks and commits need the locks
 * of the tables that they name.
 */
#pragma once

#include <el2/ledger.h>
#include <el2/panic.h>
#include <arch/attributes.h>

/* How many entries ledger_query() and ledger_guest_ripas() look at, at most. */
#define QUERY_STEPS	16

/* Under host_lock: the host's stage 2, the guests by owner number, and a counter. */
extern struct spinlock host_lock;
extern struct pgtable host_pgt;
extern struct guest_memory *ledger_guests[DONJON_MAX_VMS];
extern uint64_t ledger_forced_reclaims;

/* The host's table and the guest's. */
static inline void lock_pair(struct guest_memory *guest)
{
	spin_lock(&host_lock);
	spin_lock(&guest->lock);
}

static inline void unlock_pair(struct guest_memory *guest)
{
	spin_unlock(&guest->lock);
	spin_unlock(&host_lock);
}

/* -- What a table is to say -- */

static inline struct pt_leaf mapping(pa_t pa, uint64_t attr, enum page_state state)
{
	return (struct pt_leaf){ .valid = true,
				 .pa = pa.v,
				 .attr = attr | (uint64_t)state << PTE_STATE_SHIFT };
}

static inline struct pt_leaf annotation(uint8_t owner, ipa_t ipa)
{
	return (struct pt_leaf){ .owner = owner, .ipa = ipa.v };
}

/* In the host's table: the host's memory. In a guest's: no page yet. */
static inline struct pt_leaf nothing(void)
{
	return (struct pt_leaf){ .owner = OWNER_HOST };
}

/* Where a protected guest reaches what it shares by being EMPTY. */
static inline ipa_t unprotected_ipa(const struct guest_memory *guest, ipa_t addr)
{
	return ipa(addr.v | BIT(guest->pgt.ia_bits - 1));
}

static inline bool is_empty(pte_t pte)
{
	return !pte_valid(pte) && pte_owner(pte) == GUEST_TAG_EMPTY;
}

/* -- Checks -- */

/* The state that the host's entry for a page of RAM means; see the table in ledger.h. */
static inline enum donjon_page_state host_entry_state(pte_t pte)
{
	if (pte_valid(pte)) {
		switch (pte_state(pte)) {
		case PAGE_SHARED_OWNED:
			return DONJON_PAGE_HOST_SHARED;
		case PAGE_SHARED_BORROWED:
			return DONJON_PAGE_GUEST_SHARED;
		case PAGE_OWNED:
			return DONJON_PAGE_HOST;
		}
		EL2_PANIC("impossible page state in the host's stage 2");
	}
	return !pte ? DONJON_PAGE_HOST :
	       pte_owner(pte) == OWNER_HYP ? DONJON_PAGE_HYP :
	       pte_owner(pte) == OWNER_CLEANING ? DONJON_PAGE_CLEANING : DONJON_PAGE_GUEST;
}

/* 0 if all of the range is RAM in this state, else -EINVAL, -EPERM or -EAGAIN (CLEANING). */
int host_expect(pa_t pa, uint64_t size, enum donjon_page_state state);

/* True if all of [pa, pa + size) is annotated as the guest's pages from ipa on. */
bool host_says_guest(pa_t pa, uint64_t size, const struct guest_memory *guest, ipa_t ipa);

/* 0 if the guest has nothing in the range, else -ESHUTDOWN (it is dying), -EEXIST or -EHWPOISON. */
int guest_expect_nothing(const struct guest_memory *guest, ipa_t ipa, uint64_t size);

/* How many pages of the pool host_set() takes. */
static inline unsigned int host_tables_needed(pa_t pa, uint64_t size, struct pt_leaf leaf)
{
	SPIN_ASSERT_HELD(LOCK_HOST);
	return pgtable_tables_needed(&host_pgt, pa.v, size, &leaf);
}

/* 0 if the pool has the tables that host_set() takes, and others beside them; else -ENOMEM. */
static inline int host_tables(pa_t pa, uint64_t size, struct pt_leaf leaf, unsigned int others)
{
	return cache_expect(&pool, host_tables_needed(pa, size, leaf) + others);
}

/*
 * 0 if the guest's cache has the tables that guest_set() takes, from the reserve (L5) if need be;
 * else -ENOBUFS.
 */
static inline int guest_tables(const struct guest_memory *guest, ipa_t ipa, uint64_t size,
			       struct pt_leaf leaf)
{
	SPIN_ASSERT_HELD(LOCK_VM);
	return cache_expect(&guest->cache, pgtable_tables_needed(&guest->pgt, ipa.v, size, &leaf));
}

/*
 * The same for a new mapping: beside the reserve, with a page more of it if this becomes a block,
 * and others.
 */
static inline int guest_tables_and_reserve(const struct guest_memory *guest, ipa_t ipa,
					   uint64_t size, struct pt_leaf leaf, uint64_t others)
{
	uint64_t reserve = guest->pgt.blocks;

	SPIN_ASSERT_HELD(LOCK_VM);
	if (size == PT_MAX_RANGE && is_aligned(ipa.v, PT_MAX_RANGE) &&
	    (!leaf.valid || is_aligned(leaf.pa, PT_MAX_RANGE)))
		reserve++;
	return cache_expect(&guest->cache, pgtable_tables_needed(&guest->pgt, ipa.v, size, &leaf) +
						   reserve + others);
}

/* A part of a guest's range that one leaf of its table decides about. */
struct guest_leaf {
	pte_t pte;
	uint64_t size;
	pa_t pa;
};

enum leaf_kind {
	LEAF_NOTHING,
	LEAF_POISONED,
	LEAF_EMPTY,
	LEAF_PRIVATE,		/* GUEST */
	LEAF_SHARED,		/* GUEST_SHARED */
	LEAF_BORROWED,		/* HOST_SHARED */
};

/* The part that begins at ipa and ends at end at the latest. */
static inline struct guest_leaf guest_leaf_at(const struct guest_memory *guest, ipa_t ipa,
					      uint64_t end)
{
	unsigned int level;
	pte_t pte = pgtable_get(&guest->pgt, ipa.v, &level);

	return (struct guest_leaf){
		.pte = pte,
		.size = min_u64(level_end(ipa.v, level), end) - ipa.v,
		.pa = pa(pte_output(pte, level, ipa.v)),
	};
}

/* What the leaf is by both parties' entries. Panics where they contradict each other. */
enum leaf_kind leaf_kind(const struct guest_memory *guest, ipa_t ipa, const struct guest_leaf *p);

/*
 * The guest's page at a protected IPA, in the given state of the guest's entry: 0 and *p, else
 * -ENOENT, -EHWPOISON or
 * -EPERM (EMPTY, or another state).
 */
int guest_page(const struct guest_memory *guest, ipa_t ipa, enum page_state state,
	       struct guest_leaf *p);

/* -- Commits -- */

static inline void host_set(pa_t pa, uint64_t size, struct pt_leaf leaf)
{
	SPIN_ASSERT_HELD(LOCK_HOST);
	pgtable_set(&host_pgt, pa.v, size, &leaf);
}

static inline void guest_set(struct guest_memory *guest, ipa_t ipa, uint64_t size,
			     struct pt_leaf leaf)
{
	SPIN_ASSERT_HELD(LOCK_VM);
	pgtable_set(&guest->pgt, ipa.v, size, &leaf);
}

/*
 * Pages that are the host's, or that nobody but this CPU has any more, are CLEANING while they are
 * zeroed, or cleaned to the point of coherency, or both or neither; then the caller says whose they
 * are, which takes no table of the host's. The locks of both tables are held but for that time. An
 * error: the guest has died meanwhile (-ESHUTDOWN) or was activated (-EAGAIN), and the pages are
 * HOST.
 */
int clean_pages(struct guest_memory *guest, pa_t pa, uint64_t size, bool zero, bool to_memory);

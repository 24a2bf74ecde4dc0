/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the ledger's files share: the host's table with its lock, the checks, which change nothing, and the commits, which
 * cannot fail. Nobody else includes this.
 */
#ifndef DONJON_EL2_LEDGER_INTERNAL_H
#define DONJON_EL2_LEDGER_INTERNAL_H

#include <el2/ledger.h>
#include <el2/panic.h>
#include <arch/attributes.h>

/* Entries that ledger_query() and ledger_guest_ripas() look at, at most. */
#define QUERY_STEPS	1024

/* Under host_lock: the host's stage 2, the guests by owner number, and a counter. */
extern struct spinlock host_lock;
extern struct pgtable host_pgt;
extern struct guest_memory *ledger_guests[DONJON_MAX_VMS];
extern uint64_t ledger_forced_reclaims;

/* -- Checks -- */

static inline struct pt_leaf mapping(uint64_t pa, uint64_t attr, enum page_state state)
{
	return (struct pt_leaf){ .valid = true, .pa = pa, .attr = attr | (uint64_t)state << PTE_STATE_SHIFT };
}

static inline struct pt_leaf annotation(uint8_t owner, uint64_t ipa)
{
	return (struct pt_leaf){ .owner = owner, .ipa = ipa };
}

/* What the host's entry for a page says; see the table in ledger.h. */
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
	if (!pte)
		return DONJON_PAGE_HOST;
	return pte_owner(pte) == OWNER_HYP ? DONJON_PAGE_HYP : DONJON_PAGE_GUEST;
}

static inline int host_tables(uint64_t pa, uint64_t size, struct pt_leaf leaf, unsigned int others)
{
	return cache_expect(&pool, pgtable_tables_needed(&host_pgt, pa, size, &leaf) + others);
}

/* Where a protected guest reaches what it shares by being EMPTY. */
static inline uint64_t alias_of(const struct guest_memory *guest, uint64_t ipa)
{
	return ipa | BIT(guest->pgt.ia_bits - 1);
}

static inline bool is_empty(pte_t pte)
{
	return !pte_valid(pte) && pte_owner(pte) == GUEST_TAG_EMPTY;
}

/* For a change of what is mapped: the deposit (L5) may be used up. */
static inline int guest_tables(const struct guest_memory *guest, uint64_t ipa, uint64_t size, struct pt_leaf leaf)
{
	return cache_expect(&guest->cache, pgtable_tables_needed(&guest->pgt, ipa, size, &leaf));
}

/* For a new mapping: what it needs beside the deposit, the deposit for the block that it may become, and others. */
static inline int guest_tables_and_deposit(const struct guest_memory *guest, uint64_t ipa, uint64_t size,
					   struct pt_leaf leaf, uint64_t others)
{
	uint64_t deposit = guest->pgt.blocks + (size == PT_MAX_RANGE && is_aligned(ipa | leaf.pa, PT_MAX_RANGE));

	return cache_expect(&guest->cache, pgtable_tables_needed(&guest->pgt, ipa, size, &leaf) + deposit + others);
}

/* A part of a guest's range, at most one leaf, that ends at end at the latest. */
struct piece {
	pte_t pte;
	uint64_t size;
	uint64_t pa;
};

static inline struct piece guest_piece(const struct guest_memory *guest, uint64_t ipa, uint64_t end)
{
	unsigned int level;
	pte_t pte = pgtable_get(&guest->pgt, ipa, &level);

	return (struct piece){ pte, min_u64(level_end(ipa, level), end) - ipa, pte_output(pte, level, ipa) };
}

/* What a piece of a guest's range is, judged by both parties' entries; panics where they contradict each other. */
enum piece_kind {
	PIECE_NOTHING,
	PIECE_POISONED,
	PIECE_EMPTY,
	PIECE_PRIVATE,		/* GUEST */
	PIECE_LENT,		/* GUEST_SHARED */
	PIECE_BORROWED,		/* HOST_SHARED */
};

/* 0 if all of the range is RAM in this state, else -EINVAL or -EPERM. host_lock is held. */
int host_expect(uint64_t pa, uint64_t size, enum donjon_page_state state);

/* All of [pa, pa + size) is annotated as the guest's pages from ipa on. */
bool host_says_guest(uint64_t pa, uint64_t size, const struct guest_memory *guest, uint64_t ipa);

/* The guest has nothing in the range. */
int guest_expect_nothing(const struct guest_memory *guest, uint64_t ipa, uint64_t size);

enum piece_kind piece_kind(const struct guest_memory *guest, uint64_t ipa, const struct piece *p);

/* The guest's own page at plain address ipa, in the given state of the guest's entry. */
int guest_page(const struct guest_memory *guest, uint64_t ipa, enum page_state state, struct piece *p);

/* -- Commits -- */

static inline void host_set(uint64_t pa, uint64_t size, struct pt_leaf leaf)
{
	pgtable_set(&host_pgt, pa, size, &leaf);
}

static inline void host_set_state(uint64_t pa, uint64_t size, enum page_state state)
{
	host_set(pa, size, mapping(pa, S2_HOST_RAM, state));
}

static inline void guest_set(struct guest_memory *guest, uint64_t ipa, uint64_t size, struct pt_leaf leaf)
{
	pgtable_set(&guest->pgt, ipa, size, &leaf);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Translation tables of the VMSAv8-64 format (Arm DDI 0487, D8.3), 4 KiB granule: the host's stage
 * 2, each guest's stage 2, and EL2's own stage 1. One walker installs both kinds of leaf, mappings
 * and annotations.
 *
 * Entries
 *
 *   0                                   nothing: in the host's table, memory of the host that is
 *                                       mapped on demand
 *   valid leaf (page or block)          bits [56:55] hold the page state of the table's owner (enum
 *                                       page_state)
 *   valid table                         bits [11:2], which the architecture ignores, count the
 *                                       entries of the table that it points to which carry
 *                                       information, valid or not: each holds a reference
 *   invalid, not 0: an annotation       bit 0 = 0
 *                                       bits [9:2]   owner; OWNER_GUEST and above: a VM
 *                                       bits [47:12] guest-physical page number, for the owners
 *                                       that are VMs
 *                                       all others   0, kept for later
 *
 * An annotation may be wherever a leaf may, so a block of 2 MiB or 1 GiB is annotated by one
 * entry; page i of the block belongs to the guest's page i behind the one named. In a guest's own
 * table the owner field says why there is no page: GUEST_TAG_*.
 *
 * Invariants (pgtable_check() of arch/fake verifies P1 to P3)
 *
 *   P1  A table's count is the number of its entries that carry information: in the host's all but
 *       default entries (P4), else all but 0. No table but the root has nothing but zeros.
 *   P2  Annotations have no bit set outside the two fields.
 *   P3  Leaves are at levels PT_BLOCK_LEVEL to PT_LAST_LEVEL only.
 *   P4  A table of a foldable kind (the host's) has at least one entry that carries information: a
 *       table or an entry that is not a default one: 0, or a mapping in state PAGE_OWNED, which a
 *       fault would bring back. Exception: tables created by the lazy mapping itself, because a
 *       larger block does not fit the memory map.
 *
 * Changing a live entry is always break, TLB invalidation, make; only a change of ignored bits is a
 * plain store. The caller holds the lock that protects the table and checks states first: nothing
 * here looks at ownership.
 */
#pragma once

#include <el2/types.h>
#include <el2/pool.h>
#include <arch/geometry.h>	/* PT_INDEX_BITS, PT_BLOCK_LEVEL */

typedef uint64_t pte_t;

#define PT_LAST_LEVEL	3
/* one entry here is the largest range that pgtable_set() takes */
#define PT_L2	2
#define PT_ENTRIES	(1UL << PT_INDEX_BITS)
#define PT_MAX_RANGE	(PAGE_SIZE << PT_INDEX_BITS)

#define PTE_VALID	BIT(0)
#define PTE_TYPE	BIT(1)			/* table above the last level, page at it */
#define PTE_ADDR	MASK(47, 12)
#define PTE_COUNT_SHIFT	2
#define PTE_COUNT	MASK(11, 2)
#define PTE_COUNT_ONE	BIT(PTE_COUNT_SHIFT)
#define PTE_STATE_SHIFT	55
#define PTE_STATE	MASK(56, 55)
#define PTE_OWNER_SHIFT	2
#define PTE_OWNER	MASK(9, 2)

#define OWNER_HOST	0U
#define OWNER_HYP	1U
/* the VM with index n has owner OWNER_GUEST + n, and the same VMID */
#define OWNER_GUEST	2U
/* EL2's until it is clean (ledger.h); its entries carry their own address as IPA, as EMPTY ones */
#define OWNER_CLEANING	255U

/*
 * Why a guest has no page at an address of its own table; 0: it has not asked yet. An EMPTY entry
 * carries its own address as IPA.
 */
#define GUEST_TAG_POISONED 1U		/* the host took it by force */
/* the guest has given it up: what it shares instead is at the unprotected IPA (ledger.h) */
#define GUEST_TAG_EMPTY	2U

enum page_state {
	PAGE_OWNED = 0,
	PAGE_SHARED_OWNED = 1,
	PAGE_SHARED_BORROWED = 2,
};

enum pgtable_kind {
	PGT_HOST,		/* identity-mapped stage 2, foldable */
	PGT_GUEST,		/* stage 2 */
	PGT_HYP,		/* EL2's stage 1 */
};

struct pgtable {
	enum pgtable_kind kind;
	uint8_t ia_bits;	/* input addresses are below 1 << ia_bits */
	uint8_t start_level;
	uint8_t vmid;
	/* nothing walks it any more, and its VMID is flushed: entries need no invalidation */
	bool unused;
	pte_t *root;
	uint64_t root_pa;
	struct page_cache *cache;	/* where tables come from and go to */
	/*
	 * a guest's leaves at level 2, mapping or annotation; pgtable_set() keeps count (not exact
	 * for other tables)
	 */
	uint64_t blocks;
	uint64_t tables;	/* table pages in use, without the root */
	uint64_t writes;	/* leaf entries written by pgtable_set() */
	uint64_t splits;
	uint64_t folds;		/* tables given up */
	uint64_t maps;		/* leaves installed by pgtable_map_lazily() */
};

/* What to install: a mapping or an annotation. owner 0 removes. */
struct pt_leaf {
	bool valid;
	union {
		struct {
			uint64_t pa;
			/* attributes and state bits, as in the entry */
			uint64_t attr;
		};
		struct {
			uint64_t ipa;		/* owners that are VMs */
			uint8_t owner;
		};
	};
};

static inline bool pte_valid(pte_t pte)
{
	return pte & PTE_VALID;
}

static inline bool pte_is_table(pte_t pte, unsigned int level)
{
	return level < PT_LAST_LEVEL && (pte & (PTE_VALID | PTE_TYPE)) == (PTE_VALID | PTE_TYPE);
}

static inline unsigned int pte_owner(pte_t pte)
{
	return (pte & PTE_OWNER) >> PTE_OWNER_SHIFT;
}

static inline enum page_state pte_state(pte_t pte)
{
	return (pte & PTE_STATE) >> PTE_STATE_SHIFT;
}

static inline uint64_t pte_count(pte_t pte)
{
	return (pte & PTE_COUNT) >> PTE_COUNT_SHIFT;
}

static inline unsigned int level_shift(unsigned int level)
{
	return PAGE_SHIFT + (PT_LAST_LEVEL - level) * PT_INDEX_BITS;
}

static inline uint64_t level_size(unsigned int level)
{
	return 1UL << level_shift(level);
}

/* The first address behind the range of the entry of this level that decides about addr. */
static inline uint64_t level_end(uint64_t addr, unsigned int level)
{
	return (addr & ~(level_size(level) - 1)) + level_size(level);
}

/*
 * Number of pages that the root of a table for ia_bits takes (concatenated tables, D8.2.2), and its
 * level.
 */
unsigned int pgtable_root_pages(unsigned int ia_bits);
unsigned int pgtable_start_level(unsigned int ia_bits);

/* root: zeroed, contiguous, aligned to its size; cache: see struct pgtable. */
void pgtable_init(struct pgtable *pgt, enum pgtable_kind kind, unsigned int ia_bits, uint8_t vmid,
		  pte_t *root, uint64_t root_pa, struct page_cache *cache);

/*
 * Finds the entry that decides about addr: a leaf, an annotation or 0. Returns it and its level.
 * addr must be below 1 << ia_bits.
 */
pte_t pgtable_get(const struct pgtable *pgt, uint64_t addr, unsigned int *level);

/* The same, but where the entry lies. */
pte_t *pgtable_entry(const struct pgtable *pgt, uint64_t addr, unsigned int *level);

/*
 * The first entry that decides about a part of the range and differs from want in the bits of mask,
 * or NULL. want has no bit outside of mask; if it is PTE_VALID, 0 is as good. Not for what a
 * mapping's address is: of a table that counts nothing, one entry is looked at for all. Walks once
 * for each last-level table.
 */
const pte_t *pgtable_find(const struct pgtable *pgt, uint64_t addr, uint64_t size, pte_t mask,
			  pte_t want);

/*
 * The part of leaf entry pte, found at level for addr, that is the physical address or the
 * guest-physical page of addr.
 */
uint64_t pte_output(pte_t pte, unsigned int level, uint64_t addr);

/*
 * How many pages pgtable_set() with the same arguments takes from the cache, at most. Exact where
 * no table is freed on the way.
 */
unsigned int pgtable_tables_needed(const struct pgtable *pgt, uint64_t addr, uint64_t size,
				   const struct pt_leaf *leaf);

/*
 * Makes the entries of [addr, addr + size) say what leaf says, with the largest blocks that fit.
 * Size: 1 to PT_MAX_RANGE bytes, page-aligned, below the limit. The cache must hold
 * pgtable_tables_needed() pages. Cannot fail. Afterwards no CPU translates through an old entry.
 */
void pgtable_set(struct pgtable *pgt, uint64_t addr, uint64_t size, const struct pt_leaf *leaf);

/*
 * Maps the block of the given level that contains addr identically with attr, where pgtable_get()
 * found 0. Takes tables from the cache as needed. Returns 0, or -ENOMEM with nothing changed.
 */
int pgtable_map_lazily(struct pgtable *pgt, uint64_t addr, unsigned int level, uint64_t attr);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger: who owns each page of RAM. It is kept in the host's stage 2 (pgtable.h has the
 * encoding); ledger*.c is the only code that changes it. Each page is in exactly one of these
 * states, and the entries of both parties name it:
 *
 *   state          host's stage 2             the other party's table
 *   ------------   ------------------------   ----------------------------------------------------
 *   HOST           0, or valid OWNED          nothing
 *   HOST_SHARED    valid SHARED_OWNED         EL2's stage 1, or one unprotected guest's stage 2:
 *                                             valid SHARED_BORROWED; exactly one borrower
 *   GUEST          annotation {guest, IPA}    that guest's stage 2 at that IPA: valid OWNED, and
 *                                             the same page
 *   GUEST_SHARED   valid SHARED_BORROWED      one protected guest's stage 2: valid SHARED_OWNED, at
 *                                             its IPA, or at the unprotected IPA of an {EMPTY} one
 *   HYP            annotation {hypervisor}    EL2's stage 1: valid OWNED at the linear address, or
 *                                             the image
 *   CLEANING       annotation {cleaning, PA}  nothing
 *
 *   Impossible: an annotation {guest} without the guest's entry, or with one that names another
 *   page; SHARED_BORROWED in the host's table for a page that no guest has SHARED_OWNED; any of the
 *   last five for memory that is not RAM; one page in the tables of two guests; owner 0 with other
 *   bits set. A guest's entry {POISONED} names no page: the page that was there is HOST.
 *
 * CLEANING is a state on the way: EL2 zeroes or cleans the pages, without any lock held, for a
 * transition that is under way on one CPU, and only that one ends it (clean_pages()). Whoever else
 * wants such a page comes too early, and repeats what it does: calls give -EAGAIN, and the host's
 * faults happen again. A guest has one such transition at a time (guest_memory.cleaning); others
 * that could meet it in the guest's table wait in the same way. A panic scrubs these pages as well.
 *
 * RIPAS. A protected guest decides for each of its pages whether it is private RAM or EMPTY. The
 * lower half of its addresses are protected IPAs; setting the highest bit, 2^(ia_bits - 1), gives
 * the unprotected IPA of each, where the guest reaches what it shares by making it EMPTY.
 *
 *   RIPAS          entry at the protected IPA                    entry at the unprotected IPA
 *   ------------   -------------------------------------------   --------------------------------
 *   RAM            0 (no page), valid OWNED or SHARED_OWNED       nothing
 *   EMPTY          {EMPTY}                                       nothing, or valid SHARED_OWNED
 *   DESTROYED      {POISONED}                                    nothing
 *
 * Rules
 *
 *   L1  Each transition names the state that it expects of both parties and checks everything,
 *       memory for tables included. Then it commits, through functions that return void. On an
 *       error nothing has changed.
 *       Where a page is CLEANING in between, all checks come before that; a guest that dies in the
 *       meantime gets nothing (-ESHUTDOWN), and the pages are HOST, perhaps zeroed.
 *   L2  The party that loses access loses it, TLBs included, before the other one gets it. Contents
 *       that must not be seen are zeroed in between, and cleaned to the point of coherency.
 *   L3  The lock order is host, EL2's stage 1, guest (spinlock.h). Transitions take the locks
 *       themselves. Pages are taken from the pool only under the host's lock, so what a check has
 *       counted is still there in the commit.
 *   L4  A transition covers 1 to PT_MAX_RANGE bytes. All pages of the range must be in the state
 *       named.
 *   L5  A guest's cache holds a reserve of one page for each block in its table, {EMPTY} blocks
 *       included, so that a part of a block can always be shared, returned or poisoned. A block
 *       that is mapped lies in one RAM range of the guest.
 *   L6  From ledger_hold_reserve() on the pool and the host's stage 2 together have a page for each
 *       table that the stage 2 can ever consist of: so each fault of the host finds its tables.
 *       Only EL2's own tables could use them up, and must leave ledger_reserve() pages.
 */
#pragma once

#include <el2/pgtable.h>
#include <el2/spinlock.h>
#include <abi/hypercall.h>
#include <abi/rsi.h>

struct ipa_range {
	uint64_t base, size;
	bool readonly;		/* for the guest, which must be an unprotected one */
	uint64_t pages;		/* that an unprotected guest has there */
};

/* The index of the range that contains addr, n if none of the n does. */
static inline uint32_t range_at(const struct ipa_range *range, uint32_t n, uint64_t addr)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (addr - range[i].base < range[i].size)
			break;
	return i;
}

/* How many leaves or pages a call deals with before it lets the host's interrupts in. */
#define CALL_LEAVES	32

/* What the ledger knows of a VM; all but pgt's constants under the lock. */
struct guest_memory {
	struct spinlock lock;
	struct pgtable pgt;
	struct page_cache cache;
	uint64_t pages;		/* protected IPAs with an entry; 0 before the VM may go */
	uint8_t owner;
	bool protected;
	bool activated;		/* has run: pages donated from now on are zeroed */
	bool dying;		/* nothing may be mapped any more */
	bool cleaning;		/* pages on their way to or from it are CLEANING */
	uint32_t nr_ram;	/* where the guest has RAM: guest-physical, no overlap, no order */
	struct ipa_range ram[DONJON_MAX_RAM_RANGES];
};

/* Builds the host's empty stage 2: everything is the host's. root: zeroed, see pgtable_init(). */
void ledger_init(unsigned int ia_bits, pte_t *root, uint64_t root_pa);
const struct pgtable *ledger_host_table(void);

/* EL2's tables for one donation to the pool, at most: kept for it beside the reserve. */
#define POOL_FEED 4

/*
 * START: L6 holds from now on. -ENOMEM: the pool has too few pages.
 */
int ledger_hold_reserve(void);

/*
 * How many pages of the pool only faults of the host may take, 0 before ledger_hold_reserve().
 * feeds: POOL_FEED for a donation to the pool, 0 for others. The host's lock is held.
 */
uint64_t ledger_reserve(uint64_t feeds);

/*
 * Boot: [base, base + size), of any size, becomes EL2's. The caller has mapped what it wants of it.
 * 0, -EINVAL (not RAM), -ENOMEM or -EPERM; after an error a part may be EL2's.
 */
int ledger_claim_hyp(pa_t base, uint64_t size);

/* A guest becomes known to the ledger, or is forgotten: then it must have no page. */
void ledger_add_guest(struct guest_memory *guest);
void ledger_remove_guest(struct guest_memory *guest);

/*
 * Transitions. Addresses and sizes are page-aligned; the caller has checked that. They return 0 or
 *
 *   -EINVAL              not RAM
 *   -EPERM               not in the state that the transition names
 *   -ESHUTDOWN           the guest is dying
 *   -EEXIST, -EHWPOISON  the guest has something there, or something was taken from it by force
 *   -ENOENT              the guest has nothing there
 *   -EAGAIN              a page is CLEANING, or the guest has one that is: repeat the call
 *   -ENOBUFS, -ENOMEM    the guest's cache, or the pool, lacks *arch_pages_short() pages for
 *                        tables; the cache is checked first
 */
/*
 * HOST -> HYP, mapped at its linear address. cache: NULL, and the contents are the host's; or the
 * pool or a guest's, which the pages enter.
 */
int ledger_host_donate_hyp(pa_t pa, uint64_t size, struct page_cache *cache);
/*
 * HYP -> HOST; the caller has zeroed it. -ENOMEM only where a block of the host's is split: pages
 * that were donated as less than PT_MAX_RANGE can always be returned.
 */
int ledger_hyp_donate_host(pa_t pa, uint64_t size);
/* HOST -> HOST_SHARED with EL2, mapped at its linear address */
int ledger_host_share_hyp(pa_t pa);
int ledger_host_unshare_hyp(pa_t pa);
/*
 * Maps pages of the host for the guest at ipa, which must be in one RAM range of the guest (else
 * -EINVAL). The kind of guest and the first entry of the range decide:
 *
 *   unprotected                    HOST -> HOST_SHARED; the guest may write if the range says so
 *   protected                      HOST -> GUEST, zeroed after the first run
 *   protected, the page is EMPTY   HOST -> GUEST_SHARED, with its contents, at the unprotected IPAs
 *                                  of the range, all of which must be EMPTY (else -EEXIST)
 */
int ledger_host_map_guest(struct guest_memory *guest, pa_t pa, ipa_t ipa, uint64_t size);
/* GUEST -> GUEST_SHARED, one page */
int ledger_guest_share_host(struct guest_memory *guest, ipa_t ipa);
/* GUEST_SHARED -> GUEST, one page. -EBUSY: all is well, but the host has not released it. */
int ledger_guest_unshare_host(struct guest_memory *guest, ipa_t ipa, bool released);

/* Beside RSI_CHANGE_DESTROYED, by which the guest consents: the host has released the pages. */
#define CHANGE_RELEASED		2UL
/*
 * The guest makes its protected range RIPAS_EMPTY or RIPAS_RAM: the first part of it, as far as one
 * leaf of its table decides, and one at the unprotected IPA if there is a page. *done: the bytes of
 * that part. A page that is there goes GUEST <-> GUEST_SHARED, and is zeroed both ways.
 * -EHWPOISON: it is DESTROYED, without RSI_CHANGE_DESTROYED. -EPERM: it is shared by
 * ledger_guest_share_host(), and so cannot be EMPTY. -EBUSY: all is well, but a page becomes
 * private that the host has not released, without CHANGE_RELEASED.
 */
int ledger_guest_set_ripas(struct guest_memory *guest, ipa_t ipa, uint64_t size, enum ripas want,
			   uint64_t flags, uint64_t *done);
/* The RIPAS at a protected IPA, and in *end, end at most, how far it holds at least. Bounded. */
enum ripas ledger_guest_ripas(struct guest_memory *guest, ipa_t ipa, uint64_t *end);
/*
 * Zeroes a private page of the guest and writes n words at its start. 0, -ENOENT, -EHWPOISON,
 * -EPERM (not private).
 */
int ledger_guest_fill(struct guest_memory *guest, ipa_t ipa, const uint64_t *words, unsigned int n);
/*
 * Pages go back to the host: the first part of the range, as far as one leaf of the guest's table
 * decides. *size becomes that of the part, *done the bytes of its pages. dying: of a dying guest
 * (else -EPERM), private ones zeroed; for a protected guest the range is of protected IPAs (else
 * -EINVAL), and what is at the unprotected ones goes with it. Else of an unprotected guest (else
 * -EPERM), whose sharing ends.
 */
int ledger_return(struct guest_memory *guest, ipa_t ipa, uint64_t *size, uint64_t *done,
		  bool dying);

/*
 * The host touched pa through a kernel address: if it is a guest's page, it becomes HOST, zeroed,
 * and the guest's entry poisoned. 0 with nothing done if the host has it already, -EPERM if it is
 * EL2's, -ENOBUFS or -ENOMEM if a table is missing.
 */
int ledger_force_reclaim(pa_t pa);

/*
 * A stage-2 fault of the host at pa. 0: mapped now, or by another CPU before, or CLEANING: retry.
 * -EPERM: it is not the host's; *owner says whose, *ipa (or NULL) a guest's IPA. -ENOENT: a device
 * that is kept from it. -ENOMEM: no table. -EINVAL: above the physical address size.
 */
int ledger_host_fault(pa_t pa, unsigned int *owner, uint64_t *ipa);

/* See DONJON_HC_LEDGER. Returns 0 or -EINVAL. */
int ledger_query(pa_t pa, uint64_t *end, enum donjon_page_state *state, unsigned int *owner,
		 uint64_t *ipa);

/* The RAM range of the guest that holds all of this range, or NULL. Its lock is held. */
const struct ipa_range *guest_ram(const struct guest_memory *guest, ipa_t ipa, uint64_t size);

/* Whether the guest has a page at ipa: 0, -ENOENT, -EPERM (EMPTY) or -EHWPOISON. */
int ledger_guest_lookup(struct guest_memory *guest, ipa_t ipa);

/*
 * Before the machine is reset: zeroes every page that is private to any guest. The guests' tables
 * must be out of use. Unbounded. locked: take the host's lock; not in a panic, which may have come
 * from anywhere.
 */
void ledger_scrub_all(bool locked);

/* index: one of enum donjon_counter that the ledger keeps. */
uint64_t ledger_counter(unsigned int index);

/*
 * Debug builds: a panic by an exception at EL2 that leaves the host's lock taken, as most of the
 * ledger's own would.
 */
_Noreturn void ledger_panic(void);

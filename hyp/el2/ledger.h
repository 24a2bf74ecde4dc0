/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger: who owns each page of RAM, kept in the host's stage 2 (pgtable.h has the encoding), and the only code that
 * changes it. Every page is in exactly one of these states; each is named by the entries of the two parties:
 *
 *   state          host's stage 2             the other party's table
 *   ------------   ------------------------   ---------------------------------------------------------------
 *   HOST           0, or valid OWNED          nothing
 *   HOST_SHARED    valid SHARED_OWNED         EL2's stage 1 valid SHARED_BORROWED, or one unprotected guest's
 *                                             stage 2 valid SHARED_BORROWED: exactly one borrower
 *   GUEST          annotation {guest, IPA}    that guest's stage 2 at that IPA: valid OWNED, same page
 *   GUEST_SHARED   valid SHARED_BORROWED      one protected guest's stage 2: valid SHARED_OWNED
 *                                             at its IPA, or at the alias of an IPA that is {EMPTY}
 *   HYP            annotation {hypervisor}    EL2's stage 1 valid OWNED at the linear address, or the image
 *
 *   Impossible: an annotation {guest} without the guest's entry, or with one that names another page; SHARED_BORROWED in
 *   the host's table for a page that no guest has SHARED_OWNED; any of the last four for memory that is not RAM;
 *   one page in two guests' tables; owner 0 with other bits set.
 *   A guest's entry {POISONED} names no page: the page that was there is HOST.
 *
 * RIPAS. A protected guest says of each of its pages whether it is private RAM or EMPTY. The upper half of its addresses is the
 * alias of the lower, plain one: alias = plain + 2^(ia_bits - 1), where it reaches what it shares by being EMPTY.
 *
 *   RAM            plain entry 0 (no page yet), valid OWNED, or valid SHARED_OWNED; nothing at the alias
 *   EMPTY          plain entry {EMPTY}; at the alias nothing yet, or valid SHARED_OWNED
 *   DESTROYED      plain entry {POISONED}; nothing at the alias
 *
 * Rules
 *
 *   L1  Each transition names the state that it expects of both parties, checks everything, memory for tables
 *       included, and then commits through functions that return void. On an error nothing has changed.
 *   L2  The party that loses access loses it, TLBs included, before the other gets it. Contents that must not be seen are zeroed in
 *       between, and cleaned to the point of coherency.
 *   L3  The lock order is host, EL2's stage 1, guest (spinlock.h). Transitions take the locks themselves. The pool is
 *       taken from only with the host's lock held, so what was counted in the check is there in the commit.
 *   L4  A transition covers 1 to PT_MAX_RANGE bytes. All pages of the range must be in the state named.
 *   L5  A guest's cache holds a deposit of one page for each block in its table, {EMPTY} ones included, so that a part of
 *       a block can always be shared, given back or poisoned. A block that is mapped lies in one region of RAM.
 */
#ifndef DONJON_EL2_LEDGER_H
#define DONJON_EL2_LEDGER_H

#include <el2/pgtable.h>
#include <el2/spinlock.h>
#include <abi/hypercall.h>
#include <abi/rsi.h>

struct ram_range {
	uint64_t base, size;
};

/* What the ledger knows of a VM; all but pgt's constants under the lock. */
struct guest_memory {
	struct spinlock lock;
	struct pgtable pgt;
	struct page_cache cache;
	uint64_t pages;		/* plain addresses with an entry; 0 before the VM may go */
	uint8_t owner;
	bool protected;
	bool sealed;		/* has run: pages donated from now on are zeroed */
	bool dying;		/* nothing may be mapped any more */
	uint32_t nr_ram;	/* where the guest has RAM: guest-physical, no overlap, no order */
	struct ram_range ram[DONJON_MAX_RAM_RANGES];
};

/* Builds the host's empty stage 2 (root: zeroed, as pgtable_init() wants it); everything is the host's. */
void ledger_init(unsigned int ia_bits, pte_t *root, uint64_t root_pa);
const struct pgtable *ledger_host_table(void);

/* Boot: [base, base + size), any size, belongs to EL2. The caller has mapped what it wants of it. 0, -EINVAL (not
 * RAM), -ENOMEM or -EPERM; on an error a part may be EL2's. */
int ledger_claim_hyp(pa_t base, uint64_t size);

/* A guest's memory becomes known to the ledger (needed for forced reclaim) or is forgotten; then it must have no page. */
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
 *   -ENOBUFS, -ENOMEM    the guest's cache, or the pool, lacks *arch_pages_short() pages for tables; the cache is looked at first
 */
int ledger_host_donate_hyp(pa_t pa, uint64_t size);		/* HOST -> HYP, mapped at its linear address; contents are the host's */
int ledger_hyp_donate_host(pa_t pa, uint64_t size);		/* HYP -> HOST; the caller has zeroed it */
/* EL2's pages: 0 if ledger_hyp_donate_host() of them cannot fail from now on, or -ENOMEM. No page changes hands. */
int ledger_prepare_return(pa_t pa, uint64_t size);
int ledger_host_share_hyp(pa_t pa);				/* HOST -> HOST_SHARED with EL2, mapped at its linear address */
/* Both for one page each, or neither. Two different pages. */
int ledger_host_donate_and_share_hyp(pa_t donated, pa_t lent);
int ledger_host_unshare_hyp(pa_t pa);
/*
 * The guest gets the host's pages at ipa, in one RAM range of its own (else -EINVAL). By the kind of guest and the first
 * entry of the range:
 *
 *   unprotected                    HOST -> HOST_SHARED
 *   protected                      HOST -> GUEST, zeroed if the guest is sealed
 *   protected, the page is EMPTY   HOST -> GUEST_SHARED, with its contents, at the alias of the plain range, all of which
 *                                  must be EMPTY (else -EEXIST)
 */
int ledger_host_map_guest(struct guest_memory *guest, pa_t pa, ipa_t ipa, uint64_t size);
/* Ends the sharing of all pages mapped in the range; *done: their bytes. Unprotected guests. */
int ledger_host_unshare_guest(struct guest_memory *guest, ipa_t ipa, uint64_t size, uint64_t *done);
int ledger_guest_share_host(struct guest_memory *guest, ipa_t ipa);	/* GUEST -> GUEST_SHARED, one page */
int ledger_guest_unshare_host(struct guest_memory *guest, ipa_t ipa);
/*
 * The first piece of the plain range becomes what the guest wants, RIPAS_EMPTY or RIPAS_RAM: what one entry of its table, and one at the alias
 * if there is a page, decides about. *done: its bytes. GUEST <-> GUEST_SHARED, zeroed both ways, where there is a page.
 * -EHWPOISON: it is DESTROYED, and destroyed is false. -EPERM: lent by ledger_guest_share_host(), so it can't be EMPTY.
 */
int ledger_guest_set_ripas(struct guest_memory *guest, ipa_t ipa, uint64_t size, enum ripas want, bool destroyed,
			   uint64_t *done);
/* The state at plain address ipa, and in *end, end at most, how far it holds at least. Bounded. */
enum ripas ledger_guest_ripas(struct guest_memory *guest, ipa_t ipa, uint64_t *end);
/* Zeroes a private page of the guest and writes n words at its start. 0, -ENOENT, -EHWPOISON, -EPERM (not private). */
int ledger_guest_fill(struct guest_memory *guest, ipa_t ipa, const uint64_t *words, unsigned int n);
/* A dying guest's pages in the range, for a protected guest a plain one, and at its alias become HOST, private ones zeroed; *done: their bytes. */
int ledger_reclaim(struct guest_memory *guest, ipa_t ipa, uint64_t size, uint64_t *done);

/*
 * The host touched pa through a kernel address: if it is a guest's page, it becomes HOST, zeroed, and the guest's entry poisoned.
 * 0 with nothing done if the host has it already, -EPERM if it is EL2's, -ENOBUFS or -ENOMEM if a table is missing.
 */
int ledger_force_reclaim(pa_t pa);

/*
 * A stage-2 fault of the host at pa. 0: mapped now, or by another CPU before: retry. -EPERM: it is not the host's; *owner says
 * whose. -ENOMEM: no table. -EINVAL: above the physical address size.
 */
int ledger_host_fault(pa_t pa, unsigned int *owner);

/* See DONJON_HC_LEDGER. Returns 0 or -EINVAL. */
int ledger_query(pa_t pa, uint64_t *end, enum donjon_page_state *state, unsigned int *owner, uint64_t *ipa);

/* True if all of the range is in one RAM range of the guest. Its lock is held. */
bool guest_is_ram(const struct guest_memory *guest, ipa_t ipa, uint64_t size);

/* Whether the guest has a page at ipa, plain or alias: 0, -ENOENT, -EPERM (EMPTY) or -EHWPOISON. */
int ledger_guest_lookup(struct guest_memory *guest, ipa_t ipa);

/*
 * Before the machine is reset: zeroes every page that is private to any guest. The guests' tables must be out of use. Unbounded.
 * locked: take the host's lock; not in a panic, which may have come from anywhere.
 */
void ledger_scrub_all(bool locked);

/* index: one of enum donjon_counter that the ledger keeps. */
uint64_t ledger_counter(unsigned int index);

/* Debug builds: a panic that leaves the host's lock taken, as most of the ledger's own would. */
_Noreturn void ledger_panic(void);

#endif

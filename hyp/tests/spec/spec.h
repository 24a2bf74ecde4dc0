/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The executable specification: who owns each page, and what each operation of the ledger does
 * about it. Written from the promises (docs/design.md, "The ledger", and the contracts in ledger.h
 * and hypercall.h), with none of the ledger's machinery: no tables, no blocks, no counts of
 * references, no TLBs, one word for each page. It is slow and obvious.
 *
 * For each operation there is one function that only looks, spec_answer(), and one that only
 * writes, spec_apply(). An operation that is refused has changed nothing, so spec_apply() is for
 * those that succeed.
 *
 *   operation                 expects of each page            becomes                     guest
 *   ------------------------  ------------------------------  --------------------------  -----
 *   host_donate_hyp           HOST                            HYP
 *   hyp_donate_host           HYP                             HOST
 *   host_share_hyp            HOST                            HOST_SHARED, borrower EL2
 *   host_unshare_hyp          HOST_SHARED, borrower EL2       HOST
 *   host_donate_guest         HOST; nothing at the IPA        GUEST; zero if activated    P, A
 *   host_share_guest          HOST; nothing at the IPA        HOST_SHARED, borrower guest U, A
 *   host_donate_guest_shared  HOST; IPA EMPTY, no page at     GUEST_SHARED at the         P, A
 *                             the unprotected IPA             unprotected IPA
 *   host_unshare_guest        any; those shared with the      HOST                        U
 *                             guest
 *   guest_share_host          GUEST                           GUEST_SHARED                P
 *   guest_unshare_host        GUEST_SHARED                    GUEST                       P
 *   guest_set_empty           IPA RAM: GUEST                  GUEST_SHARED at the         P, A
 *                                                             unprotected IPA, zero
 *                             IPA RAM without a page          EMPTY
 *   guest_set_ram             IPA EMPTY: GUEST_SHARED at the  GUEST, zero                 P, A
 *                             unprotected IPA
 *                             IPA EMPTY without a page        nothing at the IPA
 *   reclaim                   any; all that the guest has     HOST; zero if it was GUEST  D
 *   force_reclaim             GUEST                           HOST, zero, IPA poisoned
 *                             the host's, or shared with it   the same
 *   host_fault                the host's, or shared with it   the same
 *   guest_lookup              something at the IPA            the same
 *   activate, kill            any                             the same; flags of the guest
 *
 * Guest: P protected, U unprotected, A alive (not dying), D dying.
 *
 * RIPAS. A protected guest's IPA is RAM unless it is EMPTY or poisoned (DESTROYED). An EMPTY one
 * has no page; the page that the guest shares instead is at its unprotected IPA, the same with the
 * guest's highest address bit set. guest_set_empty and guest_set_ram are about a part of the range
 * asked for, from its first page on, of pages that are all alike (spec_at_ipa()) or are set
 * already, as large as whoever made the operation says (spec_is_part()). Set as it is already:
 * nothing changes. A poisoned IPA needs the guest's consent, and becomes EMPTY or RAM without a
 * page; one whose page is shared at the IPA itself cannot be EMPTY. guest->pages of the ledger
 * counts each protected IPA that is EMPTY, poisoned or has a page once.
 *
 * What a guest takes back, GUEST_SHARED -> GUEST, the host must have released. If it has not
 * (kept), the answer is EBUSY where it would be 0, and nothing has changed.
 *
 * On the way. A transition whose pages are zeroed or cleaned may be seen while that is done: after
 * spec_begin() they are CLEANING, nobody has them, and of the guest's IPAs only those say so
 * already that become EMPTY. Then either spec_end() and spec_apply() follow, or spec_lose(),
 * because the guest has died or was activated meanwhile: the pages are HOST. A guest has one such
 * transition at a time. EAGAIN is for whoever meets it: an operation on a CLEANING page, or one
 * that maps for the same guest, takes from it or sets RIPAS.
 *
 * Errors. The contracts name an error for each thing that can be wrong, but not which one is told
 * when several things are. spec_answer() takes the first of: EINVAL (not RAM, out of range, the
 * wrong kind of page for the call), EPERM (who may; state of the pages), ESHUTDOWN (dying), and
 * then what is at the first IPA of the range that is not as expected (ENOENT, EEXIST,
 * EHWPOISON). spec_allows() accepts every error that applies. Memory for tables is no part of the
 * account: ENOMEM is allowed in the place of success wherever tables of the host or of EL2 may be
 * needed, ENOBUFS wherever a guest's may be, and then nothing has changed.
 *
 * What is not specified: contents, but for pages that must read as zero. Such a page has the zero
 * flag until somebody who may write it has done so: the caller says so with spec_written().
 *
 * Freestanding, no allocation: the caller gives the storage. Not locked: who uses it serialises the
 * calls.
 */
#pragma once

#include <el2/types.h>
#include <abi/hypercall.h>

/* Owners, as the ledger numbers them. */
#define SPEC_HOST	0U
#define SPEC_HYP	1U
#define SPEC_GUEST	2U		/* the first VM */
#ifndef SPEC_MAX_GUESTS
#define SPEC_MAX_GUESTS	DONJON_MAX_VMS
#endif
#define SPEC_NOBODY	255U		/* no borrower */

/*
 * A page: bits [2:0] enum donjon_page_state, 3 zero, 4 boot, [15:8] owner, [23:16] borrower + 1
 * modulo 256, [59:24] page number of the IPA, [62:60] the state before of one that is CLEANING,
 * whose other fields are as before, too. A page that is the host's alone is 0.
 */
typedef uint64_t spec_page_t;
#define SPEC_STATE	MASK(2, 0)
#define SPEC_ZERO	BIT(3)		/* must read as zero by now */
#define SPEC_BOOT	BIT(4)		/* HYP since the boot: EL2 maps it where it likes */
#define SPEC_OWNER_SHIFT 8
#define SPEC_BORROWER_SHIFT 16
#define SPEC_IPA_SHIFT	24
#define SPEC_IPA	MASK(59, 24)
#define SPEC_WAS_SHIFT	60
#define SPEC_WAS	MASK(62, 60)

/*
 * A chunk counts its pages that are neither HOST nor NOT_RAM; chunks without any are stepped over.
 * A power of two.
 */
#ifndef SPEC_CHUNK
#define SPEC_CHUNK	512UL
#endif

/* IPAs of a guest that are EMPTY: [from, to), nothing next to it or across it. */
#ifndef SPEC_MAX_EMPTY
#define SPEC_MAX_EMPTY	1024
#endif
struct spec_range {
	unsigned int owner;
	uint64_t from, to;
};

struct spec_guest {
	bool exists;
	bool protected;
	bool activated;
	bool dying;
	bool cleaning;			/* a transition is on the way */
	uint64_t ipa_limit;		/* IPAs are below it */
	/* makes a protected IPA its unprotected one; 0: unprotected guests have none */
	uint64_t unprotected_bit;
	/* owned by it or shared with it, at any IPA; poisoned ones are counted apart */
	uint64_t pages;
	uint64_t poisoned, empty;	/* protected IPAs */
};

struct spec {
	/* physical address of page[0]; what lies outside of the array is NOT_RAM */
	uint64_t base;
	uint64_t nr_pages;
	uint64_t limit;			/* physical addresses are below it */
	spec_page_t *page;
	uint16_t *special;		/* one for each chunk */
	uint64_t *poisoned;		/* owner << 48 | IPA, no order */
	uint64_t nr_poisoned, max_poisoned;
	struct spec_range empty[SPEC_MAX_EMPTY];	/* no order */
	uint64_t nr_empty;
	uint64_t hyp;			/* pages HYP without SPEC_BOOT */
	uint64_t shared_with_hyp;	/* pages HOST_SHARED with EL2 */
	/* not NULL: the storage is too small, or a call was misused; nothing holds any more */
	const char *broken;
	struct spec_guest guest[SPEC_MAX_GUESTS];
};

enum spec_what {
	SPEC_HOST_DONATE_HYP,		/* pa, size */
	SPEC_HYP_DONATE_HOST,		/* pa, size */
	SPEC_HOST_SHARE_HYP,		/* pa */
	SPEC_HOST_UNSHARE_HYP,		/* pa */
	SPEC_HOST_DONATE_GUEST,		/* owner, pa, ipa, size */
	SPEC_HOST_SHARE_GUEST,		/* owner, pa, ipa, size */
	SPEC_HOST_DONATE_GUEST_SHARED,	/* owner, pa, ipa (protected), size */
	SPEC_HOST_UNSHARE_GUEST,	/* owner, ipa, size */
	SPEC_GUEST_SHARE_HOST,		/* owner, ipa */
	SPEC_GUEST_UNSHARE_HOST,	/* owner, ipa, kept */
	/* owner, ipa (protected), size, destroyed; to be applied: size is that of the part */
	SPEC_GUEST_SET_EMPTY,
	SPEC_GUEST_SET_RAM,		/* the same, kept */
	SPEC_RECLAIM,			/* owner, ipa, size */
	SPEC_FORCE_RECLAIM,		/* pa */
	SPEC_HOST_FAULT,		/* pa */
	SPEC_GUEST_LOOKUP,		/* owner, ipa */
	SPEC_KILL,			/* owner */
	SPEC_ACTIVATE,			/* owner */
	SPEC_NR_OPS
};

/*
 * Addresses and sizes in bytes, page-aligned. Operations without a size are about one page; theirs
 * is not looked at.
 */
struct spec_op {
	enum spec_what what;
	unsigned int owner;		/* the guest's owner number */
	uint64_t pa, ipa, size;
	bool destroyed;			/* the guest consents to the loss of what was poisoned */
	bool kept;			/* the host has not released what is to become private */
	/* host_*_guest: the range is in no RAM range of the guest's, which whoever asks knows */
	bool no_ram;
	bool denied;			/* host_fault: a device that is kept from the host */
};

/* What an IPA of a protected guest is. */
enum spec_ipa_is {
	SPEC_IPA_NOTHING,		/* RAM without a page */
	SPEC_IPA_PRIVATE,
	SPEC_IPA_SHARED,		/* RAM, and guest_share_host has shared the page */
	SPEC_IPA_EMPTY,
	SPEC_IPA_EMPTY_SHARED,		/* EMPTY, with a page at the unprotected IPA */
	SPEC_IPA_POISONED,
};

/*
 * page: nr_pages words; special: SPEC_CHUNKS(nr_pages) counts; poisoned: max_poisoned words. base:
 * page-aligned. limit: the physical address size in bytes. Everything is NOT_RAM and no guest
 * exists.
 */
#define SPEC_CHUNKS(nr_pages) (((nr_pages) + SPEC_CHUNK - 1) / SPEC_CHUNK)
void spec_init(struct spec *spec, uint64_t base, uint64_t nr_pages, uint64_t limit,
	       spec_page_t *page, uint16_t *special, uint64_t *poisoned, uint64_t max_poisoned);

/* [base, base + size) is RAM, the host's. */
void spec_add_ram(struct spec *spec, uint64_t base, uint64_t size);

/* The part of [base, base + size) that is RAM and HOST is EL2's since the boot. */
void spec_claim(struct spec *spec, uint64_t base, uint64_t size);

/*
 * Guests come and go. One that goes must have no page and nothing poisoned: else spec->broken says
 * so.
 */
void spec_add_guest(struct spec *spec, unsigned int owner, bool protected, uint64_t ipa_limit);
void spec_remove_guest(struct spec *spec, unsigned int owner);

/* Which of host_donate_guest, host_share_guest and host_donate_guest_shared a VM_MAP at ipa is. */
enum spec_what spec_map_is(const struct spec *spec, unsigned int owner, uint64_t ipa);

/* What the account says about an operation. Changes nothing. */
struct spec_outcome {
	int answer;			/* 0 or a negative errno value */
	unsigned int faults;		/* all that is wrong; for spec_outcome_allows() */
	bool kept;			/* nothing is wrong, but the answer is EBUSY */
	bool may_need_tables;		/* of the pool */
	bool may_need_cache;		/* tables of a guest */
	/* it takes pages of the boot, which EL2 need not have where it has others */
	bool may_be_refused;
};
void spec_expect(const struct spec *spec, const struct spec_op *op,
		struct spec_outcome *outcome);

/*
 * Whether the ledger may answer so. -ENOMEM, -ENOBUFS: only where nothing is wrong and the
 * operation may need such tables.
 */
bool spec_outcome_allows(const struct spec_outcome *outcome, int answer);

/* The answer alone. */
int spec_answer(const struct spec *spec, const struct spec_op *op);

/* Both at once. */
bool spec_allows(const struct spec *spec, const struct spec_op *op, int answer);

/*
 * On the way: for operations that map for a guest, reclaim and set RIPAS, and about to be applied.
 * pa: the first of their pages, which spec_begin() returns (0: it has none), for spec_end() and
 * spec_lose(); there are size bytes of them in a row.
 */
uint64_t spec_begin(struct spec *spec, const struct spec_op *op);
void spec_end(struct spec *spec, const struct spec_op *op, uint64_t pa);
void spec_lose(struct spec *spec, const struct spec_op *op, uint64_t pa);

/* The new state. Only where spec_answer() is 0. */
void spec_apply(struct spec *spec, const struct spec_op *op);

/*
 * What *done is to be after host_unshare_guest and reclaim: the bytes given back. Poisoned IPAs
 * give nothing back.
 */
uint64_t spec_done(const struct spec *spec, const struct spec_op *op);

/*
 * A page that the operation changes, if it succeeds (its physical address in *pa); false if it
 * changes none.
 */
bool spec_changes(const struct spec *spec, const struct spec_op *op, uint64_t *pa);

/* Somebody who may write [pa, pa + size) has done so. */
void spec_written(struct spec *spec, uint64_t pa, uint64_t size);

/* The word of a page; NOT_RAM outside of the array. */
static inline spec_page_t spec_page(const struct spec *spec, uint64_t pa)
{
	uint64_t index = (pa - spec->base) >> PAGE_SHIFT;

	return pa >= spec->base && index < spec->nr_pages ? spec->page[index] : DONJON_PAGE_NOT_RAM;
}

/* The page that the guest has at ipa (owned or shared with it): true and *pa. */
bool spec_at(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t *pa);
bool spec_is_poisoned(const struct spec *spec, unsigned int owner, uint64_t ipa);

/* All of the range is EMPTY. */
bool spec_is_empty(const struct spec *spec, unsigned int owner, uint64_t ipa, uint64_t size);

/* ipa: protected. */
enum spec_ipa_is spec_at_ipa(const struct spec *spec, unsigned int owner, uint64_t ipa);

/*
 * Whether guest_set_empty or guest_set_ram may have been about the first done bytes of its range:
 * they are all alike, or all set already.
 */
bool spec_is_part(const struct spec *spec, const struct spec_op *op, uint64_t done);

/*
 * Whether it is already what the operation, guest_set_empty or guest_set_ram, is to make of it.
 */
bool spec_is_set(enum spec_what what, enum spec_ipa_is is);

/*
 * The run of pages from pa on with one state, and for GUEST one owner and consecutive IPAs: its
 * end, at most max. (The host's table does not tell the owner of pages that are shared.)
 */
uint64_t spec_run_end(const struct spec *spec, uint64_t pa, uint64_t max);

const char *spec_op_name(enum spec_what what);
const char *spec_state_name(unsigned int state);

static inline enum donjon_page_state spec_state(spec_page_t page)
{
	return (enum donjon_page_state)(page & SPEC_STATE);
}

static inline unsigned int spec_owner(spec_page_t page)
{
	return page >> SPEC_OWNER_SHIFT & 0xff;
}

static inline unsigned int spec_borrower(spec_page_t page)
{
	return ((page >> SPEC_BORROWER_SHIFT) - 1) & 0xff;
}

static inline uint64_t spec_ipa(spec_page_t page)
{
	return (page & SPEC_IPA) >> SPEC_IPA_SHIFT << PAGE_SHIFT;
}

/* NULL if there is none with this owner number. */
static inline struct spec_guest *spec_guest(struct spec *spec, unsigned int owner)
{
	unsigned int index = owner - SPEC_GUEST;

	return index < SPEC_MAX_GUESTS && spec->guest[index].exists ? &spec->guest[index] : NULL;
}

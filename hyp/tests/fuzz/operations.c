// SPDX-License-Identifier: GPL-2.0-only
#include "harness.h"
#include "operations.h"

/* Bytes to operations: the frequent ones are those that change pages. */
static const uint8_t kinds[] = {
	SPEC_HOST_DONATE_GUEST,
	SPEC_HOST_SHARE_GUEST,
	SPEC_GUEST_SHARE_HOST,
	SPEC_GUEST_UNSHARE_HOST,
	SPEC_RECLAIM,
	SPEC_HOST_UNSHARE_GUEST,
	SPEC_FORCE_RECLAIM,
	SPEC_HOST_FAULT,
	SPEC_HOST_DONATE_HYP,
	SPEC_HYP_DONATE_HOST,
	SPEC_HOST_SHARE_HYP,
	SPEC_HOST_UNSHARE_HYP,
	SPEC_HOST_SHARE_HYP,
	SPEC_GUEST_LOOKUP,
	SPEC_ACTIVATE,
	SPEC_KILL,
	WRITE,
	STARVE_POOL,
	STARVE_GUEST,
	REBIRTH,
	SPEC_HOST_DONATE_GUEST,
	SPEC_HOST_SHARE_GUEST,
	WRITE,
	SPEC_HOST_DONATE_GUEST,
	SPEC_GUEST_SET_EMPTY,
	SPEC_GUEST_SET_RAM,
	SPEC_HOST_DONATE_GUEST_SHARED,
	LOOK,
	FILL,
	SPEC_GUEST_SET_EMPTY,
	SPEC_GUEST_SET_RAM,
	SPEC_HOST_DONATE_GUEST_SHARED,
};

struct guest_memory guests[NR_GUESTS];
static struct spec_op recent[8]; /* those that succeeded, for operations on the same pages */
static unsigned int nr_recent;

struct guest_memory *guest_of(const struct spec_op *op)
{
	unsigned int i;

	for (i = 0; i < NR_GUESTS; i++)
		if (guests[i].owner == op->owner)
			return &guests[i];
	return &guests[0]; /* the operation is not about a guest */
}

/* -- What an operation is about -- */

static uint64_t edge(uint8_t which)
{
	const uint64_t edges[] = {
		0,
		FAKE_RAM_BASE,
		FREE_BASE - PAGE_SIZE,
		FREE_BASE,
		FIRMWARE_BASE - PAGE_SIZE,
		FIRMWARE_BASE - BLOCK,
		FIRMWARE_BASE,
		HOLE_BASE,
		HIGH_BASE - PAGE_SIZE,
		HIGH_BASE,
		HIGH_END - PAGE_SIZE,
		HIGH_END - BLOCK,
		HIGH_END,
		(1UL << HOST_IA_BITS) - PAGE_SIZE,
		FREE_BASE + BLOCK,
		FREE_BASE + BLOCK - PAGE_SIZE,
	};

	return edges[which % ARRAY_SIZE(edges)];
}

static uint64_t ipa_edge(uint8_t which)
{
	const uint64_t edges[] = {
		0,
		PAGE_SIZE,
		BLOCK - PAGE_SIZE,
		IPA_END - PAGE_SIZE,
		IPA_END - BLOCK,
		level_size(1) - PAGE_SIZE,
		level_size(1),
		IPA_END - BLOCK - PAGE_SIZE,
	};

	return edges[which % ARRAY_SIZE(edges)];
}

static void choose_addresses(struct spec_op *op, uint8_t mode, uint8_t a, uint8_t b)
{
	const struct spec_op *again = &recent[a % ARRAY_SIZE(recent)];
	uint64_t block = a % WINDOW_BLOCKS * BLOCK,
		 page = (uint64_t)b * (PT_ENTRIES / 4 | 1) % PT_ENTRIES * PAGE_SIZE;

	op->pa = WINDOW_BASE + block;
	op->ipa = IPA_BASE + block;
	switch (mode >> 4 & 7) {
	case 2: /* one address in the block, the same in both */
		op->pa += page;
		op->ipa += page;
		break;
	case 3: /* near an operation before */
		op->pa = again->pa + (int8_t)b * (int64_t)PAGE_SIZE;
		op->ipa = again->ipa + (int8_t)b * (int64_t)PAGE_SIZE;
		op->owner = again->owner;
		break;
	case 4: /* on its pages */
		op->pa = again->pa;
		op->ipa = again->ipa;
		op->owner = again->owner;
		break;
	case 5: /* blocks that have nothing to do with each other */
		op->ipa = IPA_BASE + b % WINDOW_BLOCKS * BLOCK;
		break;
	case 6: /* not congruent */
		op->pa += page;
		op->ipa =
			IPA_BASE + ((uint64_t)a * 7 + b) % (WINDOW_BLOCKS * PT_ENTRIES) * PAGE_SIZE;
		break;
	case 7: /* the ends of things */
		op->pa = edge(a);
		op->ipa = ipa_edge(b);
	}
}

static void choose_size(struct spec_op *op, uint8_t mode, uint8_t b)
{
	const struct spec_op *again = &recent[b % ARRAY_SIZE(recent)];

	switch (mode >> 2 & 3) {
	case 0:
		op->size = PAGE_SIZE;
		break;
	case 1:
		op->size = BLOCK;
		break;
	case 2:
		op->size = (1 + (uint64_t)b * (PT_ENTRIES / 4 | 1) % PT_ENTRIES) * PAGE_SIZE;
		break;
	case 3:
		op->size = again->size ? again->size : BLOCK - (op->ipa & (BLOCK - 1));
	}
}

/* What every caller of the ledger checks is kept here as well: ranges in the guest's and in the
 * host's address space. A protected guest's RAM lies below its unprotected half. */
static void clamp(struct spec_op *op)
{
	uint64_t end = guest_of(op)->protected ? UNPROTECTED : IPA_END;

	op->pa &= (1UL << HOST_IA_BITS) - 1;
	op->ipa &= end - 1;
	op->size = min_u64(op->size, end - op->ipa);
}

/* What leaves less to happen after it happens seldom: instead, something that brings more. */
static enum spec_what seldom(enum spec_what what, uint8_t dice)
{
	switch (what) {
	case SPEC_KILL:
		return dice & 0xf0 ? SPEC_HOST_DONATE_GUEST : what;
	case SPEC_FORCE_RECLAIM:
		return dice & 0xc0 ? SPEC_GUEST_SHARE_HOST : what;
	case SPEC_HOST_DONATE_HYP:
		return dice & 0x80 ? SPEC_HYP_DONATE_HOST : what;
	case SPEC_HOST_SHARE_HYP:
		return dice & 0x80 ? SPEC_HOST_UNSHARE_HYP : what;
	default:
		return what;
	}
}

struct spec_op operation_read(struct input *in)
{
	uint8_t what = input_8(in), mode = input_8(in), a = input_8(in), b = input_8(in);
	struct spec_op op = {
		.what = seldom(kinds[what % sizeof(kinds)], b),
		.owner = guests[(mode & 3) % NR_GUESTS].owner,
	};

	/* Half of the maps go to the guest that can have them. */
	if (what & 0x40 && op.what == SPEC_HOST_SHARE_GUEST)
		op.owner = guests[NR_GUESTS - 1].owner;
	choose_addresses(&op, mode, a, b);
	choose_size(&op, mode, b);
	clamp(&op);
	/* A guest may name any address. */
	if (what & 0x80 &&
	    (op.what == SPEC_GUEST_SHARE_HOST || op.what == SPEC_GUEST_UNSHARE_HOST) &&
	    !(mode & 0x80))
		op.ipa = input_wild(in) & PAGE_MASK;
	/* Taking back is about protected IPAs. */
	if (op.what == SPEC_RECLAIM && guest_of(&op)->protected && (mode & 0x8f) == 0x8f)
		op.ipa |= UNPROTECTED;
	op.destroyed = what & 0x80;
	op.kept = (a & 0xe0) == 0xe0;
	return op;
}

void operation_show(const struct spec_op *op)
{
	show("%-20s", spec_op_name(op->what));
	if (op->what >= SPEC_HOST_DONATE_GUEST && op->what != SPEC_FORCE_RECLAIM &&
	    op->what != SPEC_HOST_FAULT)
		show(" guest %u", (unsigned int)(guest_of(op) - guests));
	if (op->what <= SPEC_HOST_SHARE_GUEST || op->what == SPEC_FORCE_RECLAIM ||
	    op->what == SPEC_HOST_FAULT)
		show(" page 0x%lx", op->pa);
	if (op->what >= SPEC_HOST_DONATE_GUEST && op->what <= SPEC_RECLAIM)
		show(" ipa 0x%lx", op->ipa);
	if (op->what <= SPEC_RECLAIM)
		show(" pages %lu", op->size >> PAGE_SHIFT);
	show(" ");
}

void operation_remember(const struct spec_op *op)
{
	recent[nr_recent++ % ARRAY_SIZE(recent)] = *op;
}

void operations_begin(void)
{
	unsigned int i;

	memset(recent, 0, sizeof(recent));
	nr_recent = 0;
	for (i = 0; i < ARRAY_SIZE(recent); i++)
		recent[i].owner = guests[i % NR_GUESTS].owner;
}

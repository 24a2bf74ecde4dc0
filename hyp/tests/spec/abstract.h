/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the real tables, changes nothing, and compares them with the specification: each page's
 * state, owner, borrower and IPA as the entries of both parties tell them, the number of pages of
 * each guest and of EL2 (so that nothing is mapped twice and nothing is missing), and the
 * invariants P1 to P4 (pgtable.h) and L5 (ledger.h).
 *
 * The caller holds the host's lock, under which alone these tables change. Freestanding.
 */
#pragma once

#include <el2/ledger.h>
#include <tests/spec/spec.h>

/*
 * What there is to read. guest: SPEC_MAX_GUESTS pointers, by owner number; NULL where there is
 * none. table: how to reach the table at a physical address.
 */
struct abstract {
	const struct pgtable *host;
	const struct pgtable *hyp;
	struct guest_memory *const *guest;
	void *(*table)(uint64_t pa);
};

/*
 * One difference, for a person: "page 0x48200000: tables say GUEST 2 IPA 0x40000000, specification
 * says HOST".
 */
struct difference {
	char text[400];
	unsigned int length;
};

/* True if there is none; otherwise the first one found is in *difference. */
bool abstract_equals(const struct abstract *tables, const struct spec *spec,
		     struct difference *difference);

/*
 * What the host's table alone says about a page: without the owner, borrower and IPA of pages that
 * are shared.
 */
spec_page_t abstract_page(const struct pgtable *host, uint64_t pa);

/*
 * Building the text: appended, cut where it is full. %s %u %x (32 bits), %lx, %d and nothing else.
 */
void difference_clear(struct difference *difference);
void difference_add(struct difference *difference, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

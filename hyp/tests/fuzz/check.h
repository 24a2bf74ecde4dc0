/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine compared with the specification: what the ledger and the tables say, and what is
 * in memory. */
#pragma once

#include <world.h>
#include <tests/spec/spec.h>

/* A specification of the world as world_setup() leaves it, without guests. */
void check_init(struct spec *spec);

/* Every page's owner, state and IPA, through ledger_query(); each guest's table, entry by entry. */
void check_ledger(const struct spec *spec, struct guest_memory *guests, unsigned int nr_guests);

/* What EL2's stage 1 has at each page of the range is what the specification says that EL2 owns or
 * borrows. */
void check_hyp(const struct spec *spec, uint64_t pa, uint64_t size);

/* -- Contents: each page that was written is full of one word, 0 or one that no other page has --
 */

/* Nothing is written yet. */
void contents_forget(void);

/* Fills the page with a new word, or with zeros. */
void contents_write(uint64_t pa, bool zero);

/* For the specification's hooks, which ask for each page that must be zero by now, and ask once. */
bool contents_are_zero(uint64_t pa);

/* Pages that EL2 has by now, or borrows, are its own to write. */
void contents_forget_hyp(const struct spec *spec);

/* Every page written must have its word, or be zero if the specification says so by now; whole: all
 * of it. */
void contents_check(const struct spec *spec, bool whole);

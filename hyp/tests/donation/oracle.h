/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the specification (hyp/tests/spec/spec.h) says about the statements of a script: the answer
 * of each, and the owner and state of each page after it.
 */
#pragma once

#include "target.h"

/* One step of a statement: a call, or an access to one page. */
struct step {
	const struct statement *statement;
	struct script_vm *vm; /* NULL: the statement names none */
	uint64_t pa, ipa, size;
	uint64_t second; /* another page: the run page of a vCPU */
	uint64_t args[SCRIPT_ARGS];
	/* what came of it */
	int64_t answer;
	uint64_t pages; /* that the call gave back */
	struct contents contents;
};

/* Once: an account of the machine's RAM, without owners. False: why says what is wrong. */
bool oracle_init(char why[WHY_SIZE]);

/* Before each script, in its own process: the machine as it is now. */
bool oracle_begin(char why[WHY_SIZE]);

/*
 * Whether the step may have ended as it did; if so the account is brought up to date, else
 * *expected is an answer that would be right, and *pages, if it is not -1, the number of pages.
 */
bool oracle_allows(const struct step *step, int64_t *expected, int64_t *pages);

/* The same for two steps made at once: one of the two orders must explain the answers and the state
 * of all pages of the ranges. */
struct oracle_range {
	uint64_t pa, pages;
};
bool oracle_allows_both(const struct step *a, const struct step *b,
		       const struct oracle_range *ranges, unsigned int nr, char why[WHY_SIZE]);

/* EL2's ledger says of each page of the range what the account says. */
bool oracle_agrees(uint64_t pa, uint64_t pages, char why[WHY_SIZE]);

/* What the runner does beside the script's statements. */
void oracle_vm_made(struct script_vm *vm);
bool oracle_donated_hyp(uint64_t pa,
			uint64_t pages); /* false: the account says that this is not possible */
bool oracle_shared_hyp(uint64_t pa);
void oracle_vm_gone(const struct script_vm *vm);
bool oracle_gave_guest(const struct script_vm *vm, uint64_t pa, uint64_t ipa, uint64_t pages);

/* The VM's pages, mapped or poisoned, without the runner's own. */
uint64_t oracle_vm_pages(const struct script_vm *vm);

/* The page is the host's and must read as zero. */
bool oracle_must_be_zero(uint64_t pa);

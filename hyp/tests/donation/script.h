/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A donation script in memory: what parse.c makes of the text and what run.c carries out. The
 * language is described in scripts/donation/README.md.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <abi/hypercall.h>

#define SCRIPT_PAGE   4096UL
#define SCRIPT_VMS    8
#define SCRIPT_RANGES 16
#define SCRIPT_LINES  600
#define SCRIPT_NAME   24
#define SCRIPT_ARGS   5 /* of a raw call */

/* Where a VM's RAM begins unless its declaration says otherwise, and how large it is. */
#define SCRIPT_RAM_IPA	0x40000000UL
#define SCRIPT_RAM_SIZE 0x1000000UL
#define SCRIPT_TOPUP	16 /* pages for its tables */

/* Answers beside DONJON_OK and the DONJON_E_* codes, for accesses of the host and of guests. */
#define ANSWER_REFUSED 1L   /* SIGBUS or -EFAULT for the host, an external abort for a guest */
#define ANSWER_MISSING 2L   /* a guest asks for a page that it does not have */
#define ANSWER_TOPUP   3L   /* a guest's call ends because its VM's cache is short */
#define ANSWER_SPEC    100L /* expected: what the specification says */

enum verb {
	VERB_VM, /* vm, place (its own pages, optional), ipa, size, number (of pages in its cache),
		    flags */
	VERB_PAGES,	    /* range */
	VERB_DONATE,	    /* vm, place, to */
	VERB_SHARE,	    /* vm, place, to */
	VERB_UNSHARE,	    /* vm, place */
	VERB_RECLAIM,	    /* vm, place */
	VERB_KILL,	    /* vm */
	VERB_DESTROY,	    /* vm */
	VERB_TOPUP,	    /* vm, place, or number of pages of the runner's */
	VERB_POOL,	    /* place */
	VERB_VCPU,	    /* vm, number, place, to */
	VERB_ACTIVATE,	    /* vm */
	VERB_READ,	    /* actor, place; value is expected */
	VERB_WRITE,	    /* actor, place, value */
	VERB_GUEST_SHARE,   /* vm, place */
	VERB_GUEST_UNSHARE, /* vm, place */
	VERB_GUEST_CONVERT, /* vm, place, number (enum ripas), destroyed */
	VERB_CALL,	    /* number (identifier), args */
	VERB_MARK,
	VERB_EXPECT_STATE,   /* place, number (enum donjon_page_state), vm or -1, to (IPA) if has_to
			      */
	VERB_EXPECT_COUNTER, /* number (enum donjon_counter), value (difference) */
	VERB_BOTH,	     /* the next two statements at once */
	VERB_REPEAT,	     /* number; partner: its end */
	VERB_END,	     /* partner: its beginning */
};

enum actor {
	ACTOR_USER,   /* the host's user space */
	ACTOR_KERNEL, /* the host's kernel, by an address of its own */
	ACTOR_GUEST,
};

/* Where something is. Pages count from the beginning of the range or of the VM's RAM. */
struct place {
	enum {
		PLACE_NONE,
		PLACE_NUMBER, /* bytes: the address */
		PLACE_RANGE,  /* physical */
		PLACE_VM,     /* guest-physical */
		PLACE_HANDLE, /* of a VM, in raw calls */
	} kind;
	unsigned int index;
	uint64_t page;
	uint64_t bytes; /* more bytes, or the address */
	uint64_t count; /* pages */
};

struct statement {
	unsigned int line;
	const char *text;
	enum verb verb;
	enum actor actor;
	int vm; /* index, -1: none */
	int range;
	struct place place, to;
	struct place args[SCRIPT_ARGS];
	uint64_t number, value, ipa, size;
	bool has_value, has_to, protected, bare;
	bool unprotected;	/* the guest's access is at the unprotected IPA of the place */
	bool destroyed; /* the guest consents to the loss of what the host took by force */
	unsigned int partner;
	bool part;		/* of a "both" */
	int64_t expected;	/* answer */
	int64_t expected_pages; /* that a call gives back, -1: any */
};

enum edge { EDGE_NO, EDGE_FIRST, EDGE_LAST };

struct range_name {
	char name[SCRIPT_NAME];
	unsigned int order;
	enum edge edge;
	bool given; /* "hyp", "device" and "firmware" exist without a declaration */
};

struct vm_name {
	char name[SCRIPT_NAME];
	bool protected;
	uint64_t ram_ipa, ram_size;
};

struct script {
	const char *file;
	char *text;
	struct statement lines[SCRIPT_LINES];
	unsigned int nr_lines;
	struct vm_name vms[SCRIPT_VMS];
	unsigned int nr_vms;
	struct range_name ranges[SCRIPT_RANGES];
	unsigned int nr_ranges;
};

#define RANGE_HYP      0U /* indices of the ranges that always exist */
#define RANGE_DEVICE   1U
#define RANGE_FIRMWARE 2U
#define RANGES_GIVEN   3U

/*
 * Reads and checks a file. False: it is no script; each error has been printed on stderr as
 * FILE:LINE: WHAT, what would be right. The script is the caller's, script_free() gives its text
 * back.
 */
bool script_read(struct script *script, const char *file);
void script_free(struct script *script);

/* Names of answers, states and counters, as they are in scripts. NULL, or -1: there is none. */
const char *answer_name(int64_t answer);
bool answer_find(const char *name, int64_t *answer);
const char *state_name(uint64_t state);
int state_find(const char *name);
const char *counter_name(unsigned int counter);
int counter_find(const char *name);
bool call_find(const char *name, uint64_t *identifier);

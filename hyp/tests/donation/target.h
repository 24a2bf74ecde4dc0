/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a donation script needs of the machine that it runs on: EL2's calls, the host's pages, and
 * accesses of the host and of guests. fake.c is the build machine, where EL2's core runs over
 * arch/fake; nested.c is the nested host.
 */
#pragma once

#include "script.h"

#define WHY_SIZE 512

/* Contents of a page: full of one word, unless mixed. */
struct contents {
	uint64_t word;
	bool mixed;
};

/* Pages that EL2 has for a VM until VM_DESTROY. mine: the runner's, freed then; else they are of
 * one of the script's ranges. */
struct given {
	uint64_t pa, pages;
	bool mine;
};

#define VM_GIVEN    48
#define VM_VCPUS    4
#define VM_IPA_BITS 36
#define VM_UNPROTECTED (1UL << (VM_IPA_BITS - 1)) /* of a protected VM's addresses */
/* Where the runner puts its guest's program: RAM of its own, beside what the script calls the VM's
 * RAM. */
#define AGENT_IPA 0x30000000UL
/* The device by which the program and the runner talk. */
#define AGENT_DEVICE 0x09000000UL
/* Tables that the program's page takes with VM_IPA_BITS. */
#define AGENT_TABLES 2

/* A VM while its script runs. */
struct script_vm {
	bool exists, protected, bare;
	uint64_t handle;
	uint64_t ram_ipa, ram_size;
	uint64_t agent_pa;	      /* page of the runner's program, 0: none */
	struct given given[VM_GIVEN]; /* the first: DONJON_VM_PAGES */
	unsigned int nr_given;
	uint64_t run_pa[VM_VCPUS]; /* shared with EL2; vCPU 0's is the first */
	bool run_mine[VM_VCPUS];
	unsigned int nr_run;
	uint32_t vcpus;	    /* one bit for each index in use */
	unsigned int owner; /* in the specification */
	bool parked;	    /* the program waits for a command */
};

enum guest_op {
	GUEST_NOTHING, /* just run: the first time it activates the VM */
	GUEST_READ,
	GUEST_WRITE,
	GUEST_SHARE,
	GUEST_UNSHARE,
	/*
	 * From the address given up to contents->word, which becomes how far it got; bit 0 of it:
	 * destroyed pages as well.
	 */
	GUEST_TO_SHARED,
	GUEST_TO_PRIVATE,
};

struct target {
	/* Once, in the process that starts one for each script. */
	bool (*init)(char why[WHY_SIZE]);
	/* Before and after each script, and after each statement. False: why says what is wrong. */
	bool (*begin)(char why[WHY_SIZE]);
	bool (*check)(char why[WHY_SIZE]);
	bool (*end)(char why[WHY_SIZE]);

	/* RAM: the nth region, in ascending order. */
	bool (*ram)(unsigned int nth, uint64_t *start, uint64_t *end);
	/* A page of EL2's, and an address where no RAM is. */
	uint64_t (*hyp_page)(void);
	uint64_t (*device)(void);
	/* A page of firmware's; a device where the machine has none. */
	uint64_t (*firmware)(void);

	/* 2^order pages of the host's, zeroed and touched, aligned to their size; 0: none. */
	uint64_t (*alloc)(unsigned int order);
	void (*free)(uint64_t pa, unsigned int order);
	/* The first or last 2^order pages of RAM, as with alloc(), or 0 and why. They are not
	 * freed. */
	uint64_t (*edge)(enum edge edge, unsigned int order, char why[WHY_SIZE]);

	/* hvc #0 with x1 to x5; x1 to x4 come back in r, which may be NULL. */
	int64_t (*call)(uint64_t id, const uint64_t a[SCRIPT_ARGS], uint64_t r[4]);
	/* The host fills a page with contents->word, or looks at all of it. DONJON_OK or
	 * ANSWER_REFUSED. */
	int64_t (*host)(enum actor actor, uint64_t pa, bool write, struct contents *contents);
	/* Puts the guest's program into a page of the host's. */
	void (*load_agent)(uint64_t pa);
	/* The guest does something with one page: DONJON_OK, a DONJON_E_* code or ANSWER_*. */
	int64_t (*guest)(struct script_vm *vm, enum guest_op op, uint64_t ipa,
			 struct contents *contents);
	/* act(a) and act(b), at once on two CPUs or one after the other; reversed: b first. */
	void (*at_once)(void (*act)(void *), void *a, void *b, bool reversed);
};

extern const struct target target;

/* SPDX-License-Identifier: GPL-2.0-only */
/* The client's side of donjon_attack.ko: calls to EL2, physical memory, and EL2's own answers
 * about the ledger. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/hypercall.h"
#include "attack.h"

#define PAGE  4096UL
#define BLOCK (2UL << 20)

/* Opens the module's device, or gives up the test. */
void kmod_open(void);

/* Any call. The second returns -errno when the module could not make it, the first gives up. */
void kmod_raw(struct attack_call *call);
int kmod_try(struct attack_call *call);

/* hvc #0 with up to five arguments: its answer, and x1 to x4 in results (may be NULL). */
long kmod_call(uint64_t id, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
	       uint64_t results[4]);

/* ATTACK_REGISTERS around a call with its arguments in x; returns the call's x0. */
struct kmod_registers {
	uint64_t before[ATTACK_ENCODINGS], after[ATTACK_ENCODINGS], simd[ATTACK_SIMD_WORDS];
};
long kmod_registers(const uint64_t x[4], struct kmod_registers *r);

/*
 * 0, or -errno: -EFAULT when the access was refused. A guest's page is taken by force, as from code
 * without a fixup.
 */
int kmod_memory(uint64_t pa, void *buffer, size_t size, enum attack_alias alias, bool write);

/* The same from code with a fixup: a guest's page is refused. */
int kmod_fixup(uint64_t pa, void *buffer, size_t size, enum attack_alias alias, bool write);

/*
 * The same from code that has none: a guest's page is taken, and Linux warns. Ends the calling
 * process by an oops where it is refused.
 */
int kmod_bare(uint64_t pa, void *buffer, size_t size, enum attack_alias alias, bool write);

/* One access from such a place; value is what is there then. 0 or -errno: -EFAULT by a fixup. */
int kmod_touch(uint64_t pa, enum attack_place place, uint64_t *value);

/* Loads from a page by an address whose table comes and goes, see attack.h. 0 or -errno. */
int kmod_touch_walk(struct attack_walk *walk);

/* One of enum attack_impdefs. 0, or -EFAULT: it is undefined. */
int kmod_impdef(unsigned int what, bool write, uint64_t *value);

/* 2^order zeroed pages of the host; 0: none. */
uint64_t kmod_alloc(unsigned int order);
void kmod_free(uint64_t pa, unsigned int order);

uint64_t kmod_counter(enum donjon_counter counter);

struct run {
	uint64_t start, end, state, vm, ipa;
};

/* The run of pages at pa; false above the end of the physical address space. */
bool kmod_ledger(uint64_t pa, struct run *run);

/* System RAM: the nth region, false when there are fewer. */
bool kmod_region(unsigned int nth, uint64_t *start, uint64_t *end);

/* Calls visit for each run of RAM. */
void kmod_walk(void (*visit)(const struct run *run, void *context), void *context);

/*
 * A number that changes when the ownership of any page changes, or when a transition has been made
 * and undone. What the host's own lazy mapping changes is not in it.
 */
struct fingerprint {
	uint64_t ledger;
	uint64_t counters[DONJON_NR_COUNTERS];
};
void kmod_fingerprint(struct fingerprint *f);
bool kmod_same(const struct fingerprint *a, const struct fingerprint *b);

/* The counters alone, which is quick. */
void kmod_counters(struct fingerprint *f);

/* Physical address of a page that this process has mapped, 0 when there is none. */
uint64_t kmod_pa(const void *address);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small machine for the tests of EL2's core: memory map, carve-out, EL2's stage 1, the host's
 * stage 2 and a pool, as the hand-over leaves them.
 *
 *   FAKE_RAM_BASE    carve-out (EL2's)
 *   FREE_BASE        RAM of the host, 12 blocks or more, then half a block more
 *   FIRMWARE_BASE    half a block of firmware
 *   HOLE_BASE        one block of nothing
 *   HIGH_BASE        RAM of the host, to the end of the array
 *   DENIED_BASE      one page of a device that is kept from the host, among nothing
 */
#pragma once

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <el2/arch/fake/fake.h>
#include <el2/hyp_memory.h>
#include <el2/ledger.h>
#include <el2/regions.h>
#include <el2/vcpu.h>

#define TINY		(PT_INDEX_BITS < 9)
#define BLOCK		PT_MAX_RANGE
#define CARVE_SIZE	(TINY ? 96 * BLOCK : 2 * BLOCK)
#define FREE_BASE	(FAKE_RAM_BASE + CARVE_SIZE)
#define FIRMWARE_BASE	(FREE_BASE + (TINY ? 32 : 16) * BLOCK + BLOCK / 2)
#define HOLE_BASE	(FIRMWARE_BASE + BLOCK / 2)
#define HIGH_BASE	(HOLE_BASE + BLOCK)
#define HIGH_END	(FAKE_RAM_BASE + FAKE_RAM_SIZE)
#define DENIED_BASE	(HIGH_END + 2 * BLOCK + PAGE_SIZE)
#define HOST_IA_BITS	(TINY ? 23 : 40)
#define GUEST_IA_BITS	(TINY ? 22 : 32)

/* A test and the promise that it holds. */
#define PROMISE(text, function) { text, function, world_setup, world_teardown, NULL }

/* cmocka fixtures: the world, with a pool of plenty of pages. */
int world_setup(void **state);
int world_teardown(void **state);

/* The page with the state of the guests' random numbers. */
extern uint64_t world_random;

/* Zeroed pages of the carve-out, n contiguous ones, aligned to their size. */
uint64_t world_pages(uint64_t n);

/* Moves pages between a cache and the carve-out until the cache has n. */
void world_set_cache(struct page_cache *cache, uint64_t n);

/*
 * A guest of its own owner number, known to the ledger, with n pages in its cache; forgotten by
 * world_teardown().
 */
void world_guest(struct guest_memory *guest, bool protected, uint64_t n);

/* A hash of all that a failed operation must not change: tables, caches, counts of pages. */
uint64_t world_sum(const struct guest_memory *guest);

/*
 * The host's and EL2's tables, and the guest's, keep the rules P1 to P4; no invalidation is
 * missing.
 */
void world_check(const struct guest_memory *guest);

/* The host touches the page, as a kernel would: its entry becomes valid. */
void world_touch(uint64_t addr);

/* What ledger_query() says about one page. */
enum donjon_page_state world_state(uint64_t addr);

uint64_t world_fill(uint64_t addr, uint64_t size, uint64_t seed);	/* writes a pattern */
bool world_is(uint64_t addr, uint64_t size, uint64_t seed);		/* is it there, whole */
bool world_is_zero(uint64_t addr, uint64_t size);

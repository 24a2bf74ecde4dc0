/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A copy of each live translation table, kept up to date by the stores that are seen. Which pages
 * are tables is known from the roots and from the table descriptors below them. All functions: the
 * plugin's lock is held.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PAGE	4096UL
#define ENTRIES 512
#define PA_MASK 0xfffffffff000UL

/* A page that EL2 has stored to. */
struct page {
	uint64_t pfn;
	uint64_t stored; /* the clock of the last store; see shadow_clock() */
	uint64_t *entry; /* its contents if it is or was a table, else NULL */
	int level;
};

/* Reads size bytes of physical memory the way EL2 can reach it now; false if it cannot. */
typedef bool (*shadow_read_fn)(uint64_t pa, void *to, unsigned int size);

/* Told of each table page that becomes live, children first. fresh: it was stored to since
 * `published`. */
typedef void (*shadow_table_fn)(const struct page *page, bool fresh);

void shadow_init(shadow_read_fn read, shadow_table_fn table);

/* Everything is forgotten: another EL2 begins. */
void shadow_reset(void);

/* The page, NULL if nothing is known of it. */
struct page *shadow_find(uint64_t pa);

/* Counts stores; each gets a value of its own. */
uint64_t shadow_clock(void);

/*
 * The page and all tables below it are live from now on, as tables of this level: reads them.
 * published: the clock of the last barrier after which stores are visible to table walkers. False:
 * it cannot be read.
 */
bool shadow_link(uint64_t pa, int level, uint64_t published);

/* A store of size bytes (8 at most, not crossing an entry) to physical memory. Returns the page if
 * it is or was a table. */
struct page *shadow_store(uint64_t pa, uint64_t value, uint64_t published, uint64_t *old);

/* [pa, pa + size) became zero, within a page. */
void shadow_zero(uint64_t pa, uint64_t size);

/* The page is no table any more. */
void shadow_forget(uint64_t pa);

/* Translates va by the stage-1 table of this root (level 0, 48 bits). False: not mapped. */
bool shadow_translate(uint64_t root, uint64_t va, uint64_t *pa);

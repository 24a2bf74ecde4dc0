/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stage 1 of the EL1&0 regime: 4 KiB granule, 48-bit addresses, TTBR0 only. RAM and the console are
 * mapped where they are (virtual = IPA); any other IPA is reached through one probe page. Boot CPU
 * only, no lock.
 */
#pragma once

#include "abi/types.h"

#define PAGE_SIZE	4096UL
#define BLOCK_SIZE	0x200000UL

/*
 * Outside of everything that is mapped one to one: RAM, below MMU_RAM_END, and its unprotected half
 * in a Realm.
 */
#define MMU_RAM_END	0x8000000000UL
#define MMU_PROBE_VA	0xff8000000000UL

enum mmu_attr {
	MMU_CODE,		/* Normal write-back, read-only, executable */
	MMU_DATA,		/* Normal write-back, writable, never executable */
	MMU_DEVICE,		/* Device-nGnRE, writable, never executable */
	/* Normal write-back, writable and executable: stage 1 refuses nothing */
	MMU_PROBE_NORMAL,
	MMU_PROBE_DEVICE,	/* Device-nGnRE, writable and executable */
};

/*
 * Maps [base, base + size) one to one, both multiples of PAGE_SIZE, with the largest blocks that
 * fit. Nothing may be mapped there yet. Ends the payload when the pool of tables runs out.
 */
void mmu_map(uint64_t base, uint64_t size, enum mmu_attr attr);

/* Maps the probe page to the page of this IPA; returns the virtual address of ipa. */
uint64_t mmu_probe(uint64_t ipa, enum mmu_attr attr);

/* Turns the MMU and caches of the calling CPU on. The boot CPU has mapped what it needs. */
void mmu_enable(void);

/* Cleans and invalidates to the point of coherency; with the MMU off that drops stale lines. */
void cache_clean_invalidate(uint64_t base, uint64_t size);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hand-over: what the driver gives to the EL2 image when it takes EL2.
 *
 * The driver allocates one physically contiguous, naturally aligned chunk of RAM, the carve-out:
 *
 *   carve_base                       the image, then zeroes up to image.mem_size (its .bss)
 *   carve_base + image.mem_size      struct donjon_boot, DONJON_BOOT_SIZE bytes
 *   behind it .. carve_size          free pages, the first of the pool
 *
 * It cleans and invalidates the whole carve-out to the point of coherency and then, on one CPU
 * after another, with interrupts masked, calls Linux's stub: HVC_SOFT_RESTART (x0 = 1) with
 *
 *   x1 = carve_base + image.entry    physical address that the stub branches to, at EL2, MMU off
 *   x2 = physical address of struct donjon_boot
 *   x3 = index of this CPU, 0 for the first, below nr_cpus
 *
 * The call returns by ERET behind the HVC with x0 = 0 or a DONJON_E* code; x1 to x17 are lost. On
 * an error the CPU's EL2 is as it was before. From then on the calls of hypercall.h are answered.
 */
#pragma once

#include "types.h"

#define DONJON_ABI_VERSION	1
#define DONJON_IMAGE_MAGIC	0x324c454e4f4a4e44UL	/* "DNJONEL2", little endian */
#define DONJON_BOOT_MAGIC	0x544f4f424e4f4a44UL	/* "DJONBOOT" */
#define DONJON_LOG_MAGIC	0x474f4c4e4f4a4e44UL	/* "DNJONLOG" */

/*
 * At offset 0 of el2.bin. Sizes and offsets in bytes, multiples of 4 KiB except entry and
 * file_size.
 */
struct donjon_image {
	uint64_t magic;
	uint32_t abi_version;
	uint32_t flags;			/* DONJON_IMAGE_* */
	uint64_t file_size;		/* what el2.bin holds */
	uint64_t mem_size;		/* what it takes in memory, with .bss */
	uint64_t entry;
	uint64_t reserved[3];
};
_Static_assert(sizeof(struct donjon_image) == 64, "image header");

#define DONJON_IMAGE_DEBUG	1U	/* a debug build: UART output, HC_DEBUG_PANIC */

#define DONJON_MAX_CPUS		256
#define DONJON_MAX_REGIONS	480
#define DONJON_BOOT_SIZE	0x3000UL
#define DONJON_MAX_FIRMWARE_CALLS 64

enum donjon_region_type {
	DONJON_REGION_RAM = 1,		/* System RAM: may be owned by anyone; RWX for the host */
	/* EFI runtime and other NOMAP memory: RWX for the host, never owned */
	DONJON_REGION_FIRMWARE = 2,
	DONJON_REGION_DENIED = 3,	/* a device without users: reads as 0, ignores writes */
};

struct donjon_region {
	uint64_t base;			/* page-aligned, ascending, not overlapping */
	uint64_t size;			/* page-aligned, not 0 */
	uint64_t type;
};
_Static_assert(sizeof(struct donjon_region) == 24, "region");

/* Bits of donjon_boot.flags. */
#define DONJON_BOOT_TLBI_REPEAT	1UL	/* repeat TLBI and DSB: CVE-2025-10263 */
#define DONJON_BOOT_FIRMWARE	2UL	/* the firmware has SMCCC 1.1, by SMC */
/* The host's kernel is not asked for a fixup before a page is taken by force. */
#define DONJON_BOOT_FORCE	4UL

/* Where a failure can be forced at EL2, for the tests: donjon_boot.fail_phase on CPU fail_cpu. */
enum donjon_fail_phase {
	DONJON_FAIL_NONE = 0,
	DONJON_FAIL_ENTER = 1,		/* in the entry, MMU already on */
	DONJON_FAIL_INIT = 2,		/* at the end of HC_INIT */
	DONJON_FAIL_COMMIT = 3,		/* in HC_CPU_COMMIT */
	DONJON_FAIL_START = 4,		/* in HC_START */
};

struct donjon_boot {
	uint64_t magic;
	uint32_t abi_version;
	uint32_t size;			/* sizeof(struct donjon_boot) */
	uint64_t carve_base;
	uint64_t carve_size;
	/* page-aligned host memory, shared with EL2: struct donjon_log */
	uint64_t log_base;
	uint64_t log_size;
	uint64_t uart_base;		/* PL011 for debug builds, 0: none */
	uint64_t flags;
	uint32_t nr_cpus;
	uint32_t nr_regions;
	uint32_t fail_phase;
	uint32_t fail_cpu;
	uint64_t seed[4];		/* random; EL2 zeroes it */
	/* Functions that the host may call; those that smccc_may_be_listed() denies are none. */
	struct donjon_firmware_calls {
		uint32_t function[DONJON_MAX_FIRMWARE_CALLS];
	} firmware_calls;
	struct donjon_region regions[DONJON_MAX_REGIONS];
};
_Static_assert(sizeof(struct donjon_boot) <= DONJON_BOOT_SIZE, "the boot parameters' pages");

/*
 * The log: a ring of bytes written by EL2 and read by the host. head counts all bytes ever written;
 * the byte number n is at data[n % (log_size - sizeof(struct donjon_log))]. The host only reads. In
 * the text [<x>] is an address in EL2's code or in the host's kernel, {<x,t>} Linux's current task
 * in a fault of the host's (SP_EL0) at the time t (CNTVCT_EL0).
 */
struct donjon_log {
	uint64_t magic;
	uint64_t head;
	uint8_t data[];
};
_Static_assert(sizeof(struct donjon_log) == 16, "log header");

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contents of guest RAM when the guest starts: the kernel at the bottom; from the top down, the
 * device tree and the initial RAM disk. Planning reads the beginnings of the files and unpacks a
 * compressed kernel; loading copies them, before the first KVM_RUN.
 */
#pragma once

#include <stdint.h>

#include "../config/settings.h"
#include "../ram.h"
#include "cmdline.h"

/*
 * Room for the device tree; a multiple of 4 KiB, a divisor of 2 MiB (which a device tree must not
 * cross).
 */
#define BOOT_FDT_SIZE 0x10000UL

struct boot_file {
	int fd;
	const char *path;     /* belongs to the configuration */
	uint8_t *unpacked;    /* its contents, file_size bytes, when the file is compressed */
	uint64_t file_size;   /* bytes, unpacked */
	uint64_t ipa;	      /* where its first byte goes */
	uint64_t memory_size; /* bytes that it occupies there, at least file_size */
};

struct boot_plan {
	struct boot_file kernel;
	struct boot_file initrd;    /* memory_size 0: none */
	uint64_t entry;		    /* IPA of the first instruction */
	uint64_t fdt;		    /* IPA of the device tree, BOOT_FDT_SIZE bytes */
	uint64_t ram_ipa, ram_size; /* [vm] memory, and the pool */
	uint64_t pool;		    /* bytes of RAM for swiotlb (swiotlb.h) */
	char cmdline[CMDLINE_SIZE];
};

/*
 * Opens the files that @config names and lays them out in @config's RAM, to which a @protected
 * Linux guest's pool is added. Logs what is wrong. 0 (boot_plan_close() it), -EINVAL when they do
 * not fit or are not what they should be, or the errno of the file that cannot be read.
 */
int boot_plan(struct boot_plan *plan, const struct config *config, bool protected);

/* Copies kernel and initrd of @plan into @ram. 0, or a negative errno after logging it. */
int boot_load(const struct boot_plan *plan, const struct guest_ram *ram);

void boot_plan_close(struct boot_plan *plan);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest RAM in the VMM's address space. The host's memory management must never touch a page that
 * the guest owns. That of a guest_memfd does not know its pages at all. Other memory is not copied
 * at fork, not dumped, not merged with equal pages, and locked when the backend pins it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"
#include "kvm.h"

/* Both addresses are aligned to this, so that the host can map and donate whole 2 MiB blocks. */
#define RAM_BLOCK (2UL << 20)

struct guest_ram {
	uint8_t *host;	/* host virtual address, NULL: none */
	uint64_t ipa;	/* guest-physical address */
	uint64_t size;	/* bytes */
	int fd;		/* of the guest_memfd or memfd, or -1 */
	bool guest_memfd;
	bool activated; /* the guest has run: ram_range() refuses everything */
	/* The IPA bit of a protected guest's unprotected (shared) addresses; 0: there is none. */
	uint64_t unprotected_bit;
};

/*
 * Maps @size bytes (a multiple of RAM_BLOCK) for the guest, with any @backing but BACKING_AUTO; for
 * BACKING_GUEST_MEMFD it is memory of VM @vm. 0, or a negative errno after logging it.
 */
int ram_create(struct guest_ram *ram, const struct kvm_sys *sys, int vm, uint64_t size,
	       enum backing backing, enum hugepages hugepages);

/*
 * Before the VMM writes to [@ipa, @ipa + @length): gets the pages, where a lack of memory would
 * otherwise be a signal. 0, or a negative errno after logging it.
 */
int ram_reserve(const struct guest_ram *ram, uint64_t ipa, uint64_t length);

/*
 * Locks the memory as it is touched, if RLIMIT_MEMLOCK allows it. Never an error: pinned pages stay
 * in any case.
 */
void ram_lock(const struct guest_ram *ram);

/*
 * The only way from an IPA to a pointer before the guest runs: NULL unless all of [@ipa, @ipa +
 * @length) is RAM and the guest has not been activated.
 */
void *ram_range(const struct guest_ram *ram, uint64_t ipa, uint64_t length);

void ram_destroy(struct guest_ram *ram);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest memory as virtio devices see it while the guest runs: the only way from an address that a
 * guest names to a pointer, and copies that survive a private page.
 *
 * A protected guest may name a page that it has not shared, or stop sharing one at any moment. The
 * VMM's own access then raises SIGBUS (SIGSEGV on mainline pKVM), which these copies turn into
 * -EFAULT; a system call on such a page (preadv, pwritev) returns EFAULT. O_DIRECT and other ways
 * of pinning guest memory in the host's kernel must not be used.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "../ram.h"

/*
 * The pointer for [@address, @address + @length), or NULL unless all of it is RAM. The bit of an
 * unprotected IPA is stripped. A pointer says nothing about access: use the functions below, or a
 * system call.
 */
void *memory_translate(const struct guest_ram *ram, uint64_t address, uint64_t length);

/*
 * Copies @length bytes of guest memory at @from to the VMM's own. 0, or -EFAULT: some bytes may
 * have been copied.
 */
int memory_copy_in(void *to, const void *from, size_t length);

/* The other way round. 0, or -EFAULT: some bytes may have been copied. */
int memory_copy_out(void *to, const void *from, size_t length);

/* One aligned load of guest memory, with acquire semantics. 0, or -EFAULT and *@value unchanged. */
int memory_load16(const uint16_t *from, uint16_t *value);

/* One aligned store to guest memory, with release semantics. 0 or -EFAULT. */
int memory_store16(uint16_t *to, uint16_t value);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Realm Services Interface 1.0 (Arm DEN0137, part B5), as a protected guest calls it on SMC or
 * HVC. x0 returns an RSI status code. Calls that are not offered return SMCCC_NOT_SUPPORTED:
 * MEASUREMENT_*, ATTESTATION_TOKEN_*, HOST_CALL; and ABI_VERSION to a guest that has asked for
 * MEM_SHARE's granule before (KVM_VENDOR_MEMINFO) or uses MMIO guard.
 *
 * A guest's addresses are ipa_bits wide. The lower half are protected IPAs, for its private RAM.
 * The upper half, with bit ipa_bits - 1 set, are unprotected IPAs: devices, and the pages that it
 * shares with the host.
 */
#pragma once

#include "types.h"

#define RSI_ABI_VERSION		0xc4000190UL	/* x1 = wanted -> x1, x2 = lowest, highest */
#define RSI_FEATURES		0xc4000191UL	/* x1 = index -> x1 = value */
#define RSI_MEASUREMENT_READ	0xc4000192UL
#define RSI_MEASUREMENT_EXTEND	0xc4000193UL
#define RSI_TOKEN_INIT		0xc4000194UL
#define RSI_TOKEN_CONTINUE	0xc4000195UL
#define RSI_REALM_CONFIG	0xc4000196UL	/* x1 = IPA: struct rsi_realm_config */
/*
 * x1 = base, x2 = top, x3 = enum ripas (EMPTY or RAM), x4 = flags -> x1 = where the change ended,
 * x2 = RSI_ACCEPT, or RSI_REJECT: the page at x1 cannot be changed. A call changes DONJON_MAX_RANGE
 * at most: the guest continues from x1. Pages are zeroed in both directions.
 */
#define RSI_IPA_STATE_SET	0xc4000197UL
/* x1 = base, x2 = top -> x1 = end of pages in one state, perhaps not all, x2 = enum ripas. Outside
 * RAM: EMPTY. */
#define RSI_IPA_STATE_GET	0xc4000198UL
#define RSI_HOST_CALL		0xc4000199UL

#define RSI_VERSION_1_0		0x10000UL
#define RSI_CHANGE_DESTROYED	1UL		/* flag of IPA_STATE_SET */

#define RSI_SUCCESS		0L
#define RSI_ERROR_INPUT		1L
#define RSI_INCOMPLETE		3L
#define RSI_ACCEPT		0UL
#define RSI_REJECT		1UL

enum ripas {
	RIPAS_EMPTY = 0,	/* no private page; shared at its unprotected IPA */
	RIPAS_RAM = 1,		/* private, except pages shared with MEM_SHARE; the initial state */
	RIPAS_DESTROYED = 2,	/* the host took the page by force */
};

struct rsi_realm_config {
	uint64_t ipa_bits;
	uint64_t hash_algorithm;	/* 0: SHA-256 */
	uint8_t unused[0x1f0];
	uint8_t personalisation[64];
	uint8_t unused2[0xdc0];
};
_Static_assert(sizeof(struct rsi_realm_config) == 4096, "one page");
_Static_assert(offsetof(struct rsi_realm_config, personalisation) == 0x200, "layout");

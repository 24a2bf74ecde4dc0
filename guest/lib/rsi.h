/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's side of the Realm Services Interface 1.0 (Arm DEN0137), on SMC. Boot CPU only, unless
 * it says so.
 */
#pragma once

#include <stdbool.h>
#include "abi/rsi.h"
#include "abi/types.h"
#include "lib/hyp.h"

/* Any call of the interface, from any CPU. */
struct smccc_result rsi_call(uint64_t id, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4);

/*
 * Agrees on version 1.0, reads the configuration, maps the UART and the given devices at their
 * unprotected IPAs and moves the console there. False, with nothing changed, when the hypervisor
 * does not offer the interface.
 */
bool rsi_start(void);

/*
 * The bit that makes an IPA the unprotected one of the same page; 0 before rsi_start() has returned
 * true.
 */
uint64_t rsi_unprotected_bit(void);

/* Maps [ipa, ipa + size) at its unprotected IPA, so that virtual = unprotected bit | IPA. */
void rsi_map_device(uint64_t ipa, uint64_t size);
void rsi_map_shared(uint64_t ipa, uint64_t size);

/* The whole range gets this state; ends the payload when it does not. From any CPU. */
void rsi_convert(uint64_t base, uint64_t size, uint64_t ripas);

/* The state of the page; ends the payload when the call fails. From any CPU. */
uint64_t rsi_state(uint64_t page);

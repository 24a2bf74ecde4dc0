/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Watchdogs. One resets the machine without a PSCI call, so EL2 cannot zero the guests' memory
 * before (S3). Those that the machine describes are kept from the host while Donjon is loaded.
 */
#pragma once

#include <linux/types.h>

#include "abi/boot.h"

/*
 * Looks for watchdogs, removes PCI ones from Linux, and has the registers of all known to
 * watchdog_deny(). leave: none is taken; each gets a line in the log. calls: those of the firmware
 * that the host keeps, and with them the watchdogs that these serve. With a line in the log and
 * nothing taken: -EBUSY, one runs, or a driver has it. Process context, before cpus_read_lock().
 */
int watchdog_take(bool leave, const struct donjon_firmware_calls *calls);

/* Adds the registers of those taken to the memory map. 0 or -E2BIG, with a line in the log. */
int watchdog_deny(struct donjon_boot *boot);

/* What was taken is Linux's again; EL2 is given back. Process context. */
void watchdog_return(void);

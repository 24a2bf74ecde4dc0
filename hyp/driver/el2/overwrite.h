/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * UEFI's memory overwrite request: from the first protected VM on, firmware is asked to overwrite
 * memory at the next boot, where it has the variable. It helps against a reset that nobody wanted;
 * the host's root can take it back. It is made once, and withdrawn once, since firmware writes it
 * into flash, which no user of /dev/kvm shall wear out. Where the firmware has PSCI MEM_PROTECT,
 * EL2 asks for that, which nobody can take back.
 */
#pragma once

#include <linux/types.h>

/* Before EL2 is taken, which does not let the host ask any more: has the firmware MEM_PROTECT? */
void overwrite_ask_firmware(void);

/* Says in the log what becomes of guests' memory after a reset that EL2 does not see. */
void overwrite_start(void);

/*
 * A protected VM begins or has ended. Before the first begins, the request is made. Process
 * context, may sleep.
 */
void overwrite_vm_begins(void);
void overwrite_vm_ended(void);

/* The module goes, or the machine is shut down: without a protected VM the request is withdrawn. */
void overwrite_stop(void);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking EL2 from Linux, and handing it back.
 */
#pragma once

#include <linux/types.h>

#include "abi/boot.h"

/* Tells a person how to free EL2. */
#define TAKEOVER_HINT "boot with kvm-arm.mode=none id_aa64mmfr1.vh=0"

/*
 * Where insmod is to fail, for tests (parameter fail_at). The phases from ENTER to START are forced
 * at EL2; DEVICE is the caller's.
 */
enum fail_point {
	FAIL_NOWHERE,
	FAIL_PROBE,
	FAIL_ALLOC,
	FAIL_ENTER,
	FAIL_INIT,
	FAIL_COMMIT,
	FAIL_START,
	FAIL_DEVICE,
};

struct takeover_params {
	enum fail_point fail_point;
	unsigned int fail_cpu;		/* index among the CPUs that are online */
	unsigned long pool_mib;		/* added to what is computed from the size of RAM */
	unsigned long uart;		/* physical address of a PL011 for debug images; 0: none */
	bool tlbi_repeat;		/* repeat each TLBI and DSB at EL2 */
	bool force;			/* take pages without asking for a fixup first */
	struct donjon_firmware_calls firmware_calls;
};

/*
 * Takes EL2 on every online CPU and starts the hypervisor. If that fails, everything is as it was,
 * one line in the log says why, and a negative errno value is returned. CPU hot-plug is disabled
 * and cpus_read_lock() is held. Process context.
 */
int takeover_start(const struct takeover_params *params);

/*
 * Stops the hypervisor and hands EL2 back. Memory that could not be recovered is leaked, with a
 * line in the log. Process context.
 */
void takeover_stop(void);

/* True: EL2 could not be handed back on every CPU. Then CPU hot-plug must stay disabled. */
bool takeover_el2_stays(void);

/*
 * The boot parameters of the running hypervisor, a copy, since EL2 owns the real ones. NULL before
 * takeover_start() and after takeover_stop().
 */
const struct donjon_boot *takeover_boot(void);

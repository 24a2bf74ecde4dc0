// SPDX-License-Identifier: GPL-2.0-only
/*
 * S3: makes EL2 panic, where its debug image is loaded: scripts/tests/reset.sh looks at what is
 * left. Does not come back then.
 */
#include "kmod.h"
#include "suites.h"
#include "tap.h"

static int panics(uint64_t locked)
{
	kmod_open();
	tap_ok(kmod_call(DONJON_HC_DEBUG_PANIC, locked, 0, 0, 0, 0, NULL) == DONJON_E_NOT_SUPPORTED,
	       "the image has no call that panics");
	return tap_end();
}

int suite_panic(void)
{
	return panics(0);
}

/* By an exception at EL2, and the ledger's lock stays taken. */
int suite_panic_locked(void)
{
	return panics(1);
}

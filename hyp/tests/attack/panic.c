// SPDX-License-Identifier: GPL-2.0-only
/* Makes EL2 panic, where its debug image is loaded: scripts/tests/reset.sh looks at what is left. Does not come back then. */
#include "evil.h"
#include "suites.h"
#include "tap.h"

int suite_panic(void)
{
	evil_open();
	tap_ok(evil_call(DONJON_HC_DEBUG_PANIC, 0, 0, 0, 0, 0, NULL) == DONJON_E_NOT_SUPPORTED,
	       "the image has no call that panics");
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-only
/* Makes a VM by calls alone and leaves it behind, so that EL2 can't be given back: takeover-stays.sh looks at what follows. */
#include "own.h"
#include "suites.h"
#include "tap.h"

int suite_stay(void)
{
	struct own o;

	evil_open();
	own_create_bare(&o, true);
	tap_ok(evil_counter(DONJON_CNT_VMS) == 1, "a VM that the driver doesn't know");
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * S6: makes a VM by calls alone and leaves it behind, so that EL2 cannot be given back;
 * takeover-stays.sh looks at what follows.
 */
#include "raw_vm.h"
#include "suites.h"
#include "tap.h"

int suite_leave_vm(void)
{
	struct raw_vm o;

	kmod_open();
	raw_vm_create_bare(&o, true);
	tap_ok(kmod_counter(DONJON_CNT_VMS) == 1, "a VM that the driver does not know");
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * S5: EL2 walks the host's own tables when the host's kernel touches a guest's page, and they
 * change meanwhile.
 */
#include <string.h>

#include "kmod.h"
#include "memory.h"
#include "raw_vm.h"
#include "suites.h"
#include "tap.h"

#define NOWHERE	0x0b000000UL	/* of QEMU's machine virt */
#define CHANGES	100U
#define TRIES	1000000U

int suite_walk(void)
{
	struct attack_walk walk = { .nowhere = NOWHERE, .tries = TRIES, .changes = CHANGES };
	uint64_t taken;
	struct raw_vm o;
	int ret;

	kmod_open();
	walk.pa = kmod_alloc(0);
	raw_vm_create(&o, true);
	if (!walk.pa || raw_vm_map(&o, walk.pa, RAW_VM_RAM, PAGE))
		tap_give_up("VM_MAP of a page");
	taken = kmod_counter(DONJON_CNT_FORCED_RECLAIMS);
	ret = kmod_touch_walk(&walk);
	tap_note("%u tries: %s", walk.tries, strerror(-ret));
	tap_ok(!ret && walk.changes == CHANGES,
	       "a table that leads to a guest's page comes and goes: seen to change %u times",
	       walk.changes);
	tap_ok(kmod_counter(DONJON_CNT_FORCED_RECLAIMS) == taken && raw_vm_destroy(&o),
	       "EL2 goes on, and the page is still the guest's");
	kmod_free(walk.pa, 0);
	return tap_end();
}

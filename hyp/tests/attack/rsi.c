// SPDX-License-Identifier: GPL-2.0-only
/*
 * S1, S3: the host's side of the `rsi` payload, a guest that speaks as a Realm does: what it makes
 * EMPTY the VMM can read and write in its own mapping, what it makes RAM again it cannot, and a
 * page that the host's kernel takes by force is DESTROYED.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "kmod.h"
#include "guest.h"
#include "suites.h"
#include "tap.h"
#include "try_access.h"

#define GO	  0x676f2121UL
#define GO_WORD	  (0xff8 / 8)
#define HOST_WORD 0x1122334455667788UL

static uint64_t state_of(const void *address)
{
	struct run run;

	return kmod_ledger(kmod_pa(address), &run) ? run.state : ~0UL;
}

static void refused(struct guest *g, uint64_t *page, const char *which)
{
	uint64_t value = 0;

	tap_ok(try_read(page, &value) == SIGBUS && try_write(page, 1) == SIGBUS,
	       "%s: the VMM neither reads nor writes %s",
	       g->setup.huge ? "2 MiB pages" : "4 KiB pages", which);
}

static void realm(bool huge)
{
	struct guest_setup setup = {
		.image = "rsi", .args = "wait=1", .size = 32UL << 20, .huge = huge, .small = !huge};
	const char *kind = huge ? "2 MiB pages" : "4 KiB pages";
	uint64_t *shared, *back, *taken, value = 0;
	uint8_t copy[PAGE];
	struct guest g;

	guest_boot(&g, &setup);
	if (!guest_wait_text(&g, "rsi: waiting, shared IPA"))
		tap_give_up("rsi does not wait: %s", guest_story(&g));
	shared = guest_told(&g, "waiting, shared IPA ");
	back = guest_told(&g, ", private IPA ");
	taken = guest_told(&g, ", taken IPA ");
	tap_ok(state_of(shared) == DONJON_PAGE_GUEST_SHARED && state_of(back) == DONJON_PAGE_GUEST,
	       "%s: the ledger says which page is shared and which is not", kind);
	tap_ok(!try_read(shared, &value) && !memcmp(&value, "SHARED-B", 8),
	       "%s: the VMM reads the shared page", kind);
	refused(&g, back, "the page that is private again");
	refused(&g, taken, "the page that was private all the time");
	tap_ok(!kmod_memory(kmod_pa(taken), copy, PAGE, ATTACK_LINEAR, false) &&
		       first_nonzero(copy, PAGE) == PAGE,
	       "%s: the host's kernel takes that page by force and finds zeros", kind);
	tap_ok(!try_write(shared, HOST_WORD), "%s: the VMM writes the shared page", kind);
	try_write(shared + GO_WORD, GO);
	tap_ok(guest_wait_text(&g, "the host wrote 0x1122334455667788, private page intact"),
	       "%s: the guest sees that", kind);
	refused(&g, shared, "the page that was shared");
	if (!tap_ok(guest_wait_end(&g) == GUEST_OFF && strstr(g.console, "came back empty") &&
			    strstr(g.console, "checks passed"),
		    "%s: the page taken is DESTROYED, comes back empty, and the guest ends well",
		    kind))
		tap_note("%s", guest_story(&g));
	guest_close(&g);
	tap_ok(first_nonzero(g.ram, g.size) == g.size,
	       "%s: after the end all of its memory is zero", kind);
	guest_free(&g);
}

int suite_rsi(void)
{
	try_access_init();
	kmod_open();
	realm(false);
	realm(true);
	return tap_end();
}

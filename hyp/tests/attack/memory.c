// SPDX-License-Identifier: GPL-2.0-only
/*
 * User space against a protected guest's memory: the VMM's own mapping, read, written and executed by itself, by the
 * kernel on its behalf, and by other processes. The guest is `secret`, whose memory holds the pattern.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"
#include "suites.h"
#include "tap.h"
#include "touch.h"

#define PAGE 4096UL

/* Attacks that end in a refusal: the guest must not even notice. They share one guest. */
static void harmless(void)
{
	struct guest_setup setup = { .image = "secret", .args = "seconds=6", .small = true };
	struct guest g;

	guest_boot(&g, &setup);
	if (!guest_wait_text(&g, "ready", 30))
		tap_give_up("secret isn't ready: %s", guest_story(&g));
	for (const struct attack *a = harmless_attacks; a->name; a++) {
		bool good = a->run(&g, a->name);
		bool alive = g.end == GUEST_RUNS;

		if (!alive)
			tap_note("%s", guest_story(&g));
		tap_ok(good && alive, "%s", a->name);
	}
	if (!tap_ok(guest_wait_end(&g, 60) == GUEST_OFF && strstr(g.console, "intact"),
		    "after all of these the guest is intact"))
		tap_note("%s", guest_story(&g));
	guest_free(&g);
}

/* The guest runs on unharmed, or stops because its page is lost; it never sees another one's data. */
static bool defined_end(struct guest *g)
{
	switch (guest_wait_end(g, 60)) {
	case GUEST_OFF:
		return strstr(g->console, "intact");
	case GUEST_ERROR:
		return g->error == EFAULT;
	default:
		return false;
	}
}

static bool leaves_zeros(struct guest *g, bool written)
{
	size_t at;

	guest_close(g);
	if (written && !has_pattern(secret_page(g), PAGE))
		memset(secret_page(g), 0, PAGE);
	at = first_nonzero(g->ram, g->size);
	if (at != g->size)
		tap_note("offset 0x%zx of the guest's memory isn't zero afterwards", at);
	return at == g->size;
}

/* Attacks in which the host's kernel itself reaches for the page: it may cost the guest its page, and so its life. */
static void harmful(const struct attack *a, bool huge)
{
	struct guest_setup setup = { .image = "secret", .args = "seconds=2", .huge = huge, .small = !huge };
	bool hidden, ended, zero;
	struct guest g;

	guest_boot(&g, &setup);
	if (!guest_wait_text(&g, "ready", 30))
		tap_give_up("secret isn't ready: %s", guest_story(&g));
	hidden = a->run(&g, a->name);
	ended = defined_end(&g);
	if (!ended)
		tap_note("%s", guest_story(&g));
	zero = leaves_zeros(&g, a->writes);
	tap_ok(hidden && ended && zero, "%s%s: no secret; the guest %s; zeros afterwards", a->name,
	       huge ? ", 2 MiB pages" : "", g.end == GUEST_OFF ? "is intact" : "stops with EFAULT");
	guest_free(&g);
}

/* What shows that the tests above would see a secret if there was one. */
static void control(void)
{
	struct guest_setup setup = { .image = "secret", .args = "seconds=1", .unprotected = true };
	struct guest g;

	guest_boot(&g, &setup);
	if (!guest_wait_text(&g, "ready", 30))
		tap_give_up("secret isn't ready: %s", guest_story(&g));
	tap_ok(has_pattern(secret_page(&g), PAGE), "control: an unprotected guest's secret is seen in the VMM's mapping");
	for (const struct attack *a = harmful_attacks; a->name; a++)
		if (a->control)
			tap_ok(!a->run(&g, a->name), "control: and by way of %s", a->name);
	guest_free(&g);
}

int suite_memory(void)
{
	touch_init();
	signal(SIGPIPE, SIG_IGN);
	control();
	harmless();
	for (const struct attack *a = harmful_attacks; a->name; a++)
		harmful(a, false);
	for (const struct attack *a = harmful_attacks; a->name; a++)
		if (a->also_huge)
			harmful(a, true);
	return tap_end();
}

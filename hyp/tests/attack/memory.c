// SPDX-License-Identifier: GPL-2.0-only
/*
 * S1: user space against a protected guest's memory: the VMM's own mapping, read, written and
 * executed by itself, by the kernel on its behalf, and by other processes. The guest is `secret`,
 * whose memory holds the pattern.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"
#include "suites.h"
#include "tap.h"
#include "try_access.h"

#define PAGE 4096UL

/* Attacks that end in a refusal: the guest must not even notice. They share one guest. */
static void by_user(void)
{
	struct guest_setup setup = {.image = "secret", .args = "until_input=1", .small = true};
	struct guest g;

	guest_boot(&g, &setup);
	if (!guest_wait_text(&g, "ready"))
		tap_give_up("secret is not ready: %s", guest_story(&g));
	for (const struct attack *a = user_attacks; a->name; a++) {
		bool good = a->run(&g, a->name);
		bool alive = g.end == GUEST_RUNS;

		if (!alive)
			tap_note("%s", guest_story(&g));
		tap_ok(good && alive, "%s", a->name);
	}
	guest_release(&g);
	if (!tap_ok(guest_wait_end(&g) == GUEST_OFF && strstr(g.console, "intact"),
		    "after all of these the guest is intact"))
		tap_note("%s", guest_story(&g));
	guest_free(&g);
}

/* The guest runs on unharmed, or stops because its page is lost; it never sees another one's data.
 */
static bool defined_end(struct guest *g)
{
	switch (guest_wait_end(g)) {
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
		tap_note("offset 0x%zx of the guest's memory is not zero afterwards", at);
	return at == g->size;
}

/* Attacks in which the host's kernel itself reaches for the page: it may cost the guest its page,
 * and so its life. */
static void by_kernel(const struct attack *a, bool huge)
{
	struct guest_setup setup = {
		.image = "secret", .args = "until_input=1", .huge = huge, .small = !huge};
	bool hidden, ended, zero;
	struct guest g;

	guest_boot(&g, &setup);
	if (!guest_wait_text(&g, "ready"))
		tap_give_up("secret is not ready: %s", guest_story(&g));
	hidden = a->run(&g, a->name);
	guest_release(&g);
	ended = defined_end(&g);
	if (!ended)
		tap_note("%s", guest_story(&g));
	zero = leaves_zeros(&g, a->writes);
	tap_ok(hidden && ended && zero, "%s%s: no secret; the guest %s; zeros afterwards", a->name,
	       huge ? ", 2 MiB pages" : "", g.end == GUEST_OFF ? "is intact" : "stops with EFAULT");
	guest_free(&g);
}

/* -- A core dump of the VMM: the kernel reads all of its memory -- */

static bool file_has_pattern(const char *path, long *size)
{
	static uint8_t part[1 << 20];
	FILE *file = fopen(path, "r");
	bool found = false;
	size_t got;

	*size = 0;
	while (file && (got = fread(part, 1, sizeof(part), file)) > 0) {
		*size += (long)got;
		found = found || has_pattern(part, got);
	}
	if (file)
		fclose(file);
	return found;
}

static void core_dump(bool unprotected)
{
	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
	FILE *pattern = fopen("/proc/sys/kernel/core_pattern", "w");
	int status = 0;
	bool found;
	pid_t child;
	long size;

	if (!pattern || fputs("/tmp/attack.core", pattern) < 0 || fclose(pattern))
		tap_give_up("core dumps cannot be had: %s", strerror(errno));
	child = fork();
	if (!child) {
		struct guest_setup setup = {
			.image = "secret", .args = "until_input=1", .unprotected = unprotected};
		struct guest g;

		setrlimit(RLIMIT_CORE, &all);
		guest_boot(&g, &setup);
		if (guest_wait_text(&g, "ready"))
			abort();
		_exit(1);
	}
	waitpid(child, &status, 0);
	found = file_has_pattern("/tmp/attack.core", &size);
	unlink("/tmp/attack.core");
	if (!WIFSIGNALED(status) || size < (long)GUEST_RAM_SIZE)
		tap_note("the child ended with 0x%x, its dump has %ld bytes", status, size);
	tap_ok(WIFSIGNALED(status) && size >= (long)GUEST_RAM_SIZE && found == unprotected, "%s",
	       unprotected ? "control: a core dump of an unprotected guest's VMM has the secret"
			   : "a core dump of the VMM has all of the guest's memory, but not the "
			     "secret");
}

/* -- What a guest shares -- */

static void shared_page(void)
{
	struct guest_setup setup = {
		.image = "share", .args = "wait=1 strict=1", .size = 16UL << 20};
	uint64_t value = 0, *shared, *private;
	struct guest g;

	guest_boot(&g, &setup);
	if (!guest_wait_text(&g, "share: waiting, shared IPA"))
		tap_give_up("share does not wait: %s", guest_story(&g));
	shared = guest_told(&g, "waiting, shared IPA ");
	private = guest_told(&g, ", private IPA ");
	tap_ok(!try_read(shared, &value) && !memcmp(&value, "SHARED-B", 8),
	       "the VMM reads a page that its guest shares");
	tap_ok(try_read(private, &value) == SIGBUS, "but not the page that it does not");
	tap_ok(!try_write(shared, 0x1122334455667788), "and writes the shared one");
	try_write(shared + 0xff8 / 8, 0x676f2121);
	tap_ok(guest_wait_text(&g, "the host wrote 0x1122334455667788, private page intact"),
	       "the guest sees that");
	tap_ok(try_read(shared, &value) == SIGBUS, "and takes the page back: refused again");
	if (!tap_ok(guest_wait_end(&g) == GUEST_OFF && strstr(g.console, "checks passed"),
		    "and ends well"))
		tap_note("%s", guest_story(&g));
	guest_free(&g);
}

/* What shows that the tests above would see a secret if there was one. */
static void control(void)
{
	struct guest_setup setup = {.image = "secret", .args = "seconds=1", .unprotected = true};
	struct guest g;

	guest_boot(&g, &setup);
	if (!guest_wait_text(&g, "ready"))
		tap_give_up("secret is not ready: %s", guest_story(&g));
	tap_ok(has_pattern(secret_page(&g), PAGE),
	       "control: an unprotected guest's secret is seen in the VMM's mapping");
	for (const struct attack *a = kernel_attacks; a->name; a++)
		if (a->control)
			tap_ok(!a->run(&g, a->name), "control: and by way of %s", a->name);
	guest_free(&g);
}

int suite_memory(void)
{
	try_access_init();
	signal(SIGPIPE, SIG_IGN);
	control();
	by_user();
	for (const struct attack *a = kernel_attacks; a->name; a++)
		by_kernel(a, false);
	for (const struct attack *a = kernel_attacks; a->name; a++)
		if (a->also_huge)
			by_kernel(a, true);
	core_dump(true);
	core_dump(false);
	shared_page();
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * S1, S7: the host's kernel against memory that it does not own, by each address that it can make:
 * a guest's pages, and all that belongs to EL2 (image, pool, page tables, VMs, vCPUs).
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kmod.h"
#include "memory.h"
#include "suites.h"
#include "tap.h"
#include "try_access.h"

static const char *const alias_names[ATTACK_ALIASES] = {
	[ATTACK_LINEAR] = "the linear map",
	[ATTACK_VMAP] = "a second mapping",
	[ATTACK_VMAP_DEVICE] = "a device mapping",
	[ATTACK_MEMREMAP] = "memremap()",
};

static uint8_t buffer[PAGE];

static void boot_secret(struct guest *g, bool huge, const char *args)
{
	struct guest_setup setup = {.image = "secret", .args = args, .huge = huge, .small = !huge};

	guest_boot(g, &setup);
	if (!guest_wait_text(g, "ready"))
		tap_give_up("secret is not ready: %s", guest_story(g));
}

static bool all_zero_after(struct guest *g, const void *but)
{
	size_t at;

	guest_close(g);
	for (at = 0; at < g->size; at += PAGE)
		if (g->ram + at != but && first_nonzero(g->ram + at, PAGE) != PAGE) {
			tap_note("offset 0x%zx is not zero afterwards", at);
			return false;
		}
	return true;
}

/* -- A guest's pages: the host gets them, empty, and the guest ends -- */

static void guest_page(enum attack_alias alias, bool write, bool bare, bool huge)
{
	uint64_t pa, before = kmod_counter(DONJON_CNT_FORCED_RECLAIMS), taken;
	bool ended, zero;
	struct run run;
	struct guest g;
	int ret;

	boot_secret(&g, huge, "until_input=1");
	pa = kmod_pa(secret_page(&g));
	if (!pa || !kmod_ledger(pa, &run) || run.state != DONJON_PAGE_GUEST)
		tap_give_up("page 0x%llx is not a guest's (state %llu)", (unsigned long long)pa,
			    (unsigned long long)run.state);
	memset(buffer, write ? 0x42 : 0x41, PAGE);
	ret = bare ? kmod_bare(pa, buffer, PAGE, alias, write)
		   : kmod_memory(pa, buffer, PAGE, alias, write);
	zero = !write && !ret && first_nonzero(buffer, PAGE) == PAGE;
	taken = kmod_counter(DONJON_CNT_FORCED_RECLAIMS) - before;
	guest_release(&g);
	ended = guest_wait_end(&g) == GUEST_ERROR && g.error == EFAULT &&
		g.lost == PLAT_RAM_BASE + (uint64_t)(secret_page(&g) - g.ram);
	if (!ended)
		tap_note("%s", guest_story(&g));
	if (ret)
		tap_note("the access: %s", strerror(-ret));
	if (taken != 1)
		tap_note("%llu pages were taken by force, want 1", (unsigned long long)taken);
	tap_ok(!ret && (write || zero) && taken == 1 && ended &&
		       all_zero_after(&g, secret_page(&g)),
	       "%s of a guest's page by %s%s%s: one page taken, %s, the guest stops with EFAULT, "
	       "and KVM says where",
	       write ? "write" : "read", alias_names[alias], bare ? ", bare" : "",
	       huge ? ", 2 MiB pages" : "", write ? "empty before" : "zeros");
	guest_free(&g);
}

/* Code of the kernel's that has a fixup gets its error, from whichever address, and again. */
static void page_with_fixup(bool huge)
{
	uint64_t pa, before = kmod_counter(DONJON_CNT_FORCED_RECLAIMS), taken;
	unsigned int passed = 0;
	bool intact;
	struct guest g;

	boot_secret(&g, huge, "until_input=1");
	pa = kmod_pa(secret_page(&g));
	memset(buffer, 0x41, PAGE);
	for (unsigned int i = 0; i < 3 * ATTACK_ALIASES; i++)
		for (unsigned int write = 0; write < 2; write++)
			passed += kmod_fixup(pa, buffer, PAGE, i % ATTACK_ALIASES, write) !=
				  -EFAULT;
	taken = kmod_counter(DONJON_CNT_FORCED_RECLAIMS) - before;
	guest_release(&g);
	intact = guest_wait_end(&g) == GUEST_OFF && strstr(g.console, "intact");
	if (!intact)
		tap_note("%s", guest_story(&g));
	if (passed + taken)
		tap_note("%u accesses passed, %llu pages were taken", passed,
			 (unsigned long long)taken);
	tap_ok(pa && !passed && !taken && intact,
	       "an access with a fixup to a guest's page%s: an error, and the guest is intact",
	       huge ? ", 2 MiB pages" : "");
	guest_free(&g);
}

struct census {
	uint64_t vm, pages;
	uint64_t pa[2048];
};

static void count_guest(const struct run *run, void *context)
{
	struct census *c = context;

	if (run->state != DONJON_PAGE_GUEST || (c->vm && run->vm != c->vm))
		return;
	for (uint64_t pa = run->start; pa < run->end && c->pages < 2048; pa += PAGE)
		c->pa[c->pages++] = pa;
}

/* All pages of a guest, as the ledger names them, before and after its end. */
static void every_page_after(bool huge)
{
	static struct census c;
	uint64_t dirty = 0, refused = 0, owned = 0;
	struct guest g;
	struct run run;

	boot_secret(&g, huge, "until_input=1");
	c.pages = 0;
	kmod_walk(count_guest, &c);
	tap_ok(c.pages == g.size / PAGE, "the ledger names every page of a guest (%llu)%s",
	       (unsigned long long)c.pages, huge ? ", 2 MiB pages" : "");
	/* The mapping stays, so nobody else gets these pages in between. */
	guest_close(&g);
	for (uint64_t i = 0; i < c.pages; i++) {
		memset(buffer, 0x41, PAGE);
		refused += !!kmod_memory(c.pa[i], buffer, PAGE, ATTACK_LINEAR, false);
		dirty += first_nonzero(buffer, PAGE) != PAGE;
		owned += !kmod_ledger(c.pa[i], &run) || run.state != DONJON_PAGE_HOST;
	}
	if (refused + dirty + owned)
		tap_note("%llu refused, %llu not zero, %llu not the host's",
			 (unsigned long long)refused, (unsigned long long)dirty,
			 (unsigned long long)owned);
	tap_ok(c.pages && !refused && !dirty && !owned,
	       "after its end each is the host's and reads as zero%s", huge ? ", 2 MiB pages" : "");
	guest_free(&g);
}

/* -- EL2's pages: nothing gives way -- */

struct sweep {
	uint64_t pages, read, written;
	enum attack_alias alias;
	uint64_t first, last;
};

static void try_hyp(const struct run *run, void *context)
{
	struct sweep *s = context;
	uint64_t value = 0;

	if (run->state != DONJON_PAGE_HYP)
		return;
	if (!s->pages)
		s->first = run->start;
	s->last = run->end - PAGE;
	/* The slower ways try a few pages of each run. */
	for (uint64_t pa = run->start; pa < run->end;
	     pa += s->alias == ATTACK_LINEAR ? PAGE : 64 * PAGE) {
		s->pages++;
		if (kmod_memory(pa, &value, 8, s->alias, false) != -EFAULT)
			s->read++;
		if (kmod_memory(pa + PAGE - 8, &value, 8, s->alias, true) != -EFAULT)
			s->written++;
	}
}

static void hyp_pages(void)
{
	struct fingerprint before, after;
	struct sweep s = {0};

	for (s.alias = 0; s.alias < ATTACK_ALIASES; s.alias++) {
		uint64_t refusals = kmod_counter(DONJON_CNT_HOST_REFUSALS);

		kmod_fingerprint(&before);
		s.pages = s.read = s.written = 0;
		kmod_walk(try_hyp, &s);
		refusals = kmod_counter(DONJON_CNT_HOST_REFUSALS) - refusals;
		kmod_fingerprint(&after);
		before.counters[DONJON_CNT_HOST_REFUSALS] =
			after.counters[DONJON_CNT_HOST_REFUSALS] = 0;
		if (s.read || s.written)
			tap_note("%llu could be read, %llu written", (unsigned long long)s.read,
				 (unsigned long long)s.written);
		if (s.alias == ATTACK_LINEAR && refusals != 2 * s.pages)
			tap_note("%llu refusals were counted, want %llu",
				 (unsigned long long)refusals, (unsigned long long)(2 * s.pages));
		tap_ok(s.pages && !s.read && !s.written && kmod_same(&before, &after) &&
			       (s.alias != ATTACK_LINEAR || refusals == 2 * s.pages),
		       "EL2's pages by %s: %llu tried (image, pool, tables, VMs), all refused, "
		       "nothing changed",
		       alias_names[s.alias], (unsigned long long)s.pages);
	}
}

/* Without a net the task that touches EL2's memory dies, and only that. */
static void bare_hyp_page(uint64_t pa, bool write, const char *what)
{
	int status = 0;
	pid_t child = fork();

	if (!child) {
		uint64_t value = 0;

		kmod_bare(pa, &value, 8, ATTACK_LINEAR, write);
		_exit(0);
	}
	waitpid(child, &status, 0);
	tap_ok(WIFSIGNALED(status),
	       "a bare %s of EL2's %s page: an oops ends the task, the host lives",
	       write ? "write" : "read", what);
}

static void find_hyp(const struct run *run, void *context)
{
	struct sweep *s = context;

	if (run->state != DONJON_PAGE_HYP)
		return;
	if (!s->pages++)
		s->first = run->start;
	s->last = run->end - PAGE;
}

/* The host's own page tables and kernel go through stage 2 like all else, so what was shared with
 * EL2 must be readable. */
static void shared_pages(void)
{
	struct guest g;
	struct run run;
	uint64_t start, end, shared = 0, bad = 0;

	boot_secret(&g, false, "until_input=1");
	for (unsigned int i = 0; kmod_region(i, &start, &end); i++)
		for (; start < end && kmod_ledger(start, &run); start = run.end) {
			uint64_t value;

			if (run.state != DONJON_PAGE_HOST_SHARED)
				continue;
			shared++;
			bad += !!kmod_memory(run.start, &value, 8, ATTACK_LINEAR, false);
		}
	tap_ok(shared && !bad, "pages that are shared with EL2 stay readable (%llu runs)",
	       (unsigned long long)shared);
	guest_free(&g);
}

/* Outside RAM nothing is anybody else's; addresses without anything behind them do not stop the
 * machine. */
static void ledger_edges(void)
{
	uint64_t results[4];
	struct run run;

	tap_ok(kmod_ledger(PLAT_UART_BASE, &run) && run.state == DONJON_PAGE_NOT_RAM,
	       "a device is not RAM in the ledger");
	tap_ok(kmod_call(DONJON_HC_LEDGER, 1UL << 52, 0, 0, 0, 0, results) == DONJON_E_INVALID &&
		       kmod_call(DONJON_HC_LEDGER, ~0UL & ~(PAGE - 1), 0, 0, 0, 0, results) ==
			       DONJON_E_INVALID &&
		       kmod_call(DONJON_HC_LEDGER, 0x123, 0, 0, 0, 0, results) == DONJON_E_INVALID,
	       "addresses that cannot be are INVALID there");
}

int suite_kernel(void)
{
	struct sweep s = {0};
	struct guest g;

	try_access_init();
	kmod_open();
	for (int alias = 0; alias < ATTACK_ALIASES; alias++)
		guest_page(alias, false, false, false);
	guest_page(ATTACK_LINEAR, true, false, false);
	guest_page(ATTACK_VMAP, true, false, false);
	guest_page(ATTACK_LINEAR, false, true, false);
	guest_page(ATTACK_LINEAR, true, true, false);
	guest_page(ATTACK_LINEAR, false, false, true);
	guest_page(ATTACK_LINEAR, true, false, true);
	guest_page(ATTACK_VMAP, false, true, false);
	guest_page(ATTACK_LINEAR, false, true, true);
	page_with_fixup(false);
	page_with_fixup(true);
	every_page_after(false);
	every_page_after(true);
	shared_pages();
	ledger_edges();

	/* With a VM there, whose tables, vCPU and own pages are EL2's as well. */
	boot_secret(&g, false, "until_input=1");
	/* fork(2) would copy the guest's pinned pages, and so take them. */
	madvise(g.ram, g.size, MADV_DONTFORK);
	hyp_pages();
	kmod_walk(find_hyp, &s);
	bare_hyp_page(s.first, false, "first");
	bare_hyp_page(s.first, true, "first");
	bare_hyp_page(s.last, false, "last");
	bare_hyp_page(s.last, true, "last");
	guest_release(&g);
	if (!tap_ok(guest_wait_end(&g) == GUEST_OFF && strstr(g.console, "intact"),
		    "after all of these the guest is intact"))
		tap_note("%s", guest_story(&g));
	guest_free(&g);
	tap_ok(kmod_counter(DONJON_CNT_VMS) == 0, "no VM is left");
	return tap_end();
}

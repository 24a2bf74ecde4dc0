// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client that knows only what Linux documents about KVM: anonymous memory, VM type bit 31,
 * VGICv3, PSCI 0.2, exits for MMIO and SYSTEM_EVENT. The same code runs on a stock kernel's own
 * KVM, unprotected.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "suites.h"
#include "guest.h"
#include "tap.h"

static void run_one(const char *image, bool unprotected, unsigned int cpus, bool huge,
		    const char *want)
{
	struct guest_setup setup = {.image = image,
				    .cpus = cpus,
				    .unprotected = unprotected,
				    .huge = huge,
				    .args = unprotected ? "expect=unprotected seconds=1"
							: "expect=protected seconds=1"};
	const char *what;
	struct guest g;
	bool good;

	if (!guest_create(&g, &setup, &what)) {
		tap_ok(false, "%s: %s: %s", image, what, strerror(errno));
		return;
	}
	guest_start(&g);
	good = guest_wait_end(&g) == GUEST_OFF && strstr(g.console, want);
	if (!tap_ok(good, "%s, %s, %u vCPU%s%s", image, unprotected ? "unprotected" : "protected",
		    cpus, cpus > 1 ? "s" : "", huge ? ", 2 MiB pages" : ""))
		tap_note("%s", guest_story(&g));
	guest_free(&g);
}

static bool can_protect(void)
{
	int fd = kvm_open() ? kvm(kvm_dev, KVM_CREATE_VM, KVM_VM_TYPE_ARM_PROTECTED) : -1;

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Two protected guests at once, each with the pattern, neither disturbs the other. */
static void two_at_once(void)
{
	struct guest_setup setup = {.image = "secret", .args = "seconds=2"};
	struct guest a, b;
	bool good;

	guest_boot(&a, &setup);
	guest_boot(&b, &setup);
	good = guest_wait_end(&a) == GUEST_OFF && strstr(a.console, "intact");
	good = guest_wait_end(&b) == GUEST_OFF && strstr(b.console, "intact") && good;
	if (!tap_ok(good, "two protected guests side by side, both intact")) {
		tap_note("first: %s", guest_story(&a));
		tap_note("second: %s", guest_story(&b));
	}
	guest_free(&a);
	guest_free(&b);
}

int suite_client(void)
{
	run_one("hello", true, 1, false, "Hello from a guest");
	run_one("smp", true, 4, false, "smp: 4 CPUs");
	run_one("secret", true, 1, true, "secret: intact");
	if (!can_protect()) {
		tap_skip("protected guests", "this KVM has none");
		return tap_end();
	}
	run_one("hello", false, 1, false, "Hello from a guest");
	run_one("hello", false, 1, true, "Hello from a guest");
	for (unsigned int cpus = 1; cpus <= GUEST_MAX_CPUS; cpus++)
		run_one("smp", false, cpus, false, "smp: ");
	run_one("secret", false, 1, true, "secret: intact");
	two_at_once();
	return tap_end();
}

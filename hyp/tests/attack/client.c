// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client that knows only what Linux documents about KVM: anonymous memory, VM type bit 31,
 * VGICv3, PSCI 0.2, exits for MMIO and SYSTEM_EVENT. The same code runs on a stock kernel's own
 * KVM, unprotected.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "suites.h"
#include "guest.h"
#include "tap.h"

static void check_caps(void)
{
	static const unsigned long needed[] = {
		KVM_CAP_IRQCHIP,	KVM_CAP_USER_MEMORY,  KVM_CAP_ONE_REG,
		KVM_CAP_ARM_PSCI,	KVM_CAP_ARM_PSCI_0_2, KVM_CAP_DEVICE_CTRL,
		KVM_CAP_IMMEDIATE_EXIT, KVM_CAP_MAX_VCPUS,
	};
	int dev = open("/dev/kvm", O_RDWR | O_CLOEXEC), missing = 0, ret;

	if (dev < 0)
		tap_give_up("/dev/kvm: %s", strerror(errno));
	tap_ok(kvm(dev, KVM_GET_API_VERSION, 0) == 12, "the API version is 12");
	for (unsigned int i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (kvm(dev, KVM_CHECK_EXTENSION, needed[i]) > 0)
			continue;
		tap_note("capability %lu is missing", needed[i]);
		missing++;
	}
	tap_ok(!missing, "the capabilities that a small VMM needs are there");
	tap_ok(kvm(dev, KVM_CREATE_VM, 1UL << 30) == -EINVAL &&
		       kvm(dev, KVM_CREATE_VM, 20) == -EINVAL &&
		       kvm(dev, KVM_CREATE_VM, 60) == -EINVAL,
	       "VM types and IPA sizes that there are not are refused");
	/* arm64's KVM says EINVAL, others ENOTTY. */
	ret = kvm(dev, 0xaeff, 0);
	tap_ok(ret == -ENOTTY || ret == -EINVAL, "an unknown ioctl is refused");
	close(dev);
}

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
	good = guest_wait_end(&g, 30) == GUEST_OFF && strstr(g.console, want);
	if (!tap_ok(good, "%s, %s, %u vCPU%s%s", image, unprotected ? "unprotected" : "protected",
		    cpus, cpus > 1 ? "s" : "", huge ? ", 2 MiB pages" : ""))
		tap_note("%s", guest_story(&g));
	guest_free(&g);
}

static bool can_protect(void)
{
	int dev = open("/dev/kvm", O_RDWR | O_CLOEXEC),
	    fd = kvm(dev, KVM_CREATE_VM, KVM_VM_TYPE_ARM_PROTECTED);

	if (fd >= 0)
		close(fd);
	close(dev);
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
	good = guest_wait_end(&a, 30) == GUEST_OFF && strstr(a.console, "intact");
	good = guest_wait_end(&b, 30) == GUEST_OFF && strstr(b.console, "intact") && good;
	if (!tap_ok(good, "two protected guests side by side, both intact")) {
		tap_note("first: %s", guest_story(&a));
		tap_note("second: %s", guest_story(&b));
	}
	guest_free(&a);
	guest_free(&b);
}

int suite_client(void)
{
	check_caps();
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

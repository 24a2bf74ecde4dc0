// SPDX-License-Identifier: GPL-2.0-only
/*
 * S2: the host's performance counters stand still while a guest runs: cycles of the thread that
 * runs a guest which spins, compared with the time that passes.
 */
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "raw_vm.h"
#include "suites.h"
#include "tap.h"

#define SPIN	    0x14000000U /* b . */
#define PSTATE_EL1H 0x3c5UL
#define TICK	    20 /* interrupts of the host's that end a run */

static int counter;

static uint64_t now(void)
{
	uint64_t value;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value));
	return value;
}

static uint64_t cycles(void)
{
	uint64_t value = 0;

	if (read(counter, &value, sizeof(value)) != sizeof(value))
		tap_give_up("the counter cannot be read");
	return value;
}

/* Cycles for each tick of the system counter while the host spins. */
static double host_spins(void)
{
	uint64_t from = now(), before = cycles(), frequency;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
	while (now() - from < frequency / 10)
		;
	return (double)(cycles() - before) / (double)(now() - from);
}

static double guest_spins(bool protected, uint64_t page)
{
	uint64_t from, before, ticks;
	struct donjon_run run = { 0 };
	struct raw_vm o;
	uint32_t code = SPIN;
	double rate;

	raw_vm_create(&o, protected);
	if (kmod_memory(page, &code, 8, ATTACK_LINEAR, true) ||
	    raw_vm_map(&o, page, RAW_VM_RAM, PAGE) ||
	    kmod_call(DONJON_HC_VCPU_SET_REG, o.handle, 0, DONJON_REG_PC, RAW_VM_RAM, 0, NULL) ||
	    kmod_call(DONJON_HC_VCPU_SET_REG, o.handle, 0, DONJON_REG_PSTATE, PSTATE_EL1H, 0,
		      NULL) ||
	    kmod_call(DONJON_HC_VCPU_POWER, o.handle, 0, 1, 0, 0, NULL))
		tap_give_up("the VM cannot be made");
	raw_vm_write_run(&o, 0, &run);
	from = now();
	before = cycles();
	for (unsigned int i = 0; i < TICK; i++)
		if (kmod_call(DONJON_HC_VCPU_RUN, o.handle, 0, 0, 0, 0, NULL))
			tap_give_up("VCPU_RUN");
	ticks = now() - from;
	rate = (double)(cycles() - before) / (double)ticks;
	tap_ok(raw_vm_destroy(&o), "that VM ends");
	return rate;
}

int suite_pmu(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_HARDWARE,
					.size = sizeof(attr),
					.config = PERF_COUNT_HW_CPU_CYCLES,
					.pinned = 1 };
	uint64_t page;
	double host, guest;

	kmod_open();
	page = kmod_alloc(0);
	counter = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	if (counter < 0)
		tap_give_up("no counter for cycles");
	host = host_spins();
	tap_ok(host > 0, "the host counts its cycles: %.2f for each tick", host);
	for (unsigned int protected = 0; protected < 2; protected++) {
		guest = guest_spins(protected, page);
		tap_ok(guest < host / 4, "S2: %.2f while %s guest runs", guest,
		       protected ? "a protected" : "an unprotected");
	}
	return tap_end();
}

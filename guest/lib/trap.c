// SPDX-License-Identifier: GPL-2.0-only
#include "lib/trap.h"

#include "lib/guest.h"
#include "lib/sysreg.h"

/* An armed payload makes one or two exceptions; more means that skipping does not help. */
#define MAX_EXPECTED 16

static struct {
	bool armed;
	uint64_t fixup;
	struct trap_report report;
} expected;

static void (*irq_handler)(void);

void trap_set_irq(void (*handler)(void))
{
	irq_handler = handler;
}

void trap_expect(void)
{
	expected.fixup = 0;
	expected.report = (struct trap_report){ 0 };
	__asm__ volatile("" : : : "memory");
	expected.armed = true;
	dsb_sy();
	isb();
}

struct trap_report trap_done(void)
{
	dsb_sy();
	isb();
	expected.armed = false;
	return expected.report;
}

void trap_set_fixup(uint64_t pc)
{
	expected.fixup = pc;
}

const char *trap_name(const struct trap_report *report)
{
	if (report->vector == TRAP_VECTOR_SERROR)
		return "SError";
	switch (ESR_EC(report->esr)) {
	case ESR_EC_UNKNOWN:
		return "undefined";
	case ESR_EC_FP_ACCESS:
		return "FP trap";
	case ESR_EC_SYSREG:
		return "system register trap";
	case ESR_EC_SVE_ACCESS:
		return "SVE trap";
	case ESR_EC_IABT_CURRENT:
		return "instruction abort";
	case ESR_EC_PC_ALIGN:
		return "PC alignment";
	case ESR_EC_DABT_CURRENT:
		return "data abort";
	}
	return "exception";
}

void trap_dispatch(struct trap_frame *frame, unsigned int vector)
{
	struct trap_report now = { 1, vector, frame->esr, frame->far, frame->elr };

	if (vector == TRAP_VECTOR_IRQ && irq_handler) {
		irq_handler();
		return;
	}
	if (!expected.armed || expected.report.count >= MAX_EXPECTED ||
	    (vector != TRAP_VECTOR_SYNC && vector != TRAP_VECTOR_SERROR)) {
		expected.armed = false;
		fail("unexpected %s, vector %u: ESR 0x%lx FAR 0x%lx ELR 0x%lx (image at 0x%lx)",
		     trap_name(&now), vector, now.esr, now.far, now.elr, guest_image().base);
	}
	if (expected.report.count++ == 0)
		expected.report = now;
	if (vector == TRAP_VECTOR_SERROR)
		return;
	if (expected.fixup) {
		frame->elr = expected.fixup;
		expected.fixup = 0;
	} else {
		frame->elr += 4;
	}
}

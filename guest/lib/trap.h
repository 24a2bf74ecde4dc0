/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exceptions taken at EL1. A payload that does something forbidden arms the handler first:
 *
 * 	trap_expect();
 * 	probe_write32(addr, 0);
 * 	report = trap_done();
 *
 * While armed, a synchronous exception is recorded and its instruction skipped (or control goes to
 * the fix-up address); an SError is recorded. Anything else ends the payload with FAIL. Boot CPU
 * only.
 */
#pragma once

#include <stdbool.h>
#include "abi/types.h"

#define ESR_EC(esr)		(((esr) >> 26) & 0x3f)
#define ESR_EC_UNKNOWN		0x00
#define ESR_EC_FP_ACCESS	0x07
#define ESR_EC_SYSREG		0x18
#define ESR_EC_SVE_ACCESS	0x19
#define ESR_EC_IABT_CURRENT	0x21
#define ESR_EC_PC_ALIGN		0x22
#define ESR_EC_DABT_CURRENT	0x25
#define ESR_EC_SERROR		0x2f

#define TRAP_VECTOR_SYNC	4	/* current EL with SP_ELx */
#define TRAP_VECTOR_IRQ		5
#define TRAP_VECTOR_SERROR	7

/* Layout known to vectors.S. */
struct trap_frame {
	uint64_t x[31];
	uint64_t elr;
	uint64_t spsr;
	uint64_t esr;
	uint64_t far;
	uint64_t unused;
};
_Static_assert(sizeof(struct trap_frame) == 288, "vectors.S has the frame's size");

/* The first exception since trap_expect(); later ones only count. */
struct trap_report {
	unsigned int count;
	unsigned int vector;
	uint64_t esr;
	uint64_t far;
	uint64_t elr;
};

void trap_expect(void);

/* Waits for pending aborts, disarms, and returns what was taken. */
struct trap_report trap_done(void);

/* Where to continue after the next exception, once; 0 skips the instruction instead. */
void trap_set_fixup(uint64_t pc);

/*
 * Who handles interrupts, on any CPU; without a handler they end the payload, like anything
 * unexpected.
 */
void trap_set_irq(void (*handler)(void));

/* The name of an exception's class, for a report. */
const char *trap_name(const struct trap_report *report);

/* From vectors.S. */
void trap_dispatch(struct trap_frame *frame, unsigned int vector);

/* probe.S: single accesses; a skipped load returns its second argument. */
uint64_t probe_read64(uint64_t addr, uint64_t otherwise);
uint32_t probe_read32(uint64_t addr, uint32_t otherwise);
void probe_write32(uint64_t addr, uint32_t val);
void probe_write64(uint64_t addr, uint64_t val);
/* Calls addr; comes back when that returns or on the first exception. Arms the fix-up itself. */
void probe_exec(uint64_t addr);

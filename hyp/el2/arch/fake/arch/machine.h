/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

#include <el2/types.h>

bool arch_has_random(void);

/* Counts up from 0x1111111111111111, and fails when fake.random_left is used up. */
bool arch_random(uint64_t *value);

/* Counted in fake.repeats and fake.skips. */
void arch_repeat_call(void);
void arch_skip_instruction(void);

/* fake.fault */
uint64_t arch_fault_va(void);
uint64_t arch_fault_page(void);
uint64_t arch_fault_pstate(void);
uint64_t arch_fault_from(uint64_t *task, uint64_t *when);

/* fake.stage1. fake.fault.page is what the CPU says, which may be junk then. */
#define NO_PAGE	1
uint64_t arch_translate(uint64_t va);

/* fake.par */
uint64_t arch_take_translation(void);

/* Recorded in fake.smc, then fake.firmware answers. */
void arch_smc(uint64_t args[8]);

/*
 * Waits for another CPU. Tests have one thread, so a second round without a change is a deadlock:
 * panics.
 */
void arch_relax(void);

static inline uint64_t arch_index_nospec(uint64_t index, uint64_t size)
{
	return index < size ? index : 0;
}

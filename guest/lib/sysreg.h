/* SPDX-License-Identifier: GPL-2.0-only */
/* One-line access to system registers and barriers. */
#pragma once

#include "abi/types.h"

/* A macro, because the register's name is part of the instruction. */
#define read_sysreg(reg) ({						\
	uint64_t value_;						\
	__asm__ volatile("mrs %0, " #reg : "=r"(value_) : : "memory");	\
	value_;								\
})

#define write_sysreg(reg, val) do {					\
	__asm__ volatile("msr " #reg ", %0" : : "r"((uint64_t)(val)) : "memory");	\
} while (0)

static inline void isb(void)
{
	__asm__ volatile("isb" : : : "memory");
}

static inline void dsb_sy(void)
{
	__asm__ volatile("dsb sy" : : : "memory");
}

/* The virtual counter, read in program order: ISB before and after (DDI 0487 D12.1.2). */
static inline uint64_t counter(void)
{
	uint64_t ticks;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(ticks) : : "memory");
	return ticks;
}

/* Ticks per second of counter(). */
static inline uint64_t counter_frequency(void)
{
	return read_sysreg(cntfrq_el0);
}

static inline uint32_t mmio_read32(uint64_t addr)
{
	uint32_t val;

	/*
	 * A plain load with a base register: the only form whose syndrome describes the access
	 * (ISV).
	 */
	__asm__ volatile("ldr %w0, [%1]" : "=r"(val) : "r"(addr) : "memory");
	return val;
}

static inline void mmio_write32(uint64_t addr, uint32_t val)
{
	__asm__ volatile("str %w0, [%1]" : : "r"(val), "r"(addr) : "memory");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Basic types of the EL2 image. Errors inside are negative errno values; hypercall.c turns them
 * into the ABI's codes.
 */
#pragma once

#include <stdbool.h>
#include <abi/types.h>

/*
 * Addresses that must not be mixed up: physical, and physical as a guest sees it. The host's own
 * guest-physical addresses are identical to physical ones, so for the host there is only pa_t.
 */
typedef struct {
	uint64_t v;
} pa_t;

typedef struct {
	uint64_t v;
} ipa_t;

static inline pa_t pa(uint64_t v)
{
	return (pa_t){ v };
}

static inline ipa_t ipa(uint64_t v)
{
	return (ipa_t){ v };
}

/* errno values in use, numbered as in Linux. */
/* the page is not in the state, or not the owner's, that the transition names */
#define EPERM		1
#define ENOENT		2	/* nothing there: VM, vCPU, mapping */
#define EAGAIN		11	/* another CPU is cleaning what this needs: repeat the call */
#define ENOMEM		12	/* the pool is short of pages for tables; nothing has changed */
#define EBUSY		16
#define EEXIST		17	/* something is there already */
#define ENODEV		19	/* the CPU lacks a feature */
#define EINVAL		22
#define ENOSYS		38	/* no such call */
#define EHWPOISON	133	/* the page was reclaimed by force */
#define ENOBUFS		105	/* the same for the VM's page cache */
#define ESHUTDOWN	108	/* the VM is dying */
#define ECANCELED	125	/* forced failure */
#define EPROTO		71	/* wrong phase */
#define EHOSTDOWN	112	/* powered off */

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))

#define BIT(n)			(1UL << (n))
#define MASK(high, low)		((~0UL >> (63 - (high))) & (~0UL << (low)))
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))

static inline uint64_t align_down(uint64_t v, uint64_t size)
{
	return v & ~(size - 1);
}

static inline bool is_aligned(uint64_t v, uint64_t size)
{
	return !(v & (size - 1));
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* True if [base, base + size) is not empty, does not wrap and ends at or below limit. */
static inline bool range_below(uint64_t base, uint64_t size, uint64_t limit)
{
	return size && base < limit && size <= limit - base;
}
